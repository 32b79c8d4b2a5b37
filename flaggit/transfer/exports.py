"""Everything in one file for other programs: JSON, JSON Lines, CSV, SQLite.

JSON Lines is the lossless one: a line for each file of the store, with its fields under their own
names, which ``import jsonl`` reads back. The others are for reading elsewhere.
"""

from __future__ import annotations

from flaggit.core.model import FLAG_FIELDS, FREE_FIELDS, completion_document, flag_document, note_document
from flaggit.transfer.seed_rows import AGENT_COLUMNS, PENDING, SEED_COLUMNS, agent_row, seed_row

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

    from flaggit.core.model import Agent, Note, Row
    from flaggit.transfer.contents import Contents

FORMATS = ("json", "jsonl", "csv", "sqlite")
_BLOCK = 1024 * 1024  # bytes of a database that lie in memory together
# Marks the SQLite files that flaggit wrote: "flag" in ASCII (SQLite's PRAGMA application_id).
APPLICATION_ID = 0x666C6167
# What flags have beyond the older system's columns.
_FURTHER_FIELDS = tuple(name for name in FLAG_FIELDS if name not in SEED_COLUMNS and name != "schema")
_FURTHER_COLUMNS = ("resolution", "superseded_by", *_FURTHER_FIELDS, "path")
_NOTE_COLUMNS = ("flag_id", "author", "created_at", "text")
# Columns with text that anybody may have written, and what a spreadsheet takes for the start of a formula.
_FREE_TEXTS = frozenset(field.name for field in FREE_FIELDS)
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def format_lines(form: str, contents: Contents) -> Iterator[str]:
    """Yield the lines of an export in one of ``FORMATS`` that is text; a line of CSV may have newlines in it."""
    make = {"json": _json, "jsonl": _lines, "csv": _csv}[form]
    return make(contents)


def _json(contents: Contents) -> Iterator[str]:
    import json

    notes: dict[str, list[Note]] = {}
    for note in contents.notes:
        notes.setdefault(note.flag_id, []).append(note)
    held = ""
    for row in contents.rows:
        yield f"{held}," if held else "["
        document = json.dumps(_flag_json(row, notes.get(row.flag.id, [])), ensure_ascii=False, indent=2)
        held = "  " + document.replace("\n", "\n  ")
    yield from (held, "]") if held else ("[]",)


def _flag_json(row: Row, notes: list[Note]) -> dict[str, Any]:
    completion = row.completion
    return {
        **flag_document(row.flag),
        "status": row.status,
        "completed_by": completion.completed_by if completion else None,
        "completed_at": completion.completed_at if completion else None,
        "resolution": completion.resolution if completion else None,
        "superseded_by": completion.superseded_by if completion else None,
        "completion_notes": completion.notes if completion else None,
        "path": row.path,
        "discussion": [{"author": note.author, "created_at": note.created_at, "text": note.text} for note in notes],
    }


def _lines(contents: Contents) -> Iterator[str]:
    import json

    def documents() -> Iterator[dict[str, Any]]:
        yield from ({"kind": "flag", **flag_document(flag)} for flag in contents.flags)
        yield from ({"kind": "completion", **completion_document(one)} for one in contents.completions)
        yield from ({"kind": "note", "name": note.name, **note_document(note)} for note in contents.notes)

    return (json.dumps(document, ensure_ascii=False) for document in documents())


def _csv(contents: Contents) -> Iterator[str]:
    import csv

    written: list[str] = []
    end = "\r\n"  # what of it stands in a text has to be quoted, which csv does for the sake of this alone
    writer = csv.writer(_Writer(written.append), lineterminator=end)
    writer.writerow([*SEED_COLUMNS, *_FURTHER_COLUMNS])
    yield written.pop().removesuffix(end)
    for row in contents.rows:
        writer.writerow([_cell(name, value) for name, value in _wide_row(row).items()])
        yield written.pop().removesuffix(end)


class _Writer:
    """A file, as far as ``csv`` wants one: what is written goes to a function."""

    def __init__(self, write: Callable[[str], object]) -> None:
        self.write = write


def _cell(name: str, value: object) -> object:
    """Return a value as it goes into a cell: free text never starts a spreadsheet's formula."""
    if name in _FREE_TEXTS and isinstance(value, str) and value.startswith(_FORMULA_STARTS):
        return "'" + value
    return value


def _wide_row(row: Row) -> dict[str, str | int | None]:
    completion = row.completion
    return {
        **seed_row(row),
        "resolution": completion.resolution if completion else None,
        "superseded_by": completion.superseded_by if completion else None,
        **{name: getattr(row.flag, name) for name in _FURTHER_FIELDS},
        "path": row.path,
    }


def format_database(contents: Contents, agents: Iterable[Agent]) -> Iterator[bytes]:
    """Yield a database with the older system's tables and columns, and what is new beside them, block by block."""
    import os
    import sqlite3
    import tempfile

    columns = ", ".join(("id TEXT PRIMARY KEY", *SEED_COLUMNS[1:], *_FURTHER_COLUMNS))
    tables: tuple[tuple[str, str, Iterable[tuple[Any, ...]]], ...] = (
        ("flags", columns, (tuple(_wide_row(row).values()) for row in contents.rows)),
        ("notes", ", ".join(_NOTE_COLUMNS), [(n.flag_id, n.author, n.created_at, n.text) for n in contents.notes]),
        ("agents_catalog", ", ".join(AGENT_COLUMNS), [agent_row(agent) for agent in agents]),
    )
    with tempfile.TemporaryDirectory(prefix="flaggit-") as folder:
        path = os.path.join(folder, "database")
        connection = sqlite3.connect(path, isolation_level=None)
        try:
            connection.executescript(f"PRAGMA journal_mode = OFF; PRAGMA application_id = {APPLICATION_ID}")
            connection.execute("BEGIN")
            for name, declaration, rows in tables:
                connection.execute(f"CREATE TABLE {name} ({declaration})")
                marks = ", ".join("?" * (declaration.count(",") + 1))
                connection.executemany(f"INSERT INTO {name} VALUES ({marks})", rows)  # noqa: S608 - our own names
            connection.execute(f"CREATE VIEW pending_flags AS {PENDING}")
            connection.execute("COMMIT")
        finally:
            connection.close()
        with open(path, "rb") as file:
            while block := file.read(_BLOCK):
                yield block
