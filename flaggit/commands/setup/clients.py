"""``setup``: tells the programs that agents run in about flags, on request; and takes it back."""

from __future__ import annotations

import os

from flaggit.clients.block import has_block as has_agents_block
from flaggit.clients.block import insert_block, is_current, remove_block
from flaggit.clients.settings import CLIENTS, Client, add_hooks, remove_hooks, state_of
from flaggit.clone.session import Reply
from flaggit.core.errors import InvalidError, UnavailableError
from flaggit.core.record import record
from flaggit.git.files import NotRegularError, read_file, replace_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from flaggit.clone.session import Session

AGENTS_MD = "agents-md"
_AGENTS_FILE = "AGENTS.md"
_CLAUDE_FILE = "CLAUDE.md"
_BRIDGE = "@AGENTS.md"
_LIMIT = 1024 * 1024


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
    _write(os.path.join(root, found.path), found)
    written = Arrangement(found.client, found.path, found.state, found.before, found.after, written=True)
    return Reply(written, notes=tuple(_remarks(root, written, remove=remove)))


def _agents_file(root: str, *, remove: bool) -> Arrangement:
    before = _read(root, _AGENTS_FILE)
    text = before or ""
    state = "current" if is_current(text) else "outdated" if has_agents_block(text) else "absent"
    after: str | None = remove_block(text) if remove else insert_block(text)
    if remove and (before is None or (state != "absent" and not after)):
        after = None
    return Arrangement(AGENTS_MD, _AGENTS_FILE, state, before, after)


def _hooks_file(root: str, name: str, *, remove: bool) -> Arrangement:
    client = CLIENTS[name]
    before = _read(root, client.path)
    settings = _parse(client, before)
    try:
        state = state_of(settings, client)
        wanted = remove_hooks(settings) if remove else add_hooks(settings, client)
    except ValueError as error:
        raise _unusable(client, str(error)) from None
    if (remove and state == "absent") or (not remove and state == "current"):
        return Arrangement(name, client.path, state, before, before)
    return Arrangement(name, client.path, state, before, _dump(wanted, before) if wanted else None)


def _parse(client: Client, text: str | None) -> dict[str, Any]:
    if text is None or not text.strip():
        return {}
    import json

    try:
        settings = json.loads(text, object_pairs_hook=_without_doubles)
    except (ValueError, RecursionError) as error:
        raise _unusable(client, str(error)) from None
    if not isinstance(settings, dict):
        raise _unusable(client, "it holds no mapping")
    return settings


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    settings = dict(pairs)
    if len(settings) != len(pairs):
        raise ValueError("a key stands twice in one mapping")
    return settings


def _unusable(client: Client, reason: str) -> InvalidError:
    return InvalidError(
        "bad_json",
        f"{client.path} cannot be changed safely: {reason}.",
        hint=f"Mend it, or add the hooks by hand: `flaggit agent-hook --help` names the lines for {client.name}.",
    )


def _dump(settings: dict[str, Any], before: str | None) -> str:
    import json

    return json.dumps(settings, indent=_indent_of(before), ensure_ascii=False) + "\n"


def _indent_of(text: str | None) -> int | str:
    """Return the file's own indentation, two blanks where it has none."""
    for line in (text or "").splitlines():
        blanks = line[: len(line) - len(line.lstrip())]
        if blanks:
            return blanks if "\t" in blanks else len(blanks)
    return 2


def _read(root: str, path: str) -> str | None:
    try:
        data = read_file(os.path.join(root, path), _LIMIT)
        return data.decode("utf-8")
    except FileNotFoundError:
        return None
    except NotRegularError as error:
        raise UnavailableError("unreadable", f"{path} {error}.", hint="flaggit follows no links.") from None
    except (OSError, UnicodeError) as error:
        raise UnavailableError("unreadable", f"{path} cannot be read: {error}.") from None


def _write(path: str, found: Arrangement) -> None:
    if found.after is not None:
        replace_file(path, found.after.encode(), expected=None if found.before is None else found.before.encode())
        return
    os.unlink(path)
    folder = os.path.dirname(path)
    if found.client != AGENTS_MD and not os.listdir(folder):
        os.rmdir(folder)


def _remarks(root: str, found: Arrangement, *, remove: bool) -> list[str]:
    remarks = [f"Nothing is staged; commit {found.path} where all who work here shall have the same."]
    if remove:
        return remarks
    if found.client == AGENTS_MD:
        bridge = _read(root, _CLAUDE_FILE)
        if bridge is not None and _BRIDGE not in bridge:
            remarks.append(f"Claude Code reads {_CLAUDE_FILE} alone where there is one; a line {_BRIDGE} in it helps.")
    if found.client == "codex":
        remarks.append("Codex runs hooks where its own config.toml allows them.")
    return remarks
