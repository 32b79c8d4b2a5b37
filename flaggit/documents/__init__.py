"""Bytes to values and back: the canonical layout, YAML, JSON Schema, and the rules over one document."""
