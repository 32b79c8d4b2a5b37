"""Commands over locks."""
