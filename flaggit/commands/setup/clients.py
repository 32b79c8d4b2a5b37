"""``setup``: tells the programs that agents run in about flags, on request; and takes it back."""

from __future__ import annotations

from flaggit.clients.block import BLOCK
from flaggit.clients.settings import CLIENTS, Client, add_hooks, remove_hooks, state_of
from flaggit.clone.session import Reply
from flaggit.core.errors import InvalidError
from flaggit.core.record import record
from flaggit.documents.marked_block import MARKDOWN, has_block, insert, is_current
from flaggit.documents.marked_block import remove as remove_block
from flaggit.git.project_files import locate, read_text, write_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.clone.session import Session

AGENTS_MD = "agents-md"
_AGENTS_FILE = "AGENTS.md"
_CLAUDE_FILE = "CLAUDE.md"
_BRIDGE = "@AGENTS.md"


@record
class Arrangement:
    """How a client is set up: its file, ``state`` (``current``, ``outdated``, ``absent``), and what was changed.

    ``before`` and ``after`` are the file's text (None: no file); equal where nothing is to be done.
    """

    client: str
    path: str
    state: str
    before: str | None
    after: str | None
    written: bool = False


def setup(
    session: Session, *, client: str, dry_run: bool = False, check: bool = False, remove: bool = False
) -> Reply[Arrangement]:
    """Put what a client needs into its file at the root of this worktree, bring it up to date, or take it out.

    Args:
        session: The call.
        client: A key of ``CLIENTS``, or ``agents-md``.
        dry_run: Only show what would change.
        check: Only tell whether it is set up and up to date; exit status 1 where it is not.
        remove: Take out what an earlier call put in, and nothing else.

    Raises:
        InvalidError: ``usage`` or ``bad_json``, where the file is not what the program itself would read.
        ConflictError: ``changed_meanwhile``.
        UnavailableError: ``bare_repository`` or ``unreadable``.
    """
    if check + dry_run + remove > 1 and not (dry_run and remove):
        raise InvalidError("usage", "--check stands alone; --remove goes with --dry-run.")
    root = session.repo.get_root()
    found = _agents_file(root, remove=remove) if client == AGENTS_MD else _hooks_file(root, client, remove=remove)
    if check:
        return Reply(found, status=0 if found.state == "current" else 1)
    if dry_run or found.before == found.after:
        return Reply(found)
    write_text(root, found.path, found.after, expected=found.before)
    written = Arrangement(found.client, found.path, found.state, found.before, found.after, written=True)
    return Reply(written, notes=tuple(_remarks(root, written, remove=remove)))


def _agents_file(root: str, *, remove: bool) -> Arrangement:
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
    return Arrangement(AGENTS_MD, _AGENTS_FILE, state, before, after)


def _hooks_file(root: str, name: str, *, remove: bool) -> Arrangement:
    client = CLIENTS[name]
    before = read_text(root, client.path)
    try:
        state = state_of(before, client)
        if state == ("absent" if remove else "current"):
            return Arrangement(name, client.path, state, before, before)
        after = remove_hooks(before or "") if remove else add_hooks(before, client)
    except ValueError as error:
        raise _unusable(client, str(error)) from None
    return Arrangement(name, client.path, state, before, after)


def _unusable(client: Client, reason: str) -> InvalidError:
    return InvalidError(
        "bad_json",
        f"{client.path} cannot be changed safely: {reason}.",
        hint=f"Mend it, or add the hooks by hand: `flaggit agent-hook --help` names the lines for {client.name}.",
    )


def _remarks(root: str, found: Arrangement, *, remove: bool) -> list[str]:
    remarks = [f"Nothing is staged; commit {found.path} where all who work here shall have the same."]
    if remove:
        return remarks
    if found.client == AGENTS_MD:
        bridge = read_text(root, _CLAUDE_FILE) if locate(root, _CLAUDE_FILE) != locate(root, _AGENTS_FILE) else None
        if bridge is not None and _BRIDGE not in bridge:
            remarks.append(f"Claude Code reads {_CLAUDE_FILE} alone where there is one; a line {_BRIDGE} in it helps.")
    if found.client == "codex":
        remarks.append("Codex runs hooks where its own config.toml allows them.")
    return remarks
