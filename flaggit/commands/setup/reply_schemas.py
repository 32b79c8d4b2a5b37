"""The published schema of what commands answer with ``--json``, whole or for one command."""

from __future__ import annotations

from flaggit.documents.resources import REPLIES, read_schema

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Schema = dict[str, Any]


def load_replies() -> Schema:
    """Return the schema that judges every reply and every error."""
    import json

    schema: Schema = json.loads(read_schema(REPLIES))
    return schema


def find_reply(name: str) -> Schema | None:
    """Return the schema of one command's replies by what stands under their ``schema``: ``flaggit.inbox/1``."""
    whole = load_replies()
    reply = whole["definitions"].pop("reply")
    for case in reply.pop("allOf"):
        if case["if"]["properties"]["schema"] == {"const": name}:
            properties = {**reply["properties"], "schema": {"const": name}, **case["then"]["properties"]}
            head = {"$schema": whole["$schema"], "title": name}
            return {**head, **reply, "properties": properties, "definitions": whole["definitions"]}
    return None
