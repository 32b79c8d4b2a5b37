"""The review and the report."""
