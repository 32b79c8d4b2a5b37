"""Whatever the files of a branch say, every judge ends with findings: each value of a valid file replaced."""

from __future__ import annotations

import contextlib
import json

import pytest
from repositories import LONG_ACTION, LONG_CHANGE, MAIN_AGENT, Work

from flaggit.catalog.parsing import parse_catalog
from flaggit.cli.entry import run
from flaggit.commands.review.formats import FORMATS
from flaggit.core.errors import InvalidError
from flaggit.core.model import COMPLETION_FIELDS, FLAG_FIELDS, NOTE_FIELDS, Agent
from flaggit.documents.canonical import dump_field
from flaggit.documents.settings import SETTINGS, settings_of
from flaggit.server.receive import pre_receive

# As they stand in the file: of every YAML type, of the wrong length, in the wrong alphabet, just beside what is valid.
VALUES = (
    *("null", "true", "0", "1", "-1", "2", "999999999999999", "9" * 5000, "1.5", "1e999", ".nan", "0o17", "2026-11-23"),
    *(
        '""',
        '" "',
        "x",
        '"nonsense"',
        '"CHANGE"',
        '"\\u0000"',
        '"\\ud83d"',
        '"\\ud83d\\udcb0"',
        '"\\u202e"',
        '"\\u2028"',
    ),
    *("[]", "{}", "[[]]", "[{}]", '["x"]', "[1]", "[null]", '{"a": [1, {"b": null}]}', '"' + "x" * 20_001 + '"'),
    *('"@"', '"@a.b"', '"@frontend.web"', '"@catalog.d"', '"@Frontend.Web"', '"@nobody.here"', '"@' + "a" * 70 + '.b"'),
    *('"2026-02-30T00:00:00Z"', '"0000-00-00T00:00:00Z"', '"9999-12-31T23:59:59Z"', '"2026-11-23T14:00:00+01:00"'),
    *(
        '"../x"',
        '"/etc/passwd"',
        '["../x"]',
        '["a\\nb"]',
        '[".flags/x"]',
        '["' + "a/" * 300 + '"]',
        '"x:0-0"',
        '"x:9-1"',
    ),
    *(
        '"k7m2q0x"',
        '"zzzzzzz"',
        '"done"',
        '"superseded"',
        '"critical"',
        '"security"',
        "*a",
        "&a x",
        "!!binary eA==",
        "|",
        "- x",
    ),
)
FLAG = {
    "schema": 1,
    "id": "",
    "flag_type": "change",
    "impact_level": "medium",
    "source_agent": MAIN_AGENT,
    "target_agent": "@frontend.web",
    "change_description": LONG_CHANGE,
    "action_required": LONG_ACTION,
    "related_files": ["src/client.ts"],
    "created_at": "2026-11-23T14:00:00Z",
}
COMPLETION = {
    "schema": 1,
    "id": "",
    "completed_by": "@frontend.web",
    "completed_at": "2026-11-23T15:00:00Z",
    "resolution": "done",
    "notes": "Done.",
}
NOTE = {"schema": 1, "author": "@frontend.web", "created_at": "2026-11-23T14:30:00Z", "text": "On it."}


def id_of(number: int) -> str:
    digits = "0123456789abcdefghjkmnpqrstvwxyz"
    return "b" + "".join(digits[number // 32**place % 32] for place in range(6))


def spoil(document: dict, field: str, value: str) -> str:
    """The file of ``document`` with the value of one field, which it may not have, replaced by text as it stands."""
    lines = [
        f"{key}: {value}" if key == field else dump_field(key, item)
        for key, item in {**document, field: document.get(field)}.items()
    ]
    return "\n\n".join(lines) + "\n"


def spoiled(kind: str, step: int) -> dict[str, str]:
    """Path -> content of a good flag and, of the kind asked for, a bad file about it: one a field and value.

    Of the values every ``step``-th is taken, beginning with another for each field.
    """
    fields, document = {
        "flag": (FLAG_FIELDS, FLAG),
        "completion": (COMPLETION_FIELDS, COMPLETION),
        "note": (NOTE_FIELDS, NOTE),
    }[kind]
    files = {}
    for number, (field, value) in enumerate(
        (field, value) for place, field in enumerate(fields) for value in VALUES[place % step :: step]
    ):
        flag_id = id_of(number)
        flag = {**FLAG, "id": flag_id}
        files[f".flags/frontend.web/{flag_id}.yaml"] = spoil(flag, "schema", "1")
        place = {
            "flag": f"frontend.web/{flag_id}",
            "completion": f"done/{flag_id}",
            "note": f"notes/{flag_id}-20261123T143000Z-5f0c2a91",
        }
        mine = {**document, "id": flag_id} if "id" in document else document
        files[f".flags/{place[kind]}.yaml"] = spoil(mine, field, value)
    return files


def good(paths) -> dict[str, str]:
    """The same paths with valid content."""
    files = {}
    for path in paths:
        stem = path.rpartition("/")[2].removesuffix(".yaml")
        kind = COMPLETION if "/done/" in path else NOTE if "/notes/" in path else FLAG
        files[path] = spoil({**kind, "id": stem} if "id" in kind else kind, "schema", "1")
    return files


def commit(work: Work, files: dict[str, str], message: str) -> None:
    for path, content in files.items():
        work.write(path, content)
    work.write("src/client.ts", message)
    work.git("add", "-A", ".")
    work.commit(message)


@pytest.fixture
def judge(work: Work, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]):
    """Run judges over ``main..HEAD`` in this process, where a fault of flaggit's own is raised and not told."""
    monkeypatch.chdir(work.path)
    monkeypatch.setenv("FLAGGIT_DEBUG", "1")

    def run_judges(*forms: str) -> None:
        commands = [["check", "--range", "main..HEAD"], *(["review", "main..HEAD", "--format", form] for form in forms)]
        if forms == tuple(FORMATS):
            commands += [["check"], ["check", "--staged"], ["inbox", "@frontend.web"], ["report"]]
        for command in commands:
            status = run(command)
            out, err = capfd.readouterr()
            assert status in (0, 1), (command, err[-2000:])
            if command[-1] in ("json", "sarif", "gitlab", "rdjson"):
                json.loads(out)
        new = work.git("rev-parse", "HEAD")
        status, _ = pre_receive([f"{'0' * 40} {new} refs/heads/topic"], {"GIT_DIR": str(work.path / ".git")})
        assert status in (0, 1)

    return run_judges


@pytest.mark.parametrize("step", [11, pytest.param(1, marks=pytest.mark.slow)])
@pytest.mark.parametrize("kind", ["flag", "completion", "note"])
def test_every_judge_ends_with_findings(work: Work, judge, kind: str, step: int) -> None:
    bad = spoiled(kind, step)
    work.git("switch", "-q", "-c", "topic")
    commit(work, bad, "bad ones raised")
    judge(*FORMATS)
    for message, files in (("mended", good(bad)), ("made bad", bad), ("another change beside bad ones", {})):
        work.git("branch", "-f", "main")
        commit(work, files, message)
        judge("text", "json")
    work.git("branch", "-f", "main")
    work.git("rm", "-q", *(path for path in bad if ("/done/" in path) == (kind == "completion")))
    commit(work, {}, "bad ones taken away")
    judge("text", "json")


@pytest.mark.parametrize("value", VALUES)
def test_bad_settings_are_a_finding(work: Work, value: str) -> None:
    repo = work.session().repo
    for setting in SETTINGS:
        section, dot, name = setting.name.partition(".")
        text = f"{section}:\n  {name}: {value}\n" if dot else f"{section}: {value}\n"
        with contextlib.suppress(InvalidError):
            settings_of(repo, text.encode())
    with contextlib.suppress(InvalidError):
        settings_of(repo, f"{value}: 1\n".encode())


@pytest.mark.parametrize("value", VALUES)
def test_bad_entries_of_the_catalog_are_a_finding(value: str) -> None:
    good = '  "@frontend.web": {description: "Builds the web client."}\n'
    for field in Agent.__slots__[1:]:
        text = f'schema: 1\nagents:\n  "@backend.api":\n    {field}: {value}\n{good}'
        catalog = parse_catalog([(".flags/catalog.yaml", text.encode())])
        assert catalog.find("@backend.api") or catalog.problems
    for text in (f"schema: {value}\nagents:\n{good}", f"agents: {value}\n", f"schema: 1\nagents:\n  {value}: {{}}\n"):
        parse_catalog([(".flags/catalog.yaml", text.encode())])
