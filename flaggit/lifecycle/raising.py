"""Raising flags: fields in, one file a target out; nothing is written where there is any fault."""

from __future__ import annotations

import os

from flaggit.clone.session import Reply
from flaggit.clone.sources import HERE
from flaggit.core.errors import InvalidError, NotFoundError
from flaggit.core.ids import clean_reference, new_flag_id
from flaggit.core.layout import flag_path
from flaggit.core.model import Flag, Problem, Row
from flaggit.core.record import record, replace
from flaggit.core.text import spellings
from flaggit.core.times import format_time
from flaggit.documents.rules import check_flag, errors_of, path_fault
from flaggit.git.staging import commit_paths
from flaggit.lifecycle.fields import find_targets, tidy_fields

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from flaggit.catalog.search.search import Hit
    from flaggit.clone.identity import Actor
    from flaggit.clone.session import Session
    from flaggit.core.errors import FlaggitError
    from flaggit.impact.candidates import Candidates

_TRIES = 20
_MENTION = "flag #"


@record
class Raised:
    """What ``create`` wrote: one row a target, or with ``dry_run`` would have; the commit's id where it made one.

    ``candidates`` are the agents that a flag for nobody in particular is probably for.
    """

    rows: tuple[Row, ...]
    actor: Actor
    dry_run: bool = False
    commit: str = ""
    chain_root: str | None = None
    candidates: tuple[Hit, ...] = ()


def raise_flags(
    session: Session,
    actor: Actor,
    fields: dict[str, Any],
    *,
    faults: Sequence[Problem] = (),
    commit: bool = False,
    dry_run: bool = False,
    own: bool = True,
) -> Reply[Raised]:
    """Judge the fields of a flag to be, write one for each target, stage it, and return a ``Raised``.

    Args:
        session: The call.
        actor: The source.
        fields: By the names of a flag's fields; ``target_agent`` is a list of handles, ``related_files`` of paths.
        faults: What is known to be wrong already.
        commit: Commit exactly what is written.
        dry_run: Write nothing.
        own: The words are the caller's own, and not handed on from another flag.

    Raises:
        InvalidError: Every violation at once.
        NotFoundError: ``unknown_flag``.
    """
    found = list(faults)
    targets = find_targets(session, fields.get("target_agent") or (), found)
    document = tidy_fields(session, fields, found)
    if len(targets) > 1:
        document["batch"] = new_flag_id()
    flags = [_build(session, actor, target, document) for target in targets]
    judged = _unique([*found, *(problem for flag in flags for problem in check_flag(flag, session.settings))])
    warnings = [problem for problem in judged if not problem.is_error]
    warnings += _unique([remark for flag in flags for remark in check_surroundings(session, flag)])
    strict = [problem for problem in warnings if problem.code == "unknown_target" and session.settings.strict_targets]
    violations = [*errors_of(judged), *strict]
    if violations:
        error = refusal(session, fields, violations, warnings, dry_run=dry_run)
        if any(problem.code == "target_required" for problem in violations):
            _name_candidates(error, _candidates(session, flags[0]))
        raise error
    flags = [_link(session, flag) for flag in flags]
    root = _chain_root(session, flags[0])
    rows = tuple(Row(flag, flag_path(flag), HERE, actionable=True) for flag in flags)
    oid = "" if dry_run else _write(session, flags, commit=commit, own=own)
    candidates = _candidates(session, flags[0])
    data = Raised(rows, actor, dry_run, oid, root, candidates.hits if candidates is not None else ())
    notes = _advice(data)
    if candidates is not None and candidates.unread:
        from flaggit.impact.unread import unread_note

        notes.append(unread_note([word for path in flags[0].related_files for word in ("--files", path)]))
    return Reply(data, tuple(warnings), notes=tuple(notes))


def _build(session: Session, actor: Actor, target: str | None, document: dict[str, Any]) -> Flag:
    return Flag(
        id=_free_id(session),
        source_agent=actor.handle,
        target_agent=target,
        created_at=format_time(session.now),
        **document,
    )


def _free_id(session: Session) -> str:
    for _ in range(_TRIES):
        flag_id = new_flag_id()
        if not session.clone.is_id_used(flag_id):
            return flag_id
    raise AssertionError("twenty random ids in a row were taken")  # a broken source of random numbers


def _unique(problems: Iterable[Problem]) -> list[Problem]:
    """Return problems without repeats: flags for several targets break the same rules."""
    return list({(problem.code, problem.message): problem for problem in problems}.values())


def _link(session: Session, flag: Flag) -> Flag:
    """Link a question or an answer that names its flag in the text, as the older system's prompts do."""
    if flag.re is not None:
        return flag
    for reference in _mentions(flag.change_description + "\n" + flag.action_required):
        row = _find(session, reference)
        about = _linked_to(session, flag, row) if row is not None else ""
        if about:
            return replace(flag, re=about)
    return flag


def _linked_to(session: Session, flag: Flag, named: Row) -> str:
    """Return the flag that one which names ``named`` asks about or answers; nothing where it does neither."""
    if flag.is_request:
        return named.flag.id
    if named.flag.is_request:
        return named.flag.id if named.flag.source_agent == flag.target_agent else ""
    from flaggit.clone.discussion import OPEN

    between = [
        found.row.flag.id
        for found in session.clone.discussions.about(named.flag.id)
        if found.state == OPEN
        and (found.row.flag.source_agent, found.row.flag.target_agent) == (flag.target_agent, flag.source_agent)
    ]
    return between[0] if len(between) == 1 else ""


def _mentions(text: str) -> list[str]:
    """Return the ids behind each ``FLAG #`` of a text."""
    pieces = text.lower().split(_MENTION)[1:]
    words = (piece.lstrip("#").split(maxsplit=1)[:1] for piece in pieces)
    found = ("".join(char for char in word[0] if char.isalnum()) for word in words if word)
    return [clean_reference(word) for word in found if word]


def _find(session: Session, reference: str) -> Row | None:
    from flaggit.clone.lookup import find_row

    try:
        return find_row(session, reference)
    except InvalidError:
        return None


def _chain_root(session: Session, flag: Flag) -> str | None:
    if flag.chain_origin_id is None:
        return None
    from flaggit.clone.lookup import find_root

    return find_root(session.clone.find, flag)


def _write(session: Session, flags: list[Flag], *, commit: bool, own: bool) -> str:
    paths = [session.store.add_flag(flag, own=own) for flag in flags]
    session.store.stage(paths)
    if not commit:
        return ""
    subject = f"Raise flag {flags[0].id}" if len(flags) == 1 else f"Raise {len(flags)} flags"
    return commit_paths(session.repo, subject + "\n", paths)


def _name_candidates(error: FlaggitError, candidates: Candidates | None) -> None:
    """Let the refusal of a flag that has to be for somebody say whom it may be for."""
    if candidates is not None and candidates.hits:
        error.details = {**error.details, "candidates": [hit.name for hit in candidates.hits]}
        error.hint = "\n".join([*_tell(candidates.hits), *filter(None, [error.hint])])


def _tell(hits: Iterable[Hit]) -> list[str]:
    return [f"{hit.name} may have to know ({'; '.join(hit.reasons)})." for hit in hits]


def _advice(raised: Raised) -> list[str]:
    notes = _tell(raised.candidates)
    if notes:
        notes.insert(0, "It is for nobody in particular; --to @agent names somebody.")
    if not raised.commit and not raised.dry_run:
        is_question = any(row.flag.is_question for row in raised.rows)
        way = "whatever comes next; this clone sees it already" if is_question else "the change that it is about"
        notes.append(f"Staged: commit it with {way}.")
    return notes


def _candidates(session: Session, flag: Flag) -> Candidates | None:
    """Return who a flag for nobody in particular is probably for, and why; None where it is for somebody."""
    if flag.target_agent is not None or session.repo.bare or not session.catalog.agents:
        return None
    from flaggit.impact.candidates import find_candidates

    text = f"{flag.change_description}\n{flag.action_required}"
    return find_candidates(session, text, flag.related_files, source=flag.source_agent)


def refusal(
    session: Session, fields: dict[str, Any], violations: list[Problem], warnings: list[Problem], *, dry_run: bool
) -> FlaggitError:
    """Return the one error that names every violation, the texts kept as a draft.

    Args:
        session: The call.
        fields: As they were given.
        violations: What stands against the flag.
        warnings: What else was remarked; placeholders in its texts are told along.
        dry_run: Keep no draft.
    """
    violations = _without_echo(violations, fields)
    violations += [problem for problem in warnings if problem.code == "placeholder_text"]
    codes = {problem.code for problem in violations}
    code = codes.pop() if len(codes) == 1 else "invalid"
    message = violations[0].message
    if len(violations) > 1:
        message = f"The flag was not raised; {len(violations)} things are wrong with it."
    details: dict[str, object] = dict(next((p.data for p in violations if p.code == "too_short"), ()))
    details.update(dict(violations[0].data) if len(violations) == 1 else {})
    hint = ""
    if not dry_run and any(fields.get(name) for name in ("change_description", "action_required")):
        from flaggit.lifecycle.drafts import save_draft

        details["draft"] = save_draft(session, fields, violations)
        hint = f"Your text is kept: `flaggit create --draft {details['draft']}` after mending it there."
    shown = violations if len(violations) > 1 or violations[0].field else []
    kind = NotFoundError if code == "unknown_flag" else InvalidError
    return kind(code, message, hint=hint, details=details, violations=shown)


def _without_echo(violations: list[Problem], fields: dict[str, Any]) -> list[Problem]:
    """Leave out what only repeats another fault: a missing text is short too, a target that is no handle is none.

    A text of blanks was given, so it is too short rather than missing.
    """
    short = {problem.field for problem in violations if problem.code == "too_short" and fields.get(problem.field)}
    violations = [problem for problem in violations if problem.code != "missing" or problem.field not in short]
    missing = {problem.field for problem in violations if problem.code == "missing"}
    if any(problem.field == "target_agent" and problem.code == "bad_handle" for problem in violations):
        violations = [problem for problem in violations if problem.code != "target_required"]
    return [problem for problem in violations if problem.field not in missing or problem.code == "missing"]


def check_surroundings(session: Session, flag: Flag) -> Iterable[Problem]:
    """Return the warnings about a new flag: who its target is or is no more, a duplicate, missing files."""
    yield from _unknown_target(session, flag)
    yield from _retired_target(session, flag)
    if flag.target_agent == flag.source_agent:
        yield Problem("F027", "self_target", f"{flag.source_agent} raises a flag for itself.", level="warning")
    yield from _duplicates(session, flag)
    yield from _missing_files(session, flag)


def _unknown_target(session: Session, flag: Flag) -> Iterable[Problem]:
    target = flag.target_agent
    if target is None or session.has_agent(target) or not session.catalog.agents:
        return
    from flaggit.catalog.suggest import suggest_handles

    near = suggest_handles(session.catalog, target, f"{flag.change_description}\n{flag.action_required}")
    near = [name for name in near if name != flag.source_agent]  # who raises it does not mean itself
    words = f" Did you mean {' or '.join(near)}?" if near else ""
    yield Problem(
        "F027",
        "unknown_target",
        f"{target} is not in the catalog.{words}",
        level="error" if session.settings.strict_targets else "warning",
        field="target_agent",
        data=(("suggestions", tuple(near)),),
    )


def _retired_target(session: Session, flag: Flag) -> Iterable[Problem]:
    files = session.read_catalog_files() if flag.target_agent else []
    if not any(b"retired" in data for _, data in files):  # most catalogs need no reading for it
        return
    agent = session.catalog.find(flag.target_agent or "")
    if agent is None or not agent.is_retired:
        return
    heir = session.catalog.successor(agent)
    then = f"{heir.name} gets the flag" if heir else "nobody replaces it, so nobody sees the flag"
    yield Problem(
        "F027", "retired_target", f"{agent.name} works no more; {then}.", level="warning", field="target_agent"
    )


def _duplicates(session: Session, flag: Flag) -> Iterable[Problem]:
    wanted = _normal_text(flag.change_description)
    for row in session.clone.rows(targets=[flag.target_agent]):
        other = row.flag
        if (other.source_agent, other.flag_type) != (flag.source_agent, flag.flag_type):
            continue
        target = flag.target_name
        if _normal_text(other.change_description) == wanted:
            message = f"{other.id} says the same to {target} and is still pending."
        elif flag.related_files and set(flag.related_files) == set(other.related_files) and _same_day(flag, other):
            message = f"{other.id} told {target} of the same files today and is still pending."
        else:
            continue
        yield Problem("F021", "possible_duplicate", message, level="warning", ids=(other.id,))


def _same_day(flag: Flag, other: Flag) -> bool:
    return flag.created_at[:10] == other.created_at[:10]


def _normal_text(text: str) -> str:
    return " ".join(text.lower().split())


def _missing_files(session: Session, flag: Flag) -> Iterable[Problem]:
    for path in flag.related_files:
        if not path_fault(path) and not any(os.path.lexists(session.store.locate(form)) for form in spellings(path)):
            message = f"related file {path} does not exist here."
            yield Problem("F037", "missing_file", message, level="warning", field="related_files")
