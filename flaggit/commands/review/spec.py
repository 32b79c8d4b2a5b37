"""Declarations: what a range of commits does to flags, and the state of them all on one page."""

from __future__ import annotations

from flaggit.commands.spec import Command, Parameter

_GROUP = "Review"
FORMATS = ("text", "markdown", "summary", "json", "github", "sarif", "gitlab", "rdjson")

COMMANDS = (
    Command(
        name="review",
        group=_GROUP,
        summary="What a branch does to flags, who owes what after it, and whom it should have told.",
        examples=(
            ("flaggit review", "this branch against the one it started from"),
            ("flaggit review main..feature", "any two, also in a bare clone"),
            ("flaggit review --format markdown", "for a comment; summary, github, sarif, gitlab and rdjson for forges"),
        ),
        verb="flaggit.commands.review.actions:review",
        parameters=(
            Parameter("span", "BASE..HEAD, or a branch; the merge base is found.", metavar="[BASE..HEAD]"),
            Parameter("form", "How to show it.", ("--format",), choices=FORMATS),
        ),
        text="flaggit.commands.review.text:review_text",
        json="flaggit.commands.review.text:review_json",
        main=True,
    ),
    Command(
        name="report",
        group=_GROUP,
        summary="Who owes how much, how old it is, what is being worked on; as one page with --html.",
        examples=(
            ("flaggit report", "figures by agent and impact"),
            ("flaggit report --html flags.html", "a page to look at, to print, to keep as an artifact"),
        ),
        verb="flaggit.commands.review.reporting:report",
        parameters=(Parameter("html", "The page's file; an earlier report is replaced.", ("--html",), metavar="FILE"),),
        text="flaggit.commands.review.reporting_text:report_text",
        json="flaggit.commands.review.reporting_text:report_json",
    ),
    Command(
        name="textconv",
        group=_GROUP,
        summary="A file of the store as prose; what `git diff` shows once `flaggit init --yes` has set it up.",
        examples=(("flaggit textconv .flags/done/k7m2q0x.yaml", "as git diff, git log -p and git show call it"),),
        verb="flaggit.commands.review.reporting:textconv",
        parameters=(Parameter("file", "The file.", required=True, metavar="FILE", complete="path"),),
        repository=False,
    ),
)
