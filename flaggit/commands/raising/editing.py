"""Changing a flag's text, and notes beside it."""

from __future__ import annotations

import os

from flaggit.clone.identity import implied_actor
from flaggit.clone.lookup import get_row
from flaggit.clone.session import Reply
from flaggit.core.errors import ConflictError, InvalidError
from flaggit.core.model import FLAG_FIELDS, flag_document, flag_from_document
from flaggit.core.record import record
from flaggit.core.text import tidy
from flaggit.documents.rules import check_flag_document, errors_of
from flaggit.lifecycle.notes import add_note
from flaggit.lifecycle.permission import already_completed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from flaggit.clone.session import Session
    from flaggit.core.model import Flag, Row
    from flaggit.lifecycle.notes import Noted


@record
class Edited:
    """A flag as it is after an edit, and the names of the fields that changed."""

    flag: Flag
    path: str
    changed: tuple[str, ...]


def note(session: Session, *, flag_id: str, text: str, sender: str | None = None) -> Reply[Noted]:
    """Write a note on a flag, in a file of its own, and stage it.

    Raises:
        InvalidError: ``no_identity``, or what is wrong with the text.
        NotFoundError: ``unknown_flag``.
    """
    session.store.require()
    row = get_row(session, flag_id)
    written = add_note(session, row.flag.id, session.get_actor(sender), text)
    return Reply(written, notes=("Staged: commit it with your next change.",))


def edit(
    session: Session,
    *,
    flag_id: str,
    agent: str | None = None,
    flag_type: str | None = None,
    impact: str | None = None,
    change: str | None = None,
    action: str | None = None,
    files: Sequence[str] = (),
    location: str | None = None,
    example: str | None = None,
    context: str | None = None,
    notes: str | None = None,
    dry_run: bool = False,
) -> Reply[Edited]:
    """Change fields of a pending flag, every other byte of its file left alone, and stage it.

    Args:
        session: The call.
        flag_id: The flag; its file has to be in this worktree.
        agent: Who edits: its source or target.
        flag_type: New type.
        impact: New impact level.
        change: New text on what changed.
        action: New text on what to do.
        files: New related files, all of them.
        location: New code location; an empty text takes an optional field away.
        example: New example.
        context: New JSON text.
        notes: New remark.
        dry_run: Judge the edit and write nothing.

    Raises:
        InvalidError: Every violation of the edited fields at once.
        ConflictError: ``not_here``, ``not_target``, ``already_completed`` or ``changed_meanwhile``.
    """
    from flaggit.clone.related import location_from_here, related_paths

    session.store.require()
    given = {
        "flag_type": flag_type,
        "impact_level": impact,
        "change_description": change,
        "action_required": action,
        "related_files": list(related_paths(files, session)) or None,
        "code_location": location_from_here(location, session),
        "example_usage": example,
        "context": context,
        "notes": notes,
    }
    wanted = {name: tidy(value) if isinstance(value, str) else value for name, value in given.items()}
    wanted = {name: value or None for name, value in wanted.items() if value is not None}
    if not wanted:
        raise InvalidError("usage", "Nothing to change was given.", hint="`flaggit edit --help` lists the fields.")
    row = get_row(session, flag_id)
    _require_editable(session, row, agent)
    return _apply(session, row, wanted, dry_run=dry_run)


def _not_here(row: Row) -> ConflictError:
    if row.place.kind == "here":
        message = f"{row.path} is in HEAD, and the sparse checkout leaves it out of this worktree."
        return ConflictError("not_here", message, hint="Take it in first: git sparse-checkout add .flags")
    return ConflictError(
        "not_here",
        f"{row.path} is not in this worktree, only in the {row.place.kind} {row.place.name}.",
        hint="Edit it there, or merge that branch first.",
    )


def _require_editable(session: Session, row: Row, agent: str | None) -> None:
    flag = row.flag
    if row.completion is not None:
        actor = session.find_actor(agent)
        hint = f"Its text stays as it is; `flaggit note {flag.id} TEXT` adds to it."
        raise already_completed(session, row, row.completion, actor, hint=hint)
    if not os.path.lexists(session.store.locate(row.path)):
        raise _not_here(row)
    actor = session.find_actor(agent) or implied_actor(session.repo, flag.source_agent)
    may = {flag.source_agent, *session.find_targets(actor.handle)}
    if actor.handle != flag.source_agent and flag.target_agent not in may and flag.target_agent is not None:
        raise ConflictError(
            "not_target",
            f"{flag.id} is edited by {flag.source_agent} or {flag.target_agent}, not by {actor.handle}.",
            hint=f"`flaggit note {flag.id} TEXT` is for everyone.",
        )


def _apply(session: Session, row: Row, wanted: dict[str, Any], *, dry_run: bool) -> Reply[Edited]:
    before = flag_document(row.flag)
    changed = {name: value for name, value in wanted.items() if before.get(name) != value}
    after = {name: value for name, value in {**before, **changed}.items() if value is not None or name in before}
    document = {name: value for name, value in after.items() if value is not None or name == "target_agent"}
    judged = check_flag_document(document, session.settings)
    # What an earlier, laxer rule let in stays editable: only fields of this edit are judged.
    touched = {*changed, *({"impact_level", "target_agent"} if "impact_level" in changed else ())}
    touched |= {"impact_level"} if "flag_type" in changed else set()
    own = [problem for problem in judged if problem.field in touched]
    empty = [name for name, value in changed.items() if FLAG_FIELDS[name].required and not value]
    errors = errors_of(own)
    if empty or errors:
        message = f"{', '.join(empty)} cannot be empty." if empty else errors[0].message
        code = "missing" if empty else errors[0].code
        raise InvalidError(code, message, details=dict(errors[0].data) if errors else {}, violations=errors)
    flag = flag_from_document(document)
    if changed and not dry_run:
        session.store.edit_flag(row.path, changed)
        session.store.stage([row.path])
    notes = () if not changed or dry_run else ("Staged: commit it with your next change.",)
    warnings = tuple(problem for problem in own if not problem.is_error)
    return Reply(Edited(flag, row.path, tuple(changed)), warnings, notes=notes)
