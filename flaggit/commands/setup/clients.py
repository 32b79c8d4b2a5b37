"""``setup``: connects the programs that agents run in with flags, on request; and undoes it."""

from __future__ import annotations

from flaggit.clients.block import BLOCK, SKILL
from flaggit.clients.opencode import PLUGIN
from flaggit.clients.servers import add_server, remove_server, state_of_server
from flaggit.clients.settings import add_hooks, has_hooks, remove_hooks, state_of
from flaggit.clients.table import CLIENTS, SERVERS
from flaggit.clone.session import Reply
from flaggit.core.errors import ConflictError, InvalidError
from flaggit.core.record import record
from flaggit.documents.marked_block import MARKDOWN, has_block, insert, is_current
from flaggit.documents.marked_block import remove as remove_block
from flaggit.git.project_files import locate, read_text, write_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from flaggit.clone.session import Session

AGENTS_MD = "agents-md"
_AGENTS_FILE = "AGENTS.md"
_CLAUDE_FILE = "CLAUDE.md"
_BRIDGE = "@AGENTS.md"
# Set up by files that are wholly ours: name -> (path, text) of each.
_WHOLE = {
    "opencode": ((".opencode/plugins/flaggit.js", PLUGIN),),
    "skill": ((".agents/skills/flaggit/SKILL.md", SKILL), (".claude/skills/flaggit/SKILL.md", SKILL)),
}
NAMES = (*CLIENTS, *_WHOLE, AGENTS_MD)


@record
class FileChange:
    """A file: ``state`` (``current``, ``outdated``, ``absent``), its text before and after (None: no file)."""

    path: str
    state: str
    before: str | None
    after: str | None


@record
class _Part:
    """What of ours stands in a settings file of a client: how it stands there, and how it gets in and out."""

    path: str
    state: Callable[[str | None], str]
    add: Callable[[str | None], str]
    remove: Callable[[str], str | None]


@record
class Arrangement:
    """How a client is set up: its files, and whether they were changed."""

    client: str
    files: tuple[FileChange, ...]
    written: bool = False

    @property
    def state(self) -> str:
        """Return ``current`` where all files are, ``absent`` where none is there, else ``outdated``."""
        states = {file.state for file in self.files}
        return states.pop() if len(states) == 1 else "outdated"


def setup(
    session: Session,
    *,
    client: str,
    mcp: bool = False,
    dry_run: bool = False,
    check: bool = False,
    remove: bool = False,
) -> Reply[Arrangement]:
    """Put what a client needs into its files at the root of this worktree, bring it up to date, or take it out.

    Args:
        session: The call.
        client: One of ``NAMES``.
        mcp: The MCP server too. One that is there already is brought up to date and taken out in any case.
        dry_run: Only show what would change.
        check: Only report whether it is set up and up to date; exit status 1 where it is not.
        remove: Take out what an earlier call put in, and nothing else.

    Raises:
        InvalidError: ``usage``, ``bad_json`` or ``cannot_edit``, where a file is not what the program would read.
        ConflictError: ``changed_meanwhile``, or ``file_exists`` where a file of ours holds something else.
        UnavailableError: ``bare_repository`` or ``unreadable``.
    """
    if check + dry_run + remove > 1 and not (dry_run and remove):
        raise InvalidError("usage", "--check stands alone; --remove goes with --dry-run.")
    if mcp and client not in SERVERS:
        raise InvalidError(
            "usage", f"--mcp: {client} is no program that starts servers, only {', '.join(SERVERS)} are."
        )
    root = session.repo.get_root()
    found = Arrangement(client, tuple(_inspect(root, client, mcp=mcp, remove=remove, check=check)))
    if check:
        return Reply(found, status=0 if found.state == "current" else 1)
    changing = [file for file in found.files if file.before != file.after]
    if dry_run or not changing:
        return Reply(found)
    for file in changing:
        write_text(root, file.path, file.after, expected=file.before)
    return Reply(
        Arrangement(client, found.files, written=True),
        notes=tuple(_remarks(root, client, changing, mcp=mcp, remove=remove)),
    )


def _inspect(root: str, client: str, *, mcp: bool, remove: bool, check: bool) -> list[FileChange]:
    if client == AGENTS_MD:
        return [_agents_file(root, remove=remove)]
    parts: dict[str, list[_Part]] = {}
    for part in _parts(root, client, mcp=mcp):
        parts.setdefault(part.path, []).append(part)
    whole = [_whole_file(root, path, text, remove=remove, check=check) for path, text in _WHOLE.get(client, ())]
    return whole + [_settings_file(root, client, found, remove=remove) for found in parts.values()]


def _parts(root: str, client: str, *, mcp: bool) -> list[_Part]:
    """Return what stands in settings files that are the client's; the MCP server where it is wanted, or there."""
    parts = []
    if client in CLIENTS:
        hooked = CLIENTS[client]
        parts.append(
            _Part(
                hooked.path,
                lambda text: state_of(text, hooked),
                lambda text: add_hooks(text, hooked),
                lambda text: remove_hooks(text, hooked),
            )
        )
    if client in SERVERS:
        server = SERVERS[client]
        path = server.other if server.other and read_text(root, server.other) is not None else server.path
        part = _Part(
            path,
            lambda text: state_of_server(text, server),
            lambda text: add_server(text, server),
            lambda text: remove_server(text, server),
        )
        if mcp or _state(part, read_text(root, path)) != "absent":
            parts.append(part)
    return parts


def _agents_file(root: str, *, remove: bool) -> FileChange:
    before = read_text(root, _AGENTS_FILE)
    text = before or ""
    state = "absent"
    if has_block(text, MARKDOWN):
        state = "current" if is_current(text, BLOCK, MARKDOWN) else "outdated"
    try:
        if remove:
            after = before and remove_block(before, MARKDOWN)
        else:
            after = before if state == "current" else insert(before, BLOCK, MARKDOWN)
    except ValueError as error:
        raise InvalidError(
            "cannot_edit",
            f"{_AGENTS_FILE} cannot be changed safely: {error}.",
            hint="Mend it and run the command again.",
        ) from None
    return FileChange(_AGENTS_FILE, state, before, after)


def _settings_file(root: str, client: str, parts: Sequence[_Part], *, remove: bool) -> FileChange:
    path = parts[0].path
    before = after = read_text(root, path)
    states = set()
    try:
        for part in parts:
            state = part.state(after)
            states.add(state)
            if remove and state != "absent":
                after = part.remove(after or "")
            elif not remove and state != "current":
                after = part.add(after)
    except ValueError as error:
        raise _unsafe(client, path, error) from None
    return FileChange(path, states.pop() if len(states) == 1 else "outdated", before, after)


def _state(part: _Part, text: str | None) -> str:
    """Return how a part stands in a text; in one that its program cannot read nothing of ours does."""
    try:
        return part.state(text)
    except ValueError:
        return "absent"


def _unsafe(client: str, path: str, error: ValueError) -> InvalidError:
    return InvalidError(
        "bad_json",
        f"{path} cannot be changed safely: {error}.",
        hint=f"Mend it, or add it by hand: `flaggit agent-hook --help` names the hooks of {client},"
        " `flaggit mcp` is the server.",
    )


def _whole_file(root: str, path: str, text: str, *, remove: bool, check: bool) -> FileChange:
    """Judge a file that is wholly ours; one that holds something else is its owner's, and stays."""
    before = read_text(root, path)
    if before is None:
        return FileChange(path, "absent", None, None if remove else text)
    if before == text:
        return FileChange(path, "current", before, None if remove else before)
    if check or _is_ours(before):
        return FileChange(path, "outdated", before, None if remove else text)
    raise ConflictError(
        "file_exists",
        f"{path} is there and was not written by `flaggit setup`.",
        hint="Move it away, then run the command again. Nothing was written.",
    )


def _is_ours(text: str) -> bool:
    return "`flaggit setup opencode`" in text or "\nname: flaggit\n" in text


def _remarks(root: str, client: str, changed: list[FileChange], *, mcp: bool, remove: bool) -> list[str]:
    """Return the steps left for the person."""
    paths = " and ".join(file.path for file in changed)
    remarks = [f"Nothing is staged; commit {paths} where all who work here shall have the same."]
    if remove:
        return remarks
    if client == AGENTS_MD:
        bridge = read_text(root, _CLAUDE_FILE) if locate(root, _CLAUDE_FILE) != locate(root, _AGENTS_FILE) else None
        if bridge is not None and _BRIDGE not in bridge:
            remarks.append(f"Claude Code reads {_CLAUDE_FILE} alone where there is one; a line {_BRIDGE} in it helps.")
    if client in CLIENTS and CLIENTS[client].wants:
        remarks.append(CLIENTS[client].wants)
    if mcp:
        remarks.append("Who works here without flaggit sees that its server cannot be started.")
    if client == "cursor" and has_hooks(read_text(root, CLIENTS["claude"].path)):
        remarks.append("Cursor can load Claude Code's hooks too; where both are there, flaggit answers its own alone.")
    return remarks
