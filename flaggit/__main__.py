"""``flaggit`` and ``python -m flaggit``. As short as can be: until it has run, Ctrl-C is Python's to answer."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal as _signal
else:
    import _signal

# Ctrl-C while modules load ends the process as it ends any other program. Whoever had it ignored keeps it ignored.
HEEDED = _signal.getsignal(_signal.SIGINT) is _signal.default_int_handler
if HEEDED:
    _signal.signal(_signal.SIGINT, _signal.SIG_DFL)


def main() -> None:
    """Run the command line and leave with its exit status."""
    from flaggit.cli.program import run_line

    run_line(heeded=HEEDED)


if __name__ == "__main__":
    main()
