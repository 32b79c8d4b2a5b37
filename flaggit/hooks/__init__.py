"""git's hooks, what they need to know of a commit, and putting them in place."""

CLIENT_HOOKS = ("pre-commit", "prepare-commit-msg", "commit-msg", "post-checkout")  # put in place in a clone
SERVER_HOOK = "pre-receive"
# Who manages a repository's hooks.
MODES = ("auto", "stubs", "pre-commit", "husky", "lefthook", "simple-git-hooks", "hooks-path")

REFUSED = 10  # exit status of `flaggit hook`: git is to stop. Python itself ends with 1 where it cannot start
PROBE = "FLAGGIT_HOOK_PROBE"  # names a file: a hook says there that it was reached, and does nothing else
