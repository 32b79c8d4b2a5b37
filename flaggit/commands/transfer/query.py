"""The verb ``query``: one SELECT over the flags, in memory, bounded in time and space; nothing else gets through.

The statement may come from a prompt, so nothing about it is trusted: SQLite asks an authorizer
about every table, function and action and hears no unless it stands on a short list. SQLite looks
at the clock only where a statement jumps, so once for a row however many terms it has: functions
that may take long are replaced, and how much a row may cost else is limited. Where the cost of SQLite's own
grows with the product of two lengths, a linear one stands in; the others that take milliseconds for a
long text are asked through a second connection.
Source of the list of measures: sqlite.org/security.html.
"""

from __future__ import annotations

import sqlite3
import sys
import time
from contextlib import closing

from flaggit.clone.session import Reply
from flaggit.core.errors import InvalidError
from flaggit.core.record import record
from flaggit.core.text import visible
from flaggit.transfer.seed_rows import AGENT_COLUMNS, PENDING, SEED_COLUMNS, agent_row, seed_row

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import Any

    from flaggit.clone.session import Session

    Value = None | int | float | str
    Parameters = Sequence[Value] | Mapping[str, Value]
    Function = Callable[..., Value]

MAX_LENGTH = 128 * 1024  # of any one value; a flag's file has at most half of that
_OWN = (("like", 2), ("like", 3), ("glob", 2), ("strftime", -1))
# Of the processor's time, so that a machine with other work answers the same questions: for filling the tables and
# answering; answering gets its least share where filling takes long.
SECONDS = 0.4
_LEAST_SECONDS = 0.15
MAX_CELLS = 250_000
MAX_TEXT = 16 * 1024 * 1024
_STEPS = 50  # SQLite instructions between two looks at the clock, at least
_BATCH = 200
_HEAP = 32 * 1024 * 1024
_LIMITS = {
    sqlite3.SQLITE_LIMIT_LENGTH: MAX_LENGTH,
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: 10_000,
    sqlite3.SQLITE_LIMIT_COLUMN: 200,
    sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 50,
    sqlite3.SQLITE_LIMIT_COMPOUND_SELECT: 10,
    sqlite3.SQLITE_LIMIT_VDBE_OP: 5_000,  # all of them may stand between two looks; 0.2 ms for a long text's
    sqlite3.SQLITE_LIMIT_FUNCTION_ARG: 8,
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
    sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH: 250,
    sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER: 100,
    sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH: 1,
    sqlite3.SQLITE_LIMIT_WORKER_THREADS: 0,
}
_NAMES = (
    "abs avg coalesce count date datetime dense_rank glob group_concat ifnull iif instr julianday length like lower"
    " ltrim max min nullif rank replace round row_number rtrim strftime substr substring sum time total trim typeof"
    " unixepoch upper"
)
FUNCTIONS = frozenset(_NAMES.split())
_VIRTUAL_TABLES = ("pragma_", "json_", "sqlite_", "dbstat", "fts", "rtree", "bytecode", "tables_used", "generate_")
_OWN_TABLES = frozenset({"sqlite_master", "sqlite_schema"})  # tells a reader which columns there are


def replace_functions(connection: sqlite3.Connection, own: sqlite3.Connection, is_over: Callable[[], bool]) -> None:
    """Put the functions into a connection.

    Args:
        connection: Where they are to be used.
        own: Another one, for SQLite's own functions.
        is_over: Tells whether the time is up; every function fails then.
    """
    for name, arguments, function in _LINEAR:
        connection.create_function(name, arguments, _timed(function, is_over), deterministic=True)
    for name, arguments in _OWN:
        connection.create_function(name, arguments, _timed(_own_function(own, name), is_over))


def decode(data: bytes) -> str:
    """Return text of a database, whatever bytes it has."""
    return data.decode("utf-8", "replace")


def _timed(function: Function, is_over: Callable[[], bool]) -> Function:
    def timed(*values: Value) -> Value:
        if is_over():
            raise TimeoutError
        return function(*values)

    return timed


def _own_function(own: sqlite3.Connection, name: str) -> Function:
    def function(*values: Value) -> Value:
        marks = ", ".join("?" * len(values))
        value: Value
        (value,) = own.execute(f"SELECT {name}({marks})", values).fetchone()
        return value

    return function


def _text(value: object) -> str:
    return decode(value) if isinstance(value, bytes) else str(value)


def _instr(text: object, part: object) -> int | None:
    return None if text is None or part is None else _text(text).find(_text(part)) + 1


def _replace(text: object, old: object, new: object) -> str | None:
    if text is None or old is None or new is None:
        return None
    before, part, after = _text(text), _text(old), _text(new)
    if not part:
        return before
    if len(before) + before.count(part) * (len(after) - len(part)) > MAX_LENGTH:
        raise ValueError("string or blob too big")
    return before.replace(part, after)


def _stripped(*, left: bool, right: bool) -> Function:
    """Return a trim; Python's own strip looks through all characters again for each one that it takes."""

    def function(text: object, characters: object) -> str | None:
        if text is None or characters is None:
            return None
        whole, unwanted = _text(text), frozenset(_text(characters))
        begin, end = 0, len(whole)
        while left and begin < end and whole[begin] in unwanted:
            begin += 1
        while right and begin < end and whole[end - 1] in unwanted:
            end -= 1
        return whole[begin:end]

    return function


_LINEAR: tuple[tuple[str, int, Function], ...] = (
    ("instr", 2, _instr),
    ("replace", 3, _replace),
    ("trim", 2, _stripped(left=True, right=True)),
    ("ltrim", 2, _stripped(left=True, right=False)),
    ("rtrim", 2, _stripped(left=False, right=True)),
)


@record
class Table:
    """A table's columns and rows."""

    columns: tuple[str, ...]
    rows: Iterable[Sequence[Value]]


def run_select(
    sql: str, parameters: Parameters, tables: Mapping[str, Table], views: Mapping[str, str]
) -> list[dict[str, Value]]:
    """Return the rows of one SELECT (or WITH ... SELECT), a mapping each.

    Args:
        sql: The statement; untrusted.
        parameters: Values for its ``?`` or ``:name``.
        tables: Table by name.
        views: The SELECT behind each view by name; trusted.

    Raises:
        InvalidError: ``read_only`` for anything that is no single SELECT, ``sql_limit`` where it
            would take too long or too much, ``bad_sql`` for what SQLite refuses.
    """
    _require_select(sql)
    names = {*tables, *views, *_OWN_TABLES}
    empty = {name: Table(table.columns, ()) for name, table in tables.items()}
    with closing(sqlite3.connect(":memory:")) as own:
        with closing(
            _open(empty, views)
        ) as connection:  # what is refused anyway is not worth reading thousands of flags
            guard = _Guard(names, SECONDS)
            _restrict(connection, own, guard)
            _run(connection, "EXPLAIN " + sql, parameters, guard)
        begin = time.thread_time()
        with closing(_open(tables, views)) as connection:
            guard = _Guard(names, max(_LEAST_SECONDS, SECONDS - (time.thread_time() - begin)))
            _restrict(connection, own, guard)
            return _run(connection, sql, parameters, guard)


class _Guard:
    """Answers SQLite's questions, and remembers the first thing it refused and when time is up."""

    def __init__(self, tables: set[str], seconds: float) -> None:
        self._tables = tables
        self._end = time.thread_time() + seconds
        self.refused = ""
        self.refused_function = ""

    def authorize(self, action: int, first: str | None, second: str | None, *_: str | None) -> int:
        """Answer SQLite's authorizer; it asks while a statement is compiled too, which may take long by itself."""
        if self.is_over():
            return sqlite3.SQLITE_DENY
        if self._allows(action, first or "", second or ""):
            return sqlite3.SQLITE_OK
        if action == sqlite3.SQLITE_FUNCTION:
            self.refused_function = self.refused_function or (second or "")
        else:
            self.refused = self.refused or (first or "that")
        return sqlite3.SQLITE_DENY

    def is_over(self) -> bool:
        """Return whether the time is up (SQLite's progress handler: true stops the statement)."""
        return time.thread_time() > self._end

    def _allows(self, action: int, first: str, second: str) -> bool:
        if action == sqlite3.SQLITE_FUNCTION:
            return second.lower() in FUNCTIONS
        if action == sqlite3.SQLITE_READ:
            name = first.lower()
            # Without a column it may be a name that WITH made; SQLite's own virtual tables are no such names.
            return name in self._tables or (not second and not name.startswith(_VIRTUAL_TABLES))
        return action in (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_RECURSIVE)


def _require_select(sql: str) -> None:
    word = _first_word(sql)
    if word in ("select", "with"):
        return
    raise InvalidError(
        "read_only",
        f"Only one SELECT is answered, not {visible(word.upper()) or 'an empty statement'}.",
        hint="Flags change through create, lock, complete and edit, so that every step can be reviewed.",
    )


def _first_word(sql: str) -> str:
    """Return the first word of a statement in lower case, or the sign there, after blanks and comments."""
    rest = sql.lstrip()
    while rest.startswith(("--", "/*")):
        end = "\n" if rest.startswith("--") else "*/"
        rest = rest.partition(end)[2].lstrip()
    length = next((index for index, char in enumerate(rest) if not (char.isalnum() or char == "_")), len(rest))
    return rest[: length or 1][:20].lower()


def _open(tables: Mapping[str, Table], views: Mapping[str, str]) -> sqlite3.Connection:
    """Return a database with the tables. Their names and columns are flaggit's own, never the caller's."""
    connection = sqlite3.connect("", isolation_level=None)  # in memory while it is small, else in a file of no name
    connection.execute("BEGIN")
    for name, table in tables.items():
        connection.execute(f"CREATE TABLE {name} ({', '.join(table.columns)})")
        marks = ", ".join("?" for _ in table.columns)
        connection.executemany(f"INSERT INTO {name} VALUES ({marks})", table.rows)  # noqa: S608
    for name, select in views.items():
        connection.execute(f"CREATE VIEW {name} AS {select}")
    connection.execute("COMMIT")
    return connection


def _restrict(connection: sqlite3.Connection, own: sqlite3.Connection, guard: _Guard) -> None:
    replace_functions(connection, own, guard.is_over)
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    (size,) = connection.execute("PRAGMA page_size").fetchone()
    # In whole steps, since a process can lower this limit and never raise it again.
    heap = (pages * size * 5 // 4 // _HEAP + 2) * _HEAP
    for pragma in ("query_only=ON", "trusted_schema=OFF", "temp_store=MEMORY", f"hard_heap_limit={heap}"):
        connection.execute(f"PRAGMA {pragma}").fetchall()
    for category, limit in _LIMITS.items():
        connection.setlimit(category, limit)
        own.setlimit(category, limit)
    if sys.version_info >= (3, 12):
        connection.setconfig(sqlite3.SQLITE_DBCONFIG_DEFENSIVE, True)
    connection.text_factory = decode
    connection.set_authorizer(guard.authorize)
    connection.set_progress_handler(guard.is_over, _STEPS)


def _run(connection: sqlite3.Connection, sql: str, parameters: Parameters, guard: _Guard) -> list[dict[str, Value]]:
    try:
        cursor = connection.execute(sql, parameters)
        names = _unique([entry[0] for entry in cursor.description or ()])
        return _fetch(cursor, names, guard)
    except (sqlite3.Error, sqlite3.Warning, ValueError, OverflowError, MemoryError) as error:
        raise _refusal(error, guard) from None


def _fetch(cursor: sqlite3.Cursor, names: list[str], guard: _Guard) -> list[dict[str, Value]]:
    rows: list[dict[str, Value]] = []
    room = MAX_TEXT
    while batch := cursor.fetchmany(_BATCH):
        for found in batch:
            row = {name: _plain(value) for name, value in zip(names, found, strict=True)}
            room -= sum(len(value) for value in row.values() if isinstance(value, str))
            rows.append(row)
        if room < 0 or len(rows) * len(names) > MAX_CELLS:
            raise _limit("finds more than is answered at once", "Ask for fewer columns, or add LIMIT and OFFSET.")
        if guard.is_over():
            raise _too_long()
    return rows


def _refusal(error: Exception, guard: _Guard) -> InvalidError:
    text = str(error)
    if guard.is_over():
        return _too_long()
    if guard.refused_function and "not authorized" in text:
        return InvalidError(
            "bad_sql",
            f"The function {guard.refused_function} is not available.",
            hint=f"These are: {_list_functions()}.",
        )
    if guard.refused or "one statement at a time" in text:
        what = f"it reaches for {guard.refused}" if guard.refused else "there are several statements"
        return InvalidError(
            "read_only", f"Only one SELECT over the given tables is answered; {what}.", hint=_TABLES_HINT
        )
    if isinstance(error, (MemoryError, sqlite3.DataError)) or any(words in text for words in _TOO_MUCH):
        text = "a function's result is too long" if "raised exception" in text else text
        return _limit(f"needs more than is allowed: {text or 'memory'}", "Ask for less.")
    return InvalidError("bad_sql", f"SQLite refused the statement: {text}.", hint=_TABLES_HINT)


# How SQLite says that a limit is reached; the last of them is a replaced function's refusal.
_TOO_MUCH = ("too big", "too many", "tree is too large", "string is too large", "stack overflow", "raised exception")
_TABLES_HINT = '`flaggit query "SELECT name, sql FROM sqlite_master"` shows the tables and their columns.'


def _too_long() -> InvalidError:
    return _limit("takes too long", "Narrow it down.")


def _limit(what: str, hint: str) -> InvalidError:
    return InvalidError("sql_limit", f"The statement {what}.", hint=hint)


def _list_functions() -> str:
    return ", ".join(sorted(FUNCTIONS))


def _unique(names: list[str]) -> list[str]:
    """Return column names of which no two are the same: ``id``, ``id:1``."""
    found: dict[str, None] = {}
    for name in names:
        unique, number = name, 0
        while unique in found:
            number += 1
            unique = f"{name}:{number}"
        found[unique] = None
    return list(found)


def _plain(value: Value | bytes) -> Value:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, float) and value in (float("inf"), float("-inf")):
        return str(value)
    return value


def query(session: Session, *, sql: str, parameters: str | None = None) -> Reply[list[dict[str, Any]]]:
    """Return the rows that one SELECT finds in ``agents_catalog``, ``flags`` and ``pending_flags``.

    Only the tables that the statement mentions are filled.

    Args:
        session: The call.
        sql: The statement.
        parameters: A JSON array for its ``?``, or an object for its ``:name``.

    Raises:
        InvalidError: ``read_only``, ``bad_sql``, ``sql_limit`` or ``bad_json``.
    """
    values = _parse_parameters(parameters)
    wanted = sql.lower()
    agents = _agent_rows(session) if "agents_catalog" in wanted else ()
    flags = _flag_rows(session) if "flags" in wanted else ()  # read once the statement is known to be allowed
    tables = {"agents_catalog": Table(AGENT_COLUMNS, agents), "flags": Table(SEED_COLUMNS, flags)}
    found = run_select(sql, values, tables, {"pending_flags": PENDING})
    return Reply(found, warnings=session.clone.problems)


def _parse_parameters(text: str | None) -> Parameters:
    if text is None:
        return ()
    import json

    values: Any
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        values = None
    given = values.values() if isinstance(values, dict) else values if isinstance(values, list) else None
    if given is None or not all(value is None or isinstance(value, (str, int, float)) for value in given):
        raise InvalidError(
            "bad_json",
            "The parameters are not a JSON array or object of plain values.",
            hint="""flaggit query "SELECT id FROM flags WHERE target_agent = ?" '["@backend.api"]'""",
        )
    checked: Parameters = values
    return checked


def _flag_rows(session: Session) -> Iterator[Sequence[Value]]:
    for row in session.clone.scan(status="all"):
        yield tuple(seed_row(row).values())


def _agent_rows(session: Session) -> Iterator[Sequence[Value]]:
    agents = session.catalog.agents
    return (agent_row(agents[name]) for name in sorted(agents))
