"""What ``init`` finds in a repository that it can build on: agents, the manager of hooks, programs of agents."""

from __future__ import annotations

import os
from shutil import which

from flaggit.clone.identity import find_actor
from flaggit.commands.setup.clients import NAMES, setup
from flaggit.commands.setup.files import DRIVERS
from flaggit.core.errors import FlaggitError
from flaggit.core.record import record
from flaggit.core.text import counted
from flaggit.git.project_files import read_text
from flaggit.hooks.installing import find_missing
from flaggit.hooks.managers import find_manager
from flaggit.lifecycle.agents_import import FOLDERS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from flaggit.clone.session import Session
    from flaggit.hooks.managers import Manager

# Where forges look for it; the first counts.
_OWNERS = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS")
# What `flaggit setup` calls it -> files of the repository that only its users have, and the name of its program.
_SIGNS: dict[str, tuple[tuple[str, ...], str]] = {
    "claude": ((".claude", "CLAUDE.md"), "claude"),
    "codex": ((".codex",), "codex"),
    "gemini": ((".gemini", "GEMINI.md"), "gemini"),
    "copilot": ((".github/copilot-instructions.md", ".github/hooks"), "copilot"),
    "cursor": ((".cursor", ".cursorrules"), "cursor-agent"),
    "opencode": ((".opencode", "opencode.json", "opencode.jsonc"), "opencode"),
    "agents-md": (("AGENTS.md",), ""),
}


@record
class Source:
    """A file or folder (relative to the root) that names agents, and what it holds, in words."""

    path: str
    words: str


@record
class Detected:
    """What a repository and its clone have already, and what ``init`` could add.

    Attributes:
        has_agents: The catalog names agents.
        sources: Where agents are named that the catalog could take over; none where it has some.
        manager: Who manages git's hooks.
        hooks: Those in which flaggit does not run yet.
        drivers: The keys of git config that are not set yet.
        clients: Programs that agents run in here, as far as can be seen, and that are not told about flags yet.
        set_up: Those that are.
        agent: Who works in this worktree; empty where nothing says so.
    """

    has_agents: bool
    sources: tuple[Source, ...]
    manager: Manager
    hooks: tuple[str, ...]
    drivers: tuple[str, ...]
    clients: tuple[str, ...]
    set_up: tuple[str, ...]
    agent: str


def detect(session: Session) -> Detected:
    """Return what is here. Raises UnavailableError ``bare_repository``."""
    root = session.repo.get_root()
    has_agents = session.store.exists() and bool(session.catalog.agents)
    set_up = tuple(name for name in NAMES if _is_set_up(session, name))
    actor = find_actor(session.repo)
    return Detected(
        has_agents=has_agents,
        sources=() if has_agents else tuple(_find_sources(root)),
        manager=find_manager(session.repo),
        hooks=tuple(find_missing(session)),
        drivers=tuple(find_missing_drivers(session)),
        clients=tuple(name for name in find_clients(root) if name not in set_up),
        set_up=set_up,
        agent=actor.handle if actor else "",
    )


def find_missing_drivers(session: Session) -> list[str]:
    """Return the keys of our diff and merge drivers that git's configuration lacks."""
    known = session.repo.command("config", "--list", "--name-only", "-z").split("\0")
    return [key for key in DRIVERS if key not in known]


def _is_set_up(session: Session, name: str) -> bool:
    try:
        return setup(session, client=name, check=True).data.state == "current"
    except FlaggitError:  # a file of the program's own that is not understood
        return False


def _find_sources(root: str) -> Iterable[Source]:
    from flaggit.catalog.codeowners import parse_codeowners

    for path in _OWNERS:
        if os.path.isfile(os.path.join(root, path)):
            lines, _ = parse_codeowners(read_text(root, path) or "", path=path)
            owners = {owner for line in lines for owner in line.owners}
            if owners:
                yield Source(path, f"{path} names {counted(len(owners), 'owner')}")
            break
    for folder in FOLDERS:
        place = os.path.join(root, folder)
        files = [name for name in os.listdir(place) if not name.startswith(".")] if os.path.isdir(place) else []
        if files:
            yield Source(folder, f"{folder} holds {counted(len(files), 'file')}")


def find_clients(root: str) -> Iterable[str]:
    """Yield the names of programs whose files lie at a worktree's root, or that this machine has."""
    for name, (files, program) in _SIGNS.items():
        if any(os.path.lexists(os.path.join(root, file)) for file in files) or (program and which(program)):
            yield name
