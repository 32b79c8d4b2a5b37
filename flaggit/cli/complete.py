"""What the shell offers while a line is typed: ids of flags and handles of agents that exist here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flaggit.core.errors import FlaggitError
from flaggit.core.text import whole_number

if TYPE_CHECKING:
    from collections.abc import Callable, MutableMapping, Sequence

    from flaggit.clone.session import Session
    from flaggit.commands.spec import Parameter

    Completer = Callable[[str], list[tuple[str, str]]]  # Typer evaluates the annotations of each

_SHOWN = 60
_PLAIN = " .,-_/@"


def completer(parameter: Parameter) -> Completer | None:
    """Return the function that completes a parameter's value, or None where the shell's own way serves."""
    fixed = parameter.allowed() or parameter.offers
    if fixed:
        return lambda incomplete: [(choice, "") for choice in fixed if choice.startswith(incomplete)]
    if parameter.complete == "flag" and not parameter.flags and parameter.kind == "texts":
        return _complete_flags_or_handle
    return {
        "flag": _complete_flag,
        "completed": _complete_completed,
        "handle": _complete_handle,
        "schema": _complete_schema,
    }.get(parameter.complete)


def rejoin_handles(environ: MutableMapping[str, str]) -> None:
    """Take the ``@`` that bash cuts off a handle, and the ``=`` before it, out of the line to be completed.

    bash ends a word at every ``@`` and ``=`` (COMP_WORDBREAKS): of ``--to=@front`` it completes ``front`` and leaves
    ``=@`` before it alone. The handles are offered without their ``@`` then, see ``_complete_handle``.
    """
    words = environ.get("COMP_WORDS", "").split("\n")
    current = environ.get("COMP_CWORD", "")
    position = whole_number(current)
    if len(words) == 1 or position is None or position < 0:
        return
    place = min(position, len(words) - 1)
    if words[place] == "=@":
        words[place] = "@"
    kept = [index for index in range(len(words)) if index >= position or not _is_cut_off(words, index)]
    environ["COMP_WORDS"] = "\n".join(words[index] for index in kept)
    environ["COMP_CWORD"] = str(sum(index < position for index in kept))


def _is_cut_off(words: Sequence[str], index: int) -> bool:
    return words[index] == "@" or (words[index] in ("=", "=@") and words[index - 1].startswith("--"))


def _complete_flag(incomplete: str) -> list[tuple[str, str]]:
    return _flags(incomplete, "all" if incomplete else "pending")


def _complete_completed(incomplete: str) -> list[tuple[str, str]]:
    return _flags(incomplete, "completed")


def _complete_flags_or_handle(incomplete: str) -> list[tuple[str, str]]:
    """Offer what may stand where several ids do: ids, and once something is typed, the agent behind them."""
    return _complete_flag(incomplete) + (_complete_handle(incomplete) if incomplete else [])


def _flags(incomplete: str, status: str) -> list[tuple[str, str]]:
    session = _session()
    rows = session.clone.rows(status=status) if session else []
    found = [row for row in rows if row.flag.id.startswith(incomplete.lower())]
    return [(row.flag.id, f"{row.flag.impact_level} {_plain(row.flag.change_description)}") for row in found]


def _complete_handle(incomplete: str) -> list[tuple[str, str]]:
    session = _session()
    if session is None:
        return []
    agents = session.catalog.agents
    # Without its @ a handle is one, too; what is offered has to begin with what is typed.
    names = {name if incomplete.startswith("@") or not incomplete else name[1:]: name for name in sorted(agents)}
    return [(shown, _plain(agents[name].description)) for shown, name in names.items() if shown.startswith(incomplete)]


def _complete_schema(incomplete: str) -> list[tuple[str, str]]:
    from flaggit.commands.setup.actions import schema_names

    return [(name, "") for name in schema_names() if name.startswith(incomplete)]


def _plain(text: str) -> str:
    """Return the beginning of a flag's or agent's text without a character that means anything to a shell.

    zsh evaluates what completion prints, twice, and Typer escapes no backslash: ``\\$(...)`` in a flag would run.
    """
    return " ".join("".join(char if char.isalnum() or char in _PLAIN else " " for char in text).split())[:_SHOWN]


def _session() -> Session | None:
    from flaggit.clone.session import Session
    from flaggit.git.repo import find_repo

    try:
        return Session(find_repo())
    except FlaggitError:
        return None
