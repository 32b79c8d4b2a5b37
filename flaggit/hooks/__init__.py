"""git's hooks, what they need to know of a commit, and putting them in place."""
