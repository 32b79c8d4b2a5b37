"""docs/format.md and docs/settings.md name exactly what there is."""

from __future__ import annotations

import json
import re

import pytest
from repositories import PROJECT

from flaggit.catalog.parsing import parse_catalog
from flaggit.checking.files import REGULAR, check_files
from flaggit.core.model import COMPLETION_FIELDS, FLAG_FIELDS, FLAG_TYPES, IMMUTABLE_FIELDS, NOTE_FIELDS
from flaggit.documents.rules import RULES
from flaggit.documents.schema import load_schema
from flaggit.documents.settings import SETTINGS, build_settings, find_faults, load_settings

FORMAT = (PROJECT / "docs" / "format.md").read_text()
SETTINGS_PAGE = (PROJECT / "docs" / "settings.md").read_text()


def section(text: str, heading: str) -> str:
    return text.partition(f"\n{heading}\n")[2].partition("\n## ")[0]


def table(text: str) -> list[list[str]]:
    rows = [line.strip("|").split(" | ") for line in text.splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in row] for row in rows]


def test_every_rule_is_listed_with_what_it_judges() -> None:
    listed = {row[0].strip("`"): row[1] for row in table(section(FORMAT, "## Rules"))}
    assert listed == RULES


@pytest.mark.parametrize(
    ("heading", "fields"),
    [("## A flag", FLAG_FIELDS), ("## A completion", COMPLETION_FIELDS), ("## A note", NOTE_FIELDS)],
)
def test_every_field_is_listed_in_its_order(heading: str, fields: dict) -> None:
    text = section(FORMAT, heading).partition("\n### ")[0]
    rows = table(text)
    assert [(row[0].strip("`"), row[1] == "required") for row in rows] == [
        (field.name, field.required) for field in fields.values()
    ]


def test_types_and_immutable_fields_are_those_of_the_model() -> None:
    row = next(row for row in table(FORMAT) if row[0] == "`flag_type`")
    assert tuple(re.findall(r"`(\w+)`", row[2])) == FLAG_TYPES
    told = FORMAT.partition("Everything else never changes")[2].partition("\n\n")[0]
    assert tuple(re.findall(r"`(\w+)`", told)) == IMMUTABLE_FIELDS


def test_example_flag_of_the_page_is_good() -> None:
    example = FORMAT.partition("```yaml\n")[2].partition("```")[0].encode()
    path = ".flags/backend.nodejs/k7m2q0x.yaml"
    files = {path: (REGULAR, example)}
    assert check_files(files, build_settings({}), parse_catalog([]), exists=lambda _: False) == []


def test_every_setting_is_listed_with_default_and_values() -> None:
    rows = {row[0].strip("`"): row[1:] for row in table(SETTINGS_PAGE)}
    assert list(rows) == [setting.name for setting in SETTINGS]
    for setting in SETTINGS:
        default, values, meaning = rows[setting.name]
        assert meaning.rstrip(".").lower() == setting.meaning.lower()
        assert not setting.choices or tuple(re.findall(r"`(\w+)`", values)) == setting.choices
        if isinstance(setting.default, (str, int)) and setting.default != "":
            assert default.strip("`") == json.dumps(setting.default).strip('"')


def test_settings_schema_knows_the_same_settings() -> None:
    names = []
    for name, part in load_schema("settings")["properties"].items():
        inner = part.get("properties")
        names += [f"{name}.{key}" for key in inner] if inner else [name] if name != "schema" else []
        for key, rule in inner.items() if inner else [(name, part)]:
            setting = next((s for s in SETTINGS if s.name in (name, f"{name}.{key}")), None)
            if setting is not None:
                assert rule["default"] == (list(setting.default) if setting.kind == "list" else setting.default)
                assert tuple(rule.get("enum", ())) == setting.choices
    assert sorted(names) == sorted(setting.name for setting in SETTINGS)


def test_example_settings_of_the_page_are_good() -> None:
    example = SETTINGS_PAGE.partition("```yaml\n")[2].partition("```")[0].encode()
    assert find_faults(load_settings(example)[0]) == []
