"""Flags while they are written: the editor's template, and refused texts that are kept.

A draft is YAML with comments that say what each field wants, how long the texts are now and what
was wrong with the last attempt.
"""

from __future__ import annotations

import os

from flaggit.core.errors import InvalidError, NotFoundError
from flaggit.core.model import ALWAYS_CRITICAL, FLAG_FIELDS, FLAG_TYPES, IMPACT_LEVELS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from flaggit.clone.session import Session
    from flaggit.core.model import Problem

_LIMIT = 256 * 1024
_MOST_COMPARED = 20
_ALIKE = 0.95  # of the characters: a letter changed, a sentence added to a long text
_LISTS = ("target_agent", "related_files")
_OPTIONAL = tuple(
    field.name
    for field in FLAG_FIELDS.values()
    if field.label and not field.required and field.name not in (*_LISTS, "batch")
)


def save_draft(session: Session, fields: dict[str, Any], problems: Sequence[Problem] = ()) -> str:
    """Write a refused flag's fields to a file in this worktree's git directory and return its path.

    Earlier drafts that say nearly the same give way to it: they are attempts at the same flag.
    """
    from flaggit.core.times import compact_time, format_time
    from flaggit.git.files import add_file

    name = f"{compact_time(format_time(session.now))}-{os.urandom(2).hex()}.yaml"
    path = os.path.join(session.repo.own_state_dir, "drafts", name)
    text = format_draft(session, fields, problems)
    earlier = [other for other in _list_drafts(os.path.dirname(path)) if _is_attempt(other, text)]
    add_file(path, text.encode("utf-8", "replace"))
    for other in earlier:
        os.unlink(other)
    return path


def _list_drafts(folder: str) -> list[str]:
    try:
        names = sorted(os.listdir(folder), reverse=True)
    except OSError:
        return []
    return [os.path.join(folder, name) for name in names[:_MOST_COMPARED]]


def _is_attempt(path: str, text: str) -> bool:
    """Return whether a draft says nearly the same as a text, remarks left aside."""
    from difflib import SequenceMatcher

    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            other = file.read(_LIMIT)
    except OSError:
        return False
    said, again = (
        [line for line in each.split("\n") if line.strip() and not line.startswith("#")] for each in (other, text)
    )
    return SequenceMatcher(None, "\n".join(said), "\n".join(again), autojunk=False).ratio() >= _ALIKE


def read_draft(path: str) -> dict[str, Any]:
    """Return the fields that a draft holds.

    Raises:
        NotFoundError: ``unknown_file``.
        InvalidError: ``invalid``, where it cannot be read.
    """
    from flaggit.documents.codec import CodecError, load_yaml
    from flaggit.git.files import read_file

    try:
        fields = load_yaml(read_file(path, _LIMIT), limit=_LIMIT).document
    except FileNotFoundError:
        raise NotFoundError("unknown_file", f"There is no draft {path}.") from None
    except OSError as error:
        raise InvalidError("usage", f"The draft {path} cannot be read: {error}.") from None
    except CodecError as error:
        raise InvalidError(
            "invalid", f"The draft {path}:{error.line} {error.message}.", hint="Mend it there."
        ) from None
    for name in _LISTS:
        value = fields.get(name)
        fields[name] = value if isinstance(value, list) else [value] if value else []
    return fields


def edit_draft(session: Session, fields: dict[str, Any]) -> dict[str, Any]:
    """Let the user fill a template in the editor that git uses; return the fields.

    Raises:
        InvalidError: ``usage``, where the editor fails or both texts stay empty.
    """
    path = save_draft(session, fields)
    editor = session.repo.text("var", "GIT_EDITOR")
    from flaggit.git.process import run_attached

    # As git does: the setting is a command line for the shell, the file its last argument.
    status = run_attached(["sh", "-c", f'{editor} "$@"', editor, path])
    if status != 0:
        raise InvalidError(
            "usage", f"The editor left with status {status}; nothing was raised.", details={"draft": path}
        )
    edited = read_draft(path)
    os.unlink(path)
    if not edited.get("change_description") and not edited.get("action_required"):
        raise InvalidError("usage", "Both texts are empty, so nothing was raised.")
    return {name: edited.get(name) for name in fields}


def format_draft(session: Session, fields: dict[str, Any], problems: Sequence[Problem] = ()) -> str:
    """Return a draft's text for the fields so far, with remarks on what is wrong."""
    from flaggit.documents.canonical import dump_field

    settings = session.settings
    lines = ["# A flag to be raised. Lines that begin with # are left out."]
    lines += [f"# Wrong so far: {problem.message}" for problem in problems]
    lines += ["", f"# {', '.join(FLAG_TYPES)}", dump_field("flag_type", fields.get("flag_type") or "change")]
    lines += ["", f"# {', '.join(IMPACT_LEVELS)}; {' and '.join(ALWAYS_CRITICAL)} are always critical"]
    lines += [dump_field("impact_level", fields.get("impact_level") or "medium")]
    lines += ["", "# Who has to act, one or more; none: for nobody in particular"]
    lines += [dump_field("target_agent", fields.get("target_agent") or [])]
    minimums = (
        ("change_description", "What changed", settings.min_change_description),
        ("action_required", "What they have to do", settings.min_action_required),
    )
    for name, title, least in minimums:
        text = str(fields.get(name) or "")
        lines += ["", f"# {title}: {len(text.strip())} characters now, at least {least} are needed"]
        lines += [dump_field(name, text) if text else f"{name}: |-\n  "]
    lines += ["", "# Paths from the repository's root", dump_field("related_files", fields.get("related_files") or [])]
    for name in _OPTIONAL:
        value = fields.get(name)
        lines += ["", dump_field(name, value) if value else f"# {name}:"]
    return "\n".join(lines) + "\n"
