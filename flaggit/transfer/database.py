"""The older system's SQLite file, read from a copy: neither it nor anything beside it is touched."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile

from flaggit.core.errors import InvalidError, NotFoundError, UnavailableError
from flaggit.core.record import record
from flaggit.transfer.exports import APPLICATION_ID

_TABLE = "flags"
# What a writer has not yet moved into the file, or has to be taken back out of it because it was not finished.
_COMPANIONS = ("-wal", "-journal")


@record
class Database:
    """The rows of the table ``flags``, column -> value, and how many rows every other table has."""

    rows: list[dict[str, object]]
    others: dict[str, int]


def read_database(path: str) -> Database:
    """Return what is in the older system's file.

    Raises:
        NotFoundError: ``unknown_file``.
        UnavailableError: ``unreadable``, where it is no database.
        InvalidError: ``unmappable``, where it has no such table; ``usage`` for an export of flaggit's own.
    """
    if not os.path.isfile(path):
        raise NotFoundError("unknown_file", f"There is no file {path}.")
    try:
        with tempfile.TemporaryDirectory(prefix="flaggit-") as folder:
            copy = os.path.join(folder, "database")
            shutil.copyfile(path, copy)
            for suffix in _COMPANIONS:
                if os.path.isfile(path + suffix):
                    shutil.copyfile(path + suffix, copy + suffix)
            return _read(copy, path)
    except OSError as error:
        raise UnavailableError("unreadable", f"{path} cannot be read: {error.strerror}.") from None
    except (sqlite3.Error, ValueError) as error:
        raise UnavailableError("unreadable", f"{path} cannot be read as a SQLite database: {error}.") from None


def _read(copy: str, path: str) -> Database:
    connection = sqlite3.connect(copy)
    try:
        connection.text_factory = _decode
        connection.execute("PRAGMA trusted_schema = OFF")
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        if application == APPLICATION_ID:
            raise InvalidError(
                "usage",
                f"{path} is an export of flaggit's own.",
                hint="`flaggit export jsonl` writes what `flaggit import jsonl` reads back without a loss.",
            )
        found = connection.execute(
            "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (_TABLE,)
        ).fetchone()
        if found is None:
            raise InvalidError("unmappable", f"{path} has no table {_TABLE}, so it is not the older system's database.")
        connection.execute("PRAGMA query_only = ON")
        cursor = connection.execute("SELECT * FROM flags")
        names = [entry[0] for entry in cursor.description]
        rows = [dict(zip(names, values, strict=True)) for values in cursor]
        return Database(rows, _count_others(connection))
    finally:
        connection.close()


def _count_others(connection: sqlite3.Connection) -> dict[str, int]:
    found = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall()
    names = [name for (name,) in found if name != _TABLE and not name.startswith("sqlite_")]
    counts = {}
    for name in names:
        quoted = name.replace('"', '""')
        (counts[name],) = connection.execute(f'SELECT count(*) FROM "{quoted}"').fetchone()  # noqa: S608 - quoted
    return {name: count for name, count in counts.items() if count}


def _decode(data: bytes) -> str:
    return data.decode("utf-8", "replace")
