"""Waves of work: what the `plan` command judges and keeps."""
