"""Raising flags and talking about them."""
