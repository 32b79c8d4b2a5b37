"""Which tools there are: their names, parameters and what they do. Data; nothing here depends on a repository.

No text of a flag or of the catalog ever stands in a description: clients show those to the model
as the server's own word.
"""

from __future__ import annotations

from flaggit.core.model import FLAG_TYPES, IMPACT_LEVELS, RESOLUTIONS
from flaggit.core.record import record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


@record
class Argument:
    """One argument of a tool.

    Attributes:
        name: As callers write it.
        parameter: The command's parameter that it is given to.
        kind: ``text``, ``texts``, ``flag`` (a switch) or ``number``.
        help: One line; empty: the name says it.
        required: The call needs it.
        choices: The only values allowed, named in the schema and judged by the command.
        is_path: A path, relative to the worktree.
    """

    name: str
    parameter: str
    kind: str = "text"
    help: str = ""
    required: bool = False
    choices: tuple[str, ...] = ()
    is_path: bool = False


@record
class Tool:
    """One tool.

    Attributes:
        name: As callers write it.
        command: The command that it runs.
        title: For people.
        help: What the model is told.
        arguments: In order.
        key: Under which the command's data stand in the result.
        writes: It changes files or locks.
        idempotent: To call it again changes nothing more.
        core: It is offered without ``--tools all``.
        fixed: Further values for the command.
    """

    name: str
    command: str
    title: str
    help: str
    arguments: tuple[Argument, ...]
    key: str
    writes: bool = False
    idempotent: bool = False
    core: bool = False
    fixed: tuple[tuple[str, object], ...] = ()


WORKTREE = Argument("worktree", "", help="Path of your worktree")
_AGENT = Argument("agent", "agent", help="Who you are: @domain.module")
_SENDER = Argument("agent", "sender", help="Who you are: @domain.module")
_ID = Argument("id", "flag_id", required=True)
_IDS = Argument("ids", "flag_ids", "texts", required=True)
_TEXT = Argument("text", "text", required=True)
_LIMIT = Argument("limit", "limit", "number")
_COMMIT = Argument("commit", "commit", "flag", "Commit what it writes")
_FILES = Argument("files", "files", "texts", is_path=True)

TOOLS = (
    Tool(
        "flag_inbox",
        "inbox",
        "Inbox",
        "Pending flags for you and your teams, most urgent first, and answers to your questions.",
        (_AGENT, _LIMIT),
        "flags",
        core=True,
    ),
    Tool(
        "flag_next",
        "next",
        "Next flag",
        "The most urgent flag you can work on; null: none. lock: take new work. resume: go on with what you hold.",
        (_AGENT, Argument("lock", "lock", "flag"), Argument("resume", "resume", "flag")),
        "flag",
        writes=True,
        core=True,
    ),
    Tool(
        "flag_show", "show", "Show a flag", "A flag in full, with its questions and answers.", (_ID,), "flag", core=True
    ),
    Tool(
        "flag_create",
        "create",
        "Tell another agent",
        "Tell agents that something changed and what they have to do about it. Commit it with your change.",
        (
            Argument("type", "flag_type", required=True, choices=FLAG_TYPES),
            Argument("to", "to", "texts", "@domain.module of each target", required=True),
            Argument("change", "change", help="What changed, 50 characters or more", required=True),
            Argument("action", "action", help="What they have to do, 100 characters or more", required=True),
            Argument("impact", "impact", choices=IMPACT_LEVELS),
            _FILES,
            _SENDER,
            _COMMIT,
        ),
        "flag",
        writes=True,
        core=True,
    ),
    Tool(
        "flag_ask",
        "ask",
        "Ask about a flag",
        "Ask a flag's source (or `to`). The flag waits for the answer; go on with others.",
        (_ID, _TEXT, Argument("to", "to"), _SENDER),
        "question",
        writes=True,
        core=True,
    ),
    Tool(
        "flag_answer",
        "answer",
        "Answer a question",
        "Answer a question that was asked of you; its id is in your inbox.",
        (_ID, _TEXT, _SENDER),
        "question",
        writes=True,
        core=True,
    ),
    Tool(
        "flag_complete",
        "complete",
        "Complete flags",
        "Say that flags are done, all or none. Commit it with the work that does it.",
        (
            _IDS,
            Argument("note", "note"),
            Argument("resolution", "resolution", choices=RESOLUTIONS),
            _AGENT,
            _COMMIT,
        ),
        "completed",
        writes=True,
        idempotent=True,
        core=True,
    ),
    Tool(
        "agent_search",
        "agents search",
        "Find an agent",
        "Which agents a task or a change concerns, best first, and why.",
        (Argument("query", "query", required=True), _FILES, _LIMIT),
        "agents",
        core=True,
    ),
    Tool(
        "flag_search",
        "find",
        "Search flags",
        "Flags, pending or completed, that hold every word of a text.",
        (_TEXT, _LIMIT),
        "flags",
    ),
    Tool(
        "flag_lock",
        "lock",
        "Lock flags",
        "Take flags for yourself, all or none; your own are renewed.",
        (_IDS, Argument("reason", "reason"), _AGENT),
        "locks",
        writes=True,
        idempotent=True,
    ),
    Tool(
        "flag_unlock",
        "unlock",
        "Unlock flags",
        "Give back flags that you hold.",
        (_IDS, _AGENT),
        "locks",
        writes=True,
        idempotent=True,
    ),
    Tool(
        "flag_note", "note", "Note on a flag", "Write a remark on a flag.", (_ID, _TEXT, _SENDER), "note", writes=True
    ),
    Tool(
        "flag_hand_on",
        "redirect",
        "Hand a flag on",
        "Raise the same flag for another agent and close this one.",
        (_ID, Argument("to", "to", required=True), Argument("reason", "reason"), _SENDER),
        "flag",
        writes=True,
    ),
    Tool(
        "flag_wait",
        "wait",
        "Wait",
        "Wait until flags are answered, completed, free or actionable, or (new) one comes for you; 45s unless told.",
        (
            Argument("ids", "flag_ids", "texts"),
            Argument("until", "until", choices=("answered", "completed", "free", "actionable")),
            Argument("any", "either", "flag"),
            Argument("new", "new", "flag"),
            Argument("since", "since", help="A cursor of flag_inbox"),
            Argument("timeout", "timeout"),
            _AGENT,
        ),
        "flags",
        writes=False,
    ),
    Tool(
        "flag_affected",
        "affected",
        "Whom a change affects",
        "Which agents your change, a range or files affect, and why.",
        (Argument("range", "span", help="BASE..HEAD"), _FILES, _LIMIT, _SENDER),
        "agents",
    ),
    Tool(
        "flag_plan",
        "plan",
        "Plan",
        "In which waves the pending flags can be worked on, and what stands in the way.",
        (),
        "plan",
    ),
    Tool(
        "flag_review",
        "review",
        "Review a range",
        "What a range of commits did with flags.",
        (Argument("range", "span", help="BASE..HEAD"),),
        "review",
    ),
    Tool("flag_doctor", "doctor", "Doctor", "What hangs or is broken in this clone.", (), "findings"),
)
_TYPES = {"text": "string", "flag": "boolean", "number": "integer"}
_RESULT = {"type": "object", "properties": {"worktree": {"type": "string"}}, "required": ["worktree"]}


def find_tool(name: str, *, everything: bool) -> Tool | None:
    """Return a tool by its name, where it is offered."""
    return next((tool for tool in TOOLS if tool.name == name and (tool.core or everything)), None)


def describe_tools(*, everything: bool) -> list[dict[str, Any]]:
    """Return the tools as the protocol lists them, always in the same order."""
    return [_describe(tool) for tool in TOOLS if tool.core or everything]


def arguments_of(tool: Tool) -> tuple[Argument, ...]:
    """Return a tool's arguments, the one that all have included."""
    return (*tool.arguments, WORKTREE)


def _describe(tool: Tool) -> dict[str, Any]:
    arguments = arguments_of(tool)
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {argument.name: _schema(argument) for argument in arguments},
    }
    required = [argument.name for argument in arguments if argument.required]
    if required:
        schema["required"] = required
    hints: dict[str, Any] = {"readOnlyHint": not tool.writes, "openWorldHint": False}
    if tool.writes:
        hints.update(destructiveHint=False, idempotentHint=tool.idempotent)
    return {
        "name": tool.name,
        "title": tool.title,
        "description": tool.help,
        "inputSchema": schema,
        "outputSchema": _RESULT,
        "annotations": hints,
    }


def _schema(argument: Argument) -> dict[str, Any]:
    if argument.kind == "texts":
        schema: dict[str, Any] = {"type": "array", "items": {"type": "string"}}
    else:
        schema = {"type": _TYPES[argument.kind]}
    if argument.choices:
        schema["enum"] = list(argument.choices)
    if argument.help:
        schema["description"] = argument.help
    return schema
