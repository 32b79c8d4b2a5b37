"""Parameters that several commands have."""

from __future__ import annotations

from flaggit.commands.spec import Parameter

AGENT = Parameter("agent", "Who you are, where not known otherwise.", metavar="@AGENT", complete="handle")
FLAG_ID = Parameter(
    "flag_id", "The flag: its id, or a unique beginning of it.", required=True, metavar="ID", complete="flag"
)
DONE_ID = Parameter(FLAG_ID.name, FLAG_ID.help, required=True, metavar="ID", complete="completed")
FLAG_IDS = Parameter("flag_ids", "One or more flags.", kind="texts", required=True, metavar="ID", complete="flag")
HERE = Parameter("here", "Only this worktree's flags.", ("--here",), "flag")
FULL = Parameter("full", "Every field in JSON, texts uncut.", ("--full",), "flag")
COMMIT = Parameter("commit", "Commit exactly what the command writes.", ("--commit",), "flag")
DRY_RUN = Parameter("dry_run", "Show what would be written, and write nothing.", ("--dry-run",), "flag")
WATCH = Parameter("watch", "Show it again each time it changes, until Ctrl-C.", ("--watch",), "flag")
REASON = Parameter("reason", "Why, for whoever reads it later.", ("--reason",), metavar="TEXT", piped=True)
FORCE = Parameter("force", "Do it although it is not yours; needs --reason.", ("--force",), "flag")
AGENT_NAME = Parameter("agent", "The agent.", required=True, metavar="@AGENT", complete="handle")
CATALOG_FILE = Parameter("catalog", "Another catalog's file.", ("--catalog",), metavar="FILE", complete="path")
QUERY = Parameter("query", "What the task is about, in a few words.", required=True, metavar="QUERY")
