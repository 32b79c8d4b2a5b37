"""JSON for programs: the envelope, errors, problems, and a writer that needs no ``json`` import.

The ``json`` package costs a hot command two thirds of a bare Python process; its string encoder
alone is a C function and free.
"""

from __future__ import annotations

from _collections_abc import Iterator
from _json import encode_basestring

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from flaggit.core.errors import FlaggitError
    from flaggit.core.model import Problem


def dumps(value: object, *, indent: int = 0) -> str:
    """Return plain data as JSON text: keys in their order, non-ASCII characters as they are.

    Args:
        value: None, booleans, numbers, texts, lists, tuples and mappings with text keys.
        indent: Blanks a level; 0 writes one line.
    """
    return _dump(value, "\n" if indent else "", " " * indent)


def pieces(value: Any, *, indent: int = 0) -> Iterator[str]:
    """Yield the same text bit by bit: of an iterator, and of one in a mapping, an item at a time.

    Nothing but the item is held then, however long the list is.
    """
    newline, step = "\n" if indent else "", " " * indent
    if isinstance(value, Iterator):
        yield from _list_pieces(value, newline, step)
    elif isinstance(value, dict) and any(isinstance(item, Iterator) for item in value.values()):
        inner, before = newline and newline + step, "{" + newline + step
        for key, item in value.items():
            yield f"{before}{encode_basestring(key)}: "
            yield from _list_pieces(item, inner, step) if isinstance(item, Iterator) else [_dump(item, inner, step)]
            before = f",{newline}{step}" if newline else ", "
        yield newline + "}"
    else:
        yield _dump(value, newline, step)


def _list_pieces(items: Iterator[object], newline: str, step: str) -> Iterator[str]:
    inner = newline and newline + step
    before = "["
    for item in items:
        yield before + (inner if before == "[" else "") + _dump(item, inner, step)
        before = f",{inner}" if newline else ", "
    yield "[]" if before == "[" else newline + "]"


def envelope(
    schema: str, data: object, warnings: Iterable[Problem], more: Iterable[tuple[str, object]] = ()
) -> dict[str, Any]:
    """Return the document that every ``--json`` answer is; ``more`` are further keys of it."""
    return {"schema": schema, "data": data, **dict(more), "warnings": [problem_json(problem) for problem in warnings]}


def problem_json(problem: Problem) -> dict[str, Any]:
    """Return a finding under the contract's names."""
    values: dict[str, Any] = {
        "rule": problem.rule,
        "code": problem.code,
        "level": problem.level,
        "path": problem.path,
        "line": problem.line,
        "ids": list(problem.ids),
        "message": problem.message,
        "fix": problem.fix,
    }
    if problem.field:
        values["field"] = problem.field
    values.update(problem.data)
    return values


def error_json(error: FlaggitError) -> dict[str, Any]:
    """Return an error as programs read it."""
    values: dict[str, Any] = {"error": error.message, "code": error.code, "hint": error.hint}
    values["retryable"] = error.retryable
    values.update(error.details)
    values["violations"] = [violation_json(problem) for problem in error.violations]
    return values


def violation_json(problem: Problem) -> dict[str, Any]:
    """Return one broken rule: the field, the rule's code, its message and the figures."""
    values: dict[str, Any] = {"field": problem.field, "code": problem.code, "message": problem.message}
    values.update(problem.data)
    return values


def plain_data(value: Any) -> Any:
    """Return a record as a mapping of its fields, all the way down; plain data as it is."""
    if isinstance(value, (list, tuple)):
        return [plain_data(item) for item in value]
    if isinstance(value, dict):
        return {str(key): plain_data(item) for key, item in value.items()}
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    return {name: plain_data(getattr(value, name)) for name in value.__slots__}


def _dump(value: Any, newline: str, step: str) -> str:
    if isinstance(value, str):
        return encode_basestring(value)
    if value is None:
        return "null"
    if value is True or value is False:
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return _enclose("[", [_dump(item, newline and newline + step, step) for item in value], "]", newline, step)
    if isinstance(value, dict):
        inner = newline and newline + step
        pairs = [
            # most values are texts, of which a long list has hundreds of thousands
            f"{encode_basestring(key)}: {encode_basestring(item) if type(item) is str else _dump(item, inner, step)}"
            for key, item in value.items()
        ]
        return _enclose("{", pairs, "}", newline, step)
    if isinstance(value, (int, float)):
        return repr(value)
    raise TypeError(f"{type(value).__name__} is no plain data")


def _enclose(start: str, items: list[str], end: str, newline: str, step: str) -> str:
    if not items:
        return start + end
    if not newline:
        return start + ", ".join(items) + end
    return start + newline + step + f",{newline}{step}".join(items) + newline + end
