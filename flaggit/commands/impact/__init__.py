"""Whom a change affects."""
