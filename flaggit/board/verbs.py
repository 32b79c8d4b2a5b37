"""What the board's keys do: the verbs of the command line, with the same words for what came of them."""

from __future__ import annotations

from flaggit.clone.session import Session
from flaggit.commands import find_command
from flaggit.core.errors import REFUSALS, refusal_of
from flaggit.core.record import record
from flaggit.git.repo import find_repo
from flaggit.output.text import Style, error_text, problem_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from flaggit.core.model import Row
    from flaggit.git.repo import Repo


@record
class Field:
    """Something that is asked before a verb is carried out.

    Attributes:
        name: The verb's keyword.
        label: What the form says.
        required: The verb needs it.
        is_agent: It is an agent's handle, on one line; else a text of any length.
    """

    name: str
    label: str
    required: bool = True
    is_agent: bool = False


@record
class Action:
    """A key with its verb.

    Attributes:
        key: The key.
        verb: The command.
        label: What the form says above its fields.
        id_name: The verb's keyword for the flag; ``flag_ids`` takes several.
        who_name: Its keyword for who acts.
        fields: What is asked first.
    """

    key: str
    verb: str
    label: str
    id_name: str = "flag_id"
    who_name: str = "sender"
    fields: tuple[Field, ...] = ()


ACTIONS = (
    Action("l", "lock", "Lock", "flag_ids", "agent"),
    Action("u", "unlock", "Unlock", "flag_ids", "agent"),
    Action("a", "answer", "Answer", fields=(Field("text", "Answer"),)),
    Action("n", "note", "Write a note on", fields=(Field("text", "Note"),)),
    Action(
        "r",
        "redirect",
        "Redirect",
        fields=(Field("to", "To whom", is_agent=True), Field("reason", "Reason, if you like", required=False)),
    ),
    Action(
        "c",
        "complete",
        "Complete",
        "flag_ids",
        "agent",
        (Field("note", "Note, if you like", required=False),),
    ),
)


@record
class Outcome:
    """What came of a verb, in the command line's words; ``failed``: it was refused."""

    text: str
    failed: bool = False


def find_question(row: Row) -> str:
    """Return the id of the question that an answer to a flag is for: itself, or the first that it waits on; or none."""
    if row.flag.is_question and row.completion is None:
        return row.flag.id
    return row.waits_on[0] if row.waits_on else ""


def carry_out(
    repo: Repo, action: Action, flag_id: str, given: Mapping[str, str], *, agent: str | None, offline: bool
) -> Outcome:
    """Carry out an action's verb on a flag; a refusal is an outcome.

    Args:
        repo: The worktree.
        action: The action.
        flag_id: The flag.
        given: What was typed into its fields; a field that was left empty is not given to the verb.
        agent: Who acts, where the board was told.
        offline: Use no network.
    """
    values: dict[str, object] = {name: text for name, text in given.items() if text}
    values[action.id_name] = (flag_id,) if action.id_name == "flag_ids" else flag_id
    if agent:
        values[action.who_name] = agent
    return run_command(repo, action.verb, values, offline=offline)


def run_command(
    repo: Repo, verb: str, values: Mapping[str, object], *, style: Style | None = None, offline: bool
) -> Outcome:
    """Run a command and return what it would print: its answer, warnings and remarks; or its error."""
    style = style or Style()
    try:
        session = Session(find_repo(repo.root or repo.git_dir), offline=offline)
        shown = find_command(verb).shown()
        reply = shown.run(session, values)
        text = shown.text(reply, style)
        parts = [text] if isinstance(text, str) else list(text)
        parts += [problem_text(problem, style) for problem in reply.warnings]
        return Outcome("\n".join([*parts, *reply.notes]).strip("\n"))
    except REFUSALS as error:
        return Outcome(error_text(refusal_of(error), style), failed=True)


def read_handles(repo: Repo) -> list[str]:
    """Return the agents that a flag may be handed to; none where the catalog cannot be read."""
    try:
        agents = Session(find_repo(repo.root or repo.git_dir)).catalog.agents
    except REFUSALS:
        return []
    return sorted(name for name, agent in agents.items() if agent.status == "active")
