"""Every command, declared once as plain data: both parsers, the help and the documentation are built from it.

``INDEX`` says which module declares a command, so that a hot command imports only its own family;
a test holds it equal to the declarations.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.commands.spec import Command

_FAMILIES = {
    "setup": ("overview", "init", "uninstall", "iam", "worktree add", "schema", "prime", "setup", "agent-hook"),
    "raising": ("create", "ask", "answer", "redirect", "bounce", "note", "edit"),
    "impact": ("affected",),
    "reading": ("inbox", "outbox", "list", "next", "show", "find", "chain"),
    "locking": ("lock", "unlock", "locks", "sync"),
    "working": ("complete", "reopen", "commit"),
    "watching": ("wait", "events", "who"),
    "hooking": ("hook", "hooks install", "hooks uninstall", "hooks status"),
    "checking": ("check",),
    "review": ("review", "report", "serve", "textconv"),
    "merging": ("resolve", "merge-driver"),
    "planning": ("plan", "doctor"),
    "history": ("log", "prune"),
    "transfer": ("import", "export"),
    "ways": ("mcp", "board"),
    "agents": (
        "agents list",
        "agents show",
        "agents search",
        "agents owners",
        "agents check",
        "agents add",
        "agents edit",
        "agents retire",
        "agents import",
        "agents export",
    ),
    "older": (
        "search-agents",
        "list-agents",
        "create-agent",
        "create-flag",
        "create-flag-for-agent",
        "lock-flag",
        "unlock-flag",
        "complete-flag",
        "get-agent-flags",
        "get-pending-flags",
        "get-workable-flags",
        "query",
    ),
}
_GROUPS = (  # in the order of help
    "Set up",
    "Raise and talk",
    "Do and finish",
    "Look",
    "Hold",
    "Watch",
    "Git",
    "Check",
    "Review",
    "Merge",
    "Orchestrate",
    "Agents' programs",
    "Bring in and take out",
    "Agents",
    "Older command lines",
)
_ELSEWHERE = {"ways": "flaggit.cli.ways"}  # what opens a package that stands after this one
INDEX = {name: family for family, names in _FAMILIES.items() for name in names}


def find_command(name: str) -> Command:
    """Return the declaration of a command that ``INDEX`` names."""
    return next(command for command in load_family(INDEX[name]) if command.name == name)


def is_group(name: str) -> bool:
    """Return True for the first word of commands of two words (``agents``)."""
    return any(known.startswith(f"{name} ") for known in INDEX)


def load_family(family: str) -> tuple[Command, ...]:
    """Return the commands that a module of this package declares."""
    module = __import__(_ELSEWHERE.get(family, f"flaggit.commands.{family}.spec"), fromlist=["COMMANDS"])
    commands: tuple[Command, ...] = module.COMMANDS
    return commands


def load_all() -> list[Command]:
    """Return every command, in the order of help."""
    commands = [command for family in _FAMILIES for command in load_family(family)]
    return sorted(commands, key=lambda command: _GROUPS.index(command.group))
