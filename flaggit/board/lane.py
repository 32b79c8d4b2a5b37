"""A lane of the board: a list of cards of which only the visible lines are ever made, however many there are."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from flaggit.board.cards import OTHER_LINES, PENDING_LINES, Line, card_of, name_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.events import Click, Resize

    from flaggit.board.arranging import Entry
    from flaggit.core.model import Row

SLIM = 16  # columns; a narrower lane shows marks and ids only
_STYLES = {
    "critical": Style(color="red", bold=True),
    "high": Style(color="red"),
    "medium": Style(color="yellow"),
    "low": Style(dim=True),
    "id": Style(bold=True),
    "state": Style(color="cyan"),
    "heading": Style(bold=True, underline=True),
    "right": Style(dim=True),
}
_PLAIN = Style()
_CURSOR, _RESTING = Style(reverse=True), Style(underline=True)  # where the keys go, and where they went


class Lane(ScrollView, can_focus=True):
    """One lane.

    Args:
        name: One of ``LANES``.
    """

    DEFAULT_CSS = """
    Lane { overflow-x: hidden; overflow-y: auto; scrollbar-size-vertical: 1; height: 1fr; width: 1fr; }
    """
    BINDINGS: ClassVar = [
        Binding("up,k", "go(-1)", show=False),
        Binding("down,j", "go(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown,space", "page(1)", show=False),
        Binding("home", "go_to_end(-1)", show=False),
        Binding("end,G", "go_to_end(1)", show=False),
        Binding("enter", "open", show=False),
        Binding("right,tab", "app.turn(1)", show=False),
        Binding("left,shift+tab", "app.turn(-1)", show=False),
    ]

    class Opened(Message):
        """A flag was chosen to be opened."""

        def __init__(self, row: Row) -> None:
            super().__init__()
            self.row = row

    def __init__(self, name: str) -> None:
        super().__init__(id=name)
        self.lane = name
        self._entries: Sequence[Entry] = ()
        self._starts: list[int] = [0]  # the first line of each entry, and the line after the last one
        self._cards: dict[int, tuple[Line, ...]] = {}
        self._cursor = -1
        self._now = 0
        self._under_agent = False
        self._slim = False

    @property
    def row(self) -> Row | None:
        """Return the flag under the cursor; None where there is none."""
        entry = self._entries[self._cursor] if 0 <= self._cursor < len(self._entries) else None
        return entry if entry is not None and not isinstance(entry, str) else None

    def show(self, entries: Sequence[Entry], now: int, *, under_agent: bool) -> None:
        """Show flags and headings; the cursor stays on its flag, or where that was."""
        chosen = self.row.flag.id if self.row is not None else ""
        self._entries = entries
        self._now = now
        self._under_agent = under_agent
        self._lay_out()
        if not (chosen and self.select(chosen)):
            self._move_to(max(self._cursor, 0), 1)

    def select(self, flag_id: str) -> bool:
        """Put the cursor on a flag; return whether it is in this lane."""
        for place, entry in enumerate(self._entries):
            if not isinstance(entry, str) and entry.flag.id == flag_id:
                self._cursor = place
                self._follow_cursor()
                return True
        return False

    def _lay_out(self) -> None:
        """Find out which line each entry begins at."""
        self._slim = self.size.width < SLIM
        height = 1 if self._slim else PENDING_LINES if self.lane == "pending" else OTHER_LINES
        line = 0
        starts = [0]
        for entry in self._entries:
            line += 1 if isinstance(entry, str) else height
            starts.append(line)
        self._starts = starts
        self._cards.clear()
        self.virtual_size = Size(self.size.width, line)
        self.refresh()

    def on_resize(self, event: Resize) -> None:
        """Cards of a slim lane have one line."""
        if (event.size.width < SLIM) != self._slim:
            self._lay_out()
        self._follow_cursor()

    def on_focus(self) -> None:
        """Show the cursor as one that keys move."""
        self.refresh()

    def on_blur(self) -> None:
        """Show the cursor at rest."""
        self.refresh()

    def on_click(self, event: Click) -> None:
        """Choose the flag under the pointer; twice opens it."""
        place = self._entry_at(int(self.scroll_offset.y) + event.y)
        if 0 <= place < len(self._entries) and not isinstance(self._entries[place], str):
            self._cursor = place
            self.refresh()
            if event.chain == 2:
                self.action_open()

    def action_go(self, step: int) -> None:
        """Move the cursor to the next flag or the one before."""
        self._move_to(self._cursor + step, step)

    def action_page(self, step: int) -> None:
        """Move the cursor by as much as is visible."""
        line = self._starts[max(self._cursor, 0)] + step * max(self.size.height - 1, 1)
        self._move_to(min(max(self._entry_at(line), 0), len(self._entries) - 1), step)

    def action_go_to_end(self, step: int) -> None:
        """Move the cursor to the first or the last flag."""
        self._move_to(0 if step < 0 else len(self._entries) - 1, -step)

    def action_open(self) -> None:
        """Open the flag under the cursor."""
        if self.row is not None:
            self.post_message(self.Opened(self.row))

    def _move_to(self, place: int, step: int) -> None:
        """Put the cursor on an entry, or on the nearest flag from there on: in the direction of ``step``, then back."""
        last = len(self._entries) - 1
        for start, way in ((place, step), (min(max(place, 0), last), -step)):
            found = start
            while 0 <= found <= last:
                if not isinstance(self._entries[found], str):
                    self._cursor = found
                    self._follow_cursor()
                    return
                found += way
        self._cursor = -1
        self.refresh()

    def _entry_at(self, line: int) -> int:
        return bisect_right(self._starts, line) - 1

    def _follow_cursor(self) -> None:
        """Scroll as little as needed for the card under the cursor, and a heading right above it, to be seen."""
        if self._cursor >= 0:
            first = self._starts[self._cursor]
            if self._cursor and isinstance(self._entries[self._cursor - 1], str):
                first -= 1
            end, height = self._starts[self._cursor + 1], self.size.height
            top = int(self.scroll_offset.y)
            wanted = first if first < top else max(end - height, 0) if end > top + height else top
            if wanted != top:
                self.scroll_to(y=wanted, animate=False, immediate=True, force=True)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Return one visible line."""
        line = int(self.scroll_offset.y) + y
        place = self._entry_at(line)
        width = self.scrollable_content_region.width
        if not 0 <= place < len(self._entries):
            return Strip.blank(width)
        entry = self._entries[place]
        if isinstance(entry, str):
            return Strip([Segment(set_cell_size(entry, width), _STYLES["heading"])], width)
        card = self._cards.get(place)
        if card is None:
            card = self._cards[place] = self._make_card(entry)
        is_chosen = place == self._cursor
        mark = ">" if is_chosen else " "
        behind = _PLAIN if not is_chosen else _CURSOR if self.has_focus else _RESTING
        number = line - self._starts[place]
        return _draw(card[number], mark if number == 0 else " ", width, behind)

    def _make_card(self, row: Row) -> tuple[Line, ...]:
        if self._slim:
            return (Line(name_of(row)),)
        return card_of(row, self._now, under_agent=self._under_agent)


def _draw(line: Line, mark: str, width: int, behind: Style) -> Strip:
    """Return a line cut or filled to ``width`` cells, what stands at its right end kept whole."""
    room = max(width - len(mark) - (len(line.right) + 1 if line.right else 0), 0)
    segments = [Segment(mark, behind)]
    for text, role in line.spans:
        size = cell_len(text)
        if size > room:
            text, size = _cut(text, room), room
        segments.append(Segment(text, behind + _STYLES.get(role, _PLAIN)))
        room -= size
        if not room:
            break
    segments.append(Segment(" " * room, behind))
    if line.right:
        segments.append(Segment(" " + line.right, behind + _STYLES["right"]))
    return Strip(segments).crop(0, width)


def _cut(text: str, room: int) -> str:
    return set_cell_size(text, room - 1) + "\u2026" if room > 1 else set_cell_size(text, room)
