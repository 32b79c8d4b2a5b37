"""Declarations: taking flags to other programs, and bringing them in."""

from __future__ import annotations

from flaggit.commands.shared import COMMIT, DRY_RUN, HERE
from flaggit.commands.spec import Command, Parameter, Shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.commands.transfer.exporting import Exported
    from flaggit.commands.transfer.importing import Imported


_GROUP = "Bring in and take out"


def _import() -> Shown[Imported]:
    from flaggit.commands.transfer import importing, text

    return Shown(importing.import_flags, text.imported_text, text.imported_json)


def _export() -> Shown[Exported]:
    from flaggit.commands.transfer import exporting, text

    return Shown(exporting.export, text.exported_text, text.exported_json)


COMMANDS = (
    Command(
        name="import",
        group=_GROUP,
        summary="Bring flags in: the older system's database (sqlite), an export (jsonl), beads' issues (bd).",
        examples=(
            (
                "flaggit import sqlite project.db --zone Europe/Berlin --dry-run",
                "what it would bring, and what it changes",
            ),
            ("flaggit import jsonl flags.jsonl --commit", "all or nothing; a second time changes nothing"),
            ("flaggit import bd issues.jsonl --map alice=@backend.api", "issues of the tracker beads"),
        ),
        shown=_import,
        parameters=(
            Parameter(
                "form", "sqlite, jsonl or bd.", required=True, choices=("sqlite", "jsonl", "bd"), metavar="FORMAT"
            ),
            Parameter("file", "The file; `-` is standard input.", required=True, metavar="FILE", complete="path"),
            Parameter(
                "zone",
                "The clock that wrote times without a zone: UTC, +02:00, Europe/Berlin.",
                ("--zone",),
                metavar="ZONE",
                also=("--timezone", "--tz"),
            ),
            Parameter(
                "names", "Which agent a name stands for; may be repeated.", ("--map",), "texts", metavar="NAME=@AGENT"
            ),
            Parameter("skip", "Leave out what cannot be mapped; exit status 1 then.", ("--skip",), "flag"),
            COMMIT,
            DRY_RUN,
        ),
    ),
    Command(
        name="export",
        group=_GROUP,
        summary="Everything in one file: json, csv, sqlite to read elsewhere, jsonl to bring back without a loss.",
        examples=(
            ("flaggit export jsonl flags.jsonl", "flags, completions and notes, a line each"),
            ("flaggit export csv", "on standard output, for a spreadsheet"),
            ("flaggit export sqlite flags.db --overwrite", "with the older system's tables"),
        ),
        shown=_export,
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
    ),
)
