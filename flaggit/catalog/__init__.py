"""Agents: who they are, what they own, how files of other programs become entries."""
