"""Declarations: git's hooks, and committing what completes flags."""

from __future__ import annotations

from flaggit.commands.spec import Command, Parameter

_GROUP = "Git"
_HOOKS = ("pre-commit", "prepare-commit-msg", "commit-msg", "post-checkout", "pre-receive")
_MODES = ("auto", "stubs", "pre-commit", "husky", "lefthook", "hooks-path")  # as hook_managers.MODES

COMMANDS = (
    Command(
        name="commit",
        group=_GROUP,
        summary="Complete flags, stage that, and commit it with the work that does it.",
        examples=(
            ('flaggit commit --completes k7m2q0x -- -m "Poll for the order"', "what is staged, and the completion"),
            ("flaggit commit --completes k7m2q0x -- src/orders", "only these paths, and the completion"),
            ("flaggit commit --again", "finish what the commit-msg hook refused, exactly as it was"),
        ),
        verb="flaggit.commands.working.committing:commit",
        parameters=(
            Parameter("completes", "Complete this flag.", ("--completes",), "texts", metavar="ID", complete="flag"),
            Parameter("reopens", "Reopen this flag.", ("--reopens",), "texts", metavar="ID", complete="completed"),
            Parameter("again", "Finish the commit that the commit-msg hook refused last.", ("--again",), "flag"),
            Parameter("words", "Arguments for git commit.", kind="texts", metavar="GIT-ARGUMENT"),
        ),
        text="flaggit.commands.hooking.text:committed_text",
        raw=True,
        hot=True,
    ),
    Command(
        name="hook",
        group=_GROUP,
        summary="What the installed git hooks run; exit status 0 lets git go on, 1 stops it.",
        examples=(("flaggit hook pre-commit", "judge what is staged, as the hook does"),),
        verb="flaggit.commands.hooking.actions:run_hook",
        parameters=(
            Parameter("name", "The hook.", required=True, metavar="HOOK", offers=_HOOKS),
            Parameter("words", "What git hands to it.", kind="texts", metavar="ARGUMENT"),
        ),
        hot=True,
        raw=True,
    ),
    Command(
        name="hooks install",
        group=_GROUP,
        summary="Put flaggit's git hooks in beside those that are there, and prove that each one fires.",
        examples=(
            ("flaggit hooks install", "or what to add, where pre-commit, husky or lefthook is used"),
            ("flaggit hooks install --mode stubs", "in git's own folder, whatever else is used"),
        ),
        verb="flaggit.commands.hooking.hook_setup:install",
        parameters=(
            Parameter("mode", "Who manages the hooks; auto (the default) looks.", ("--mode",), choices=_MODES),
        ),
        text="flaggit.commands.hooking.text:hooks_text",
    ),
    Command(
        name="hooks uninstall",
        group=_GROUP,
        summary="Take flaggit's git hooks out; what was there before is as it was, byte for byte.",
        examples=(("flaggit hooks uninstall", "and the hooks that it moved aside are back"),),
        verb="flaggit.commands.hooking.hook_setup:uninstall",
        text="flaggit.commands.hooking.text:hooks_text",
    ),
    Command(
        name="hooks status",
        group=_GROUP,
        summary="Who manages the git hooks here, and which of them run flaggit.",
        examples=(("flaggit hooks status", "changes nothing"),),
        verb="flaggit.commands.hooking.hook_setup:status",
        text="flaggit.commands.hooking.text:hooks_text",
    ),
)
