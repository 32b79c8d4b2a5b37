"""The questions of ``init`` on a terminal, each with a default; what stands already is not asked about."""

from __future__ import annotations

import os

from flaggit.commands.setup.clients import NAMES
from flaggit.core.errors import InvalidError, StoppedError
from flaggit.core.handles import parse_handle
from flaggit.core.record import record
from flaggit.core.text import visible
from flaggit.output.asking import ask, confirm, say

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    from flaggit.commands.setup.detecting import Detected

    T = TypeVar("T")

_NOBODY = "none"
_WAYS = {
    "stubs": "by git's own hooks, beside others",
    "hooks-path": "by the hooks in core.hooksPath",
}
_EVERYBODY = "agents-md"  # what most programs read, where none is seen


@record
class Choices:
    """What ``init`` is to do beside the store itself.

    Attributes:
        sources: Files and folders whose agents go into the catalog.
        agents: Further agents, each with the paths that are its own.
        hooks: Put git's hooks in.
        drivers: Set up this clone's diff and merge drivers.
        clients: Programs that are told about flags.
        agent: Who works in this worktree; empty: nobody is named.
    """

    sources: tuple[str, ...] = ()
    agents: tuple[tuple[str, tuple[str, ...]], ...] = ()
    hooks: bool = False
    drivers: bool = False
    clients: tuple[str, ...] = ()
    agent: str = ""


def converse(found: Detected, clients: tuple[str, ...], root: str) -> Choices:
    """Return what the person wants.

    Args:
        found: What the repository has.
        clients: Programs that were named already; that question is left out then.
        root: The worktree's root.

    Raises:
        StoppedError: ``interrupted``: Ctrl-C or Ctrl-D.
    """
    if found.has_agents and found.set_up and found.agent and not found.hooks and not found.drivers:
        return Choices(clients=clients)
    say(f"Setting flaggit up in {visible(os.path.basename(root))}.")
    say("Enter takes what stands in brackets; nothing is written before the last answer.")
    try:
        sources, agents = _ask_agents(found)
        hooks = bool(found.hooks) and _ask_hooks(found)
        drivers = bool(found.drivers) and _ask_drivers()
        named = clients or (() if found.set_up else _ask_clients(found))
        agent = "" if found.agent else _ask_identity([handle for handle, _ in agents])
    except (KeyboardInterrupt, StoppedError):
        raise StoppedError("interrupted", "Stopped from the keyboard; nothing was written.") from None
    say("")
    return Choices(sources, agents, hooks, drivers, named, agent)


def _ask_agents(found: Detected) -> tuple[tuple[str, ...], tuple[tuple[str, tuple[str, ...]], ...]]:
    """Return the sources to import, or the agents that the person named with their paths."""
    if found.has_agents:
        return (), ()
    if found.sources:
        say(f"\nAgents: {', '.join(source.words for source in found.sources)}.")
        if confirm("  Put them into the catalog?", default=True):
            return tuple(source.path for source in found.sources), ()
    say("\nAgents: who works here, and on which paths? Each one's paths follow its handle:")
    say("  @backend.api /src/api/ @frontend.web /src/web/")
    return (), _ask_until("  Agents", _NOBODY, parse_agents)


def parse_agents(text: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return handles with the paths that follow each. Raises InvalidError ``bad_handle`` or ``usage``."""
    agents: dict[str, list[str]] = {}
    last = ""
    for word in text.replace(",", " ").split():
        if word.startswith("@") or ("/" not in word and "*" not in word):
            last = parse_handle(word)
            agents.setdefault(last, [])
        elif not last:
            raise InvalidError("usage", f"{word} is a path, and no agent stands before it.")
        else:
            agents[last].append(word)
    return tuple((handle, tuple(paths)) for handle, paths in agents.items())


def _ask_hooks(found: Detected) -> bool:
    way = _WAYS.get(found.manager.mode, f"through {found.manager.mode}, in its own files")
    say(f"\nHooks: flags are checked at every commit, {way}.")
    return confirm("  Put them in?", default=True)


def _ask_drivers() -> bool:
    say(
        "\nDiffs and merges: `git diff` shows flags as prose, and git merges them field by field."
        " Two sections of this clone's git config say so."
    )
    return confirm("  Set that up?", default=True)


def _ask_clients(found: Detected) -> tuple[str, ...]:
    say("\nPrograms that agents run in are told about flags in their own files.")
    say(f"  There are {', '.join(NAMES)}.")
    return _ask_until("  Which?", " ".join(found.clients) or _EVERYBODY, parse_clients)


def parse_clients(text: str) -> tuple[str, ...]:
    """Return names of programs. Raises InvalidError ``usage`` for one that there is not."""
    names = tuple(dict.fromkeys(text.lower().replace(",", " ").split()))
    wrong = [name for name in names if name not in NAMES]
    if wrong:
        raise InvalidError("usage", f"There is no {visible(wrong[0])} among them.")
    return names


def _ask_identity(named: list[str]) -> str:
    say("\nYou: which agent works in this worktree? A person needs no name.")
    default = named[0] if len(named) == 1 else _NOBODY
    return _ask_until("  Agent", default, lambda text: parse_handle(text) if text else "")


def _ask_until(question: str, default: str, parse: Callable[[str], T]) -> T:
    """Ask until the answer can be parsed; ``none`` is the empty answer."""
    while True:
        answer = ask(question, default)
        try:
            return parse("") if answer.lower() == _NOBODY else parse(answer)
        except InvalidError as error:
            say(f"  {visible(error.message)} {visible(error.hint)}".rstrip())
