"""The command line: translates arguments, calls one verb, shows its reply, leaves with a status."""
