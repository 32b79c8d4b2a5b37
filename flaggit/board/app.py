"""The board itself: four lanes, and what its keys do."""

from __future__ import annotations

import asyncio
import io
import os
import signal
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, ClassVar, TypeVar

from rich.console import Console
from rich.text import Text
from textual.app import App
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, Static

from flaggit.board.arranging import BY_AGENT, BY_URGENCY, BY_WAVE, GROUPINGS, arrange, is_linked
from flaggit.board.cards import MARKS
from flaggit.board.lane import Lane
from flaggit.board.screens import FlagScreen, HelpScreen
from flaggit.board.verbs import ACTIONS, carry_out, find_question, read_handles, run_command
from flaggit.board.watching import Watch
from flaggit.clone.matching import holds_words, search_words
from flaggit.core.model import LANES
from flaggit.core.text import counted, visible
from flaggit.output.text import Style

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult
    from textual.events import DescendantFocus
    from textual.screen import Screen

    from flaggit.board.verbs import Action, Outcome
    from flaggit.board.watching import State
    from flaggit.clone.session import Session

T = TypeVar("T")

_MARGIN = 3  # columns beside the text of a flag: padding and scrollbar
_NARROWEST = 12  # columns of a lane that the keys do not go to, on a terminal of 80
_THREADS = 4  # one of them looks at the clone
_TITLES = {"pending": "Pending", "held": "Held", "waiting": "Waiting", "done": "Done"}
_LONG_TITLES = {**_TITLES, "waiting": "Waits on an answer"}  # of the lane that the keys go to
_GROUPED = {BY_AGENT: "by agent", BY_WAVE: "by wave", BY_URGENCY: "by urgency"}
_LONG = 10  # seconds that a refusal is shown
_KEYS = "Enter open  l lock  a answer  n note  r redirect  c complete  ? keys  q quit"
_FLAG_KEYS = "Esc back  l lock  a answer  n note  r redirect  c complete  ? keys"
_HELP = f"""\
Left Right  Tab   another lane         Up Down  PgUp PgDn   another flag
Enter             open: conversation, chain, history
l  u              lock; unlock
a                 answer a question, or the one that a flag waits on
n  c              note; complete
r                 redirect to another agent
/                 show only flags with these words; Esc: all again
g                 under agents, in waves of the plan, by urgency alone
F5                look again now
q  Ctrl+C         leave

{"   ".join(f"{mark.strip()} {level}" for level, mark in MARKS.items())}   > where the keys go
"""


class Board(App[int]):
    """The flags of a clone, live.

    Args:
        session: The call; the clone is seen from its worktree.
        who: Who acts, as far as known.
        agent: Who acts, where the command line says so.
        remote: Look at the remote too.

    Its result is the signal that ended it; None: it was left.
    """

    ENABLE_COMMAND_PALETTE = False
    AUTO_FOCUS = None
    TITLE = "flaggit board"
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (56, "-narrow"), (120, "-wide")]  # noqa: RUF012 - as Textual declares it
    VERTICAL_BREAKPOINTS = [(0, "-low"), (10, "-high")]  # noqa: RUF012
    CSS = """
    .one-line { height: 1; text-wrap: nowrap; text-overflow: ellipsis; }
    #head, #keys { text-style: reverse; }
    .box { width: 1fr; border-left: vkey $primary; }
    .box .one-line { text-style: bold; }
    .-narrow .box { width: 13; }
    .-narrow .box.current { width: 1fr; }
    .-tiny .box { display: none; }
    .-tiny .box.current { display: block; }
    .-low #keys, .-low #news { display: none; }
    #filter { height: 1; border: none; padding: 0; display: none; }
    """
    BINDINGS: ClassVar = [
        Binding("ctrl+c", "leave(2)", priority=True, show=False),
        Binding("ctrl+q", "leave(0)", priority=True, show=False),
        Binding("q", "leave(0)", show=False),
        Binding("question_mark", "explain", show=False),
        Binding("slash", "filter", show=False),
        Binding("escape", "unfilter", show=False),
        Binding("g", "regroup", show=False),
        Binding("f5", "update", show=False),
        Binding("ctrl+z", "suspend_process", show=False),
        *(Binding(action.key, f"act({action.verb!r})", show=False) for action in ACTIONS),
    ]

    def __init__(self, session: Session, *, who: str = "", agent: str | None = None, remote: bool = False) -> None:
        super().__init__(ansi_color=True)  # the terminal's own colours, whatever they are
        self.theme = "ansi-dark"
        self.error_console = Console(file=io.StringIO())  # the command line reports a fault, in one sentence
        self._session = session
        self._agent = agent
        self._who = who
        self._watch = Watch(session, remote=remote)
        self._threads = ThreadPoolExecutor(_THREADS)
        self._state: State | None = None
        self._grouping = BY_AGENT
        self._words: list[str] = []
        self._lane = LANES[0]
        self._under_way = ""
        self._is_leaving = False
        self._counts: dict[str, int] = {}

    # --- what it is made of ---

    def compose(self) -> ComposeResult:
        """Lay the board out."""
        yield Static(id="head", classes="one-line")
        with Horizontal():
            for lane in LANES:
                with Vertical(classes="box", id=f"box-{lane}"):
                    yield Static(id=f"title-{lane}", classes="one-line")
                    yield Lane(lane)
        yield Static(id="news", classes="one-line")
        yield Input(id="filter", placeholder="words that a flag has to hold")
        yield Static(Text(_KEYS), id="keys", classes="one-line")

    def on_mount(self) -> None:
        """Begin to watch."""
        self._go_to(self._lane)
        self._show_head()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.exit, number)
        self.run_worker(self._follow(), group="watch")

    def on_unmount(self) -> None:
        """Stop watching."""
        self._watch.stop()
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _follow(self) -> None:
        """Show each state of the clone."""
        states = self._watch.states()
        while (state := await self._in_thread(next, states, None)) is not None:
            self._show(state)

    async def _in_thread(self, call: Callable[..., T], *values: object, **options: object) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, partial(call, *values, **options))

    # --- what it shows ---

    def _show(self, state: State) -> None:
        """Show the state of the clone; nothing where the board is just being left."""
        if not self.is_running:
            return
        is_new_fault = state.fault and (self._state is None or self._state.fault != state.fault)
        self._state = state
        self._show_lanes()
        if is_new_fault:
            self._refuse(state.fault)
        if state.fault:
            self._say(state.fault)
        elif state.news:
            self._say(state.news[-1])
        if isinstance(self.screen, FlagScreen):
            flag_id = self.screen.row.flag.id
            self.screen.refresh_flag(next((row for row in state.rows if row.flag.id == flag_id), self.screen.row))

    def _show_lanes(self) -> None:
        state = self._state
        if state is None:
            return
        rows = [row for row in state.rows if holds_words(row.flag, self._words)] if self._words else state.rows
        lanes = arrange(rows, self._grouping, state.waves)
        for lane, entries in lanes.items():
            count = sum(not isinstance(entry, str) for entry in entries)
            self._find_lane(lane).show(entries, state.now, under_agent=self._grouping == BY_AGENT)
            self._counts[lane] = count
        self._show_titles()
        self._show_head()

    def _show_titles(self) -> None:
        for lane in LANES:
            count = str(self._counts.get(lane, 0))
            title = f"> {_LONG_TITLES[lane]}" if lane == self._lane else f"  {_TITLES[lane]}"
            if lane != self._lane and len(title) + len(count) >= _NARROWEST:  # of a number no part may be missing
                title = _TITLES[lane][: _NARROWEST - 1 - len(count)]
            self._one_line(f"title-{lane}", f"{title} {count}")

    def _show_head(self) -> None:
        state = self._state
        repo = self._session.repo
        parts = [f" {os.path.basename(repo.root or repo.git_dir)}", self._who or "nobody (flaggit iam)"]
        if state is None:
            parts.append("looking ...")
        else:
            parts.append(counted(len(state.rows), "flag"))
            parts.append(_GROUPED[self._grouping])
            parts += [f"with {' '.join(self._words)}"] if self._words else []
            parts += [f"{state.broken} unreadable: flaggit check"] if state.broken else []
        parts += [f"{self._under_way} ..."] if self._under_way else []
        self._one_line("head", visible("   ".join(parts)))

    def _say(self, text: str) -> None:
        self._one_line("news", f" {visible(text)}")

    def _one_line(self, name: str, text: str) -> None:
        if not self.is_running:
            return
        self._board.query_one(f"#{name}", Static).update(Text(text, no_wrap=True, overflow="ellipsis"))

    @property
    def _board(self) -> Screen[object]:
        return self.screen_stack[0]

    def _find_lane(self, lane: str) -> Lane:
        return self._board.query_one(f"#{lane}", Lane)

    # --- where the keys go ---

    def _go_to(self, lane: str) -> None:
        """Give a lane the keys."""
        self._lane = lane
        for name in LANES:
            self._board.query_one(f"#box-{name}").set_class(name == lane, "current")
        self._show_titles()
        self._find_lane(lane).focus()

    def action_turn(self, step: int) -> None:
        """Go to the next lane or the one before."""
        self._go_to(LANES[(LANES.index(self._lane) + step) % len(LANES)])

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """A lane that was clicked has the keys."""
        if isinstance(event.widget, Lane) and event.widget.lane != self._lane:
            self._go_to(event.widget.lane)

    def action_filter(self) -> None:
        """Ask for words."""
        if self.screen is self._board:
            editor = self._board.query_one("#filter", Input)
            editor.display = True
            editor.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Show what holds the words typed so far."""
        if event.input.id == "filter":
            self._words = search_words(event.value)
            self._show_lanes()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Go back to the flags that are left."""
        if event.input.id == "filter":
            event.input.display = bool(self._words)
            self._go_to(self._lane)

    def action_unfilter(self) -> None:
        """Show all flags again."""
        if self.screen is self._board:
            editor = self._board.query_one("#filter", Input)
            editor.value = ""
            editor.display = False
            self._go_to(self._lane)

    def action_regroup(self) -> None:
        """Put the flags under other headings."""
        self._grouping = GROUPINGS[(GROUPINGS.index(self._grouping) + 1) % len(GROUPINGS)]
        self._watch.with_plan = self._grouping == BY_WAVE
        self._show_lanes()
        if self._watch.with_plan:
            self._watch.wake()

    def action_update(self) -> None:
        """Read the clone at once."""
        self._watch.wake()

    def action_explain(self) -> None:
        """Show every key."""
        self.push_screen(HelpScreen(_HELP))

    # --- what is done about a flag ---

    def on_lane_opened(self, event: Lane.Opened) -> None:
        """Open a flag."""
        self.push_screen(FlagScreen(event.row, self._read, Text(_FLAG_KEYS)))

    async def _read(self, flag_id: str, verb: str) -> str:
        """Return what a command says of a flag; nothing of a chain that it is alone in."""
        rows = self._state.rows if self._state is not None else ()
        if verb == "chain" and not any(is_linked(row.flag, flag_id) for row in rows):
            return ""
        repo, style = self._session.repo, Style(colour=True, width=self.size.width - _MARGIN)
        outcome = await self._in_thread(run_command, repo, verb, {"flag_id": flag_id}, style=style, offline=True)
        return outcome.text

    def action_act(self, verb: str) -> None:
        """Carry an action's verb out on the flag that is open, or under the cursor; what it needs is asked first."""
        row = self.screen.row if isinstance(self.screen, FlagScreen) else self._find_lane(self._lane).row
        if row is None:
            return
        if self._under_way:
            self._refuse(f"One moment: {self._under_way}.")
            return
        action = next(action for action in ACTIONS if action.verb == verb)
        flag_id = find_question(row) if verb == "answer" else row.flag.id
        if not flag_id:
            self._refuse(f"{row.flag.id} is no open question, and waits on none.")
        elif action.fields:
            self.run_worker(self._ask(action, flag_id))
        else:
            self.run_worker(self._act(action, flag_id))

    async def _act(self, action: Action, flag_id: str) -> None:
        outcome = await self._carry_out(action, flag_id, {})
        if outcome.failed:
            self._refuse(outcome.text)
        else:
            self._report(outcome.text)

    async def _ask(self, action: Action, flag_id: str) -> None:
        """Show an action's form."""
        rows = self._state.rows if self._state is not None else ()
        about = next((row.flag.change_description for row in rows if row.flag.id == flag_id), "")
        from flaggit.board.form import Form  # a text editor: not needed to show the board

        handles = await self._in_thread(read_handles, self._session.repo)
        form = Form(action, flag_id, about, handles, partial(self._carry_out, action, flag_id))
        self.push_screen(form, self._report)

    async def _carry_out(self, action: Action, flag_id: str, given: dict[str, str]) -> Outcome:
        """Carry an action out beside the board, which goes on."""
        self._under_way = f"{action.verb} {flag_id}"
        self._show_head()
        try:
            repo, offline = self._session.repo, self._session.offline
            outcome = await self._in_thread(carry_out, repo, action, flag_id, given, agent=self._agent, offline=offline)
        finally:
            self._under_way = ""
            self._is_leaving = False
            self._show_head()
        if not outcome.failed:
            self._watch.wake()
        return outcome

    def _report(self, text: str | None) -> None:
        if text:
            self.notify(visible(text, keep_lines=True), markup=False)

    def _refuse(self, text: str) -> None:
        self.notify(visible(text, keep_lines=True), severity="error", timeout=_LONG, markup=False)

    def action_leave(self, number: int) -> None:
        """Leave the board; while a verb is under way, only when asked twice."""
        if self._under_way and not self._is_leaving:
            self._is_leaving = True
            self._refuse(f"{self._under_way} is under way. The same key again leaves it to itself.")
        else:
            self.exit(number)
