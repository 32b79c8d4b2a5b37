"""How text looks on a terminal: colours where they are wanted, and nothing a flag says raw."""

from __future__ import annotations

import os

from flaggit.core.text import columns, counted, shorten, visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from flaggit.clone.session import Reply
    from flaggit.core.errors import FlaggitError
    from flaggit.core.model import Problem

_IMPACT_COLOURS = {"critical": "1;31", "high": "31", "medium": "33", "low": "2"}
DEFAULT_WIDTH = 100
_COMMANDS = ("flaggit ", "git ")


class Style:
    """Colours and width of the place that text goes to.

    Args:
        colour: Use terminal colours.
        width: Columns; None where it is no terminal and nothing is cut.
    """

    __slots__ = ("colour", "width")

    def __init__(self, *, colour: bool = False, width: int | None = None) -> None:
        self.colour = colour
        self.width = width

    def bold(self, text: str) -> str:
        """Return ``text`` emphasised."""
        return self._wrap(text, "1")

    def dim(self, text: str) -> str:
        """Return ``text`` set back."""
        return self._wrap(text, "2")

    def good(self, text: str) -> str:
        """Return ``text`` as good news."""
        return self._wrap(text, "32")

    def warn(self, text: str) -> str:
        """Return ``text`` as a warning."""
        return self._wrap(text, "33")

    def bad(self, text: str) -> str:
        """Return ``text`` as bad news."""
        return self._wrap(text, "31")

    def impact(self, level: str, text: str | None = None) -> str:
        """Return ``text`` (by default the level itself) in an impact level's colour."""
        return self._wrap(level if text is None else text, _IMPACT_COLOURS.get(level, "0"))

    def level(self, level: str, behind: str = "") -> str:
        """Return the level of a finding, with what stands behind it, in its colour."""
        return {"error": self.bad, "warning": self.warn}.get(level, self.dim)(level + behind)

    def fit(self, text: str, hang: int | None = None) -> str:
        """Return a text whose lines are broken at blanks where the terminal is narrower; as it is where there is none.

        Args:
            text: One line or several, with or without our colours. One that begins with a command stays whole.
            hang: Where a line that was broken goes on; None: two columns behind its own beginning.
        """
        if self.width is None:
            return text
        return "\n".join(_broken(line, self.width, hang) for line in text.split("\n"))

    def line(self, text: str, indent: int = 0) -> str:
        """Return a flag's text on one line, safe for a terminal and cut to its width."""
        room = (self.width or DEFAULT_WIDTH) - indent
        return visible(shorten(text, max(room, 20), columns))

    def _wrap(self, text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.colour else text


def _broken(line: str, width: int, hang: int | None) -> str:
    if columns(line) <= width or line.lstrip().startswith(_COMMANDS):
        return line
    indent = len(line) - len(line.lstrip(" "))
    begin = indent + 2 if hang is None else hang
    pieces: list[str] = []
    rest = line
    while rest:
        at = _break_at(rest, width)
        pieces.append(rest[:at].rstrip(" "))
        rest = rest[at:].lstrip(" ")
        rest = " " * begin + rest if rest else ""
    return "\n".join(pieces)


def _break_at(line: str, width: int) -> int:
    """Return where a line is broken: at the last blank that fits, else at the first; colours take no room.

    Scripts whose characters are wide have no blanks: there it is before any of them.
    """
    column = position = last = 0
    indent = len(line) - len(line.lstrip(" "))
    while position < len(line):
        if line[position] == "\x1b":
            position = line.index("m", position) + 1
            continue
        size = columns(line[position])
        if (line[position] == " " and position >= indent) or (size == 2 and position > indent):
            last = position
        column += size
        position += 1
        if column > width and last:
            return last
    return len(line)


def style_for(descriptor: int) -> Style:
    """Return the style for an open file descriptor: colours and a width on a terminal only.

    ``NO_COLOR`` (which ``--no-color`` sets) and ``TERM=dumb`` switch colours off, ``FORCE_COLOR`` switches them on.
    """
    terminal = os.isatty(descriptor)
    plain = bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
    colour = (terminal or bool(os.environ.get("FORCE_COLOR"))) and not plain
    width = os.get_terminal_size(descriptor).columns if terminal else None
    return Style(colour=colour, width=width or None)


def plain(reply: Reply[object], style: Style) -> str:  # noqa: ARG001 - the shape of every text renderer
    """Return a reply whose data is a text, or several, as it is."""
    data = reply.data
    if data is None:
        return ""
    if isinstance(data, (list, tuple)):
        return "\n".join(map(str, data))
    return str(data)


def indent_text(text: str) -> str:
    """Return a text of several lines, indented, and safe for a terminal."""
    return "\n".join(f"  {line}" if line else "" for line in visible(text, keep_lines=True).split("\n"))


def error_text(error: FlaggitError, style: Style, head: str = "error:") -> str:
    """Return an error for people: the sentence behind ``head``, each violation on a line, the next safe step."""
    lines = [f"{style.bad(head)} {visible(error.message, keep_lines=True)}"]
    lines += [f"  {visible(problem.message)}" for problem in error.violations if problem.message != error.message]
    if error.hint:
        lines.append(visible(error.hint, keep_lines=True))
    return style.fit("\n".join(lines))


def problem_text(problem: Problem, style: Style) -> str:
    """Return a finding on one line, with the next safe step where there is one."""
    fix = f" ({visible(problem.fix)})" if problem.fix else ""
    return f"{style.level(problem.level, ':')} {visible(problem.message)}{fix}"


def count_levels(problems: Iterable[Problem]) -> tuple[int, int, str]:
    """Return how many findings are errors, how many are warnings, and both as a text: ``2 errors, 1 warning``."""
    levels = [problem.level for problem in problems]
    errors, warnings = levels.count("error"), levels.count("warning")
    return errors, warnings, f"{counted(errors, 'error')}, {counted(warnings, 'warning')}"


def finding_text(problem: Problem, style: Style) -> str:
    """Return ``path:line: level rule: message (fix)``."""
    head = f"{visible(problem.where)}: " if problem.path else ""
    fix = style.dim(f" [{visible(problem.fix)}]") if problem.fix else ""
    return f"{head}{style.level(problem.level)} {problem.rule} {visible(problem.message)}{fix}"
