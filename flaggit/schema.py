"""Documents against their published schemas: a small interpreter accepts, jsonschema explains.

Accepting is the everyday case and must cost microseconds, so the few keywords that the schemas use
are interpreted here; what is not accepted goes to jsonschema, whose import costs eleven bare
processes. A property test holds that the two never disagree. The package's own schemas judge,
never ones from the repository under review, and no reference is ever fetched.
"""

from __future__ import annotations

from flaggit.model import Problem
from flaggit.resources import read_schema

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    Schema = Mapping[str, Any]

_loaded: dict[str, Schema] = {}


def load_schema(kind: str) -> Schema:
    """Return the published schema of ``flag``, ``completion``, ``note``, ``catalog`` or ``settings``."""
    if kind not in _loaded:
        import json

        _loaded[kind] = json.loads(read_schema(f"{kind}.schema.json"))
    return _loaded[kind]


def check_document(kind: str, document: object) -> list[Problem]:
    """Return where a document breaks its schema, all places at once; ``field`` names the key at the top."""
    schema = load_schema(kind)
    return [] if accepts(schema, document) else explain(schema, document)


def accepts(schema: Schema, value: object) -> bool:
    """Tell whether a value fits a schema. Keywords that are not known here make it answer False."""
    return all(keyword in _IGNORED or _accepts(schema, keyword, value) for keyword in schema)


def explain(schema: Schema, document: object) -> list[Problem]:
    """Return what jsonschema finds wrong with a document, in the order of the schema's paths."""
    import jsonschema
    from referencing import Registry

    validator = jsonschema.Draft7Validator(schema, registry=Registry())  # an empty registry fetches nothing
    found = sorted(
        validator.iter_errors(document), key=lambda error: (list(map(str, error.absolute_path)), error.message)
    )
    return [_problem(error) for error in found]


def _problem(error: Any) -> Problem:
    path = [str(part) for part in error.absolute_path]
    message = error.message if len(error.message) <= 300 else error.message[:297] + "..."
    where = ".".join(path)
    return Problem("F002", "schema", f"{where}: {message}" if where else message, field=path[0] if path else "")


def _accepts(schema: Schema, keyword: str, value: object) -> bool:
    judge = _KEYWORDS.get(keyword)
    return judge is not None and judge(schema, value)


def _type(schema: Schema, value: object) -> bool:
    allowed = schema["type"]
    names = [allowed] if isinstance(allowed, str) else allowed
    return any(_is_of_type(value, name) for name in names)


def _is_of_type(value: object, name: str) -> bool:
    if isinstance(value, bool):
        return name == "boolean"
    if isinstance(value, float) and name == "integer":
        return value.is_integer()
    return isinstance(value, _TYPES[name])


def _enum(schema: Schema, value: object) -> bool:
    return any(value == item and isinstance(value, bool) == isinstance(item, bool) for item in schema["enum"])


def _pattern(schema: Schema, value: object) -> bool:
    if not isinstance(value, str):
        return True
    import re

    # Patterns are anchored with ^ and $; Python's $ would let a newline at the end through.
    return re.search(schema["pattern"], value) is not None and not value.endswith("\n")


def _properties(schema: Schema, value: object) -> bool:
    if not isinstance(value, dict):
        return True
    return all(accepts(part, value[key]) for key, part in schema["properties"].items() if key in value)


def _additional(schema: Schema, value: object) -> bool:
    if not isinstance(value, dict):
        return True
    known = schema.get("properties", {})
    others = [item for key, item in value.items() if key not in known]
    rule = schema["additionalProperties"]
    return not others if rule is False else all(accepts(rule, item) for item in others)


def _unique(schema: Schema, value: object) -> bool:
    if not schema["uniqueItems"] or not isinstance(value, list):
        return True
    if all(isinstance(item, str) for item in value):
        return len(set(value)) == len(value)
    return not value  # mixed lists are jsonschema's business


def _if(schema: Schema, value: object) -> bool:
    return not accepts(schema["if"], value) or accepts(schema["then"], value)


def _size(value: object, kind: type) -> int | None:
    return len(value) if isinstance(value, kind) else None  # type: ignore[arg-type]


def _at_least(keyword: str, kind: type) -> Callable[[Schema, object], bool]:
    def judge(schema: Schema, value: object) -> bool:
        size = _size(value, kind)
        return size is None or size >= schema[keyword]

    return judge


def _at_most(keyword: str, kind: type) -> Callable[[Schema, object], bool]:
    def judge(schema: Schema, value: object) -> bool:
        size = _size(value, kind)
        return size is None or size <= schema[keyword]

    return judge


def _minimum(schema: Schema, value: object) -> bool:
    return isinstance(value, bool) or not isinstance(value, (int, float)) or value >= schema["minimum"]


def _required(schema: Schema, value: object) -> bool:
    return not isinstance(value, dict) or all(key in value for key in schema["required"])


def _items(schema: Schema, value: object) -> bool:
    return not isinstance(value, list) or all(accepts(schema["items"], item) for item in value)


def _property_names(schema: Schema, value: object) -> bool:
    return not isinstance(value, dict) or all(accepts(schema["propertyNames"], key) for key in value)


def _all_of(schema: Schema, value: object) -> bool:
    return all(accepts(part, value) for part in schema["allOf"])


_TYPES: dict[str, Any] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": (int, float),
    "null": type(None),
    "boolean": bool,
}
_IGNORED = frozenset({"$schema", "$id", "title", "description", "default", "then", "examples"})
_KEYWORDS: dict[str, Callable[[Schema, object], bool]] = {
    "type": _type,
    "enum": _enum,
    "pattern": _pattern,
    "properties": _properties,
    "additionalProperties": _additional,
    "required": _required,
    "items": _items,
    "uniqueItems": _unique,
    "propertyNames": _property_names,
    "allOf": _all_of,
    "if": _if,
    "minLength": _at_least("minLength", str),
    "maxLength": _at_most("maxLength", str),
    "maxItems": _at_most("maxItems", list),
    "maxProperties": _at_most("maxProperties", dict),
    "minProperties": _at_least("minProperties", dict),
    "minimum": _minimum,
}
