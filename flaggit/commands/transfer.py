"""Declarations: taking flags to other programs, and bringing them in."""

from __future__ import annotations

from flaggit.commands.shared import HERE
from flaggit.commands.spec import Command, Parameter

_GROUP = "Bring in and take out"

COMMANDS = (
    Command(
        name="export",
        group=_GROUP,
        summary="Everything in one file: json, csv, sqlite to read elsewhere, jsonl to bring back without a loss.",
        examples=(
            ("flaggit export jsonl flags.jsonl", "flags, completions and notes, a line each"),
            ("flaggit export csv", "on standard output, for a spreadsheet"),
            ("flaggit export sqlite flags.db --overwrite", "with the older system's tables"),
        ),
        verb="exporting:export",
        parameters=(
            Parameter(
                "form",
                "json, jsonl, csv or sqlite.",
                required=True,
                choices=("json", "jsonl", "csv", "sqlite"),
                metavar="FORMAT",
            ),
            Parameter("file", "Where to; absent or `-`: standard output.", metavar="FILE", complete="path"),
            HERE,
            Parameter("overwrite", "Replace a file that exists.", ("--overwrite",), "flag"),
        ),
        text="transfer:exported_text",
        json="transfer:exported_json",
    ),
)
