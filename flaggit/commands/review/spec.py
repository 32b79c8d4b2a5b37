"""Declarations: what a range of commits does to flags, and the state of them all on one page."""

from __future__ import annotations

from flaggit.commands.spec import Family, Shown, argument, option, switch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from flaggit.commands.review.actions import Reviewed
    from flaggit.commands.review.reporting import Reported
    from flaggit.commands.review.serving import Served


def _formats() -> tuple[str, ...]:
    from flaggit.commands.review.formats import FORMATS

    return tuple(FORMATS)


COMMANDS = Family("Review")
_LINK_BASE = option("link_base", "The repository's address on its forge, for links.", "URL")


@COMMANDS.add(
    "review",
    "What a branch does to flags, who owes what after it, and whom it should have told.",
    ("flaggit review", "this branch against the one it started from"),
    ("flaggit review main..feature", "any two, also in a bare clone"),
    ("flaggit review --format markdown", "for a comment; summary, github, sarif, gitlab and rdjson for forges"),
    parameters=(
        argument("span", "BASE..HEAD, or a branch; the merge base is found.", "[BASE..HEAD]"),
        option("form", "How to show it.", flag="--format", choices=_formats),
        _LINK_BASE,
    ),
    main=True,
    verbatim=True,
    store=False,
)
def _review() -> Shown[Reviewed]:
    from flaggit.commands.review import actions, text

    return Shown(actions.review, text.review_text, text.review_json)


@COMMANDS.add(
    "report",
    "Who owes how much, how old it is, what is being worked on; as one page with --html.",
    ("flaggit report", "figures by agent and impact"),
    ("flaggit report --html flags.html", "a page to look at, to print, to keep as an artifact"),
    parameters=(option("html", "The page's file; an earlier report is replaced.", "FILE"), _LINK_BASE),
)
def _report() -> Shown[Reported]:
    from flaggit.commands.review import reporting, text

    return Shown(reporting.report, text.report_text, text.figures_json)


@COMMANDS.add(
    "serve",
    "The state of all flags as a live page on this machine, until Ctrl-C; read-only.",
    ("flaggit serve", "on port 3524 of 127.0.0.1: search, conversations, histories, who sits where"),
    ("flaggit serve --port 0", "on any port that is free"),
    parameters=(
        option("port", "The port; 0 takes one that is free.", "N", number=True),
        switch("remote", "Look at the remote too, once in 30 s."),
    ),
    lines=True,
)
def _serve() -> Shown[Iterator[Served]]:
    from flaggit.commands.review import serving, text

    return Shown(serving.serve, text.served_text, text.served_json)


@COMMANDS.add(
    "textconv",
    "A file of the store as prose; what `git diff` shows once `flaggit init --yes` has set it up.",
    ("flaggit textconv .flags/done/k7m2q0x.yaml", "as git diff, git log -p and git show call it"),
    parameters=(argument("file", "The file.", "FILE", required=True),),
    repository=False,
    verbatim=True,
    store=False,
)
def _textconv() -> Shown[str]:
    from flaggit.commands.review import reporting
    from flaggit.output import text

    return Shown(reporting.textconv, text.plain)
