"""Locks as git holds them: the refs, the commits, and one transaction that changes all or nothing.

Names below ``refs/heads/flags/lock/`` (or ``refs/flaggit/lock/`` by setting) are locks where this
clone decides; ``refs/flaggit/local/`` those not yet shared where a remote decides, out of reach of
an ordinary push; ``refs/flaggit/remote/<remote>/lock/`` what the remote showed last;
``refs/flaggit/intent/`` commits about to be pushed; ``refs/worktree/flaggit/held/`` what this
worktree holds.
"""

from __future__ import annotations

import os

from flaggit.clone.lock_message import PATHS, format_message, message_of, parse_message
from flaggit.clone.lock_rules import has_holder
from flaggit.core.errors import UnavailableError
from flaggit.core.ids import is_flag_id
from flaggit.core.layout import OWN_REFS
from flaggit.core.record import record, replace
from flaggit.git import cache
from flaggit.git.objects import empty_tree, read_objects
from flaggit.git.refs import HEADS, REMOTES, WAITING, list_refs, read_ref, short_ref

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from flaggit.core.model import Lock
    from flaggit.git.repo import Repo

BRANCHES = HEADS + "flags/lock/"
HIDDEN = OWN_REFS + "lock/"
FETCHED = "/flags/lock/"  # in the names of what a plain fetch brings along
LOCAL = OWN_REFS + "local/"
MIRROR = OWN_REFS + "remote/"
INTENT = OWN_REFS + "intent/"
HELD = "refs/worktree/flaggit/held/"
# Where the repository that decides may have locks. The setting says where new ones lie; clones that do not know of a
# change to it yet put theirs below the other, so that whoever looks for a lock looks below both.
NAMESPACES = (BRANCHES, HIDDEN)

_MESSAGES = "locks.cache"
_KEY = b"messages"
_MOST_MESSAGES = 1_000  # of some 600 bytes each; beyond that only what the last question needed is kept


@record
class Change:
    """One ref of a transaction: ``old`` is what it must hold (None: nothing; ``*``: anything), ``new`` likewise."""

    ref: str
    new: str | None
    old: str | None = None


def own_prefix(namespace: str) -> str:
    """Return where locks lie in the repository that decides, by the setting ``lock.namespace``."""
    return HIDDEN if namespace == "ref" else BRANCHES


def twin_of(ref: str) -> str:
    """Return the same lock's name below the other namespace; nothing for a ref that lies below neither."""
    for prefix, other in (NAMESPACES, NAMESPACES[::-1]):
        if ref.startswith(prefix):
            return other + ref.removeprefix(prefix)
    return ""


def path_list_refs(remote: str) -> list[tuple[str, str]]:
    """Return where lists of locked paths may be known in a clone, each with how far it reaches."""
    names = [*((prefix, "local") for prefix in (*NAMESPACES, LOCAL)), (f"{MIRROR}{remote}/lock/", "shared")]
    return [(prefix + PATHS, scope) for prefix, scope in names]


def list_visible_locks(repo: Repo, get_remote: Callable[[], str]) -> list[Lock]:
    """Return every lock known in this clone, those of the remote last; read from disk and in one process.

    A lock of the remote that this clone is letting go counts as released. Where a remote's locks
    are known, a lock branch that came here from elsewhere (a mirror clone) counts for nothing.

    Args:
        repo: The repository.
        get_remote: Names the remote that decides; called only where there are locks of a remote.
    """
    own = [(name.rpartition("/")[2], oid, "local") for name, oid in list_refs(repo, BRANCHES).items()]
    shared, intents = [], []
    remote = ""
    for name, oid in list_refs(repo, OWN_REFS).items():
        flag_id = name.rpartition("/")[2]
        if name.startswith((LOCAL, HIDDEN)):
            own.append((flag_id, oid, "local"))
        elif name.startswith(INTENT):
            intents.append((flag_id, oid, "intent"))
        elif name.startswith(MIRROR) and "/lock/" in name:
            remote = remote or f"{MIRROR}{get_remote()}/lock/"
            if name.startswith(remote):
                shared.append((flag_id, oid, "shared"))
    locks = read_commits(repo, [item for item in (*own, *shared, *intents) if is_flag_id(item[0])])
    leaving = {lock.flag_id: lock.tenure for lock in locks if lock.scope == "intent" and not has_holder(lock)}
    found = []
    for lock in locks:
        if lock.scope == "shared" and leaving.get(lock.flag_id) == lock.tenure:
            found.append(replace(lock, released=True))
        elif lock.scope != "intent" and not (shared and lock.scope == "local" and _is_foreign(repo, lock)):
            found.append(lock)
    return found


def list_every_lock(repo: Repo) -> list[Lock]:
    """Return every lock that a ref of this clone holds, fetched ones and those of every remote among them.

    None that ``list_visible_locks`` or ``read_fetched`` returns is missing; which of them counts is left open.
    """
    fetched = {name: oid for name, oid in list_refs(repo, REMOTES).items() if FETCHED in name}
    refs = {**list_refs(repo, BRANCHES), **list_refs(repo, OWN_REFS), **fetched}
    found = [(name.rpartition("/")[2], oid, "local") for name, oid in refs.items()]
    return read_commits(repo, [item for item in found if is_flag_id(item[0])])


def read_commits(repo: Repo, found: list[tuple[str, str, str]]) -> list[Lock]:
    """Return the locks of (flag id, object id, scope) triples; git is asked only for commits that are new here."""
    if not found:
        return []
    messages = _read_messages(repo, [oid for _, oid, _ in found])
    locks = [
        parse_message(messages.get(oid, ""), flag_id=flag_id, oid=oid, scope=scope) for flag_id, oid, scope in found
    ]
    return mark_dead(repo, locks)


def _read_messages(repo: Repo, oids: list[str]) -> dict[str, str]:
    """Return object id -> what a commit says, nothing for what is no commit; an object never changes, so it is kept."""
    known = _load_messages(repo)
    missing = [oid for oid in oids if oid not in known]
    if missing:
        objects = read_objects(repo, missing).items()
        new = {oid: message_of(item.content) if item.kind == "commit" else "" for oid, item in objects}
        _save_messages(repo, known, new, oids)
        known = {**known, **new}
    return known


def _load_messages(repo: Repo) -> dict[str, str]:
    saved = cache.load(os.path.join(repo.state_dir, _MESSAGES), _KEY)
    return saved if isinstance(saved, dict) else {}


def _save_messages(repo: Repo, known: dict[str, str], new: dict[str, str], wanted: Iterable[str] = ()) -> None:
    if len(known) > _MOST_MESSAGES:
        known = {oid: known[oid] for oid in wanted if oid in known}
    cache.save(os.path.join(repo.state_dir, _MESSAGES), _KEY, {**known, **new})


def mark_dead(repo: Repo, locks: list[Lock]) -> list[Lock]:
    """Mark the locks whose worktree was of this clone and is gone."""
    from flaggit.clone.identity import find_clone_token, living_worktrees

    places = {lock.worktree for lock in locks if lock.worktree}
    token = find_clone_token(repo) if places else ""
    if not token:
        return locks
    clone = token + "/"
    here = {place.removeprefix(clone) for place in places if place.startswith(clone)}
    gone = {clone + token for token in here - living_worktrees(repo)} if here else set()
    return [replace(lock, dead=True) if lock.worktree in gone else lock for lock in locks]


def locks_as_of(repo: Repo, remote: str) -> str:
    """Return when all locks of the remote were last read, as RFC 3339 text; empty: never."""
    try:
        with open(stamp_path(repo, remote), encoding="ascii") as file:
            return file.read(32).strip()
    except (OSError, UnicodeError):
        return ""


def stamp_path(repo: Repo, remote: str) -> str:
    """Return the file that says when."""
    name = "".join(char if char.isalnum() or char in "-_." else "_" for char in remote)
    return os.path.join(repo.state_dir, f"locks-{name}.seen")


def write_commit(repo: Repo, lock: Lock, now: int, parent: str = "", author: str = "") -> Lock:
    """Store the commit that is this lock and return the lock with its object id.

    Args:
        repo: The repository; its object format decides over the empty tree.
        lock: What the commit says.
        now: Seconds since the epoch, for author and committer.
        parent: The lock commit that this one follows; nothing for a lock that begins.
        author: ``Name <address>``; nothing takes the holder's handle.
    """
    person = author or f"{lock.holder} <{lock.holder[1:]}@flaggit.invalid>"
    return replace(lock, oid=write_message(repo, format_message(lock), now, parent, person))


def write_message(repo: Repo, message: str, now: int, parent: str = "", author: str = "") -> str:
    """Store a commit of the empty tree with this message and return its object id."""
    person = author or "flaggit <locks@flaggit.invalid>"
    parents = f"parent {parent}\n" if parent else ""
    people = f"author {person} {now} +0000\ncommitter {person} {now} +0000\n"
    content = f"tree {empty_tree(repo, stored=True)}\n{parents}{people}\n{message}".encode("utf-8", "replace")
    oid = repo.text("hash-object", "-t", "commit", "-w", "--stdin", input=content)
    _save_messages(repo, _load_messages(repo), {oid: message_of(content)})
    return oid


def change_refs(repo: Repo, changes: Iterable[Change], unchanged: Mapping[str, str | None] | None = None) -> str:
    """Change all the refs or none of them; return nothing, or git's words where it refused.

    The caller reads the refs afterwards: that is the verdict, not these words.

    Args:
        repo: The repository.
        changes: What is to become of each ref.
        unchanged: Refs that have to hold this still (None: that have to be absent still), or nothing is changed.
    """
    lines = [f"verify {ref}" + _old(oid) for ref, oid in (unchanged or {}).items()]
    for change in changes:
        if change.new is None:
            lines.append(f"delete {change.ref}" + _old(change.old))
        elif change.old is None:
            lines.append(f"create {change.ref} {change.new}")
        else:
            lines.append(f"update {change.ref} {change.new}" + _old(change.old))
    done = repo.run(
        *WAITING, "update-ref", "--stdin", input="\n".join([*lines, ""]).encode("utf-8", "surrogateescape"), check=False
    )
    return "" if done.status == 0 else done.message or f"exit status {done.status}"


def refuse(repo: Repo, flag_id: str, words: str) -> UnavailableError:
    """Return the error for a ref that git would not change although nobody else changed it."""
    for name in (HEADS + "flags", HEADS + "flags/lock"):
        if read_ref(repo, name) is not None:
            branch = short_ref(name)
            return UnavailableError(
                "namespace_blocked",
                f"A branch named {branch} stands where the branches of locks belong.",
                hint=f"Give it another name: git branch -m {branch} NAME",
            )
    reason = words.partition("\n")[0] or "no reason given"
    return UnavailableError(
        "git_failed",
        f"git did not change the lock of {flag_id}: {reason}",
        hint="A git that was killed may have left a .lock file behind: `flaggit doctor` looks for it.",
    )


def _is_foreign(repo: Repo, lock: Lock) -> bool:
    from flaggit.clone.identity import find_clone_token

    token = find_clone_token(repo)
    return not token or not lock.worktree.startswith(token + "/")


def _old(old: str | None) -> str:
    return "" if old in (None, "*") else f" {old}"


def mirror_prefix(remote: str) -> str:
    """Return where the locks of a remote are mirrored."""
    return f"{MIRROR}{remote}/lock/"
