"""The form in which a verb's texts are typed."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.message import Message
from textual.screen import ModalScreen
from textual.suggester import SuggestFromList
from textual.widgets import Input, Static, TextArea

from flaggit.core.text import visible

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from textual.app import ComposeResult

    from flaggit.board.verbs import Action, Field, Outcome

    Send = Callable[[dict[str, str]], Awaitable[Outcome]]

_LONGEST = 1_000  # characters of the flag's text that the form repeats


class Words(TextArea):
    """A text of any length: Enter ends it, Ctrl+J begins a new line."""

    class Ended(Message):
        """The text is as it should be."""

    BINDINGS: ClassVar = [
        Binding("enter", "end", show=False, priority=True),  # before the editor takes it for a new line
        Binding("ctrl+j", "break_line", show=False, priority=True),
    ]

    def action_end(self) -> None:
        """Go on from the text."""
        self.post_message(self.Ended())

    def action_break_line(self) -> None:
        """Begin a new line."""
        self.insert("\n")


class Form(ModalScreen[str]):
    """Asks for an action's fields and carries it out; what was typed stays where that is refused.

    Args:
        action: The action.
        flag_id: The flag that it is about.
        text: What that flag says.
        handles: The agents that are offered.
        send: Carries the action out with what was typed.

    Its result is what the verb answered.
    """

    DEFAULT_CSS = """
    Form { align: center middle; }
    Form > VerticalScroll { width: 90%; max-width: 90; height: auto; max-height: 100%; }
    Form > VerticalScroll { border: round $primary; padding: 0 1; scrollbar-size-vertical: 1; }
    Form Static { height: auto; }
    Form #about { max-height: 3; }
    Form Input { height: 3; }
    Form TextArea { height: 5; }
    Form .label, Form #said { text-style: bold; }
    """
    BINDINGS: ClassVar = [Binding("escape", "leave", show=False)]

    def __init__(self, action: Action, flag_id: str, text: str, handles: Sequence[str], send: Send) -> None:
        super().__init__()
        self._asked = action
        self._title = f"{action.label} {flag_id}"
        self._about = text
        self._handles = handles
        self._send = send
        self._busy = False

    def compose(self) -> ComposeResult:
        """Lay the form out."""
        with VerticalScroll(can_focus=False):
            yield Static(Text(self._title), classes="label")
            yield Static(Text(visible(self._about[:_LONGEST], keep_lines=True)), id="about")
            for field in self._asked.fields:
                yield Static(Text(field.label), classes="label")
                yield self._editor(field)
            yield Static("", id="said")
            yield Static(Text("Enter send   Ctrl+J new line   Tab next field   Esc leave"), id="hint")

    def _editor(self, field: Field) -> Input | TextArea:
        if field.is_agent:
            return Input(id=field.name, placeholder="@domain.module", suggester=SuggestFromList(self._handles))
        return Words(id=field.name, tab_behavior="focus", soft_wrap=True)

    def on_mount(self) -> None:
        """Begin with the first field."""
        self._editors()[0].focus()

    def on_input_submitted(self) -> None:
        """Go on from an agent's handle."""
        self._go_on()

    def on_words_ended(self) -> None:
        """Go on from a text."""
        self._go_on()

    def _go_on(self) -> None:
        """Go to the next field; from the last one send."""
        editors = self._editors()
        place = next((index for index, editor in enumerate(editors) if editor.has_focus), len(editors) - 1)
        if place + 1 < len(editors):
            editors[place + 1].focus()
        elif not self._busy:
            self.run_worker(self._try())

    async def _try(self) -> None:
        given = {field.name: _text_of(editor) for field, editor in self._pairs()}
        missing = next((field.label for field in self._asked.fields if field.required and not given[field.name]), "")
        if missing:
            self._say(f"{missing}: nothing is written there.")
            return
        self._busy = True
        self._say("One moment ...")
        outcome = await self._send(given)
        self._busy = False
        if outcome.failed:
            self._say(outcome.text)
        else:
            self.dismiss(outcome.text)

    def _say(self, text: str) -> None:
        said = self.query_one("#said", Static)
        said.update(Text(text))
        self.call_after_refresh(said.scroll_visible, animate=False)

    def action_leave(self) -> None:
        """Leave the form, unless its verb is under way: it has to be told what came of that."""
        if not self._busy:
            self.dismiss()

    def _editors(self) -> list[Input | TextArea]:
        return [editor for _, editor in self._pairs()]

    def _pairs(self) -> list[tuple[Field, Input | TextArea]]:
        found = []
        for field in self._asked.fields:
            editor = self.query_one(f"#{field.name}")
            if isinstance(editor, (Input, TextArea)):
                found.append((field, editor))
        return found


def _text_of(editor: Input | TextArea) -> str:
    return (editor.value if isinstance(editor, Input) else editor.text).strip()
