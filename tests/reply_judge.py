"""Holds real answers of ``--json`` to their published schemas, and to no key that these do not name."""

from __future__ import annotations

import functools
import json
from typing import Any

from jsonschema import Draft7Validator

from flaggit.commands.setup.actions import find_reply, load_replies

_MOST = 100_000  # characters; judging thousands of rows alike tells nothing new


def judge(text: str) -> list[str]:
    """Return what is wrong with an answer, if it is one in an envelope or an error; older shapes are not judged."""
    if not text.startswith(('{"schema": "flaggit.', '{"error": ')) or len(text) > _MOST:
        return []
    answer = json.loads(text)
    errors = _validator(answer.get("schema", "")).iter_errors(answer)
    return [f"{error.json_path}: {error.message[:300]}" for error in errors]


@functools.cache
def _validator(name: str) -> Draft7Validator:
    whole = load_replies()
    if not name:
        return Draft7Validator({"$ref": "#/definitions/error", "definitions": whole["definitions"]})
    schema = find_reply(name)
    assert schema is not None, f"{name} has no published schema"
    definitions = schema["definitions"]
    return Draft7Validator(_close(schema, definitions))


def _close(part: Any, definitions: dict[str, Any]) -> Any:
    """Return a schema that takes no keys but those it names, unless it says that there are more."""
    if isinstance(part, list):
        return [_close(item, definitions) for item in part]
    if not isinstance(part, dict):
        return part
    if "allOf" in part:
        part = _merge(part, definitions)
    closed = {key: _close(item, definitions) for key, item in part.items()}
    if "required" in closed and "properties" in closed:
        closed.setdefault("additionalProperties", False)
    return closed


def _merge(part: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    """Return one object in place of the several that ``allOf`` puts together."""
    if "$ref" in part:
        part = definitions[part["$ref"].rpartition("/")[2]]
    if "allOf" not in part:
        return part
    parts = [_merge(item, definitions) for item in part["allOf"]]
    properties = {key: item for one in parts for key, item in one["properties"].items()}
    return {"type": "object", "required": [key for one in parts for key in one["required"]], "properties": properties}
