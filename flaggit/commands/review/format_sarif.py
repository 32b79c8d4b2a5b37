"""A review as SARIF 2.1.0, within what GitHub's code scanning accepts.

A result is anchored in the file that the range changes, since an alert is shown on a pull request
only where its lines are part of it; the files that a flag is about are related locations.
"""

from __future__ import annotations

from flaggit.commands.review.format_items import RAISED, describe_rule, fingerprints, items_of
from flaggit.core.text import shorten
from flaggit.core.version import __version__
from flaggit.output.json import dumps
from flaggit.output.markup import sarif_text, uri_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.commands.review.format_items import Item
    from flaggit.reviewing.report import Report

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_RESULTS = 5000  # GitHub keeps so many of a run
_RELATED = 50
_LONGEST = 2000
_LEVELS = {"error": "error", "warning": "warning", "note": "note"}


def report_sarif(report: Report) -> str:
    """Return a review as one SARIF log with one run."""
    items = items_of(report)
    shown = items[:_RESULTS]
    rules = sorted({item.rule for item in shown})
    run: dict[str, object] = {
        "tool": {
            "driver": {
                "name": "flaggit",
                "semanticVersion": __version__,
                "rules": [_rule(rule) for rule in rules],
            }
        },
        "automationDetails": {"id": "flaggit/"},
        "results": [
            _result(item, fingerprint, rules.index(item.rule))
            for item, fingerprint in zip(shown, fingerprints(shown), strict=True)
        ],
        "columnKind": "unicodeCodePoints",
    }
    if len(items) > len(shown):
        text = f"{len(items) - len(shown)} further results are left out, which code scanning would not keep."
        run["invocations"] = [
            {
                "executionSuccessful": True,
                "toolExecutionNotifications": [{"level": "warning", "message": {"text": text}}],
            }
        ]
    return dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1)


def _rule(rule: str) -> dict[str, object]:
    text = describe_rule(rule).replace("`", "")
    return {
        "id": rule,
        "name": "FlagRaised" if rule == RAISED else f"Flaggit{rule}",
        "shortDescription": {"text": text},
        "fullDescription": {"text": text},
        "help": {"text": f"{text} See docs/format.md and docs/review.md of flaggit."},
        "defaultConfiguration": {"level": "note" if rule == RAISED else "warning"},
        "properties": {"tags": ["coordination"], "precision": "very-high"},
    }


def _result(item: Item, fingerprint: str, index: int) -> dict[str, object]:
    text = f"{sarif_text(item.title)}. {sarif_text(shorten(item.message, _LONGEST))}"
    related = item.related[:_RELATED]
    if related:
        text += " About: " + ", ".join(f"[{sarif_text(path)}]({number})" for number, path in enumerate(related, 1))
    if item.fix:
        text += f" Next: {sarif_text(shorten(item.fix, _LONGEST))}"
    result: dict[str, object] = {
        "ruleId": item.rule,
        "ruleIndex": index,
        "level": _LEVELS[item.level],
        "message": {"text": text},
        "locations": [_location(item.path, item.line)],
        "partialFingerprints": {"primaryLocationLineHash": f"{fingerprint}:1"},
    }
    if related:
        result["relatedLocations"] = [
            {"id": number, **_location(path, 1), "message": {"text": sarif_text(path)}}
            for number, path in enumerate(related, 1)
        ]
    return result


def _location(path: str, line: int) -> dict[str, object]:
    region = {"startLine": line, "startColumn": 1, "endLine": line, "endColumn": 2}
    return {"physicalLocation": {"artifactLocation": {"uri": uri_path(path)}, "region": region}}
