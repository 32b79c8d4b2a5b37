"""Findings about a clone, and what mends them."""
