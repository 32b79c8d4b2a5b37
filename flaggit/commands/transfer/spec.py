"""Declarations: taking flags to other programs, and bringing them in."""

from __future__ import annotations

from flaggit.commands.shared import COMMIT, DRY_RUN, HERE
from flaggit.commands.spec import Family, Shown, argument, option, switch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.commands.transfer.exporting import Exported
    from flaggit.commands.transfer.importing import Imported

COMMANDS = Family("Bring in and take out")


@COMMANDS.add(
    "import",
    "Bring flags in: the older system's database (sqlite), an export (jsonl), beads' issues (bd).",
    ("flaggit import sqlite project.db --zone Europe/Berlin --dry-run", "what it would bring, and what it changes"),
    ("flaggit import jsonl flags.jsonl --commit", "all or nothing; a second time changes nothing"),
    ("flaggit import bd issues.jsonl --map alice=@backend.api", "issues of the tracker beads"),
    parameters=(
        argument("form", "sqlite, jsonl or bd.", "FORMAT", required=True, choices=("sqlite", "jsonl", "bd")),
        argument("file", "The file; `-` is standard input.", "FILE", required=True),
        option(
            "zone",
            "The clock that wrote times without a zone: UTC, +02:00, Europe/Berlin.",
            "ZONE",
            also=("--timezone", "--tz"),
        ),
        option("names", "Which agent a name stands for; may be repeated.", "NAME=@AGENT", flag="--map", several=True),
        switch("skip", "Leave out what cannot be mapped; exit status 1 then."),
        COMMIT,
        DRY_RUN,
    ),
)
def _import() -> Shown[Imported]:
    from flaggit.commands.transfer import importing, text

    return Shown(importing.import_flags, text.imported_text, text.imported_json)


@COMMANDS.add(
    "export",
    "Everything in one file: json, csv, sqlite to read elsewhere, jsonl to bring back without a loss.",
    ("flaggit export jsonl flags.jsonl", "flags, completions and notes, a line each"),
    ("flaggit export csv", "on standard output, for a spreadsheet"),
    ("flaggit export sqlite flags.db --overwrite", "with the older system's tables"),
    parameters=(
        argument(
            "form", "json, jsonl, csv or sqlite.", "FORMAT", required=True, choices=("json", "jsonl", "csv", "sqlite")
        ),
        argument("file", "Where to; absent or `-`: standard output.", "FILE"),
        HERE,
        switch("overwrite", "Replace a file that exists."),
    ),
    verbatim=True,
)
def _export() -> Shown[Exported]:
    from flaggit.commands.transfer import exporting, text

    return Shown(exporting.export, text.exported_text, text.exported_json)
