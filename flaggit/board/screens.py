"""What the board opens: one flag with all that belongs to it, and the help."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.console import Console
from rich.text import Text
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.screen import ModalScreen, Screen
from textual.widgets import Static

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from textual.app import ComposeResult
    from textual.events import Resize

    from flaggit.core.model import Row

    Read = Callable[[str, str], Awaitable[str]]

_CONSOLE = Console(width=80)
_WIDEST = 2  # columns of one character
_LEAST = 20  # columns that are left for words, whatever the indent


def wrap_hanging(text: Text, width: int) -> Text:
    """Return ``text`` with line breaks so that no line is wider than ``width`` cells, but for one wide character."""
    lines: list[Text] = []
    for line in text.split("\n", allow_blank=True):
        indent = len(line.plain) - len(line.plain.lstrip(" "))
        indent = min(indent, max(width - _LEAST, 0))
        for part in line[indent:].wrap(_CONSOLE, max(width - indent, _WIDEST)):
            part.rstrip()
            lines.append(Text(" " * indent) + part)
    return Text("\n").join(lines)


class FlagScreen(Screen[None]):
    """One flag in full, with its conversation; below, its chain and its history.

    Args:
        row: The flag.
        read: Returns what a command (``show``, ``chain``, ``log``) says of it.
        keys: What the line of keys says.
    """

    SECTIONS: ClassVar = (("", "show"), ("Chain", "chain"), ("History", "log"))
    DEFAULT_CSS = """
    FlagScreen VerticalScroll { padding: 0 1; scrollbar-size-vertical: 1; }
    FlagScreen #keys { dock: bottom; height: 1; text-style: reverse; }
    """
    BINDINGS: ClassVar = [
        Binding("escape,q,left,backspace", "dismiss", show=False),
        Binding("j", "scroll(1)", show=False),
        Binding("k", "scroll(-1)", show=False),
        Binding("space", "page", show=False),
    ]

    def __init__(self, row: Row, read: Read, keys: Text) -> None:
        super().__init__()
        self.row = row
        self._read = read
        self._keys = keys
        self._text = ""

    def compose(self) -> ComposeResult:
        """Lay the screen out."""
        with VerticalScroll():
            yield Static(Text("Reading ..."), id="flag")
        yield Static(self._keys, id="keys")

    def on_mount(self) -> None:
        """Read the flag."""
        self.query_one(VerticalScroll).focus()
        self.refresh_flag(self.row)

    def refresh_flag(self, row: Row) -> None:
        """Read it anew: something has changed."""
        self.row = row
        self.run_worker(self._load(), exclusive=True)

    async def _load(self) -> None:
        """Read a section after the other; the first time each is shown as soon as it is there."""
        parts: list[str] = []
        begun = bool(self._text)
        for title, verb in self.SECTIONS:
            text = await self._read(self.row.flag.id, verb)
            if text:
                parts.append(f"\n\x1b[1;4m{title}\x1b[0m\n{text}" if title else text)
            if not begun:
                self._show("\n".join(parts))
        self._show("\n".join(parts))

    def _show(self, text: str) -> None:
        if text != self._text:
            self._text = text
            self._wrap()

    def on_resize(self, event: Resize) -> None:  # noqa: ARG002
        """Wrap the text anew."""
        self.call_after_refresh(self._wrap)

    def _wrap(self) -> None:
        width = self.query_one(VerticalScroll).scrollable_content_region.width
        if self._text and width > 0:
            self.query_one("#flag", Static).update(wrap_hanging(Text.from_ansi(self._text), width))

    def action_scroll(self, step: int) -> None:
        """Scroll by a line."""
        self.query_one(VerticalScroll).scroll_relative(y=step, animate=False)

    def action_page(self) -> None:
        """Scroll by a page."""
        self.query_one(VerticalScroll).scroll_page_down(animate=False)


class HelpScreen(ModalScreen[None]):
    """Every key and sign, until the next key."""

    DEFAULT_CSS = """
    HelpScreen { align: center middle; }
    HelpScreen > VerticalScroll { width: 76; max-width: 100%; height: auto; max-height: 100%; }
    HelpScreen > VerticalScroll { border: round $primary; padding: 0 1; }
    """

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    def compose(self) -> ComposeResult:
        """Lay the help out."""
        with VerticalScroll():
            yield Static(Text(self._text))

    BINDINGS: ClassVar = [Binding("escape,q,question_mark,enter", "dismiss", show=False)]
