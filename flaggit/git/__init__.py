"""The one door to git and to files: it knows nothing of flags, paths come as arguments."""
