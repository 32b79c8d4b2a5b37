"""Bringing flags in from other systems: their records in, flags, completions and notes out. Nothing here writes."""
