"""Reading verbs: inbox, outbox, list, next, show, find, chain."""

from __future__ import annotations

import os

from flaggit.errors import InvalidError
from flaggit.handles import parse_handle
from flaggit.locks.rules import is_over, is_own
from flaggit.model import FLAG_TYPES, IMPACT_LEVELS, STATUSES
from flaggit.record import record
from flaggit.routing import targets_for
from flaggit.session import Reply
from flaggit.text import composed
from flaggit.times import format_age

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.identity import Actor
    from flaggit.model import Flag, Note, Row
    from flaggit.scan import Rows
    from flaggit.session import Session


@record
class Listing:
    """Flags in order. ``full`` asks JSON for every field, ``empty`` is what text says where there are none."""

    rows: Rows | list[Row]
    now: int
    full: bool = False
    empty: str = "No flags."


@record
class Choice:
    """What ``next`` hands out (None: nothing), and the (id, reason) of each flag it passed over."""

    row: Row | None
    now: int
    passed_over: tuple[tuple[str, str], ...] = ()


@record
class View:
    """A flag with what belongs to it: notes, pending questions about it, answers to it, the root of its chain."""

    row: Row
    notes: tuple[Note, ...]
    questions: tuple[Row, ...]
    answers: tuple[Row, ...]
    chain_root: str | None
    now: int


def inbox(session: Session, *, agent: str | None = None, here: bool = False, full: bool = False) -> Reply:
    """Return the pending flags for an agent and the teams it belongs to.

    Raises:
        InvalidError: ``no_identity`` or ``bad_handle``.
    """
    handle = session.get_actor(agent).handle
    targets = targets_for(session, handle)
    rows = session.clone.scan(here=here, targets=targets)
    notes = [*unknown_note(session, handle, rows), *_general_note(session, here), *age_note(session, here)]
    return _listing(session, rows, full, f"Nothing waits for {handle}.", notes)


def outbox(session: Session, *, agent: str | None = None, here: bool = False, full: bool = False) -> Reply:
    """Return the pending flags that an agent raised. Raises InvalidError ``no_identity`` or ``bad_handle``."""
    handle = session.get_actor(agent).handle
    rows = session.clone.scan(here=here).only(lambda row: row.flag.source_agent == handle)
    return _listing(session, rows, full, f"Nothing that {handle} raised is pending.", age_note(session, here))


def list_flags(
    session: Session,
    *,
    to: str | None = None,
    sender: str | None = None,
    flag_type: str | None = None,
    impact: str | None = None,
    status: str | None = None,
    file: str | None = None,
    locked: bool = False,
    here: bool = False,
    full: bool = False,
) -> Reply:
    """Return the flags that fit all the given conditions; without any, everything pending.

    Args:
        session: The call.
        to: Target's handle, or ``general``.
        sender: Source's handle.
        flag_type: One of ``FLAG_TYPES``.
        impact: One of ``IMPACT_LEVELS``.
        status: ``pending`` (default), ``completed`` or ``all``.
        file: A path; flags whose related files name it, or a folder around it or below it.
        locked: Only flags that somebody holds.
        here: Only this worktree's.
        full: JSON with every field.

    Raises:
        InvalidError: ``bad_handle``, or ``usage`` for a value that is none of the allowed.
    """
    _check_choice("--type", flag_type, FLAG_TYPES)
    _check_choice("--impact", impact, IMPACT_LEVELS)
    _check_choice("--status", status, (*STATUSES, "all"))
    source = parse_handle(sender, field="--from") if sender else None
    if file is not None:
        from flaggit.actions.related import related_paths

        file = next(iter(related_paths([file], session)), file)

    def fits(row: Row) -> bool:
        return (
            (source is None or row.flag.source_agent == source)
            and (flag_type is None or row.flag.flag_type == flag_type)
            and (impact is None or row.flag.impact_level == impact)
            and (file is None or _is_about(row.flag, file))
            and (not locked or row.locked)
        )

    rows = session.clone.scan(here=here, targets=_list_targets(session, to), status=status or "pending")
    if any((source, flag_type, impact, file, locked)):
        rows = rows.only(fits)
    conditions = (to, sender, flag_type, impact, status, file, locked)
    empty = "No flags fit." if any(conditions) else "Nothing is pending."
    return _listing(session, rows, full, empty, age_note(session, here))


def next_flag(
    session: Session, *, agent: str | None = None, lock: bool = False, ahead: bool = False, explain: bool = False
) -> Reply:
    """Return the most urgent flag that the agent can work on from here; exit status 1 where there is none.

    Args:
        session: The call.
        agent: Who asks.
        lock: Take its lock too; a race that is lost moves on to the next one.
        ahead: Hand out flags too that are visible but neither in this worktree nor in HEAD.
        explain: Say which flags were passed over and why.

    Raises:
        InvalidError: ``no_identity`` or ``bad_handle``.
    """
    actor = session.get_actor(agent)
    remote = _Remote(session) if lock else None
    notes: list[str] = []
    rows = session.clone.rows(targets=targets_for(session, actor.handle), status="all" if explain else "pending")
    if remote is not None:
        remote.find_done(rows)
    passed: list[tuple[str, str]] = []
    waiting = list(reversed(rows))
    while waiting:
        row = waiting.pop()
        reason = _reason_against(session, row, actor, ahead=ahead, lock=lock)
        if not reason and remote is not None:
            reason = remote.reason_against(row)
            if not reason:
                reason = _try_lock(session, row, actor, notes)
                if reason:
                    remote.look()
                    _step_aside(waiting, row)
        if not reason:
            return _choice(session, _look_again(session, row) if lock else row, passed, explain, notes)
        passed.append((row.flag.id, reason))
    if lock and session.clone.locks_age == 0:  # the remote has just answered
        from flaggit.locks.upkeep import mark_done

        mark_done(session)
    return _choice(session, None, passed, explain, notes)


def show(session: Session, *, flag_id: str) -> Reply:
    """Return one flag in full with its notes, open questions and answers.

    Raises:
        InvalidError: ``bad_id`` or ``ambiguous_id``.
        NotFoundError: ``unknown_flag``.
    """
    from flaggit.backlinks import find_linked
    from flaggit.lookup import get_row

    row = get_row(session, flag_id)
    about = find_linked(session, row.flag)
    questions = [other for other in about if _is_question(other) and other.status == "pending"]
    answers = [other for other in about if not _is_question(other)]
    root = find_root(session, row.flag) if row.flag.chain_origin_id else None
    notes = tuple(session.clone.notes(row.flag.id))
    view = View(row, notes, tuple(questions), tuple(answers), root, session.now)
    return Reply(view, notes=tuple(age_note(session, False)) if row.place.kind != "here" else ())


def find(session: Session, *, text: str, here: bool = False, full: bool = False) -> Reply:
    """Return the flags, pending or completed, that hold every word of ``text``; case does not count."""
    words = text.lower().split()
    rows: Rows | list[Row] = []
    if words:
        rows = session.clone.scan(here=here, status="all").only(lambda row: _holds(row, words))
    return _listing(session, rows, full, "No flag holds these words.", [])


def chain(session: Session, *, flag_id: str, full: bool = False) -> Reply:
    """Return the whole chain that a flag belongs to: its root and every descendant, oldest first.

    Raises:
        InvalidError: ``bad_id`` or ``ambiguous_id``.
        NotFoundError: ``unknown_flag``.
    """
    from flaggit.lookup import get_row

    row = get_row(session, flag_id)
    rows = session.clone.scan(status="all")
    origins = {other.flag.id: other.flag.chain_origin_id for other in rows}
    root = _root_of(row.flag.id, origins)
    members = rows.oldest_first().having({other for other in origins if _root_of(other, origins) == root})
    return _listing(session, members, full, "", [])


def find_root(session: Session, flag: Flag) -> str:
    """Return the id of the flag that the chain of ``flag`` began with, as far as it is visible."""
    seen = {flag.id}
    while flag.chain_origin_id and flag.chain_origin_id not in seen:
        seen.add(flag.chain_origin_id)
        found = session.clone.get_rows([flag.chain_origin_id])
        if not found:
            return flag.chain_origin_id
        flag = found[0].flag
    return flag.id


def _root_of(flag_id: str, origins: dict[str, str | None]) -> str:
    seen = {flag_id}
    while (origin := origins.get(flag_id)) and origin not in seen:
        seen.add(origin)
        flag_id = origin
    return flag_id


def _listing(session: Session, rows: Rows | list[Row], full: bool, empty: str, notes: list[str]) -> Reply:
    return Reply(Listing(rows, session.now, full, empty), warnings=session.clone.problems, notes=tuple(notes))


def _choice(session: Session, row: Row | None, passed: list[tuple[str, str]], explain: bool, told: list[str]) -> Reply:
    choice = Choice(row, session.now, tuple(passed) if explain else ())
    notes = list(told)
    if row is None and passed and not explain:
        notes.append(f"{len(passed)} pending but not to be worked on from here: `flaggit next --explain` says why.")
    return Reply(choice, warnings=session.clone.problems, status=0 if row else 1, notes=tuple(notes))


def _reason_against(session: Session, row: Row, actor: Actor, *, ahead: bool, lock: bool) -> str:
    """Return why a flag is not handed out, or nothing."""
    if row.completion is not None:
        where = f" on {row.completed_on.name}" if row.completed_on and row.completed_on.name else ""
        return f"completed by {row.completion.completed_by}{where}"
    if row.locked and row.lock is not None and not is_own(row.lock, actor):
        return f"held by {row.lock.holder or 'something that is no lock of flaggit'}"
    if row.locked and lock:
        return "already held by you"
    waits = _open_questions(session, row) if row.locked else []
    if waits:
        return f"waits on the answer to {', '.join(waits)}"
    if not row.actionable and not ahead and not _is_question(row):
        return f"not in this branch yet, only {'in' if row.place.kind == 'worktree' else 'on'} {row.place.name}"
    return ""


def _open_questions(session: Session, row: Row) -> list[str]:
    """Return the pending questions about a flag: whoever holds it asked them and waits."""
    from flaggit.backlinks import find_linked

    linked = find_linked(session, row.flag)
    return [other.flag.id for other in linked if _is_question(other) and other.status == "pending"]


def _step_aside(waiting: list[Row], lost: Row) -> None:
    """After a lost race, bring a random one of the equally urgent flags to the end, which is taken next.

    Everybody in a herd looks at the same list; without this they would all race again for its next flag.
    """
    equal = [place for place, row in enumerate(waiting) if row.flag.impact_level == lost.flag.impact_level]
    if equal:
        chosen = equal[int.from_bytes(os.urandom(4), "big") % len(equal)]
        waiting.append(waiting.pop(chosen))


class _Remote:
    """The remote's locks while a flag is chosen: one look shows what all the others hold and have done."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._done: dict[str, str] = {}
        self.look()

    def look(self) -> None:
        """Read the remote's locks anew, where a remote decides and can be reached."""
        from flaggit.locks.holding import look_at_others

        self._seen = look_at_others(self._session)
        self._session.clone.forget_locks()

    def find_done(self, rows: list[Row]) -> None:
        """Find out which flags are completed in the branch that others start from."""
        self._done = self._seen([row.flag.id for row in rows if row.completion is None])

    def reason_against(self, row: Row) -> str:
        """Return why the remote would not grant a flag, or nothing."""
        if row.flag.id in self._done:
            return f"completed in {self._done[row.flag.id]}, which this branch has not got yet"
        lock = self._session.clone.locks.get(row.flag.id)
        return f"held by {lock.holder}" if lock and not is_over(lock, self._session.now) else ""


def _try_lock(session: Session, row: Row, actor: Actor, notes: list[str]) -> str:
    """Take a flag's lock; return why it is not to be had, or nothing. What is to be said of it is put to ``notes``."""
    from flaggit.errors import ConflictError
    from flaggit.locks.holding import acquire

    try:
        outcomes = acquire(session, [row.flag.id], actor, fresh=True)
    except ConflictError as error:
        return error.message
    notes += [outcome.note for outcome in outcomes if outcome.note]
    session.clone.forget_locks()
    return _release_if_done(session, row, actor)


def _release_if_done(session: Session, row: Row, actor: Actor) -> str:
    """Between the listing and the lock its holder may have completed the flag and let it go: look again."""
    now = _look_again(session, row)
    if now.completion is None:
        return ""
    from flaggit.locks.unlocking import release

    release(session, [row.flag.id], actor)
    return f"completed by {now.completion.completed_by}"


def _look_again(session: Session, row: Row) -> Row:
    from flaggit.lookup import get_row

    return get_row(session, row.flag.id)


def _is_question(row: Row) -> bool:
    return row.flag.flag_type == "information_request" and row.flag.re is not None


def _list_targets(session: Session, to: str | None) -> list[str | None] | None:
    if to is None:
        return None
    return [None] if to == "general" else list(targets_for(session, parse_handle(to, field="--to")))


def _is_about(flag: Flag, path: str) -> bool:
    wanted = composed(path).strip("/")
    return any(
        wanted == file or file.startswith(wanted + "/") or wanted.startswith(file.rstrip("/") + "/")
        for file in map(composed, flag.related_files)
    )


def _holds(row: Row, words: list[str]) -> bool:
    flag = row.flag
    texts = [flag.id, flag.flag_type, flag.source_agent, flag.target_agent or "general", flag.change_description]
    texts += [flag.action_required, *flag.related_files, flag.code_location or "", flag.notes or ""]
    text = "\n".join(texts).lower()
    return all(word in text for word in words)


def _check_choice(option: str, value: str | None, allowed: tuple[str, ...]) -> None:
    if value is not None and value not in allowed:
        raise InvalidError("usage", f"{option} {value!r} is none of {', '.join(allowed)}.")


def unknown_note(session: Session, handle: str, rows: Rows | list[Row]) -> list[str]:
    """Return a remark where nothing waits and the catalog does not know the agent: it may be misspelt."""
    if rows or session.is_known_agent(handle) or not session.catalog.agents:
        return []
    from flaggit.agents.suggest import similar_handles

    near = similar_handles(session.catalog, handle)
    hint = f"did you mean {' or '.join(near)}?" if near else "`flaggit agents list` shows who is."
    return [f"{handle} is not in the catalog; {hint}"]


def _general_note(session: Session, here: bool) -> list[str]:
    count = len(session.clone.scan(here=here, targets=[None]))
    return [f"{count} for nobody in particular: `flaggit list --to general`."] if count else []


def age_note(session: Session, here: bool) -> list[str]:
    """Return how old the knowledge of remote branches and of the remote's locks is, where they were looked at."""
    if here:
        return []
    ages = {
        "Remote branches as of the last fetch": session.clone.fetch_age,
        "Locks of the remote as of the last look": session.clone.locks_age,
    }
    return [f"{what}, {format_age(age)} ago." for what, age in ages.items() if age is not None]
