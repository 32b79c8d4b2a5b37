"""Settling merges of flags."""
