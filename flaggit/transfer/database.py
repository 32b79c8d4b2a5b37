"""The older system's SQLite file, read from a copy: neither it nor anything beside it is touched.

Its schema is another's and is not trusted. What the schema computes (indexes over expressions, views, triggers,
virtual tables, generated columns) is never evaluated; an index that this SQLite refuses (the older system has one
over ``json_extract``) is passed over as the ``writable_schema`` pragma has it, instead of refusing the whole file.
Source: https://sqlite.org/security.html and https://sqlite.org/pragma.html#pragma_writable_schema.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import tempfile
import time

from flaggit.core.errors import InvalidError, NotFoundError, UnavailableError
from flaggit.core.limits import DATABASE, DATABASE_CELL, DATABASE_COLUMNS, DATABASE_ROWS, DATABASE_SECONDS
from flaggit.core.record import record
from flaggit.transfer.exports import APPLICATION_ID

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    Cells = dict[str, object]

_FLAGS, _AGENTS = "flags", "agents_catalog"
# What a writer has not yet moved into the file, or has to be taken back out of it because it was not finished.
_COMPANIONS = ("-wal", "-journal")
_STEPS = 100_000  # of SQLite's machine between two looks at the clock
_ORDINARY = "type = 'table' AND sql IS NOT NULL AND upper(sql) NOT LIKE 'CREATE VIRTUAL%'"
_FUNCTIONS = frozenset({"count", "like", "upper"})


@record
class Database:
    """The rows of the tables of flags and of agents, column -> value, and how many rows every other table has."""

    rows: list[Cells]
    agents: list[Cells]
    others: dict[str, int]


def read_database(path: str) -> Database:
    """Read the older system's file.

    Raises:
        NotFoundError: ``unknown_file``.
        UnavailableError: ``unreadable``, where it is no database, or larger or slower than any of its kind.
        InvalidError: ``unmappable``, where it has no table of flags or agents; ``usage`` for flaggit's own export.
    """
    if not os.path.isfile(path):
        raise NotFoundError("unknown_file", f"There is no file {path}.")
    try:
        names = [path, *(path + suffix for suffix in _COMPANIONS if os.path.isfile(path + suffix))]
        if sum(map(os.path.getsize, names)) > DATABASE:
            raise UnavailableError(
                "unreadable",
                f"{path} is larger than {DATABASE:,} bytes.",
                hint="Export what counts into a smaller file.",
            )
        with tempfile.TemporaryDirectory(prefix="flaggit-") as folder:
            copy = os.path.join(folder, "database")
            for name in names:
                shutil.copyfile(name, copy + name.removeprefix(path))
            with _open(copy) as connection:
                return _read(connection, path)
    except OSError as error:
        raise UnavailableError("unreadable", f"{path} cannot be read: {error.strerror}.") from None
    except (sqlite3.Error, ValueError, OverflowError, MemoryError) as error:
        raise UnavailableError("unreadable", f"{path} cannot be read as a SQLite database: {error}.") from None


@contextlib.contextmanager
def _open(copy: str) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(copy, isolation_level=None)
    try:
        connection.text_factory = lambda data: data.decode("utf-8", "replace")
        for pragma in ("trusted_schema = OFF", "writable_schema = ON", "query_only = ON", "cell_size_check = ON"):
            connection.execute(f"PRAGMA {pragma}")
        for limit, value in (
            (sqlite3.SQLITE_LIMIT_LENGTH, DATABASE_CELL),
            (sqlite3.SQLITE_LIMIT_COLUMN, DATABASE_COLUMNS),
            (sqlite3.SQLITE_LIMIT_ATTACHED, 0),
        ):
            connection.setlimit(limit, value)
        connection.set_authorizer(_authorize)
        deadline = time.monotonic() + DATABASE_SECONDS
        connection.set_progress_handler(lambda: time.monotonic() > deadline, _STEPS)
        yield connection
    finally:
        connection.close()


def _authorize(action: int, first: str | None, second: str | None, _database: str | None, _source: str | None) -> int:
    """Allow reading tables and describing them, and no function that a schema could call."""
    reads = action in (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ)
    describes = action == sqlite3.SQLITE_PRAGMA and first in ("table_xinfo", "application_id")
    counts = action == sqlite3.SQLITE_FUNCTION and second in _FUNCTIONS
    return sqlite3.SQLITE_OK if reads or describes or counts else sqlite3.SQLITE_DENY


def _read(connection: sqlite3.Connection, path: str) -> Database:
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    if application == APPLICATION_ID:
        raise InvalidError(
            "usage",
            f"{path} is an export of flaggit's own.",
            hint="`flaggit export jsonl` writes what `flaggit import jsonl FILE` reads back without a loss.",
        )
    found = connection.execute(f"SELECT name FROM sqlite_master WHERE {_ORDINARY} ORDER BY name")  # noqa: S608 - ours
    tables = [name for (name,) in found.fetchall()]
    if _FLAGS not in tables and _AGENTS not in tables:
        text = f"{path} has no table {_FLAGS} or {_AGENTS}, so it is not the older system's database."
        raise InvalidError("unmappable", text)
    kept = (_FLAGS, _AGENTS)
    others = {name: _count(connection, name) for name in tables if name not in kept and not name.startswith("sqlite_")}
    rows, agents = (_rows(connection, name) if name in tables else [] for name in kept)
    return Database(rows, agents, {name: count for name, count in others.items() if count})


def _rows(connection: sqlite3.Connection, table: str) -> list[Cells]:
    """Return a table's rows without the columns that its schema computes."""
    columns = [name for _, name, *_, hidden in connection.execute(f"PRAGMA table_xinfo({table})") if not hidden]
    asked = ", ".join(map(_quote, columns))
    cursor = connection.execute(f"SELECT {asked} FROM {table} LIMIT {DATABASE_ROWS + 1}")  # noqa: S608 - quoted
    rows = [dict(zip(columns, values, strict=True)) for values in cursor]
    if len(rows) > DATABASE_ROWS:
        raise ValueError(f"the table {table} has more than {DATABASE_ROWS:,} rows")
    return rows


def _count(connection: sqlite3.Connection, table: str) -> int:
    (count,) = connection.execute(f"SELECT count(*) FROM {_quote(table)}").fetchone()  # noqa: S608 - quoted
    return int(count)


def _quote(name: str) -> str:
    quoted = name.replace('"', '""')
    return f'"{quoted}"'
