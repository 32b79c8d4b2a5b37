"""The published schema of what commands answer with ``--json``, whole or for one command."""

from __future__ import annotations

from flaggit.documents.resources import REPLIES, read_schema

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Schema = dict[str, Any]

_DEFINITIONS = "#/definitions/"


_LINES = {"flaggit.events/1": "event"}  # what answers line by line, without an envelope -> the schema of a line


def load_replies() -> Schema:
    """Return the schema that judges every reply and every error."""
    import json

    schema: Schema = json.loads(read_schema(REPLIES))
    return schema


def find_reply(name: str) -> Schema | None:
    """Return the schema of one command's replies by what stands under their ``schema``: ``flaggit.inbox/2``.

    It has no definitions but those that it uses.
    """
    whole = load_replies()
    if name in _LINES:
        line = whole["definitions"][_LINES[name]]
        return {"$schema": whole["$schema"], "title": name, **line, "definitions": whole["definitions"]}
    reply = whole["definitions"].pop("reply")
    for case in reply.pop("allOf"):
        if case["if"]["properties"]["schema"] == {"const": name}:
            properties = {**reply["properties"], "schema": {"const": name}, **case["then"]["properties"]}
            head = {"$schema": whole["$schema"], "title": name}
            schema = {**head, **reply, **case["then"], "properties": properties}
            return {**schema, "definitions": _find_used(schema, whole["definitions"])}
    return None


def _find_used(part: Any, definitions: Schema) -> Schema:
    """Return the definitions that a part of a schema leads to, in their order."""
    used: set[str] = set()
    waiting = [part]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting += value
        elif isinstance(value, dict):
            waiting += value.values()
            name = str(value.get("$ref", "")).removeprefix(_DEFINITIONS)
            if name in definitions and name not in used:
                used.add(name)
                waiting.append(definitions[name])
    return {name: _shortened(definition) for name, definition in definitions.items() if name in used}


def _shortened(definition: Schema) -> Schema:
    """Return a definition without its own description where a pattern or a list of values says as much."""
    says_it = "pattern" in definition or "enum" in definition or "items" in definition
    return {key: value for key, value in definition.items() if key != "description"} if says_it else definition
