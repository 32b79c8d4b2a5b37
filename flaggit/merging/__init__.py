"""Merging files of the store field by field."""
