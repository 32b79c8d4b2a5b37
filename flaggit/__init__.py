"""flaggit: coordination flags for coding agents, held wholly in git."""
