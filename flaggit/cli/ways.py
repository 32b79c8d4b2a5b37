"""Declarations: commands that open another way in."""

from __future__ import annotations

from flaggit.commands.spec import Family, Shown, option

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
