"""Commands over the catalog."""
