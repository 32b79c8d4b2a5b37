"""The verb ``create``: what was given on the command line, in a draft or an editor in, a raised flag out."""

from __future__ import annotations

from flaggit.clone.related import location_from_here
from flaggit.core.errors import InvalidError, NotFoundError
from flaggit.lifecycle.fields import find_source
from flaggit.lifecycle.raising import raise_flags

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from flaggit.clone.session import Reply, Session
    from flaggit.core.model import Problem
    from flaggit.lifecycle.raising import Raised


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
) -> Reply[Raised]:
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
        from flaggit.lifecycle.drafts import read_draft

        kept = read_draft(draft)
        return {name: value or kept.get(name) for name, value in fields.items()}
    if not fields["change_description"] and not fields["action_required"] and session.attended:
        from flaggit.lifecycle.drafts import edit_draft

        return edit_draft(session, fields)
    return fields
