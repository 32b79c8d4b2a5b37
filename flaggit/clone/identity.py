"""Who is asking, and which one of them: the contract's section Identity.

Plain git config is shared by all worktrees of a clone, so a worktree's agent and its instance
token lie in the worktree's own git directory, apart from what is disposable there.
"""

from __future__ import annotations

import os

from flaggit.core.errors import InvalidError
from flaggit.core.handles import parse_handle
from flaggit.core.record import record
from flaggit.git.gitdir import linked_worktrees

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.git.repo import Repo

_FOLDER = "flaggit-identity"  # in the git directory
_AGENT_FILE = "agent"
_INSTANCE_FILE = "instance"
_CLONE_FILE = "clone"
_INSTANCE_BYTES = 8
_LONGEST_TOKENS = 1 << 16  # characters
NO_INSTANCE = "?"  # of a worktree that never took a lock; no lock can bear it


@record
class Actor:
    """An agent at work: ``source`` is ``option``, ``environment``, ``worktree``, ``config`` or ``implied``.

    ``instance`` tells two worktrees of one handle apart: a random token, to which ``FLAGGIT_SESSION`` adds a
    name. It never replaces the token, so that one exported value in two worktrees is two holders. Nothing
    is written to find out who asks: a worktree gets its token with its first lock.
    """

    handle: str
    source: str
    instance: str

    @property
    def implied(self) -> bool:
        """Return whether nobody said who is asking and the flag's own target was taken."""
        return self.source == "implied"

    @property
    def argument(self) -> str:
        """Return what names the agent in a command that is offered to it: a blank and the handle, if only it says so.

        Empty where the environment, the worktree or git config says who is asking, so that the command needs not.
        """
        return f" {self.handle}" if self.source in ("option", "implied") else ""

    @property
    def sender(self) -> str:
        """Return the same for commands that name who speaks by an option: ``--from`` and the handle, or nothing."""
        return f" --from{self.argument}" if self.argument else ""


def find_actor(repo: Repo, option: str | None = None) -> Actor | None:
    """Return who is asking, or None where nothing says so.

    Args:
        repo: The repository.
        option: The handle given on the command line, if any.

    Raises:
        InvalidError: ``bad_handle``, where what says so is no handle.
    """
    handle, source = _find_handle(repo, option)
    if handle is None:
        return None
    return Actor(handle, source, find_instance(repo))


def get_actor(repo: Repo, option: str | None = None) -> Actor:
    """Return who is asking. Raises InvalidError ``no_identity`` where nothing says so."""
    actor = find_actor(repo, option)
    if actor is None:
        raise InvalidError(
            "no_identity",
            "It is not known which agent is asking.",
            hint="Run `flaggit iam @domain.module` once in this worktree, or set FLAGGIT_AGENT.",
        )
    return actor


def implied_actor(repo: Repo, handle: str) -> Actor:
    """Return the flag's own target as the one who acts, where nobody said who is asking."""
    return Actor(handle, "implied", find_instance(repo))


def actor_with_instance(repo: Repo, actor: Actor) -> Actor:
    """Return the same actor with an instance that its locks can bear; made where absent."""
    if actor.instance != NO_INSTANCE:
        return actor
    return Actor(actor.handle, actor.source, instance_of(repo))


def stored_agent(git_dir: str) -> str:
    """Return the agent that a worktree was given with ``flaggit iam``, by its git directory; empty where none."""
    return _read_line(identity_file(git_dir, _AGENT_FILE)) or ""


def store_identity(repo: Repo, handle: str) -> None:
    """Remember ``handle`` as this worktree's agent."""
    from flaggit.git.files import replace_file

    replace_file(identity_file(repo.git_dir, _AGENT_FILE), handle.encode() + b"\n")


def instance_of(repo: Repo) -> str:
    """Return the token of this worktree, and of the session in it; the token is made where absent."""
    return _with_session(worktree_token(repo))


def find_instance(repo: Repo) -> str:
    """Return the same without making one: ``NO_INSTANCE`` where this worktree never took a lock."""
    token = find_worktree_token(repo)
    return _with_session(token) if token else NO_INSTANCE


def _with_session(token: str) -> str:
    named = os.environ.get("FLAGGIT_SESSION", "").strip()
    return f"{token}/{_clean_session(named)}" if named else token


def worktree_token(repo: Repo) -> str:
    """Return this worktree's random token; made where absent."""
    return _token(identity_file(repo.git_dir, _INSTANCE_FILE))


def find_worktree_token(repo: Repo) -> str:
    """Return the same without making one: empty where this worktree never took a lock."""
    return _read_token(identity_file(repo.git_dir, _INSTANCE_FILE))


def clone_token(repo: Repo) -> str:
    """Return the random token that all worktrees of this clone share; made where absent."""
    return _token(identity_file(repo.common_dir, _CLONE_FILE))


def find_clone_token(repo: Repo) -> str:
    """Return the same without making one: empty where no lock was ever taken in this clone."""
    return _read_token(identity_file(repo.common_dir, _CLONE_FILE))


def living_worktrees(repo: Repo) -> set[str]:
    """Return the tokens of the clone's worktrees that git keeps a record of, the one that asks always among them.

    Whether their folders can be seen from here says nothing: one that was moved, or that only another
    container sees, may be at work. Gone is what git itself pruned or removed.
    """
    folders = {repo.common_dir, repo.git_dir, *_linked_git_dirs(repo)}
    return {token for folder in folders for token, _ in _read_tokens(identity_file(folder, _INSTANCE_FILE))}


def registered_worktrees(repo: Repo) -> dict[str, str]:
    """Return top folder (links resolved) -> token of the clone's worktrees; those that git has not pruned yet too.

    Those that never needed a token, so hold no lock, have an empty one.
    """
    tops = {top: git_dir for git_dir, top in linked_worktrees(repo.common_dir)}
    if os.path.basename(repo.common_dir) == ".git":
        tops[os.path.realpath(os.path.dirname(repo.common_dir))] = repo.common_dir
    return {top: _read_token(identity_file(folder, _INSTANCE_FILE)) for top, folder in tops.items()}


def _linked_git_dirs(repo: Repo) -> list[str]:
    linked = os.path.join(repo.common_dir, "worktrees")
    try:
        return [os.path.join(linked, name) for name in os.listdir(linked)]
    except OSError:
        return []


def identity_file(git_dir: str, name: str) -> str:
    """Return where a worktree keeps a fact about itself, apart from what is disposable."""
    return os.path.join(git_dir, _FOLDER, name)


def _token(path: str) -> str:
    """Return a token that belongs to the folder it lies in, so that a copied clone gets one of its own.

    A line that was written elsewhere stays: what is a copy for one may be the same folder for another,
    as a host and its container number their files differently.
    """
    token = _read_token(path)
    if token:
        return token
    from flaggit.git.files import add_file, append_line

    line = f"{os.urandom(_INSTANCE_BYTES).hex()} {_home_of(path)}\n".encode()
    if not add_file(path, line) and not _read_token(path):
        append_line(path, line)
    return _read_token(path)


def _read_token(path: str) -> str:
    """Return the token of this place: the first, where two processes made one at the same time."""
    found = _read_tokens(path)
    here = _home_of(path) if found else ""
    return next((token for token, home in found if home in ("", here)), "")


def _read_tokens(path: str) -> list[tuple[str, str]]:
    """Return (token, what it belongs to) of each line of a token's file."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            lines = file.read(_LONGEST_TOKENS).split("\n")
    except OSError:
        return []
    pairs = (line.strip().partition(" ") for line in lines)
    return [(token, home) for token, _, home in pairs if token]


def _home_of(path: str) -> str:
    """Return an identity of the folder around a token's folder that no copy of it has."""
    try:
        return str(os.stat(os.path.dirname(os.path.dirname(path))).st_ino)
    except OSError:
        return ""


def _find_handle(repo: Repo, option: str | None) -> tuple[str | None, str]:
    if option:
        return parse_handle(option), "option"
    named = os.environ.get("FLAGGIT_AGENT", "").strip()
    if named:
        return parse_handle(named, field="FLAGGIT_AGENT"), "environment"
    stored = stored_agent(repo.git_dir)
    if stored:
        return parse_handle(stored), "worktree"
    from flaggit.documents.settings import read_git_value

    configured = read_git_value(repo, "agent")
    return (parse_handle(configured, field="flaggit.agent"), "config") if configured else (None, "")


def _clean_session(text: str) -> str:
    """Return a session's name as it may stand in a lock's message: one short word."""
    kept = "".join(char if (char.isascii() and char.isalnum()) or char in "-_.:@" else "-" for char in text)
    return kept[:64]


def _read_line(path: str) -> str | None:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.readline(256).strip() or None
    except OSError:
        return None
