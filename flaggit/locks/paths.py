"""Locks of paths, for work that has no flag yet: one list behind one ref, compared and swapped."""

from __future__ import annotations

from flaggit.clone.lock_message import PATHS, message_of
from flaggit.clone.lock_refs import (
    LOCAL,
    MIRROR,
    NAMESPACES,
    Change,
    change_refs,
    mark_dead,
    own_prefix,
    path_list_refs,
    refuse,
    twin_of,
    write_message,
)
from flaggit.clone.lock_rules import is_due, is_free, is_own, renewed
from flaggit.core.errors import ConflictError, FlaggitError, InvalidError, UnavailableError
from flaggit.core.model import Lock
from flaggit.core.patterns import matches, pattern_fault
from flaggit.core.record import replace
from flaggit.core.text import is_control, shorten, visible
from flaggit.git.objects import read_headers, read_objects
from flaggit.git.refs import list_refs, read_ref
from flaggit.git.turns import flag_turns
from flaggit.locks.arbiter import find_arbiter, find_place
from flaggit.locks.path_list import find_clashes, format_list, parse_list, with_entry
from flaggit.locks.places import record_place
from flaggit.locks.request import Outcome, begun_lock, new_token, not_holder, shared_request
from flaggit.locks.wire import UnreachableError, Update, give_way

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from flaggit.clone.identity import Actor
    from flaggit.clone.session import Session
    from flaggit.git.repo import Repo
    from flaggit.locks.arbiter import Arbiter
    from flaggit.locks.path_list import Clash
    from flaggit.locks.request import LockRequest
    from flaggit.locks.wire import Pushed, Seen

    Edit = Callable[[list[Lock]], list[Lock]]

_TRIES = 8
_SHOWN = 60  # characters of a pattern that is refused


def read_path_locks(session: Session) -> list[Lock]:
    """Return the entries known in this clone, those only known here and the remote's; no network."""
    repo = session.repo
    found = []
    for name, scope in path_list_refs(session.remote):
        found += _entries(repo, read_ref(repo, name), scope)
    return found


def list_every_path_lock(repo: Repo) -> list[Lock]:
    """Return the entries of every list that a ref of this clone holds, whichever remote decides."""
    refs = [*((prefix, "local") for prefix in (*NAMESPACES, LOCAL)), (MIRROR, "shared")]
    found = [(name, oid, scope) for prefix, scope in refs for name, oid in list_refs(repo, prefix).items()]
    return [entry for name, oid, scope in found if name.endswith("/" + PATHS) for entry in _entries(repo, oid, scope)]


def lock_paths(
    session: Session, patterns: Iterable[str], request: LockRequest, *, local: bool = False
) -> list[Outcome]:
    """Lock every path that one of ``patterns`` matches; one's own again renews.

    Raises:
        ConflictError: ``locked_by_other``, with a path that both sides match.
        InvalidError: ``usage`` for a pattern that stands for nothing.
        UnavailableError: As ``locks.acquire``.
    """
    wanted = tuple(dict.fromkeys(pattern.strip() for pattern in patterns))
    for pattern in wanted:
        fault = "holds a control character" if any(map(is_control, pattern)) else pattern_fault(pattern)
        if fault:
            message = f"--files: {shorten(pattern, _SHOWN)!r} {fault}."
            raise InvalidError("usage", message, hint="Write it as in CODEOWNERS: src/, *.sql")
    arbiter, decides_here = find_place(session, local=local)
    if local or session.offline:
        arbiter = None
    if arbiter is not None:
        request = shared_request(request)
    added = begun_lock(PATHS, request, wanted)

    def edit(entries: list[Lock]) -> list[Lock]:
        elsewhere = [entry for entry in read_path_locks(session) if entry.scope == "local"]
        clashes = find_clashes([*entries, *elsewhere], wanted, request)
        if clashes and not request.steal:
            raise _clash_error(clashes, request.actor)
        stolen = {clash.lock.tenure for clash in clashes}
        return with_entry([entry for entry in entries if entry.tenure not in stolen], added, request)

    def edit_offline(entries: list[Lock]) -> list[Lock]:
        clashes = find_clashes([*entries, *read_path_locks(session)], wanted, request)
        if clashes and not request.steal:
            raise _clash_error(clashes, request.actor)
        return with_entry(entries, added, request)

    if decides_here:
        ref = own_prefix(session.constants.lock_namespace) + PATHS
        entries, note = _swap_here(session.repo, ref, edit, session.now), ""
    else:
        with flag_turns(session.repo.state_dir, [PATHS]):  # here there are two lists, of which each looks at the other
            entries, note = _swap_or_stay(session, arbiter, edit, edit_offline)
    mine = [entry for entry in entries if is_own(entry, request.actor) and entry.patterns == wanted]
    state = "local" if note else "mine"
    return [Outcome(entry, state, already=entry.tenure != added.tenure, note=note) for entry in mine]


def unlock_paths(
    session: Session, patterns: Iterable[str], actor: Actor | None, *, chosen: Callable[[Lock], bool], force: bool
) -> list[Outcome]:
    """Let the entries go that ``chosen`` picks (with ``patterns``: of those, only the ones with such a pattern).

    Raises:
        ConflictError: ``not_holder`` for another's living entry without ``force``.
        UnavailableError: ``remote_unreachable`` and the like.
    """
    wanted = set(patterns)
    released: dict[str, Lock] = {}

    def edit(entries: list[Lock]) -> list[Lock]:
        kept = []
        for entry in entries:
            if not chosen(entry) or (wanted and not wanted & set(entry.patterns)):
                kept.append(entry)
                continue
            if not (force or is_free(entry, session.now) or (actor is not None and is_own(entry, actor))):
                raise not_holder(entry, actor)
            released[entry.tenure] = entry
        return kept

    known, arbiter = read_path_locks(session), find_arbiter(session)
    if not known and arbiter is None:
        return []
    if arbiter is not None and session.offline:
        _require_no_shared(arbiter, edit, known)
        released.clear()
    _swap_lists_here(session, edit)
    if arbiter is not None and not session.offline:
        with flag_turns(session.repo.state_dir, [PATHS]):
            _swap_shared(arbiter, edit, session.now)
    return [Outcome(entry, "free") for entry in released.values()]


def find_locked_paths(session: Session, paths: Iterable[str], actor: Actor | None) -> list[tuple[str, Lock]]:
    """Return (path, lock) for every path that somebody else has locked, as known in this clone."""
    others = [
        entry
        for entry in read_path_locks(session)
        if not is_free(entry, session.now) and not (actor is not None and is_own(entry, actor))
    ]
    return [
        (path, entry) for path in paths for entry in others if any(matches(pattern, path) for pattern in entry.patterns)
    ]


def share_paths(session: Session, request: LockRequest) -> list[Outcome]:
    """Bring the actor's path locks that only this clone knows to the remote, and renew those that are there."""
    outcomes: list[Outcome] = []
    for entry in read_path_locks(session):
        if not is_own(entry, request.actor) or is_free(entry, session.now):
            continue
        try:
            taken = lock_paths(session, entry.patterns, replace(request, reason=entry.reason))
        except ConflictError as error:
            taken = [Outcome(entry, "lost", note=error.message)]
        if entry.scope == "local" and not any(outcome.state == "local" for outcome in taken):
            _swap_lists_here(session, _without(entry))
        outcomes += taken
    return outcomes


def renew_paths(session: Session, request: LockRequest, *, remote: bool) -> None:
    """Give the actor's path locks their time again that are noticeably older; with ``remote`` those there, too.

    Never fails: it is a courtesy of commands that are about something else.
    """

    def edit(entries: list[Lock]) -> list[Lock]:
        return [_renewed(entry, request) for entry in entries]

    known = read_path_locks(session)
    if edit(known) == known:
        return
    repo = session.repo
    try:
        arbiter = find_arbiter(session)
        _swap_lists_here(session, edit)
        if arbiter is not None and remote and not session.offline:
            with flag_turns(repo.state_dir, [PATHS]):
                _swap_shared(arbiter, edit, session.now)
    except FlaggitError:
        return


def _renewed(entry: Lock, request: LockRequest) -> Lock:
    if not is_own(entry, request.actor) or is_free(entry, request.now) or not is_due(entry, request.now, request.ttl):
        return entry
    return renewed(entry, nonce=new_token(), now=request.now, ttl=request.ttl, exactly=False)


def _without(gone: Lock) -> Edit:
    return lambda entries: [entry for entry in entries if entry.tenure != gone.tenure]


def _require_no_shared(arbiter: Arbiter, edit: Edit, known: list[Lock]) -> None:
    """Raise where ``edit`` would take out an entry that only the remote can let go, and it may not be asked."""
    shared = [entry for entry in known if entry.scope != "local"]
    if edit(shared) != shared:
        raise UnavailableError(
            "remote_unreachable",
            f"These paths are locked at {arbiter.remote}, and --offline keeps it from being told.",
            hint="Without --offline it is told at once.",
        )


def _swap_or_stay(session: Session, arbiter: Arbiter | None, edit: Edit, edit_offline: Edit) -> tuple[list[Lock], str]:
    """Change the list at the remote, or in this clone where it is not to be asked or cannot be.

    Return it as it is then, and why it stayed in this clone.
    """
    why = "as asked"
    if arbiter is not None:
        try:
            return _swap_shared(arbiter, edit, session.now), ""
        except UnreachableError as error:
            why = error.message
    entries = _swap_here(session.repo, LOCAL + PATHS, edit_offline, session.now)
    return entries, f"Locked in this clone only: {why.rstrip('.')}; `flaggit sync` asks the remote."


def _swap_lists_here(session: Session, edit: Edit) -> None:
    """Change the lists that only this clone knows: that of offline work, and that from before there was a remote."""
    for name, scope in path_list_refs(session.remote):
        if scope == "local":
            _swap_here(session.repo, name, edit, session.now)


def _swap_here(repo: Repo, ref: str, edit: Edit, now: int) -> list[Lock]:
    words = ""
    for _ in range(_TRIES):
        oid, twin = read_ref(repo, ref), twin_of(ref)
        beside = {twin: read_ref(repo, twin)} if twin else {}  # what ``edit`` looks at, too
        before = _entries(repo, oid, "local")
        after = edit(before)
        if after == before:
            return before
        written = write_message(repo, format_list(after, new_token()), now, parent=oid or "") if after else None
        words = change_refs(repo, [Change(ref, written, oid)], unchanged=beside)
        if read_ref(repo, ref) == written:
            return after
    raise refuse(repo, PATHS, words)


def _swap_shared(arbiter: Arbiter, edit: Edit, now: int) -> list[Lock]:
    """Change the list at the remote; what lies below the other namespace is looked at, too, and changed with it.

    Raises:
        ConflictError: What ``edit`` raises.
        UnavailableError: As ``Arbiter.swap``; ``remote_refuses_locks``.
    """
    words = ""
    for _ in range(_TRIES):
        ref = arbiter.ref(PATHS)
        seen = arbiter.read([ref])
        ref = ref if ref in seen.refs or twin_of(ref) not in seen.refs else twin_of(ref)  # it stays where it is
        twin = twin_of(ref)
        arbiter.update_mirror({PATHS: seen.refs.get(ref, "")})
        before, beside = (_fetched(arbiter, name, seen.refs.get(name, "")) for name in (ref, twin))
        after = edit([*before, *beside])
        if after == [*before, *beside]:
            return after
        theirs = {entry.tenure for entry in beside}
        parts = {ref: [entry for entry in after if entry.tenure not in theirs]}
        if beside:
            parts[twin] = [entry for entry in after if entry.tenure in theirs]
        changed = {name: part for name, part in parts.items() if part != (before if name == ref else beside)}
        wanted, shown, pushed = _push_lists(arbiter, seen, changed, now)
        if all(shown.refs.get(name, "") == oid for name, oid in wanted.items()):
            if twin in changed or shown.refs.get(twin) == seen.refs.get(twin):
                record_place(arbiter.repo, arbiter.url)
                arbiter.update_mirror({PATHS: shown.refs.get(ref, "")})
                return [replace(entry, scope=arbiter.scope) for entry in after]
            # Somebody who uses the other namespace was as quick: what was put here is taken back, and tried again.
            _push_lists(arbiter, shown, {ref: before}, now)
            give_way()
            continue
        words = pushed.words
        if not pushed.race and all(shown.refs.get(name) == seen.refs.get(name) for name in wanted):
            break
    raise arbiter.refusal([PATHS], words)


def _push_lists(
    arbiter: Arbiter, seen: Seen, lists: Mapping[str, list[Lock]], now: int
) -> tuple[dict[str, str], Seen, Pushed]:
    """Put lists in the place of those that were just read; an empty one deletes its ref.

    Return what was to be there, what is there, and how the push went.
    """
    written = {
        name: write_message(
            arbiter.repo, format_list(part, new_token()), now, parent=seen.refs.get(name, ""), author=arbiter.author
        )
        for name, part in lists.items()
    }
    wanted = {name: written[name] if part else "" for name, part in lists.items()}
    updates = [Update(name, oid, seen.refs.get(name, "")) for name, oid in wanted.items()]
    shown, pushed = arbiter.swap(updates)
    kept = [name for name, oid in wanted.items() if not oid and shown.refs.get(name) == seen.refs.get(name)]
    if kept and any(seen.refs.get(name) for name in kept):  # deleting is refused there: an empty list does as well
        wanted = written
        shown, pushed = arbiter.swap([Update(name, oid, seen.refs.get(name, "")) for name, oid in wanted.items()])
    return wanted, shown, pushed


def _fetched(arbiter: Arbiter, ref: str, oid: str) -> list[Lock]:
    if not oid:
        return []
    if not read_headers(arbiter.repo, [oid]):
        arbiter.fetch([ref])
    return _entries(arbiter.repo, oid, arbiter.scope)


def _entries(repo: Repo, oid: str | None, scope: str) -> list[Lock]:
    if oid is None:
        return []
    found = read_objects(repo, [oid])
    content = found[oid].content if oid in found else b""
    return mark_dead(repo, parse_list(message_of(content), scope))


def _clash_error(clashes: list[Clash], actor: Actor) -> ConflictError:
    clash = clashes[0]
    lock = clash.lock
    who = lock.holder if lock.holder != actor.handle else f"another {lock.holder}"
    more = f" (and {len(clashes) - 1} more)" if len(clashes) > 1 else ""
    return ConflictError(
        "locked_by_other",
        f"{clash.pattern} meets {visible(clash.other)}, which {who} holds until {lock.expires}{more}:"
        f" both match {visible(clash.example)}.",
        hint="Lock fewer paths, or wait; with --steal --reason TEXT it is taken from them.",
        details={
            "holder": lock.holder,
            "expires": lock.expires,
            "clashes": [
                {"pattern": item.pattern, "other": item.other, "holder": item.lock.holder, "example": item.example}
                for item in clashes
            ],
        },
    )
