"""Benchmarks: `python -m bench.<name>` from the project's top folder."""
