"""Git hooks and the commits that they judge."""
