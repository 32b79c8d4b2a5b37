"""Declarations: git's hooks."""

from __future__ import annotations

from flaggit.commands.spec import Command, Parameter, Shown
from flaggit.hooks import CLIENT_HOOKS, MODES, SERVER_HOOK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.commands.hooking.hook_setup import HooksReport


_GROUP = "Git"


def _hook() -> Shown[None]:
    from flaggit.commands.hooking import actions
    from flaggit.output import text

    return Shown(actions.run_hook, text.plain)


def _hooks_install() -> Shown[HooksReport]:
    from flaggit.commands.hooking import hook_setup, text

    return Shown(hook_setup.install, text.hooks_text)


def _hooks_uninstall() -> Shown[HooksReport]:
    from flaggit.commands.hooking import hook_setup, text

    return Shown(hook_setup.uninstall, text.hooks_text)


def _hooks_status() -> Shown[HooksReport]:
    from flaggit.commands.hooking import hook_setup, text

    return Shown(hook_setup.status, text.hooks_text)


COMMANDS = (
    Command(
        name="hook",
        group=_GROUP,
        summary="What the installed git hooks run; exit status 0 lets git go on, 1 stops it.",
        examples=(("flaggit hook pre-commit", "judge what is staged, as the hook does"),),
        shown=_hook,
        parameters=(
            Parameter("name", "The hook.", required=True, metavar="HOOK", offers=(*CLIENT_HOOKS, SERVER_HOOK)),
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
        shown=_hooks_install,
        parameters=(Parameter("mode", "Who manages the hooks; auto (the default) looks.", ("--mode",), choices=MODES),),
    ),
    Command(
        name="hooks uninstall",
        group=_GROUP,
        summary="Take flaggit's git hooks out; what was there before is as it was, byte for byte.",
        examples=(("flaggit hooks uninstall", "and the hooks that it moved aside are back"),),
        shown=_hooks_uninstall,
    ),
    Command(
        name="hooks status",
        group=_GROUP,
        summary="Who manages the git hooks here, and which of them run flaggit.",
        examples=(("flaggit hooks status", "changes nothing"),),
        shown=_hooks_status,
    ),
)
