"""Calls a command's action and shows what it answers: the one place where errors become output."""

from __future__ import annotations

import os
import sys

from flaggit.core.errors import (
    NOTHING_HERE,
    SYSTEM_ERRORS,
    FlaggitError,
    InvalidError,
    StoppedError,
    UnavailableError,
    is_empty_module,
    own_fault,
    system_error,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from flaggit.clone.session import Reply, Session
    from flaggit.commands.spec import Command, Shown

_AT_ONCE = 1 << 18  # characters of a long answer that are written together
_LONGEST_INPUT = 1 << 20  # bytes; no text may be nearly as long
_POLL = 2.0  # seconds between two looks of --watch


class Options:
    """The options that every command has, and how its command wants to be shown."""

    __slots__ = ("bare", "format", "json", "offline", "path")

    def __init__(self) -> None:
        self.json = False
        self.offline = False
        self.path = "."
        self.format = ""
        self.bare = False

    def adapt(self, command: Command) -> None:
        """Take over what the command says: the older system's verbs answer in JSON unless asked for text."""
        self.bare = command.bare
        if self.format:
            self.json = self.format == "json"
        elif command.bare:
            self.json = True


def execute(command: Command, values: dict[str, Any], options: Options) -> int:
    """Run a command with parsed values and return its exit status; every error is told, none escapes."""
    options.adapt(command)
    is_endless = bool(values.get("watch") or values.get("follow"))
    try:
        _read_standard_input(command, values)
        if values.pop("watch", False):
            return _watch(command, values, options)
        return _show(command, values, options)
    except FlaggitError as error:
        if command.silent and error.code in NOTHING_HERE:
            return _say_nothing(command, options)
        return report(error, options)
    except KeyboardInterrupt:
        # A look that goes on has no other end.
        return StoppedError.status if is_endless else report(interrupted(), options)
    except BrokenPipeError:  # of --watch: whoever read our output has seen enough
        return 0
    except SYSTEM_ERRORS as error:
        return report(system_error(error), options)
    except Exception as error:
        if os.environ.get("FLAGGIT_DEBUG"):
            raise
        if is_empty_module(error):
            return report(system_error(error), options)
        return report(own_fault(error), options)


def _read_standard_input(command: Command, values: dict[str, Any]) -> None:
    """Put what comes on standard input in the place of a text that is given as ``-``; it is enough for one."""
    piped = [parameter for parameter in command.parameters if parameter.piped and values.get(parameter.name) == "-"]
    if not piped:
        return
    if len(piped) > 1:
        names = " and ".join((*parameter.flags, parameter.metavar)[0] for parameter in piped)
        raise InvalidError("usage", f"Standard input gives one text, and {names} are both `-`.")
    try:
        values[piped[0].name] = sys.stdin.buffer.read(_LONGEST_INPUT).decode("utf-8") if sys.stdin else ""
    except UnicodeDecodeError:
        raise InvalidError("usage", "What comes on standard input is not UTF-8 text.") from None


def _say_nothing(command: Command, options: Options) -> int:
    """Answer for a command that has nothing to say here: no text, in JSON an envelope without data."""
    if options.json:
        from flaggit.output.json import dumps, envelope

        write(1, dumps(envelope(command.schema, None, ())) + "\n")
    return 0


def report(error: FlaggitError, options: Options) -> int:
    """Report an error (JSON on standard output in JSON modes, sentences on standard error) and return its status."""
    if options.json:
        from flaggit.output.json import dumps, error_json

        if _try_to_write(1, dumps(error_json(error)) + "\n"):
            return error.status
    from flaggit.output.text import error_text, style_for

    _try_to_write(2, error_text(error, style_for(2)) + "\n")
    return error.status


def write(descriptor: int, text: str) -> None:
    """Write text to standard output (1) or error (2) as UTF-8, whatever the locale says.

    Raises:
        BrokenPipeError: Whoever read it has gone.
        UnavailableError: ``unreadable``, where it cannot be written (a full disk).
    """
    stream = sys.stdout if descriptor == 1 else sys.stderr
    view = memoryview(text.encode("utf-8", "replace"))
    try:
        if stream:  # none where it was closed before we began
            stream.flush()
        while view:
            view = view[os.write(descriptor, view) :]
    except BrokenPipeError:
        raise
    except OSError as error:
        raise unwritable(error) from None


def write_pieces(descriptor: int, parts: Iterable[str], between: str = "") -> None:
    """Write text that is made as it is written, with a newline at its end; nothing where there is none.

    Raises as ``write``.
    """
    held: list[str] = []
    room = _AT_ONCE
    begun = False
    for part in parts:
        held.append(between + part if begun else part)
        begun = True
        room -= len(part)
        if room < 0:
            write(descriptor, "".join(held))
            held, room = [], _AT_ONCE
    if begun:
        write(descriptor, "".join(held) + "\n")


def unwritable(error: OSError) -> UnavailableError:
    """Return the error of an answer that cannot be written (a full disk)."""
    return UnavailableError("unreadable", f"The answer cannot be written: {error.strerror}.")


def interrupted() -> FlaggitError:
    """The error for Ctrl-C."""
    return StoppedError("interrupted", "Stopped from the keyboard.")


def _try_to_write(descriptor: int, text: str) -> bool:
    """Write text where an error has to be told; tell whether that went well."""
    try:
        write(descriptor, text)
    except (FlaggitError, BrokenPipeError):
        return False
    return True


def _is_alone(command: Command, values: dict[str, Any], options: Options) -> bool:
    """Return whether a command has all it needs without a repository, and there is none."""
    if not command.alone or not values[command.alone]:
        return False
    from flaggit.git.repo import find_repo

    try:
        find_repo(options.path)
    except UnavailableError:
        return True
    return False


def _open_session(command: Command, values: dict[str, Any], options: Options) -> Session | None:
    """Return the call's session, or None for a command that runs without a repository."""
    if not command.repository or _is_alone(command, values, options):
        return None
    from flaggit.clone.session import Session
    from flaggit.git.repo import find_repo

    attended = not options.json and os.isatty(0) and os.isatty(1) and os.isatty(2)
    session = Session(find_repo(options.path), offline=options.offline, attended=attended)
    if command.store and not command.bare and not (command.alone and values[command.alone]):
        session.require_store()
    return session


def _show(command: Command, values: dict[str, Any], options: Options) -> int:
    session = _open_session(command, values, options)
    shown = command.shown()
    reply = shown.run(session, values)
    try:
        if command.lines:
            _show_lines(shown, reply, options)
        else:
            _write_reply(command, shown, reply, options)
            _remark(reply, options, session.find_misspelt() if session is not None else "")
    except BrokenPipeError:  # whoever read our output has seen enough; what was found is found all the same
        pass
    return reply.status


def _write_reply(command: Command, shown: Shown[Any], reply: Reply[Any], options: Options) -> None:
    if options.json:
        write_pieces(1, _json(command, shown, reply))
        return
    from flaggit.output.text import style_for

    style = style_for(1)
    text = shown.text(reply, style)
    pieces = (text,) if isinstance(text, str) else text
    fitted = pieces if command.verbatim else map(style.fit, pieces)
    if style.width is None:
        write_pieces(1, filter(None, fitted) if isinstance(text, str) else fitted, "\n")
    elif whole := "\n".join(fitted):
        show(whole + "\n")


def show(text: str) -> None:
    """Write an answer, in the user's pager where it is longer than the terminal. Raises as ``write``."""
    from flaggit.output.paging import page

    if not page(text, os.environ):
        write(1, text)


def _show_lines(shown: Shown[Any], reply: Reply[Any], options: Options) -> None:
    """Show each item as soon as it is there."""
    from flaggit.output.json import dumps
    from flaggit.output.text import style_for

    _remark(reply, options)
    style = style_for(1)
    values: Any = shown.json(reply) if options.json and shown.json else None
    items = map(dumps, values) if values is not None else map(style.fit, shown.text(reply, style))
    for item in items:
        write(1, item + "\n")


def _json(command: Command, shown: Shown[Any], reply: Reply[Any]) -> Iterable[str]:
    from flaggit.output.json import envelope, pieces, plain_data

    data = shown.json(reply) if shown.json else plain_data(reply.data)
    if command.bare:
        return pieces(data, indent=0 if isinstance(data, dict) else 2)
    return pieces(envelope(command.schema, data, reply.warnings, reply.more))


def _remark(reply: Reply[Any], options: Options, first: str = "") -> None:
    """Say warnings (in JSON they stand in the envelope) and remarks on standard error, ``first`` in front of these."""
    from flaggit.output.text import problem_text, style_for

    style = style_for(2)
    warnings = () if options.json and not options.bare else reply.warnings
    lines = [style.fit(problem_text(problem, style)) for problem in warnings]
    lines += [style.dim(style.fit(note)) for note in (first, *reply.notes) if note]
    if lines:
        write(2, "\n".join(lines) + "\n")


def _watch(command: Command, values: dict[str, Any], options: Options) -> int:
    """Show the answer again each time it changes, until stopped."""
    import time

    last = ""
    while True:
        session = _open_session(command, values, options)
        shown = command.shown()
        reply = shown.run(session, values)
        from flaggit.output.text import style_for

        style = style_for(1)
        answer = _json(command, shown, reply) if options.json else shown.text(reply, style)
        text = answer if isinstance(answer, str) else ("" if options.json else "\n").join(answer)
        text = text if options.json else style.fit(text)
        if text != last:
            write(1, text + "\n")
            last = text
        time.sleep(_POLL)
