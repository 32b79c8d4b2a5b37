"""A new flag beside what stands already: remarks that do not stop it."""

from __future__ import annotations

import os

from flaggit.core.model import Problem
from flaggit.core.text import spellings
from flaggit.documents.rules import path_fault

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from flaggit.clone.session import Session
    from flaggit.core.model import Flag


def check_surroundings(session: Session, flag: Flag) -> Iterable[Problem]:
    """Return what is remarkable about a new flag: who its target is or is no more, a duplicate, missing files."""
    yield from _unknown_target(session, flag)
    yield from _retired_target(session, flag)
    if flag.target_agent == flag.source_agent:
        yield Problem("F027", "self_target", f"{flag.source_agent} raises a flag for itself.", "warning")
    yield from _duplicates(session, flag)
    yield from _missing_files(session, flag)


def _unknown_target(session: Session, flag: Flag) -> Iterable[Problem]:
    target = flag.target_agent
    if target is None or session.is_known_agent(target) or not session.catalog.agents:
        return
    from flaggit.catalog.suggest import suggest_handles

    near = suggest_handles(session.catalog, target, f"{flag.change_description}\n{flag.action_required}")
    near = [name for name in near if name != flag.source_agent]  # who raises it does not mean itself
    words = f" Did you mean {' or '.join(near)}?" if near else ""
    yield Problem(
        "F027",
        "unknown_target",
        f"{target} is not in the catalog.{words}",
        "error" if session.settings.strict_targets else "warning",
        field="target_agent",
        data=(("suggestions", near),),
    )


def _retired_target(session: Session, flag: Flag) -> Iterable[Problem]:
    files = session.read_catalog_files() if flag.target_agent else []
    if not any(b"retired" in data for _, data in files):  # most catalogs need no reading for it
        return
    agent = session.catalog.find(flag.target_agent or "")
    if agent is None or agent.status != "retired":
        return
    heir = session.catalog.successor(agent)
    then = f"{heir.name} gets the flag" if heir else "nobody replaces it, so nobody sees the flag"
    yield Problem("F027", "retired_target", f"{agent.name} works no more; {then}.", "warning", field="target_agent")


def _duplicates(session: Session, flag: Flag) -> Iterable[Problem]:
    wanted = _normal_text(flag.change_description)
    for row in session.clone.rows(targets=[flag.target_agent]):
        other = row.flag
        if (other.source_agent, other.flag_type) != (flag.source_agent, flag.flag_type):
            continue
        target = flag.target_agent or "anyone"
        if _normal_text(other.change_description) == wanted:
            message = f"{other.id} says the same to {target} and is still pending."
        elif flag.related_files and set(flag.related_files) == set(other.related_files) and _same_day(flag, other):
            message = f"{other.id} told {target} of the same files today and is still pending."
        else:
            continue
        yield Problem("F021", "possible_duplicate", message, "warning", ids=(other.id,))


def _same_day(flag: Flag, other: Flag) -> bool:
    return flag.created_at[:10] == other.created_at[:10]


def _normal_text(text: str) -> str:
    return " ".join(text.lower().split())


def _missing_files(session: Session, flag: Flag) -> Iterable[Problem]:
    for path in flag.related_files:
        if not path_fault(path) and not any(os.path.lexists(session.store.locate(form)) for form in spellings(path)):
            message = f"related file {path} does not exist here."
            yield Problem("F037", "missing_file", message, "warning", field="related_files")
