"""Setting up a repository, a worktree and the programs that agents run in."""
