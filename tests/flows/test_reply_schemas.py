"""What ``--json`` answers is what the published schemas say: of every command, by running it."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
from reply_judge import judge
from repositories import LONG_ACTION, LONG_CHANGE, PROJECT, Work

from flaggit.commands import INDEX, find_command
from flaggit.commands.setup.actions import find_reply, load_replies

API, WEB = "@backend.api", "@frontend.web"
COMMANDS = [
    name
    for name in INDEX
    if not find_command(name).bare and not find_command(name).lines and name not in ("board", "mcp")
]


def name_of(command: str) -> str:
    return find_command(command).schema


def whole() -> jsonschema.Draft7Validator:
    return jsonschema.Draft7Validator(load_replies())


def test_every_command_has_one_and_nothing_else_has() -> None:
    names = load_replies()["definitions"]["reply"]["properties"]["schema"]["enum"]
    assert sorted(names) == sorted(map(name_of, COMMANDS))
    jsonschema.Draft7Validator.check_schema(load_replies())
    for name in names:
        jsonschema.Draft7Validator.check_schema(find_reply(name))


def lines(work: Work) -> dict[str, list[list[str]]]:
    """Return command lines of every command that can be run one after the other, those that write last."""
    first, second, third, fourth = (work.raise_flag(API, WEB) for _ in range(4))
    work.commit("Raise")
    ask = work.flaggit("ask", first, "Until when?", "--to", WEB, "--json", agent=API).data["id"]
    texts = ["--change", LONG_CHANGE, "--action", LONG_ACTION]
    create = ["create", "--type", "change", "--to", WEB, *texts]
    work.write("CODEOWNERS", "/infra/ ops@example.org\n")
    return {
        "overview": [[]],
        "init": [["init"], ["init", "--yes"]],
        "iam": [["iam"]],
        "uninstall": [["uninstall", "--dry-run"]],
        "worktree add": [["worktree", "add", str(work.path.parent / "added"), WEB]],
        "schema": [["schema"], ["schema", "flag"]],
        "create": [create, [*create, "--to", "@backend.queue"], [*create, "--dry-run"], [*create, "--chain", first]],
        "answer": [["answer", ask, "Until noon."]],
        "ask": [["ask", second, "Which table?", "--to", "@backend.queue"]],
        "redirect": [["redirect", third, "--to", "@backend.queue", "--reason", "Theirs."]],
        "bounce": [["bounce", fourth, "--reason", "Says nothing."]],
        "note": [["note", first, "Staging has it."]],
        "edit": [["edit", first, "--impact", "high"]],
        "show": [["show", first]],
        "log": [["log", first], ["log", third]],
        "chain": [["chain", first]],
        "inbox": [["inbox"], ["inbox", "--full"]],
        "outbox": [["outbox"]],
        "list": [["list"], ["list", "--status", "all", "--full"]],
        "find": [["find", "orders"]],
        "next": [["next", "--explain"], ["next"]],
        "lock": [["lock", first], ["lock", "--files", "src/**"]],
        "locks": [["locks"]],
        "plan": [["plan"]],
        "prime": [["prime"]],
        "sync": [["sync"]],
        "unlock": [["unlock", first]],
        "wait": [["wait", first, "--until", "free"], ["wait", "--new", "--timeout", "1s"]],
        "who": [["who"]],
        "complete": [["complete", first, "--note", "Polls."], ["complete", first], ["complete", second, "--commit"]],
        "reopen": [["reopen", first]],
        "commit": [["commit", "--completes", first, "--", "-qm", "Do it"]],
        "affected": [["affected"], ["affected", "--files", "src/a.ts"]],
        "agents list": [["agents", "list"]],
        "agents show": [["agents", "show", API]],
        "agents search": [["agents", "search", "queue workers"]],
        "agents owners": [["agents", "owners", "src/a.ts", "unowned.txt"]],
        "agents check": [["agents", "check"]],
        "agents add": [["agents", "add", "@data.lake", "--description", "Keeps the lake."]],
        "agents edit": [["agents", "edit", "@data.lake", "--tag", "lake"]],
        "agents retire": [["agents", "retire", "@data.lake", "--replaced-by", API]],
        "agents import": [["agents", "import", "CODEOWNERS", "--dry-run"]],
        "agents export": [["agents", "export"]],
        "check": [["check"]],
        "doctor": [["doctor"]],
        "review": [["review", "HEAD~2..HEAD"]],
        "report": [["report"]],
        "prune": [["prune", "--completed-before", "90d", "--dry-run"]],
        "setup": [["setup", "agents-md", "--dry-run"]],
        "hooks install": [["hooks", "install"]],
        "hooks status": [["hooks", "status"]],
        "hooks uninstall": [["hooks", "uninstall"]],
        "hook": [["hook", "pre-commit"]],
        "agent-hook": [["agent-hook", "session-start", "--client", "claude"]],
        "resolve": [["resolve"]],
        "merge-driver": [["merge-driver", "CODEOWNERS", "CODEOWNERS", "CODEOWNERS", "CODEOWNERS"]],
        "textconv": [["textconv", ".flags/catalog.yaml"]],
        "export": [["export", "json"], ["export", "csv"]],
        "import": [["import", "jsonl", "flags.jsonl", "--dry-run"]],
    }


def test_every_command_answers_as_its_schema_says(work: Work, program: Path) -> None:
    todo = lines(work)
    assert sorted(todo) == sorted(COMMANDS)
    work.write("flags.jsonl", work.flaggit("export", "jsonl").out)
    for command, calls in todo.items():
        for words in calls:
            answer = work.flaggit("--json", *words, agent=WEB, status=None)
            assert answer.json.get("schema") == name_of(command), (words, answer)
            assert judge(answer.out) == [], words
            assert list(whole().iter_errors(answer.json)) == [], words


@pytest.mark.parametrize("words", [["show", "zzzzzzz"], ["create", "--type", "change"], ["nonsense"], ["lock", "???"]])
def test_every_error_is_one(work: Work, words: list[str]) -> None:
    answer = work.flaggit(*words, "--json", agent=WEB, status=None)
    assert "error" in answer.json
    assert judge(answer.out) == []
    assert list(whole().iter_errors(answer.json)) == []


def test_what_is_missing_or_wrong_is_refused(work: Work) -> None:
    work.raise_flag(API, WEB)
    good = work.flaggit("inbox", "--json", agent=WEB).json
    for change in (
        lambda answer: answer.pop("warnings"),
        lambda answer: answer["data"][0].pop("created_at"),
        lambda answer: answer["data"][0].update(status="open"),
        lambda answer: answer.update(data=None),
        lambda answer: answer.update(schema="flaggit.inbox/3"),
    ):
        answer = copy.deepcopy(good)
        change(answer)
        assert not whole().is_valid(answer)


def test_they_are_printed_by_name(work: Work) -> None:
    assert "replies" in work.flaggit("schema").out.split()
    printed = json.loads(work.flaggit("schema", "replies").out)
    assert printed == load_replies()
    one = json.loads(work.flaggit("schema", "flaggit.inbox/2").out)
    assert jsonschema.Draft7Validator(one).is_valid(work.flaggit("inbox", "--json", agent=WEB).json)
    assert "flaggit.inbox/2" in work.flaggit("schema", "flaggit.nonsense/1", status=3).err
    assert not (work.path / ".flags" / ".schema" / "replies.json").exists()


def test_another_checker_reads_them_too(work: Work, tmp_path: Path) -> None:
    answer = tmp_path / "answer.json"
    answer.write_text(work.flaggit("doctor", "--json", status=None).out)
    schema = str(PROJECT / "schemas" / "replies.json")
    argv = [sys.executable, "-m", "check_jsonschema", "--schemafile", schema, str(answer)]
    done = subprocess.run(argv, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
