"""Declarations: git's hooks."""

from __future__ import annotations

from flaggit.commands.spec import Family, Shown, argument, option, switch
from flaggit.hooks import CLIENT_HOOKS, MODES, SERVER_HOOK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.hooks.installing import HooksReport


COMMANDS = Family("Git")


@COMMANDS.add(
    "hook",
    "What the installed git hooks run; exit status 0 lets git go on, 1 stops it.",
    ("flaggit hook pre-commit", "judge what is staged, as the hook does"),
    parameters=(
        argument("name", "The hook.", "HOOK", required=True, offers=(*CLIENT_HOOKS, SERVER_HOOK)),
        argument("words", "What git hands to it.", "ARGUMENT", several=True),
    ),
    hot=True,
    raw=True,
    store=False,
)
def _hook() -> Shown[None]:
    from flaggit.commands.hooking import actions
    from flaggit.output import text

    return Shown(actions.run_hook, text.plain)


@COMMANDS.add(
    "hooks install",
    "Put flaggit's git hooks in beside those that are there, and prove that each one fires.",
    ("flaggit hooks install", "or what to add, where pre-commit, husky or lefthook is used"),
    ("flaggit hooks install --write", "put that into the manager's own file; uninstall takes exactly that out"),
    ("flaggit hooks install --mode stubs", "in git's own folder, whatever else is used"),
    parameters=(
        option("mode", "Who manages the hooks; auto (the default) looks.", choices=MODES),
        switch("write", "Put the lines into the manager's own file instead of printing them."),
    ),
    verbatim=True,
    store=False,
)
def _hooks_install() -> Shown[HooksReport]:
    from flaggit.commands.hooking import text
    from flaggit.hooks import installing

    return Shown(installing.install, text.hooks_text)


@COMMANDS.add(
    "hooks uninstall",
    "Take flaggit's git hooks out; what was there before is as it was, byte for byte.",
    ("flaggit hooks uninstall", "and the hooks that it moved aside are back"),
    store=False,
)
def _hooks_uninstall() -> Shown[HooksReport]:
    from flaggit.commands.hooking import text
    from flaggit.hooks import installing

    return Shown(installing.uninstall, text.hooks_text)


@COMMANDS.add(
    "hooks status",
    "Who manages the git hooks here, and which of them run flaggit.",
    ("flaggit hooks status", "changes nothing"),
    store=False,
)
def _hooks_status() -> Shown[HooksReport]:
    from flaggit.commands.hooking import text
    from flaggit.hooks import installing

    return Shown(installing.status, text.hooks_text)
