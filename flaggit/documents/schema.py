"""Documents against their published schemas: a small interpreter accepts, jsonschema explains.

Accepting is the everyday case and must cost microseconds, so the few keywords that the schemas use
are interpreted here; what is not accepted goes to jsonschema, whose import costs eleven bare
processes. A property test holds that the two never disagree. For the same reason neither ``json`` nor
``re`` is imported on the way: half a bare process each. The package's own schemas judge,
never ones from the repository under review, and no reference is ever fetched.
"""

from __future__ import annotations

from flaggit.core import handles, ids, times
from flaggit.core.model import Problem
from flaggit.documents.resources import read_schema

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sized
    from typing import Any

    Schema = Mapping[str, Any]
    Judge = Callable[[object], bool]

_loaded: dict[str, Schema] = {}
_built: dict[int, tuple[Schema, Judge]] = {}


def load_schema(kind: str) -> Schema:
    """Return the published schema of ``flag``, ``completion``, ``note``, ``catalog`` or ``settings``."""
    if kind not in _loaded:
        _loaded[kind] = _read_json(read_schema(f"{kind}.schema.json").decode())
    return _loaded[kind]


def _read_json(text: str) -> Any:
    """Parse a schema of our own; the ``json`` package only adds what other texts than those need."""
    from _json import make_scanner

    return make_scanner(_ReadingJson)(text, 0)[0]  # type: ignore[arg-type]  # typeshed asks for a whole decoder; it reads these fields of one


class _ReadingJson:
    """What ``json`` tells its scanner by default."""

    strict = True
    object_hook = object_pairs_hook = parse_constant = None
    parse_float = float
    parse_int = int


def check_document(kind: str, document: object) -> list[Problem]:
    """Return where a document breaks its schema, all places at once; ``field`` names the key at the top."""
    schema = load_schema(kind)
    return [] if accepts(schema, document) else explain(schema, document)


def accepts(schema: Schema, value: object) -> bool:
    """Return whether a value fits a schema. Keywords that are not known here make it answer False."""
    return _judge_of(schema)(value)


def explain(schema: Schema, document: object) -> list[Problem]:
    """Return the errors that jsonschema finds in a document, in the order of the schema's paths."""
    validator = build_validator(schema)
    found = sorted(
        validator.iter_errors(document), key=lambda error: (list(map(str, error.absolute_path)), error.message)
    )
    return [_problem(error) for error in found]


def build_validator(schema: Schema) -> Any:
    """Return jsonschema's validator of a schema, which never fetches a reference.

    Differs in one thing: the published patterns end in ``$``, where Python alone would let a
    newline at the end through and other readers of the same schema would not.
    """
    import jsonschema
    from referencing import Registry

    def pattern(validator: Any, text: str, value: object, schema: Schema) -> Any:  # noqa: ARG001
        if validator.is_type(value, "string") and not _pattern({"pattern": text})(value):
            yield jsonschema.ValidationError(f"{value!r} does not match {text!r}")

    extend: Any = jsonschema.validators.extend  # untyped in its package
    return extend(jsonschema.Draft7Validator, {"pattern": pattern})(schema, registry=Registry())


def _problem(error: Any) -> Problem:
    path = [str(part) for part in error.absolute_path]
    where = ".".join(path)
    if error.validator == "type" and where:
        wanted = error.validator_value if isinstance(error.validator_value, list) else [error.validator_value]
        words = " or ".join(_WORDS[name] for name in wanted)
        shown = "nothing" if error.instance is None else f"{error.instance!r:.60}"
        return Problem("F002", "schema", f"{where} has to be {words}, not {shown}.", field=path[0])
    message = error.message if len(error.message) <= 300 else error.message[:297] + "..."
    return Problem("F002", "schema", f"{where}: {message}" if where else message, field=path[0] if path else "")


def _judge_of(schema: Schema) -> Judge:
    """Return the function that judges by a schema, built once; the schema is kept, so that its id stays its own."""
    built = _built.get(id(schema))
    if built is None:
        built = _built[id(schema)] = (schema, _build(schema))
    return built[1]


def _build(schema: Schema) -> Judge:
    makers = [_KEYWORDS.get(keyword, _unknown) for keyword in schema if keyword not in _IGNORED]
    judges = tuple(make(schema) for make in makers)

    def judge(value: object) -> bool:
        for part in judges:  # noqa: SIM110 - all() with a generator costs twice as much here
            if not part(value):
                return False
        return True

    return judge


def _unknown(schema: Schema) -> Judge:  # noqa: ARG001
    return lambda value: False  # noqa: ARG005


def _type(schema: Schema) -> Judge:
    allowed = schema["type"]
    names = (allowed,) if isinstance(allowed, str) else tuple(allowed)
    plain = tuple(_TYPES[name] for name in names if name in ("string", "array", "object", "null"))

    def judge(value: object) -> bool:
        return isinstance(value, plain) or any(_is_of_type(value, name) for name in names)

    return judge


def _is_of_type(value: object, name: str) -> bool:
    if isinstance(value, bool):
        return name == "boolean"
    if isinstance(value, float) and name == "integer":
        return value.is_integer()
    return isinstance(value, _TYPES[name])


def _enum(schema: Schema) -> Judge:
    items = schema["enum"]
    texts = frozenset(item for item in items if isinstance(item, str))

    def judge(value: object) -> bool:
        if isinstance(value, str):
            return value in texts
        return any(value == item and isinstance(value, bool) == isinstance(item, bool) for item in items)

    return judge


def _pattern(schema: Schema) -> Judge:
    has_shape = _SHAPES.get(schema["pattern"])
    if has_shape is not None:
        return lambda value: not isinstance(value, str) or has_shape(value)
    import re

    search = re.compile(schema["pattern"]).search
    return lambda value: not isinstance(value, str) or (search(value) is not None and value[-1:] != "\n")


def _properties(schema: Schema) -> Judge:
    judges = {key: _judge_of(part) for key, part in schema["properties"].items()}

    def judge(value: object) -> bool:
        if not isinstance(value, dict):
            return True
        for key, item in value.items():
            part = judges.get(key)
            if part is not None and not part(item):
                return False
        return True

    return judge


def _additional(schema: Schema) -> Judge:
    known = frozenset(schema.get("properties", ()))
    rule = schema["additionalProperties"]
    if rule is False:
        return lambda value: not isinstance(value, dict) or known.issuperset(value)
    judge = _judge_of(rule)
    return lambda value: not isinstance(value, dict) or all(judge(value[key]) for key in value if key not in known)


def _unique(schema: Schema) -> Judge:  # noqa: ARG001 - the schemas only ever ask for it
    def judge(value: object) -> bool:
        if not isinstance(value, list) or not value:
            return True
        # Anything but texts is a fault of `items` already, or jsonschema's business.
        return all(isinstance(item, str) for item in value) and len(set(value)) == len(value)

    return judge


def _if(schema: Schema) -> Judge:
    condition, then = _judge_of(schema["if"]), _judge_of(schema["then"])
    return lambda value: not condition(value) or then(value)


def _at_least(keyword: str, kind: type[Sized]) -> Callable[[Schema], Judge]:
    def make(schema: Schema) -> Judge:
        least: int = schema[keyword]
        return lambda value: not isinstance(value, kind) or len(value) >= least

    return make


def _at_most(keyword: str, kind: type[Sized]) -> Callable[[Schema], Judge]:
    def make(schema: Schema) -> Judge:
        most: int = schema[keyword]
        return lambda value: not isinstance(value, kind) or len(value) <= most

    return make


def _minimum(schema: Schema) -> Judge:
    least = schema["minimum"]
    return lambda value: isinstance(value, bool) or not isinstance(value, (int, float)) or value >= least


def _required(schema: Schema) -> Judge:
    keys = frozenset(schema["required"])
    return lambda value: not isinstance(value, dict) or keys <= value.keys()


def _items(schema: Schema) -> Judge:
    judge = _judge_of(schema["items"])
    return lambda value: not isinstance(value, list) or all(map(judge, value))


def _property_names(schema: Schema) -> Judge:
    judge = _judge_of(schema["propertyNames"])
    return lambda value: not isinstance(value, dict) or all(map(judge, value))


def _all_of(schema: Schema) -> Judge:
    judges = [_judge_of(part) for part in schema["allOf"]]
    return lambda value: all(judge(value) for judge in judges)


# The patterns of a flag's fields, judged without ``re``.
_SHAPES: dict[str, Callable[[str], bool]] = {
    f"^{ids.PATTERN}$": ids.is_flag_id,
    f"^{handles.PATTERN}$": handles.has_shape,
    f"^{times.PATTERN}$": times.has_shape,
}
_TYPES: dict[str, Any] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": (int, float),
    "null": type(None),
    "boolean": bool,
}
_WORDS = {
    "object": "keys with values",
    "array": "a list",
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "null": "nothing",
    "boolean": "true or false",
}
_IGNORED = frozenset({"$schema", "$id", "title", "description", "default", "then", "examples"})
_KEYWORDS: dict[str, Callable[[Schema], Judge]] = {
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
