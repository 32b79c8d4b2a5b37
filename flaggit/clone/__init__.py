"""What is seen from one clone: stores, worktrees, branch tips, identity, locks as known here."""
