"""Judgements over documents and values: one small function a rule, each with a stable id.

The same rules serve ``create``, ``edit``, ``check``, the hook, the review and the server. They
return problems and never print. Ids are never used twice; ``docs/format.md`` lists them.
"""

from __future__ import annotations

from flaggit.core.completion_notes import find_forged
from flaggit.core.handles import is_handle, nearest_handle
from flaggit.core.ids import is_flag_id
from flaggit.core.model import (
    ALWAYS_CRITICAL,
    FLAG_TYPES,
    IMPACT_LEVELS,
    MAY_BE_CRITICAL,
    REFERENCE_FIELDS,
    RESOLUTIONS,
    Problem,
    flag_document,
    text_fields,
)
from flaggit.core.text import forbidden_characters, has_hidden_characters
from flaggit.core.times import is_time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    from flaggit.core.model import Flag
    from flaggit.documents.settings import Settings

    Document = Mapping[str, Any]
    Rule = Callable[[Document, Settings], Iterable[Problem]]

# id -> what it judges. Ids of rules over single documents stand first, those over the store after.
RULES: dict[str, str] = {
    "F001": "A file of the store can be read and is what its place says.",
    "F002": "A document fits its published schema.",
    "F003": "Handles are of the form `@domain.module`.",
    "F004": "`flag_type` and `impact_level` are known and go together.",
    "F005": "A flag of high or critical impact names a target.",
    "F006": "The two texts are long enough to be acted on.",
    "F007": "Texts hold no control characters.",
    "F008": "`related_files` are paths inside the repository.",
    "F009": "`code_location` is `path:line` or `path:start-end`.",
    "F010": "`context` is a JSON object or array.",
    "F011": "Times are RFC 3339 in UTC.",
    "F012": "Texts say something: no placeholders.",
    "F013": "Texts hold nothing that addresses the reading agent instead of informing it.",
    "F014": "References hold whole ids.",
    "F015": "A completion's notes hold no line of flaggit's own that it did not write there.",
    "F020": "A flag lies in its target's folder under its id.",
    "F021": "An id stands for one flag.",
    "F022": "References lead to flags that exist.",
    "F023": "Chains have no cycles.",
    "F024": "A completion belongs to a flag.",
    "F025": "A note belongs to a flag.",
    "F026": "Only flaggit's own files lie in the store.",
    "F027": "Sources and targets stand in the catalog.",
    "F028": "The catalog can be read and contradicts itself nowhere.",
    "F029": "The settings can be read.",
    "F030": "Fields that never change have not changed.",
    "F031": "A pending flag is not deleted.",
    "F032": "A flag is completed once, by whoever may.",
    "F033": "A flag that another holds is not completed.",
    "F034": "Commits that complete a flag say so in a trailer.",
    "F035": "Changes that oblige another area raise a flag for it.",
    "F036": "Claims of authorship fit the commit that makes them.",
    "F037": "Related files exist and belong to the change.",
    "F038": "An edit lands in the flag that it was meant for.",
    "F039": "A range can be judged whole.",
    "F040": "Paths that another has locked are left alone.",
}

_MAX_PATH = 400
_MAX_TEXT = 20_000  # as the schema has it
_ADDRESSING = (
    "ignore previous",
    "ignore all previous",
    "ignore the above",
    "disregard previous",
    "disregard all",
    "system prompt",
    "<function_calls>",
    "<tool_call",
    "<invoke",
    "<!--",
)
_MAX_RUN = 200  # characters without a blank: encoded data rather than words


def check_flag(flag: Flag, settings: Settings) -> list[Problem]:
    """Return everything that is wrong with a flag's own fields, errors and warnings."""
    return check_flag_document(flag_document(flag), settings)


def check_flag_document(document: Document, settings: Settings) -> list[Problem]:
    """Return everything that is wrong with a flag's fields; absent fields are the schema's business.

    Args:
        document: The flag's fields; values of a wrong type are passed over.
        settings: Minimum lengths, and whether short texts are errors or warnings.
    """
    rules: tuple[Rule, ...] = (
        _handles,
        _type_and_impact,
        _target,
        _lengths,
        _characters,
        _long_texts,
        _related_files,
        _location,
        _context,
        _created_at,
        _placeholders,
        _addressing,
        _references,
    )
    return [problem for rule in rules for problem in rule(document, settings)]


def check_completion_document(document: Document) -> list[Problem]:
    """Return everything that is wrong with a completion's fields."""
    problems = [*_handle("completed_by", document.get("completed_by")), *_time("completed_at", document)]
    resolution = document.get("resolution")
    if resolution is not None and resolution not in RESOLUTIONS:
        message = f"resolution {_show(resolution)} is none of {', '.join(RESOLUTIONS)}."
        problems.append(Problem("F002", "bad_resolution", message, field="resolution"))
    if (resolution == "superseded") != (document.get("superseded_by") is not None):
        message = "superseded_by names the other flag where, and only where, resolution is superseded."
        problems.append(Problem("F014", "bad_superseded", message, field="superseded_by"))
    return problems + [
        *_reference("superseded_by", document),
        *_text_characters("notes", document),
        *_forged_line(document),
    ]


def _forged_line(document: Document) -> Iterable[Problem]:
    texts = [document.get(name) for name in ("notes", "completed_by", "completed_at")]
    notes, completed_by, completed_at = (text if isinstance(text, str) else "" for text in texts)
    line = find_forged(notes, completed_by, completed_at) if notes else ""
    if line:
        message = f"The notes hold a line that only flaggit writes, and it did not write it there: {_show(line)}"
        yield Problem("F015", "forged_line", message, field="notes", fix="Take the line out of the notes.")


def check_note_document(document: Document) -> list[Problem]:
    """Return everything that is wrong with a note's fields."""
    problems = [*_handle("author", document.get("author")), *_time("created_at", document)]
    return problems + [*_text_characters("text", document)]


def errors_of(problems: Iterable[Problem]) -> list[Problem]:
    """Return the problems of error level."""
    return [problem for problem in problems if problem.is_error]


def find_mismatch(kind: str, impact: str) -> str:
    """Return the code of why a flag's type and impact do not go together, or nothing."""
    if kind in ALWAYS_CRITICAL:
        return "" if impact == "critical" else "requires_critical"
    if kind == "breaking_change":
        return "low_not_allowed" if impact == "low" else ""
    return "critical_not_allowed" if impact == "critical" else ""


def path_fault(path: str) -> str:
    """Return why ``path`` cannot stand in ``related_files``, or nothing."""
    if not path or len(path) > _MAX_PATH:
        return "is empty" if not path else f"is longer than {_MAX_PATH} characters"
    if path.startswith("/") or path[1:2] == ":" or "\\" in path:
        return "is not relative to the repository with / between folders"
    if ".." in path.split("/"):
        return "leads outside the repository"
    return "holds control characters" if forbidden_characters(path) or "\n" in path or "\t" in path else ""


def _handles(document: Document, settings: Settings) -> Iterable[Problem]:  # noqa: ARG001
    yield from _handle("source_agent", document.get("source_agent"))
    if document.get("target_agent") is not None:
        yield from _handle("target_agent", document.get("target_agent"))


def _handle(field: str, value: object) -> list[Problem]:
    if not isinstance(value, str) or is_handle(value):
        return []
    nearest = nearest_handle(value)
    near = f" Did you mean {nearest}?" if nearest else ""
    message = f"{field} {_show(value)} is not a handle of the form @domain.module.{near}"
    return [Problem("F003", "bad_handle", message, field=field, data=(("value", value), ("suggestion", nearest)))]


def _type_and_impact(document: Document, settings: Settings) -> Iterable[Problem]:  # noqa: ARG001
    kind, impact = document.get("flag_type"), document.get("impact_level")
    if isinstance(kind, str) and kind not in FLAG_TYPES:
        message = f"flag_type {_show(kind)} is none of {', '.join(FLAG_TYPES)}."
        yield Problem("F004", "bad_type", message, field="flag_type", data=(("allowed", FLAG_TYPES),))
    if isinstance(impact, str) and impact not in IMPACT_LEVELS:
        message = f"impact_level {_show(impact)} is none of {', '.join(IMPACT_LEVELS)}."
        yield Problem("F004", "bad_impact", message, field="impact_level", data=(("allowed", IMPACT_LEVELS),))
    if kind in FLAG_TYPES and impact in IMPACT_LEVELS:
        code = find_mismatch(str(kind), str(impact))
        if code:
            yield Problem("F004", code, _MISMATCHES[code].format(kind=kind, impact=impact), field="impact_level")


_MISMATCHES = {
    "requires_critical": "A flag of type {kind} is always critical, not {impact}.",
    "critical_not_allowed": f"A flag of type {{kind}} cannot be critical; only {', '.join(MAY_BE_CRITICAL)} can.",
    "low_not_allowed": "A flag of type {kind} cannot be of low impact.",
}


def _target(document: Document, settings: Settings) -> Iterable[Problem]:  # noqa: ARG001
    impact = document.get("impact_level")
    if impact in ("high", "critical") and document.get("target_agent") is None:
        message = f"A flag of {impact} impact has to name its target_agent."
        yield Problem("F005", "target_required", message, field="target_agent")


def _lengths(document: Document, settings: Settings) -> Iterable[Problem]:
    if document.get("re") is not None:  # questions and answers are as long as they need to be
        return
    imported = document.get("legacy_id") is not None  # as old as the system it comes from, which had no such rule
    level = "error" if settings.quality == "enforce" and not imported else "warning"
    minimums = (
        ("change_description", settings.min_change_description),
        ("action_required", settings.min_action_required),
    )
    for field, required in minimums:
        value = document.get(field)
        if isinstance(value, str) and len(value.strip()) < required:
            current = len(value.strip())
            message = f"{field} has {current} characters, at least {required} are needed."
            data = (("current_length", current), ("required_length", required))
            yield Problem("F006", "too_short", message, level=level, field=field, data=data)


def _characters(document: Document, settings: Settings) -> Iterable[Problem]:  # noqa: ARG001
    for field in text_fields("flag"):
        yield from _text_characters(field, document)


def _long_texts(document: Document, settings: Settings) -> Iterable[Problem]:  # noqa: ARG001
    for field in text_fields("flag"):
        value = document.get(field)
        if isinstance(value, str) and len(value) > _MAX_TEXT:
            message = f"{field} has {len(value)} characters, at most {_MAX_TEXT} are stored."
            yield Problem("F006", "too_long", message, field=field, data=(("current_length", len(value)),))


def _text_characters(field: str, document: Document) -> list[Problem]:
    value = document.get(field)
    found = forbidden_characters(value) if isinstance(value, str) else []
    if not found:
        return []
    names = ", ".join(f"U+{ord(char):04X}" for char in found)
    return [Problem("F007", "control_character", f"{field} holds {names}, which may not be stored.", field=field)]


def _related_files(document: Document, settings: Settings) -> Iterable[Problem]:  # noqa: ARG001
    files = document.get("related_files")
    for path in files if isinstance(files, (list, tuple)) else ():
        fault = path_fault(path) if isinstance(path, str) else "is not a text"
        if fault:
            yield Problem("F008", "bad_path", f"related_files: {_show(path)} {fault}.", field="related_files")


def _location(document: Document, settings: Settings) -> Iterable[Problem]:  # noqa: ARG001
    value = document.get("code_location")
    if not isinstance(value, str):
        return
    path, colon, lines = value.rpartition(":")
    start, _, end = lines.partition("-")
    is_range = start.isdecimal() and (end.isdecimal() or "-" not in lines)
    if not colon or not is_range or path_fault(path):
        message = f"code_location {_show(value)} is not path:line or path:start-end."
        yield Problem("F009", "bad_location", message, field="code_location")


def _context(document: Document, settings: Settings) -> Iterable[Problem]:  # noqa: ARG001
    value = document.get("context")
    if not isinstance(value, str):
        return
    import json

    try:
        parsed = json.loads(value)
    except (ValueError, RecursionError):
        parsed = None
    if not isinstance(parsed, (dict, list)):
        yield Problem("F010", "bad_json", "context is not a JSON object or array.", field="context")


def _created_at(document: Document, settings: Settings) -> Iterable[Problem]:  # noqa: ARG001
    yield from _time("created_at", document)


def _time(field: str, document: Document) -> list[Problem]:
    value = document.get(field)
    if not isinstance(value, str) or is_time(value):
        return []
    message = f"{field} {_show(value)} is not a time like 2026-11-23T14:00:00Z."
    return [Problem("F011", "bad_time", message, field=field)]


def _placeholders(document: Document, settings: Settings) -> Iterable[Problem]:  # noqa: ARG001
    for field in ("change_description", "action_required"):
        value = document.get(field)
        text = value.strip() if isinstance(value, str) else ""
        if text[:1] == "[" and text[-1:] == "]" and "[" not in text[1:]:
            yield Problem(
                "F012", "placeholder_text", f"{field} is a placeholder: {_show(text)}.", level="warning", field=field
            )


def _addressing(document: Document, settings: Settings) -> Iterable[Problem]:  # noqa: ARG001
    for field in text_fields("flag"):
        value = document.get(field)
        if isinstance(value, str) and _is_addressing(value):
            message = f"{field} reads as if it addressed the reading agent, or hides something."
            yield Problem("F013", "suspicious_text", message, level="warning", field=field)


def _is_addressing(text: str) -> bool:
    lowered = text.lower()
    return (
        any(phrase in lowered for phrase in _ADDRESSING)
        or has_hidden_characters(text)
        or (len(text) > _MAX_RUN and any(len(word) > _MAX_RUN for word in text.split()))
    )


def _references(document: Document, settings: Settings) -> Iterable[Problem]:  # noqa: ARG001
    for field in REFERENCE_FIELDS:
        yield from _reference(field.name, document)


def _reference(field: str, document: Document) -> list[Problem]:
    value = document.get(field)
    if not isinstance(value, str) or is_flag_id(value):
        return []
    return [Problem("F014", "bad_id", f"{field} {_show(value)} is not a whole flag id.", field=field)]


def _show(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
