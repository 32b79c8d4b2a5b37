"""Verbs that list: inbox, outbox, list, find, chain; conditions in, flags in order out; and show, one in full."""

from __future__ import annotations

from flaggit.clone.answers import find_answers
from flaggit.clone.discussion import OPEN
from flaggit.clone.lookup import get_row
from flaggit.clone.matching import holds_words, search_words
from flaggit.clone.session import Reply
from flaggit.clone.snapshot import save_inbox
from flaggit.clone.view import view_of
from flaggit.commands.shared import refuse_beside
from flaggit.core.errors import InvalidError
from flaggit.core.handles import GENERAL, parse_handle
from flaggit.core.model import FLAG_TYPES, IMPACT_LEVELS, STATUSES
from flaggit.core.origins import trace_origins
from flaggit.core.record import record
from flaggit.core.text import composed
from flaggit.core.times import format_age
from flaggit.output.discussion import answered_json
from flaggit.output.rows import ROW_FIELDS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TypedDict, Unpack

    from flaggit.clone.discussion import Question
    from flaggit.clone.rows import Rows
    from flaggit.clone.session import Session
    from flaggit.clone.view import View
    from flaggit.core.model import Flag, Row

    class HowMuch(TypedDict, total=False):
        """The parameters ``LISTED`` as a verb is handed them: an ``Extent``, the fields with commas between."""

        full: bool
        limit: int | None
        fields: str | None
        count: bool


@record
class Extent:
    """How much a list says.

    Attributes:
        full: JSON has every field.
        limit: At most so many flags; None: JSON all, text ``SHOWN``.
        fields: Only these fields, under the names that JSON has; none: those that the list has anyway.
        count: Only how many flags there are.
    """

    full: bool = False
    limit: int | None = None
    fields: tuple[str, ...] = ()
    count: bool = False


@record
class Listing:
    """Flags in order.

    Attributes:
        rows: The flags.
        now: Seconds since the epoch.
        extent: How much of them is said.
        empty: What text says where there are none.
        reader: Whose inbox it is, where it is one.
        answers: What became of the reader's questions lately, or of those that its work waited on.
    """

    rows: Rows | list[Row]
    now: int
    extent: Extent = Extent()
    empty: str = "No flags."
    reader: str = ""
    answers: tuple[Question, ...] = ()


def _extent_of(
    *, full: bool = False, limit: int | None = None, fields: str | None = None, count: bool = False
) -> Extent:
    """Return how much a list is to say.

    Raises:
        InvalidError: ``usage`` for a limit below 1, an unknown field, or what a mere number leaves nothing for.
    """
    if count:
        refuse_beside("--count", {"--limit": limit, "--fields": fields, "--full": full})
    if limit is not None and limit < 1:
        raise InvalidError("usage", f"--limit {limit}: a list shows at least one flag.", hint="--count only counts.")
    names = tuple(name.strip() for name in fields.split(",") if name.strip()) if fields else ()
    unknown = [name for name in names if name not in ROW_FIELDS]
    if unknown:
        raise InvalidError("usage", f"--fields: a flag has no {', '.join(unknown)}. It has: {', '.join(ROW_FIELDS)}.")
    return Extent(full, limit, names, count)


def inbox(
    session: Session,
    *,
    agent: str | None = None,
    here: bool = False,
    **how: Unpack[HowMuch],
) -> Reply[Listing]:
    """Return the pending flags for an agent and the teams it belongs to, and the answers to its questions.

    Args:
        session: The call.
        agent: Who asks.
        here: Only this worktree's.
        how: How much is said.

    Raises:
        InvalidError: ``no_identity``, ``bad_handle``, or ``usage`` for a limit or a field that is none.
    """
    extent = _extent_of(**how)
    handle = session.get_actor(agent).handle
    targets = session.find_targets(handle)
    rows = session.clone.scan(here=here, targets=targets)
    notes = [*unknown_note(session, handle, rows), *_general_note(session, here), *age_note(session, here)]
    answers = () if here else find_answers(session, handle)
    more: list[tuple[str, object]] = []
    if answers and not extent.count:
        more.append(("answers", [answered_json(found) for found in answers]))
    if not here:
        more.append(("cursor", save_inbox(session.repo, targets, rows.ids())))
    return _listing(session, rows, extent, f"Nothing waits for {handle}.", notes, handle, answers, more)


def outbox(
    session: Session,
    *,
    agent: str | None = None,
    here: bool = False,
    **how: Unpack[HowMuch],
) -> Reply[Listing]:
    """Return the pending flags that an agent raised; arguments and errors as ``inbox`` has them."""
    extent = _extent_of(**how)
    handle = session.get_actor(agent).handle
    rows = session.clone.scan(here=here).only(lambda row: row.flag.source_agent == handle)
    return _listing(session, rows, extent, f"Nothing that {handle} raised is pending.", age_note(session, here))


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
    **how: Unpack[HowMuch],
) -> Reply[Listing]:
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
        how: How much is said.

    Raises:
        InvalidError: ``bad_handle``, or ``usage`` for a value that is none of the allowed.
    """
    extent = _extent_of(**how)
    _check_choice("--type", flag_type, FLAG_TYPES)
    _check_choice("--impact", impact, IMPACT_LEVELS)
    _check_choice("--status", status, (*STATUSES, "all"))
    source = parse_handle(sender, field="--from") if sender else None
    if file is not None:
        from flaggit.clone.related import related_paths

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
    notes = [session.find_misspelt(handle) for handle in (to, source) if handle]
    return _listing(session, rows, extent, empty, [*filter(None, notes), *age_note(session, here)])


def find(
    session: Session,
    *,
    text: str,
    here: bool = False,
    **how: Unpack[HowMuch],
) -> Reply[Listing]:
    """Return the flags, pending or completed, that hold every word of ``text``; case does not count.

    Further arguments and errors as ``inbox`` has them.
    """
    extent = _extent_of(**how)
    words = search_words(text)
    rows: Rows | list[Row] = []
    if words:
        rows = session.clone.scan(here=here, status="all").only(lambda row: holds_words(row.flag, words))
    return _listing(session, rows, extent, "No flag holds these words.", [])


def _listing(
    session: Session,
    rows: Rows | list[Row],
    extent: Extent,
    empty: str,
    notes: list[str],
    reader: str = "",
    answers: tuple[Question, ...] = (),
    more: Iterable[tuple[str, object]] = (),
) -> Reply[Listing]:
    data = Listing(rows, session.now, extent, empty, reader, answers)
    return Reply(data, session.clone.problems, notes=tuple(notes), more=(*_extent_keys(extent, len(rows)), *more))


def _extent_keys(extent: Extent, total: int) -> tuple[tuple[str, object], ...]:
    """Return the counts that JSON has beside a list that is cut."""
    chosen = (("fields", list(extent.fields)),) if extent.fields else ()
    is_cut = extent.limit is not None and extent.limit < total
    return (*chosen, *((("total", total),) if is_cut else ()))


def _list_targets(session: Session, to: str | None) -> list[str | None] | None:
    if to is None:
        return None
    return [None] if to == GENERAL else list(session.find_targets(parse_handle(to, field="--to")))


def _is_about(flag: Flag, path: str) -> bool:
    wanted = composed(path).strip("/")
    return any(
        wanted == file or file.startswith(wanted + "/") or wanted.startswith(file.rstrip("/") + "/")
        for file in map(composed, flag.related_files)
    )


def _check_choice(option: str, value: str | None, allowed: tuple[str, ...]) -> None:
    if value is not None and value not in allowed:
        raise InvalidError("usage", f"{option} {value!r} is none of {', '.join(allowed)}.")


def unknown_note(session: Session, handle: str, rows: Rows | list[Row]) -> list[str]:
    """Return a remark where nothing waits and the catalog has neither the agent nor one of nearly that name."""
    if rows or session.has_agent(handle) or not session.catalog.agents or session.find_misspelt(handle):
        return []
    return [f"{handle} is not in the catalog; `flaggit agents list` shows who is."]


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


def chain(
    session: Session,
    *,
    flag_id: str,
    **how: Unpack[HowMuch],
) -> Reply[Listing]:
    """Return the whole chain that a flag belongs to: its root and every descendant, oldest first.

    Of flags raised in one second a cause comes before what followed from it.

    Args:
        session: The call.
        flag_id: A reference to any of its flags.
        how: How much is said.

    Raises:
        InvalidError: ``bad_id``, ``ambiguous_id``, or ``usage`` for a limit or a field that is none.
        NotFoundError: ``unknown_flag``.
    """
    extent = _extent_of(**how)
    row = get_row(session, flag_id)
    rows = session.clone.scan(status="all")
    origins = {other.flag.id: other.flag.chain_origin_id for other in rows}
    places = trace_origins(origins, origins.get)
    root, _ = places[row.flag.id]
    members = rows.having({other for other in origins if places[other][0] == root})
    members.sort(key=lambda member: (member.flag.created_at, places[member.flag.id][1], member.flag.id))
    return _listing(session, members, extent, "No flags.", [])


def show(session: Session, *, flag_id: str) -> Reply[View]:
    """Return one flag in full with its notes, its questions and their answers.

    Raises:
        InvalidError: ``bad_id`` or ``ambiguous_id``.
        NotFoundError: ``unknown_flag``.
    """
    view = view_of(session, get_row(session, flag_id))
    return Reply(view, notes=(*_age_notes(session, view.row), *_advice(view)))


def _advice(view: View) -> tuple[str, ...]:
    if view.asked is not None and view.asked.state == OPEN:
        return (f"`flaggit answer {view.row.flag.id} TEXT` answers it.",)
    return ()


def _age_notes(session: Session, row: Row) -> tuple[str, ...]:
    if row.place.kind == "here":
        return ()
    return tuple(age_note(session, False))
