"""Raising flags: every fault named at once, nothing written if there is any, one file a target."""

from __future__ import annotations

import os

from flaggit.actions.related import location_from_here, related_paths
from flaggit.actions.surroundings import check_surroundings
from flaggit.errors import FlaggitError, InvalidError, NotFoundError
from flaggit.handles import parse_handle
from flaggit.ids import clean_reference, new_flag_id
from flaggit.layout import flag_path
from flaggit.model import FLAG_TYPES, Flag, Problem, Row, flag_document
from flaggit.record import record
from flaggit.rules import check_flag, errors_of
from flaggit.session import Reply
from flaggit.sources import HERE
from flaggit.text import tidy
from flaggit.times import format_time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from flaggit.agents.search import Hit
    from flaggit.identity import Actor
    from flaggit.session import Session

_ALWAYS_CRITICAL = ("security", "data_loss")
_NOBODY = ("", "null", "general")  # how the older system's prompts, and people, write "nobody in particular"
_TRIES = 20
_TAKEN_OVER = (
    "flag_type",
    "impact_level",
    "change_description",
    "action_required",
    "related_files",
    "code_location",
    "example_usage",
    "context",
    "notes",
)
_MENTION = "flag #"
_UNKNOWN = "@agent.unknown"  # stands for the source while the other fields are judged; never written


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


def create(
    session: Session,
    *,
    flag_type: str | None = None,
    to: Sequence[str] = (),
    sender: str | None = None,
    change: str | None = None,
    action: str | None = None,
    change_file: str | None = None,
    action_file: str | None = None,
    impact: str | None = None,
    files: Sequence[str] = (),
    chain: str | None = None,
    re: str | None = None,
    location: str | None = None,
    example: str | None = None,
    context: str | None = None,
    notes: str | None = None,
    draft: str | None = None,
    commit: bool = False,
    dry_run: bool = False,
) -> Reply:
    """Raise a flag, one a target where there are several, and stage what was written.

    Args:
        session: The call.
        flag_type: One of ``FLAG_TYPES``.
        to: Targets; none, or ``general``: for nobody in particular.
        sender: The source; None: whoever is asking.
        change: What changed.
        action: What the target has to do.
        change_file: A file that holds ``change``.
        action_file: A file that holds ``action``.
        impact: One of ``IMPACT_LEVELS``; by default medium, for security and data_loss critical.
        files: Related paths, relative to the root.
        chain: The flag that began the chain, or the parent in it.
        re: The flag that this one asks about or answers.
        location: ``path:line`` or ``path:start-end``.
        example: An example of use.
        context: A JSON object or array, as text.
        notes: A remark.
        draft: A file kept from a refused attempt; what is not given otherwise is taken from it.
        commit: Commit exactly what is written.
        dry_run: Judge everything and write nothing.

    Raises:
        InvalidError: Every violation at once; the texts are kept as a draft that ``details`` names.
        NotFoundError: ``unknown_flag`` for ``chain`` or ``re``.
    """
    session.store.require()
    faults: list[Problem] = []
    actor = find_source(session, sender, faults)
    fields: dict[str, Any] = {
        "flag_type": flag_type,
        "impact_level": impact,
        "target_agent": list(to),
        "change_description": _given_text(change, change_file, "--change-file"),
        "action_required": _given_text(action, action_file, "--action-file"),
        "related_files": list(files),
        "chain_origin_id": chain,
        "re": re,
        "code_location": location_from_here(location, session),
        "example_usage": example,
        "context": context,
        "notes": notes,
    }
    fields = _from_draft_or_editor(session, fields, draft)
    return raise_flags(session, actor, fields, faults=faults, commit=commit, dry_run=dry_run)


def find_source(session: Session, sender: str | None, faults: list[Problem]) -> Actor:
    """Return who raises a flag; where that is not known, add it to ``faults``, to be told with all the others."""
    try:
        return session.get_actor(sender)
    except InvalidError as error:
        faults.append(
            Problem("F003", error.code, f"{error.message} {error.hint}", field="source_agent", data=_data(error))
        )
        from flaggit.identity import implied_actor

        return implied_actor(session, _UNKNOWN)


def raise_flags(
    session: Session,
    actor: Actor,
    fields: dict[str, Any],
    *,
    faults: Sequence[Problem] = (),
    commit: bool = False,
    dry_run: bool = False,
) -> Reply:
    """Judge the fields of a flag to be, write one for each target, stage it, and return a ``Raised``.

    Args:
        session: The call.
        actor: The source.
        fields: By the names of a flag's fields; ``target_agent`` is a list of handles, ``related_files`` of paths.
        faults: What is known to be wrong already.
        commit: Commit exactly what is written.
        dry_run: Write nothing.

    Raises:
        InvalidError: Every violation at once.
        NotFoundError: ``unknown_flag``.
    """
    found = list(faults)
    targets = _targets(session, fields.get("target_agent") or (), found)
    document = _tidied(session, fields, found)
    if len(targets) > 1:
        document["batch"] = new_flag_id()
    flags = [_build(session, actor, target, document) for target in targets]
    judged = _unique([*found, *(problem for flag in flags for problem in check_flag(flag, session.settings))])
    warnings = [problem for problem in judged if problem.level != "error"]
    warnings += _unique([remark for flag in flags for remark in check_surroundings(session, flag)])
    strict = [problem for problem in warnings if problem.code == "unknown_target" and session.settings.strict_targets]
    violations = _without_echo([*errors_of(judged), *strict], fields)
    if violations:
        violations += [problem for problem in warnings if problem.code == "placeholder_text"]
        raise _refusal(session, fields, violations, dry_run=dry_run)
    flags = [_link(session, flag) for flag in flags]
    root = _chain_root(session, flags[0])
    rows = tuple(Row(flag, flag_path(flag), HERE, actionable=True) for flag in flags)
    oid = "" if dry_run else _write(session, flags, commit=commit)
    data = Raised(rows, actor, dry_run, oid, root, _candidates(session, flags[0]))
    return Reply(data, tuple(warnings), notes=tuple(_advice(data)))


def _given_text(text: str | None, path: str | None, option: str) -> str | None:
    return text if path is None else _read_text(path, option)


def _read_text(path: str, option: str) -> str:
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except FileNotFoundError:
        hint = f"`{option.removesuffix('-file')} -` reads standard input." if path == "-" else ""
        raise NotFoundError("unknown_file", f"{option}: {path} does not exist.", hint=hint) from None
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidError("usage", f"{option}: {path} cannot be read as text: {error}.") from None


def _from_draft_or_editor(session: Session, fields: dict[str, Any], draft: str | None) -> dict[str, Any]:
    """Fill fields in from a kept draft, or on a terminal from the editor where nothing was given at all."""
    if draft is not None:
        from flaggit.drafts import read_draft

        kept = read_draft(draft)
        return {name: value or kept.get(name) for name, value in fields.items()}
    if not fields["change_description"] and not fields["action_required"] and _is_terminal():
        from flaggit.drafts import edit_draft

        return edit_draft(session, fields)
    return fields


def _is_terminal() -> bool:
    return os.isatty(0) and os.isatty(1) and os.isatty(2)


def _targets(session: Session, given: Iterable[str], faults: list[Problem]) -> list[str | None]:
    targets: dict[str | None, None] = {}
    for text in given:
        if text.strip().lower() in _NOBODY:
            targets[None] = None
            continue
        try:
            targets[parse_handle(text, field="target_agent")] = None
        except InvalidError as error:
            faults.append(_no_handle(session, text, error))
    return list(targets) or [None]


def _no_handle(session: Session, text: str, error: InvalidError) -> Problem:
    """Return the fault; an agent that the catalog has by this word is likelier meant than the nearest handle."""
    from flaggit.agents.suggest import handles_of_word

    near = handles_of_word(session.catalog, text)
    hint = f"Did you mean {' or '.join(near)}?" if near else error.hint
    data = {**dict(_data(error)), **({"suggestion": near[0]} if near else {})}
    return Problem("F003", error.code, f"{error.message} {hint}", field="target_agent", data=tuple(data.items()))


def _tidied(session: Session, fields: dict[str, Any], faults: list[Problem]) -> dict[str, Any]:
    """Return the fields as they are stored; what is missing or cannot be resolved becomes a fault."""
    document: dict[str, Any] = {}
    for name in ("change_description", "action_required", "code_location", "example_usage", "context", "notes"):
        document[name] = tidy(str(fields.get(name) or "")) or None
    kind = str(fields.get("flag_type") or "").strip()
    document["flag_type"] = kind
    document["impact_level"] = str(fields.get("impact_level") or "").strip() or _default_impact(kind)
    document["related_files"] = related_paths(fields.get("related_files") or (), session)
    for name, option in (("flag_type", "--type"), ("change_description", "--change"), ("action_required", "--action")):
        if not document[name]:
            faults.append(Problem("F002", "missing", f"{name} is missing ({option}){_choice(name)}.", field=name))
            document[name] = ""
    for name in ("chain_origin_id", "re"):
        document[name] = _resolve(session, name, fields.get(name), faults)
    return document


def _choice(name: str) -> str:
    return f": one of {', '.join(FLAG_TYPES)}" if name == "flag_type" else ""


def _default_impact(kind: str) -> str:
    return "critical" if kind in _ALWAYS_CRITICAL else "medium"


def _resolve(session: Session, name: str, reference: object, faults: list[Problem]) -> str | None:
    if not reference:
        return None
    from flaggit.lookup import get_row

    try:
        return get_row(session, str(reference)).flag.id
    except FlaggitError as error:
        faults.append(Problem("F022", error.code, f"{name}: {error.message}", field=name, data=_data(error)))
        return None


def _data(error: FlaggitError) -> tuple[tuple[str, Any], ...]:
    return tuple((key, value) for key, value in error.details.items() if key != "field")


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
        if not session.clone.is_taken(flag_id):
            return flag_id
    raise AssertionError("twenty random ids in a row were taken")  # a broken source of random numbers


def _unique(problems: Iterable[Problem]) -> list[Problem]:
    """Return problems without repeats: flags for several targets break the same rules."""
    return list({(problem.code, problem.message): problem for problem in problems}.values())


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


def _refusal(session: Session, fields: dict[str, Any], violations: list[Problem], *, dry_run: bool) -> FlaggitError:
    """Return the one error that names every violation, the texts kept as a draft."""
    codes = {problem.code for problem in violations}
    code = codes.pop() if len(codes) == 1 else "invalid"
    message = violations[0].message
    if len(violations) > 1:
        message = f"The flag was not raised; {len(violations)} things are wrong with it."
    details: dict[str, object] = dict(next((p.data for p in violations if p.code == "too_short"), ()))
    details.update(dict(violations[0].data) if len(violations) == 1 else {})
    hint = ""
    if not dry_run and any(fields.get(name) for name in ("change_description", "action_required")):
        from flaggit.drafts import keep_draft

        details["draft"] = keep_draft(session, fields, violations)
        hint = f"Your text is kept: `flaggit create --draft {details['draft']}` after mending it there."
    shown = violations if len(violations) > 1 or violations[0].field else []
    kind = NotFoundError if code == "unknown_flag" else InvalidError
    return kind(code, message, hint=hint, details=details, violations=shown)


def _link(session: Session, flag: Flag) -> Flag:
    """Link a question or an answer that names its flag in the text, as the older system's prompts do."""
    if flag.re is not None:
        return flag
    for reference in _mentions(flag.change_description + "\n" + flag.action_required):
        row = _find(session, reference)
        if row is None:
            continue
        asks = flag.flag_type == "information_request"
        answers = row.flag.flag_type == "information_request" and row.flag.source_agent == flag.target_agent
        if asks or answers:
            from flaggit.record import replace

            return replace(flag, re=row.flag.id)
    return flag


def _mentions(text: str) -> list[str]:
    """Return what stands behind each ``FLAG #`` of a text."""
    pieces = text.lower().split(_MENTION)[1:]
    words = (piece.lstrip("#").split(maxsplit=1)[:1] for piece in pieces)
    found = ("".join(char for char in word[0] if char.isalnum()) for word in words if word)
    return [clean_reference(word) for word in found if word]


def _find(session: Session, reference: str) -> Row | None:
    from flaggit.lookup import find_row

    try:
        return find_row(session, reference)
    except InvalidError:
        return None


def _chain_root(session: Session, flag: Flag) -> str | None:
    if flag.chain_origin_id is None:
        return None
    from flaggit.actions.listing import find_root

    return find_root(session, flag)


def _write(session: Session, flags: list[Flag], *, commit: bool) -> str:
    paths = [session.store.add_flag(flag) for flag in flags]
    session.repo.stage(paths)
    if not commit:
        return ""
    subject = f"Raise flag {flags[0].id}" if len(flags) == 1 else f"Raise {len(flags)} flags"
    return session.repo.commit(subject + "\n", paths)


def _advice(raised: Raised) -> list[str]:
    notes = [f"{hit.name} may have to know ({'; '.join(hit.reasons)})." for hit in raised.candidates]
    if notes:
        notes.insert(0, "It is for nobody in particular; --to @agent names somebody.")
    if not raised.commit and not raised.dry_run:
        notes.append("Staged: commit it with the change that it is about.")
    return notes


def _candidates(session: Session, flag: Flag) -> tuple[Hit, ...]:
    """Return who a flag for nobody in particular is probably for, and why."""
    if flag.target_agent is not None or session.repo.bare or not session.catalog.agents:
        return ()
    from flaggit.actions.agents_search import find_candidates

    text = f"{flag.change_description}\n{flag.action_required}"
    return find_candidates(session, text, flag.related_files, source=flag.source_agent)


def fields_of_flag(flag: Flag) -> dict[str, Any]:
    """Return the fields that a new flag takes over from another one (``redirect``)."""
    document = flag_document(flag)
    return {name: document.get(name) for name in _TAKEN_OVER}
