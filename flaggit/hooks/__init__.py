"""git's hooks, what they need to know of a commit, and putting them in place."""

CLIENT_HOOKS = ("pre-commit", "prepare-commit-msg", "commit-msg", "post-checkout")  # put in place in a clone
SERVER_HOOK = "pre-receive"
MODES = ("auto", "stubs", "pre-commit", "husky", "lefthook", "hooks-path")  # who manages a repository's hooks

REFUSED = 10  # exit status of `flaggit hook`: git is to stop. Python itself ends with 1 where it cannot start
