"""Completing flags and committing."""
