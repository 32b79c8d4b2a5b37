"""Declarations: what a range of commits does to flags, and the state of them all on one page."""

from __future__ import annotations

from flaggit.commands.spec import Command, Parameter

_GROUP = "Review"
FORMATS = ("text", "markdown", "json", "github", "sarif", "gitlab", "rdjson")

COMMANDS = (
    Command(
        name="review",
        group=_GROUP,
        summary="What a branch does to flags, who owes what after it, and whom it should have told.",
        examples=(
            ("flaggit review", "this branch against the one it started from"),
            ("flaggit review main..feature", "any two, also in a bare clone"),
            ("flaggit review --format markdown", "for a comment; github, sarif, gitlab and rdjson for forges"),
        ),
        verb="review:review",
        parameters=(
            Parameter("span", "BASE..HEAD, or a branch; the merge base is found.", metavar="[BASE..HEAD]"),
            Parameter("form", "How to show it.", ("--format",), choices=FORMATS),
        ),
        text="review:review_text",
        json="review:review_json",
        main=True,
    ),
)
