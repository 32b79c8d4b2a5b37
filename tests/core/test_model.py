"""The fields of files: one declaration, from which model, schemas, options, drafts, exports and texts follow."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys

import pytest
from repositories import LONG_ACTION, LONG_CHANGE, PROJECT, Work

from flaggit.commands import find_command
from flaggit.core import model
from flaggit.core.model import FIELDS, FLAG_FIELDS, FREE_FIELDS

TYPES = {"text": "string", "word": "string", "number": "integer", "paths": "array", "target": ["string", "null"]}
VALUES = {"flag": model.Flag, "completion": model.Completion, "note": model.Note}


@pytest.mark.parametrize("kind", sorted(FIELDS))
def test_the_published_schema_has_the_same_fields(kind: str) -> None:
    schema = json.loads((PROJECT / "schemas" / f"{kind}.schema.json").read_text())
    assert list(schema["properties"]) == list(FIELDS[kind])
    assert {name: value["type"] for name, value in schema["properties"].items()} == {
        name: TYPES[field.kind] for name, field in FIELDS[kind].items()
    }
    assert set(schema["required"]) == {name for name, field in FIELDS[kind].items() if field.required}


@pytest.mark.parametrize("kind", sorted(FIELDS))
def test_the_value_has_the_same_fields(kind: str) -> None:
    own = {"name"} if kind == "note" else set()
    assert set(VALUES[kind].__slots__) - own == set(FIELDS[kind])


@pytest.mark.parametrize("command", ["create", "edit"])
def test_each_editable_field_has_its_option(command: str) -> None:
    flags = {flag for parameter in find_command(command).parameters for flag in parameter.flags}
    wanted = {field.option for field in FLAG_FIELDS.values() if not field.fixed}
    assert "" not in wanted
    assert wanted <= flags


def test_every_field_is_shown_and_exported(work: Work) -> None:
    words = [field.name for field in FREE_FIELDS if field.kind == "text" and not field.required]
    values = {name: f"The {name} of it." for name in words}
    values.update(code_location="src/client.ts:3", context='{"the": "context of it"}')
    flag_id = work.raise_flag(related_files=("src/client.ts",), **values)
    file = next((work.path / ".flags").glob(f"*/{flag_id}.yaml")).name
    shown = {
        "show": work.flaggit("show", flag_id).out,
        "textconv": work.flaggit("textconv", f".flags/frontend.web/{file}").out,
        "csv": work.flaggit("export", "csv").out.replace('""', '"'),
        "jsonl": work.flaggit("export", "jsonl").out.replace('\\"', '"'),
        "full": json.dumps(work.flaggit("show", flag_id, "--json").data).replace('\\"', '"'),
    }
    page = work.path / "page.html"
    work.flaggit("report", "--html", str(page))
    shown["page"] = page.read_text().replace("&quot;", '"')
    for form, text in shown.items():
        for name, value in values.items():
            assert value in text, f"{form} leaves out {name}"
    for value in values.values():
        assert [row["id"] for row in work.flaggit("find", value, "--json").data] == [flag_id]


_FIELD = '    Field("context", "text", label="Context", option="--context"),\n'
_SLOT = "    context: str | None = None\n"
_PROPERTY = '    "chain_origin_id": {'
STEPS = {
    "flaggit/core/model.py": (
        (_FIELD, _FIELD + _FIELD.replace("context", "rollout")),
        (_SLOT, _SLOT + _SLOT.replace("context", "rollout")),
    ),
    "schemas/flag.schema.json": ((_PROPERTY, '    "rollout": {"type": "string", "maxLength": 20000},\n' + _PROPERTY),),
}


def test_a_new_field_follows_the_guide(tmp_path, work: Work) -> None:
    """Do what CONTRIBUTING.md says of a field, in a copy; nothing else has to be touched to store and show it."""
    for name in ("flaggit", "schemas", "hooks"):
        shutil.copytree(PROJECT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name, steps in STEPS.items():
        path = tmp_path / name
        for before, after in steps:
            text = path.read_text()
            assert text.count(before) == 1, (name, before)
            path.write_text(text.replace(before, after))
    store = f"""
import sys; sys.path.insert(0, {str(tmp_path)!r})
from flaggit.core.model import Flag
from flaggit.clone.session import Session
from flaggit.git.repo import find_repo
session = Session(find_repo({str(work.path)!r}))
session.store.add_flag(Flag(id="k7m2q0x", flag_type="change", impact_level="medium", source_agent="@backend.api",
    target_agent="@frontend.web", change_description={LONG_CHANGE!r}, action_required={LONG_ACTION!r},
    created_at="2026-11-23T14:00:00Z", rollout="First to one customer."))
"""
    subprocess.run([sys.executable, "-c", store], check=True, cwd=tmp_path)
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(tmp_path), "HOME": str(tmp_path)}

    def run(line: str) -> str:
        argv = [sys.executable, "-m", "flaggit", *line.split()]
        done = subprocess.run(argv, cwd=work.path, env=env, capture_output=True, text=True)
        assert done.returncode == 0, (line, done.stdout, done.stderr)
        return done.stdout

    for line in ("show k7m2q0x", "export csv", "export jsonl", "textconv .flags/frontend.web/k7m2q0x.yaml"):
        assert "First to one customer." in run(line), line
    assert "k7m2q0x" in run("find customer")
    run("check")
