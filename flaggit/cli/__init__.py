"""The command line: translates arguments, calls one verb, shows its reply, leaves with a status."""

COMPLETION = "_FLAGGIT_COMPLETE"  # set by the shell while it completes a line
