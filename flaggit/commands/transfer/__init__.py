"""Imports, exports and the SQL view."""
