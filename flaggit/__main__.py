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
    """Run the command line and leave with its exit status: 5 where the system lets nothing of it be loaded."""
    try:
        from flaggit.cli.program import run_line

        run_line(heeded=HEEDED)
    except (OSError, MemoryError, ImportError) as error:
        import sys

        advice = "See that disk, memory, open files (`ulimit -a`) and rights suffice here; else install it again."
        sys.stderr.write(f"error: flaggit could not be loaded: {error or 'no memory'}\n{advice}\n")
        sys.exit(1 if sys.argv[1:2] == ["agent-hook"] else 5)  # of a hook of an agent's program as in cli.entry


if __name__ == "__main__":
    main()
