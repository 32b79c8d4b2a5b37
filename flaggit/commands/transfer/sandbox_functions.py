"""SQL functions for the sandbox in place of SQLite's own: each looks at the clock first, and none takes long.

SQLite cannot be stopped inside a function, nor between the terms of a row. Where its own cost grows
with the product of two lengths, a linear function stands in; the others that take milliseconds for
a long text are asked through a second connection.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

    Value = None | int | float | str
    Function = Callable[..., Value]

MAX_LENGTH = 128 * 1024  # of any one value; a flag's file has at most half of that
_OWN = (("like", 2), ("like", 3), ("glob", 2), ("strftime", -1))


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
