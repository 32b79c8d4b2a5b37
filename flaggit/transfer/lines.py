"""flaggit's own JSON Lines: every field of every file, read back as it was."""

from __future__ import annotations

import re

from flaggit.core.ids import PATTERN
from flaggit.core.layout import completion_path, flag_path, note_path
from flaggit.core.model import (
    Completion,
    Flag,
    Note,
    completion_document,
    completion_from_document,
    flag_document,
    flag_from_document,
    note_document,
    note_from_document,
)
from flaggit.core.record import replace
from flaggit.documents.canonical import dump_document
from flaggit.documents.rules import check_completion_document, check_flag, check_note_document, errors_of
from flaggit.documents.values import BrokenFileError, read_value
from flaggit.transfer.planned import Origin, Plan, UnmappableError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from flaggit.core.model import Problem
    from flaggit.documents.settings import Settings

    Value = Flag | Completion | Note

_NOTE_NAME = re.compile(rf"{PATTERN}-[0-9]{{8}}T[0-9]{{6}}Z-[0-9a-f]{{8}}")


def map_lines(text: str, settings: Settings) -> Plan:
    """Return the values in the lines of an export; lines that hold nothing of the kind are listed as unmapped."""
    found: dict[str, Value] = {}
    remarks: list[Problem] = []
    unmapped: list[Problem] = []
    for number, document in read_documents(text, unmapped):
        origin = Origin(f"line {number}")
        try:
            path, value = _value(document, origin, settings)
            if found.setdefault(path, value) != value:
                raise UnmappableError(f"{path} stands in the file twice, each time with another content")
        except UnmappableError as error:
            unmapped.append(origin.unmapped(error))
            continue
        remarks += origin.remarks
    values = found.values()
    return Plan(
        tuple(value for value in values if isinstance(value, Flag)),
        tuple(value for value in values if isinstance(value, Completion)),
        tuple(value for value in values if isinstance(value, Note)),
        tuple(remarks),
        tuple(unmapped),
    )


def read_documents(text: str, unmapped: list[Problem]) -> Iterable[tuple[int, dict[str, Any]]]:
    """Yield the number and the object of each line of JSON Lines; other lines are added to ``unmapped``."""
    import json

    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            document = json.loads(line, object_pairs_hook=_unique, parse_constant=_no_constant)
            if not isinstance(document, dict):
                raise ValueError("is no JSON object")
        except (ValueError, RecursionError) as error:
            unmapped.append(Origin(f"line {number}").unmapped(ValueError(f"is not JSON: {error}")))
            continue
        yield number, document


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key comes twice")
    return found


def _no_constant(text: str) -> None:
    raise ValueError(f"{text} is no JSON")


def _value(document: dict[str, Any], origin: Origin, settings: Settings) -> tuple[str, Value]:
    kind = document.pop("kind", None)
    try:
        if kind == "flag":
            return _flag(document, origin, settings)
        if kind == "completion":
            return _completion(document)
        if kind == "note":
            return _note(document)
    except ValueError as error:
        raise UnmappableError(str(error)) from None
    raise UnmappableError(f"kind {str(kind)[:40]!r} is none of flag, completion, note")


def _flag(document: dict[str, Any], origin: Origin, settings: Settings) -> tuple[str, Value]:
    flag = flag_from_document(document)
    problems = check_flag(flag, settings)
    for problem in problems:
        if problem.code == "too_short":
            text = f"{origin.label}: {problem.message}"
            origin.remarks.append(replace(problem, message=text, level="warning", ids=(flag.id,)))
    _refuse(errors_of(problem for problem in problems if problem.code != "too_short"))
    return _readable("flag", flag_path(flag), flag, flag_document)


def _completion(document: dict[str, Any]) -> tuple[str, Value]:
    completion = completion_from_document(document)
    _refuse(errors_of(check_completion_document(document)))
    return _readable("completion", completion_path(completion.id), completion, completion_document)


def _note(document: dict[str, Any]) -> tuple[str, Value]:
    name = document.pop("name", None)
    if not isinstance(name, str) or not _NOTE_NAME.fullmatch(name):
        raise UnmappableError(f"name {str(name)[:40]!r} is not a note's")
    note = note_from_document(document, name)
    _refuse(errors_of(check_note_document(document)))
    return _readable("note", note_path(note), note, note_document)


def _refuse(problems: list[Problem]) -> None:
    if problems:
        raise UnmappableError("; ".join(problem.message.rstrip(".") for problem in problems))


def _readable(kind: str, path: str, value: Any, document_of: Callable[[Any], dict[str, Any]]) -> tuple[str, Value]:
    """Return the value with its path, once it is certain that its file could be read back from there."""
    try:
        read_value(path, dump_document(kind, document_of(value)))
    except BrokenFileError as error:
        raise UnmappableError(error.problem.message) from None
    return path, value
