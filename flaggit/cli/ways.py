"""Declarations: commands that open another way in."""

from __future__ import annotations

from flaggit.commands.shared import AGENT
from flaggit.commands.spec import Family, Shown, option, switch

COMMANDS = Family("Agents' programs")


@COMMANDS.add(
    "mcp",
    "Serve the commands as tools of the Model Context Protocol, over standard input and output.",
    ("flaggit mcp", "what an agent's program starts: eight tools"),
    ("flaggit mcp --tools all", "and those for orchestrators"),
    ("flaggit mcp --worktree /home/ann/shop-web", "for one worktree, whatever folder it is started in"),
    parameters=(
        option("tools", "Which tools to offer.", choices=("core", "all")),
        option("worktree", "The worktree that calls are about where they name none.", "PATH", complete="path"),
    ),
    repository=False,
    hot=True,
)
def _mcp() -> Shown[str]:
    from flaggit.mcp import server
    from flaggit.output import text

    return Shown(server.serve, text.plain)


@COMMANDS.add(
    "board",
    "The flags of the clone on a board, live: pending, held, waiting, done; with keys to act on them.",
    ("flaggit board", "until q; ? shows the keys"),
    ("flaggit board @team.lead", "and what is done there is done by that agent"),
    ("flaggit board --remote", "with a look at the remote now and then"),
    parameters=(AGENT, switch("remote", "Look at the remote too, once in 30 s for all who wait in this clone.")),
    group="Watch",
    hot=True,
)
def _board() -> Shown[str]:
    from flaggit.board import opening
    from flaggit.output import text

    return Shown(opening.open_board, text.plain)
