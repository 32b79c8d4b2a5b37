"""What each program that agents run in sends to its hooks and reads of their answers. Pure; the one place that knows.

Each row is held by a test against a copy of the facts in that program's own schema or reference, with its version
and date (``tests/clients/facts``). An event whose answer the program does not read is answered with silence.
"""

from __future__ import annotations

from flaggit.core.record import record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

SESSION, SUBAGENT, EDIT, STOP = "session-start", "subagent-start", "pre-tool-use", "stop"
KINDS = (SESSION, SUBAGENT, EDIT, STOP)
USUAL = "claude"  # whose hook it is where nothing says so
UNATTENDED = "COPILOT_AGENT_PROMPT"  # set in a job of Copilot's cloud agent, where "ask" is a refusal: nobody answers
MOST_CONTEXT = 9500  # characters of an answer; the tightest client cuts at 10,000

# shape of an answer -> what makes it of the client's name for the event and the text
SHAPES: dict[str, Callable[[str, str], dict[str, Any]]] = {
    "context": lambda event, text: {"hookSpecificOutput": {"hookEventName": event, "additionalContext": text}},
    "flat": lambda _, text: {"additionalContext": text},
    "cursor": lambda _, text: {"additional_context": text},
    "ask": lambda _, text: {"permissionDecision": "ask", "permissionDecisionReason": text},
    "block": lambda _, text: {"decision": "block", "reason": text},
    "message": lambda _, text: {"systemMessage": text},
    "followup": lambda _, text: {"followup_message": text},
}


@record
class Event:
    """An event of a client: its own name for it, which of ours it is, and the answer that it reads.

    Attributes:
        name: The client's name; it stands in its settings and in ``hook_event_name``.
        kind: One of ``KINDS``.
        reply: A key of ``SHAPES``; empty: the client reads no answer here.
        matcher: What its settings narrow the event by; empty: nothing.
    """

    name: str
    kind: str
    reply: str
    matcher: str = ""


@record
class Client:
    """A program that agents run in.

    Attributes:
        name: As in ``flaggit setup NAME``.
        path: Its settings file in a repository; empty: it is set up by a file of ours.
        events: What its hooks can be asked for.
        grouped: A hook stands in a group with its matcher; else in a plain list.
        command: The key that holds the command.
        timeout: The key that bounds its time, and ten seconds in the client's unit.
        head: What a new settings file begins with.
        also: Further keys of each of our hooks.
        session: The keys that may hold the session's id.
        wants: What the person still has to do there; empty: nothing.
    """

    name: str
    path: str
    events: tuple[Event, ...]
    grouped: bool = True
    command: str = "command"
    timeout: tuple[str, int] = ("timeout", 10)
    head: tuple[tuple[str, object], ...] = ()
    also: tuple[tuple[str, object], ...] = (("type", "command"),)
    session: tuple[str, ...] = ("session_id",)
    wants: str = ""


CLIENTS = {
    client.name: client
    for client in (
        Client(
            "claude",
            ".claude/settings.json",
            (
                Event("SessionStart", SESSION, "context", "startup|resume|clear|compact|fork"),
                Event("SubagentStart", SUBAGENT, "context"),
                Event("PreToolUse", EDIT, "context", "Edit|MultiEdit|Write|NotebookEdit"),
                Event("Stop", STOP, "context"),
            ),
            wants="Claude Code asks once whether this folder's hooks may run; sessions that are open load them anew.",
        ),
        Client(
            "codex",
            ".codex/hooks.json",
            (
                Event("SessionStart", SESSION, "context", "startup|resume|clear|compact"),
                Event("SubagentStart", SUBAGENT, "context"),
                Event("PreToolUse", EDIT, "context", "apply_patch|Edit|Write"),
                Event("Stop", STOP, "block"),
            ),
            wants="Codex runs a project's hooks only after you have trusted the project and these hooks there.",
        ),
        Client(
            "gemini",
            ".gemini/settings.json",
            (
                Event("SessionStart", SESSION, "context"),
                Event("BeforeTool", EDIT, "message", "write_file|replace"),
                Event("AfterAgent", STOP, "message"),
            ),
            timeout=("timeout", 10_000),
            also=(("name", "flaggit"), ("type", "command")),
            wants="Gemini CLI runs a project's hooks only in a folder that you have trusted there.",
        ),
        Client(
            "copilot",
            ".github/hooks/flaggit.json",
            (
                Event("sessionStart", SESSION, "flat"),
                Event("subagentStart", SUBAGENT, "flat"),
                Event("preToolUse", EDIT, "ask", "create|edit|str_replace_editor|apply_patch"),
                Event("agentStop", STOP, "block"),
            ),
            grouped=False,
            command="bash",
            timeout=("timeoutSec", 10),
            head=(("version", 1),),
            session=("sessionId", "session_id"),
            wants="Copilot runs a repository's hooks only in a folder that you have trusted there.",
        ),
        Client(
            "cursor",
            ".cursor/hooks.json",
            (
                Event("sessionStart", SESSION, "cursor"),
                Event("preToolUse", EDIT, ""),
                Event("stop", STOP, "followup"),
            ),
            grouped=False,
            head=(("version", 1),),
            also=(),
            session=("session_id", "conversation_id"),
            wants="Cursor runs a project's hooks only in a workspace that you have trusted. Its editor does not wait"
            " for what a session begins with, and may drop it: `flaggit setup agents-md` is read either way.",
        ),
    )
}


@record
class Server:
    """Where a program reads which MCP servers it may start, and how it wants ours.

    Attributes:
        path: Its file in a repository.
        keys: The path of the mapping from names to servers in it.
        entry: What it wants to know of ours.
        other: A file that stands in its place where it is there; empty: none.
        comments: The file may have comments and trailing commas.
        may_nest: A further mapping ``servers`` may stand between (opencode 2).
    """

    path: str
    keys: tuple[str, ...]
    entry: tuple[tuple[str, object], ...]
    other: str = ""
    comments: bool = False
    may_nest: bool = False

    @property
    def is_toml(self) -> bool:
        """Return True for TOML, False for JSON."""
        return self.path.endswith(".toml")


_LINE = (("command", "flaggit"), ("args", ["mcp"]))
SERVERS = {
    "claude": Server(".mcp.json", ("mcpServers",), _LINE),
    # Codex ends a start after 10 seconds and a call after 60, unless told otherwise.
    "codex": Server(
        ".codex/config.toml", ("mcp_servers",), (*_LINE, ("startup_timeout_sec", 30), ("tool_timeout_sec", 120))
    ),
    "gemini": Server(".gemini/settings.json", ("mcpServers",), _LINE),
    "copilot": Server(".github/mcp.json", ("mcpServers",), (("type", "local"), *_LINE)),
    "cursor": Server(".cursor/mcp.json", ("mcpServers",), _LINE),
    "opencode": Server(
        "opencode.json",
        ("mcp",),
        (("type", "local"), ("command", ["flaggit", "mcp"])),
        other="opencode.jsonc",
        comments=True,
        may_nest=True,
    ),
}
# Other spellings that a client sends or that people write, without case, hyphens and underscores.
_ALIASES = {"copilot": {"stop": "agentStop"}}


def find_event(client: Client, name: str) -> Event | None:
    """Return the event that a client's name for it, or one of ``KINDS``, means; None: none that concerns flags."""
    plain = _plain(name)
    wanted = _plain(_ALIASES.get(client.name, {}).get(plain, plain))
    return next((event for event in client.events if wanted in (_plain(event.name), _plain(event.kind))), None)


def session_of(client: Client, facts: Mapping[str, Any]) -> str:
    """Return the id of the session that an event comes from; empty where the client does not name it."""
    found = (facts.get(key) for key in client.session)
    return next((value for value in found if isinstance(value, str) and value), "")


def _plain(name: str) -> str:
    return name.replace("-", "").replace("_", "").lower()
