"""Rows of the older system's catalog of agents as entries of this one."""

from __future__ import annotations

from flaggit.core.handles import is_handle
from flaggit.core.text import forbidden_characters, tidy
from flaggit.transfer.planned import Origin, UnmappableError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from flaggit.catalog.catalog import Catalog
    from flaggit.core.model import Problem
    from flaggit.transfer.planned import Handles

    Cells = Mapping[str, object]

# the catalog's field -> the older columns that give it, in the order in which they count
_LISTS = {
    "capabilities": ("capabilities",),
    "tags": ("tags", "routing_keywords"),
    "scenarios": ("scenarios",),
    "tech_stack": ("tech_stack",),
    "connections": ("connections",),
}
_RETIRED = ("deprecated", "retired", "inactive")
_MAX_ITEM, _MAX_ITEMS = 1000, 500


def map_agents(
    rows: Sequence[Cells], catalog: Catalog, handles: Handles
) -> tuple[dict[str, dict[str, Any]], list[Problem]]:
    """Return handle -> fields of the agents that the catalog does not have yet, and what could not be kept.

    Args:
        rows: Column -> value.
        catalog: The catalog; agents that it has stay as they are.
        handles: Names of agents as handles, the flags' included.
    """
    handles.reserve(_text(row.get("name")) for row in rows)
    entries: dict[str, dict[str, Any]] = {}
    remarks: list[Problem] = []
    for row in rows:
        origin = Origin(f"agent {_text(row.get('name')) or '?'}")
        try:
            handle = handles.get(_text(row.get("name")), "name", origin)
        except UnmappableError as error:
            origin.remark(f"{error}, so it is left out", "name")
        else:
            if catalog.find(handle) is None:
                entries.setdefault(handle, _entry(row, handle))
        remarks += origin.remarks
    for entry in entries.values():
        known = [name for name in entry.pop("connections", ()) if name in entries or catalog.find(name)]
        entry.update({"connections": known} if known else {})
    return entries, remarks


def _entry(row: Cells, handle: str) -> dict[str, Any]:
    role = " ".join(_items(row.get("role")))
    module = _text(row.get("module"))
    fields: dict[str, Any] = {
        "description": _text(row.get("description")) or role,
        "module": module if module != handle.partition(".")[2] else "",
        "sub_module": _text(row.get("sub_module")),
        "role": role,
        "status": "retired" if _text(row.get("status")).lower() in _RETIRED else "",
    }
    for field, columns in _LISTS.items():
        items = [item for column in columns for item in _items(row.get(column))]
        fields[field] = list(dict.fromkeys(items))[:_MAX_ITEMS]
    names = (item.partition(" ")[0] for item in fields["connections"])  # "@backend.api [optional,seq:2]"
    fields["connections"] = [name for name in dict.fromkeys(names) if is_handle(name) and name != handle]
    return {key: value for key, value in fields.items() if value}


def _items(value: object) -> list[str]:
    """Return the texts of a column that holds a JSON list, or words with commas between them."""
    import json

    text = _text(value)
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = text.split(",") if text.count(",") > 1 else [text]
    if isinstance(found, dict):
        found = [f"{key}: {item}" for key, item in found.items()]
    items = [_text(item)[:_MAX_ITEM] for item in (found if isinstance(found, list) else [found])]
    return [item for item in items if item]


def _text(value: object) -> str:
    if value is None or isinstance(value, (list, dict, bool)):
        return ""
    text = tidy(value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value))
    for char in forbidden_characters(text):
        text = text.replace(char, "")
    return text
