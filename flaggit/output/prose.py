"""A file of the store as people read it, for ``git diff``, ``git log -p`` and ``git show``.

Text alone, one thing a line, so that a change of one field shows as a change of its lines. Control
and hidden characters are shown escaped: pagers hand colours and more to the terminal.
"""

from __future__ import annotations

from flaggit.core.model import FREE_FIELDS, REFERENCE_FIELDS, name_target
from flaggit.core.text import visible
from flaggit.output.text import indent_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


def describe_file(data: bytes) -> str:
    """Return a flag, completion or note as prose; any other content as it is, made safe for a terminal."""
    from flaggit.documents.codec import CodecError, parse_document

    try:
        document = parse_document(data).document
    except CodecError:  # a conflict, a broken file, the catalog: show it all the same
        return _plain(data)
    if "change_description" in document:
        return _flag(document)
    if "completed_by" in document:
        return _completion(document)
    if "author" in document and "text" in document:
        lines = [f"Note by {_show(document['author'])}", f"Written at {_show(document.get('created_at'))}"]
        return "\n".join([*lines, "", _block(document["text"])])
    return _plain(data)


def _flag(document: Mapping[str, Any]) -> str:
    kind = _show(document.get("flag_type", "flag")).replace("_", " ")
    lines = [
        f"Flag {_show(document.get('id', 'without id'))}: {kind}",
        f"Impact: {_show(document.get('impact_level', 'not said'))}",
        f"From {_show(document.get('source_agent'))}",
        f"For {_show(name_target(document.get('target_agent')))}",
        f"Raised at {_show(document.get('created_at'))}",
    ]
    lines += [f"{field.label} {_show(document[field.name])}" for field in REFERENCE_FIELDS if document.get(field.name)]
    for field in FREE_FIELDS:
        if document.get(field.name):
            lines += ["", field.label, _block(document[field.name])]
    return "\n".join(lines)


def _completion(document: Mapping[str, Any]) -> str:
    how = _show(document.get("resolution", "done")).replace("_", " ")
    lines = [
        f"Completion of flag {_show(document.get('id', 'without id'))}: {how}",
        f"By {_show(document.get('completed_by'))}",
        f"At {_show(document.get('completed_at'))}",
    ]
    if document.get("superseded_by"):
        lines.append(f"In favour of {_show(document['superseded_by'])}")
    if document.get("notes"):
        lines += ["", "Notes", _block(document["notes"])]
    return "\n".join(lines)


def _block(value: Any) -> str:
    text = "\n".join(map(str, value)) if isinstance(value, list) else str(value)
    return indent_text(text)


def _show(value: Any) -> str:
    return "nobody" if value is None else visible(str(value))


def _plain(data: bytes) -> str:
    return visible(data.decode("utf-8", "replace").replace("\r\n", "\n"), keep_lines=True).removesuffix("\n")
