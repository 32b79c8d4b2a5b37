"""The fields of a flag to be: as they were given in, as they are stored out; faults are collected beside them."""

from __future__ import annotations

from flaggit.clone.related import related_paths
from flaggit.core.errors import FlaggitError, InvalidError, NotFoundError
from flaggit.core.handles import UNASSIGNED, parse_handle
from flaggit.core.model import (
    EDITABLE_FIELDS,
    FLAG_FIELDS,
    FLAG_TYPES,
    Problem,
    default_impact,
    flag_document,
    text_fields,
)
from flaggit.core.text import tidy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from flaggit.clone.identity import Actor
    from flaggit.clone.session import Session
    from flaggit.core.model import Flag

_UNKNOWN = "@agent.unknown"  # stands for the source while the other fields are judged; never written


def find_source(session: Session, sender: str | None, faults: list[Problem]) -> Actor:
    """Return who raises a flag; where that is not known, add it to ``faults``, to be told with all the others."""
    try:
        return session.get_actor(sender)
    except InvalidError as error:
        faults.append(
            Problem("F003", error.code, f"{error.message} {error.hint}", field="source_agent", data=_data(error))
        )
        from flaggit.clone.identity import implied_actor

        return implied_actor(session.repo, _UNKNOWN)


def find_targets(session: Session, given: Iterable[str], faults: list[Problem]) -> list[str | None]:
    """Return the targets, each once; None stands for nobody in particular. What is no handle becomes a fault."""
    targets: dict[str | None, None] = {}
    for text in given:
        if text.strip().lower() in UNASSIGNED:
            targets[None] = None
            continue
        try:
            targets[parse_handle(text, field="target_agent")] = None
        except InvalidError as error:
            faults.append(_no_handle(session, text, error))
    return list(targets) or [None]


def _no_handle(session: Session, text: str, error: InvalidError) -> Problem:
    """Return the fault; an agent that the catalog has by this word is likelier meant than the nearest handle."""
    from flaggit.catalog.suggest import handles_of_word

    near = handles_of_word(session.catalog, text)
    hint = f"Did you mean {' or '.join(near)}?" if near else error.hint
    data = {**dict(_data(error)), **({"suggestion": near[0]} if near else {})}
    return Problem("F003", error.code, f"{error.message} {hint}", field="target_agent", data=tuple(data.items()))


def tidy_fields(session: Session, fields: dict[str, Any], faults: list[Problem]) -> dict[str, Any]:
    """Return the fields as they are stored; what is missing or cannot be resolved becomes a fault."""
    document: dict[str, Any] = {}
    for name in text_fields("flag"):
        document[name] = tidy(str(fields.get(name) or "")) or None
    kind = str(fields.get("flag_type") or "").strip()
    document["flag_type"] = kind
    document["impact_level"] = str(fields.get("impact_level") or "").strip() or default_impact(kind)
    document["related_files"] = related_paths(fields.get("related_files") or (), session)
    for field in FLAG_FIELDS.values():
        name = field.name
        if field.required and field.option and not document[name]:
            faults.append(Problem("F002", "missing", f"{name} is missing ({field.option}){_choice(name)}.", field=name))
            document[name] = ""
    for name in ("chain_origin_id", "re"):
        document[name] = _resolve(session, name, fields.get(name), faults)
    return document


def _choice(name: str) -> str:
    return f": one of {', '.join(FLAG_TYPES)}" if name == "flag_type" else ""


def _resolve(session: Session, name: str, reference: object, faults: list[Problem]) -> str | None:
    if not reference:
        return None
    from flaggit.clone.lookup import get_row

    try:
        return get_row(session, str(reference)).flag.id
    except (InvalidError, NotFoundError) as error:
        faults.append(Problem("F022", error.code, f"{name}: {error.message}", field=name, data=_data(error)))
        return None


def _data(error: FlaggitError) -> tuple[tuple[str, Any], ...]:
    return tuple((key, value) for key, value in error.details.items() if key != "field")


def fields_of_flag(flag: Flag) -> dict[str, Any]:
    """Return the fields that a new flag takes over from another one (``redirect``)."""
    document = flag_document(flag)
    return {name: document.get(name) for name in EDITABLE_FIELDS}
