"""What the shell offers while a line is typed: ids of flags and handles of agents that exist here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flaggit.errors import FlaggitError

if TYPE_CHECKING:
    from collections.abc import Callable

    from flaggit.commands.spec import Parameter
    from flaggit.session import Session

    Completer = Callable[[str], list[tuple[str, str]]]

_SHOWN = 60
_PLAIN = " .,-_/@"


def completer(parameter: Parameter) -> Completer | None:
    """Return the function that completes a parameter's value, or None where the shell's own way serves."""
    if parameter.choices:
        return lambda incomplete: [(choice, "") for choice in parameter.choices if choice.startswith(incomplete)]
    return {"flag": _complete_flag, "handle": _complete_handle}.get(parameter.complete)


def _complete_flag(incomplete: str) -> list[tuple[str, str]]:
    session = _session()
    rows = session.clone.rows() if session else []
    found = [row for row in rows if row.flag.id.startswith(incomplete.lower())]
    return [(row.flag.id, f"{row.flag.impact_level} {_plain(row.flag.change_description)}") for row in found]


def _complete_handle(incomplete: str) -> list[tuple[str, str]]:
    session = _session()
    if session is None:
        return []
    wanted = incomplete if incomplete.startswith("@") else "@" + incomplete
    agents = session.catalog.agents
    return [(name, _plain(agents[name].description)) for name in sorted(agents) if name.startswith(wanted)]


def _plain(text: str) -> str:
    """Return the beginning of a flag's or agent's text without a character that means anything to a shell.

    zsh evaluates what completion prints, twice, and Typer escapes no backslash: ``\\$(...)`` in a flag would run.
    """
    return " ".join("".join(char if char.isalnum() or char in _PLAIN else " " for char in text).split())[:_SHOWN]


def _session() -> Session | None:
    from flaggit.repo import find_repo
    from flaggit.session import Session

    try:
        return Session(find_repo())
    except FlaggitError:
        return None
