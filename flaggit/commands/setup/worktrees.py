"""``worktree add``: git's worktree, who works in it, and what its program's hooks need, in one step."""

from __future__ import annotations

import os

from flaggit.clients.table import SERVERS
from flaggit.clone.identity import store_identity
from flaggit.clone.session import Reply, Session
from flaggit.commands.setup.clients import NAMES, setup
from flaggit.core.errors import FlaggitError, InvalidError
from flaggit.core.handles import parse_handle
from flaggit.core.record import record
from flaggit.git.refs import HEADS, read_ref
from flaggit.git.repo import find_repo


@record
class Added:
    """A worktree that was added: its folder, branch and agent, and the clients that were set up in it."""

    path: str
    branch: str
    agent: str
    clients: tuple[str, ...]


def add_worktree(session: Session, *, path: str, agent: str, start: str | None = None) -> Reply[Added]:
    """Add a worktree on a branch named after its folder, for an agent.

    What programs were told in this worktree and no commit holds (their hooks) is told them there too.

    Args:
        session: The call.
        path: The new folder.
        agent: Who works there.
        start: The commit that the branch begins at; None: HEAD. A branch of that name is taken as it is.

    Raises:
        InvalidError: ``bad_handle``, or ``usage`` where a branch that exists is to begin elsewhere.
        UnavailableError: ``bare_repository`` or ``git_failed``, with git's words.
    """
    session.repo.get_root()
    handle = parse_handle(agent)
    folder = os.path.abspath(path)
    branch = os.path.basename(folder)
    if read_ref(session.repo, HEADS + branch) is None:
        session.repo.command("worktree", "add", "-b", branch, folder, start or "HEAD")
    elif start is None:
        session.repo.command("worktree", "add", folder, branch)
    else:
        raise InvalidError(
            "usage",
            f"The branch {branch} exists already, so it cannot begin at {start}.",
            hint="Give the folder another name, or leave --from out to go on with that branch.",
        )
    repo = find_repo(folder)
    store_identity(repo, handle)
    there = Session(repo, now=session.now, offline=session.offline)
    clients = tuple(name for name in NAMES if _copy_setup(session, there, name))
    notes = [f"Begin there: cd {path}"]
    if clients:
        notes.append(f"Set up for {', '.join(clients)} as here; a program may ask once whether it trusts the folder.")
    return Reply(Added(folder, branch, handle, clients), notes=tuple(notes))


def _copy_setup(session: Session, there: Session, client: str) -> bool:
    """Set a client up in the new worktree where it is here and did not come with the commit."""
    try:
        for mcp in (True, False) if client in SERVERS else (False,):
            if setup(session, client=client, mcp=mcp, check=True).data.state == "current":
                if setup(there, client=client, mcp=mcp, check=True).data.state == "current":
                    return False
                setup(there, client=client, mcp=mcp)
                return True
    except FlaggitError:  # a file of the client's own that is not understood is left alone
        pass
    return False
