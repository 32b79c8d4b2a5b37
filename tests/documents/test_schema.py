"""The published schemas: every example by its name, three judges of one mind, and linters' defaults.

``valid`` and ``invalid`` are judged by the schema alone; ``refused`` fits its schema and breaks
the rule in its name.
"""

from __future__ import annotations

import copy
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
from effort import examples
from hypothesis import given
from hypothesis import strategies as st
from repositories import PROJECT

from flaggit.catalog.parsing import parse_catalog
from flaggit.core.layout import SETTINGS
from flaggit.core.model import FIELDS
from flaggit.documents.codec import load_yaml
from flaggit.documents.resources import list_schemas
from flaggit.documents.rules import RULES, check_completion_document, check_flag_document, check_note_document
from flaggit.documents.schema import _SHAPES, accepts, build_validator, check_document, load_schema
from flaggit.documents.settings import build_settings, find_faults, load_settings

EXAMPLES = PROJECT / "schemas" / "examples"
KINDS = ("flag", "completion", "note", "catalog", "settings")


def example_files(folder: str, kind: str = "") -> list[Path]:
    return sorted((EXAMPLES / folder).glob(f"{kind}*.yaml"))


def kind_of(path: Path) -> str:
    return path.name.partition("-")[0]


def content(path: Path) -> dict:
    return load_yaml(path.read_bytes()).document


def judge_rules(kind: str, document: dict) -> list:
    if kind == "flag":
        return check_flag_document(document, build_settings({}))
    return check_completion_document(document) if kind == "completion" else check_note_document(document)


def by_name(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


def test_every_schema_has_examples_of_both_sorts() -> None:
    assert sorted(name.partition(".")[0] for name in list_schemas()) == sorted(KINDS)
    for kind in KINDS:
        assert example_files("valid", kind) and example_files("invalid", kind)
        jsonschema.Draft7Validator.check_schema(load_schema(kind))


@pytest.mark.parametrize("path", example_files("valid"), ids=by_name)
def test_valid_example_fits(path: Path) -> None:
    kind, document = kind_of(path), content(path)
    assert accepts(load_schema(kind), document)
    assert list(build_validator(load_schema(kind)).iter_errors(document)) == []
    if kind in FIELDS:
        assert judge_rules(kind, document) == []


@pytest.mark.parametrize("path", example_files("invalid"), ids=by_name)
def test_invalid_example_does_not_fit(path: Path) -> None:
    kind, document = kind_of(path), content(path)
    assert not accepts(load_schema(kind), document)
    assert len({problem.field for problem in check_document(kind, document)}) == 1


@pytest.mark.parametrize("path", example_files("refused"), ids=by_name)
def test_refused_example_breaks_the_rule_in_its_name(path: Path) -> None:
    kind, rule = path.name.split("-")[:2]
    assert rule in RULES
    assert check_document(kind, content(path)) == []
    assert {problem.rule for problem in judge_rules(kind, content(path))} == {rule}


@pytest.mark.parametrize("kind", KINDS)
def test_check_jsonschema_judges_alike(kind: str) -> None:
    def judge(*paths: Path) -> set[str]:
        schema = PROJECT / "schemas" / f"{kind}.schema.json"
        argv = [sys.executable, "-m", "check_jsonschema", "-o", "json", "--schemafile", str(schema)]
        done = subprocess.run([*argv, *map(str, paths)], capture_output=True, text=True)
        report = json.loads(done.stdout)
        assert report.get("parse_errors", []) == []
        return {Path(error["filename"]).name for error in report.get("errors", [])}

    assert judge(*example_files("valid", kind), *example_files("refused", kind)) == set()
    assert judge(*example_files("invalid", kind)) == {path.name for path in example_files("invalid", kind)}


@pytest.mark.parametrize("folder", ["valid", "invalid"])
def test_settings_and_catalogs_are_read_as_the_schema_judges_them(folder: str) -> None:
    for path in example_files(folder, "settings"):
        assert (find_faults(load_settings(path.read_bytes())[0]) == []) == (folder == "valid"), path.name
    for path in example_files(folder, "catalog"):
        catalog = parse_catalog([(SETTINGS, path.read_bytes())])
        assert (catalog.problems == ()) == (folder == "valid"), path.name


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 20),
    st.floats(allow_nan=False, allow_infinity=False, width=16),
    st.sampled_from(
        ["", "x", "critical", "low", "security", "change", "k7m2q0x", "k7m2q0x\n", "@a.b", "@a.b\n", "@A.b", "2h", "0h"]
        + ["superseded", "2026-11-23T14:00:00Z", "2026-11-23T14:00:00Z\n", "x" * 65, "x" * 20001, "warn", "retired"]
    ),
    st.lists(st.sampled_from(["a", "a", "b", "", 1, None, "@a.b"]), max_size=4),
    st.dictionaries(st.sampled_from(["email", "ttl", "@a.b", "x", "description"]), st.sampled_from(["a", 1, {}])),
)


def places(value: object, trail: tuple = ()) -> list[tuple]:
    """Return the way to every value inside a document, and to keys that could be added."""
    found = [trail] if trail else []
    if isinstance(value, dict):
        for key, item in value.items():
            found += places(item, (*trail, key))
        found += [(*trail, key) for key in ("extra", "re", "superseded_by", "aliases", "@a.b") if key not in value]
    elif isinstance(value, list):
        for index, item in enumerate(value):
            found += places(item, (*trail, index))
    return found


def mutate(document: object, trail: tuple, value: object, *, drop: bool) -> None:
    for step in trail[:-1]:
        document = document[step]
    if drop and (isinstance(document, list) or trail[-1] in document):
        del document[trail[-1]]
    else:
        document[trail[-1]] = value


@pytest.mark.parametrize("kind", KINDS)
@examples(250)
@given(data=st.data())
def test_interpreter_and_jsonschema_never_disagree(kind: str, data: st.DataObject) -> None:
    schema = load_schema(kind)
    document = copy.deepcopy(content(data.draw(st.sampled_from(example_files("valid", kind)))))
    for _ in range(data.draw(st.integers(1, 3))):
        trail = data.draw(st.sampled_from(places(document)))
        mutate(document, trail, copy.deepcopy(data.draw(VALUES)), drop=data.draw(st.booleans()))
    assert accepts(schema, document) == build_validator(schema).is_valid(document)


@pytest.mark.parametrize("kind", KINDS)
@given(value=VALUES)
@examples(60)
def test_what_is_no_document_at_all_is_judged_alike(kind: str, value: object) -> None:
    assert accepts(load_schema(kind), value) == build_validator(load_schema(kind)).is_valid(value)


@pytest.mark.parametrize("pattern", sorted(_SHAPES))
@examples(300)
@given(data=st.data())
def test_patterns_that_are_judged_by_hand_are_judged_alike(pattern: str, data: st.DataObject) -> None:
    text = data.draw(st.from_regex(pattern.removesuffix("$") + r"\Z") | st.text("@.-:TZ019abilz\n\u0660", max_size=24))
    at = data.draw(st.integers(0, len(text)))
    text = text[:at] + data.draw(st.sampled_from(["", "\n", "-", "A", "\u0661"])) + text[at:]
    assert _SHAPES[pattern](text) == (re.fullmatch(pattern.removesuffix("$").removeprefix("^"), text) is not None)


def test_no_reference_is_ever_fetched() -> None:
    from referencing.exceptions import Unresolvable

    validator = build_validator({"$ref": "http://127.0.0.1:9/schema.json"})
    with pytest.raises(jsonschema.exceptions._WrappedReferencingError) as caught:
        validator.is_valid({})
    assert isinstance(caught.value._wrapped, Unresolvable)


def test_examples_pass_yamllint_with_its_defaults() -> None:
    files = [str(path) for path in example_files("valid") if path.stem != "catalog-as-json"]
    done = subprocess.run([sys.executable, "-m", "yamllint", "-f", "parsable", *files], capture_output=True, text=True)
    found = [line for line in done.stdout.splitlines() if "[error]" in line and "line-length" not in line]
    assert found == []


def test_examples_pass_prettier_with_its_defaults() -> None:
    prettier = shutil.which("prettier")
    command = [prettier] if prettier else ["npx", "--no-install", "--offline", "prettier"]
    if shutil.which(command[0]) is None or subprocess.run([*command, "--version"], capture_output=True).returncode != 0:
        pytest.skip("prettier is not installed")
    files = [str(path) for path in example_files("valid") if kind_of(path) in FIELDS and "by-hand" not in path.name]
    done = subprocess.run([*command, "--check", *files], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
