"""Every command line that the older system's prompts document, run from a shell script through the real program."""

from __future__ import annotations

import json
import re
import sys
from bisect import bisect
from pathlib import Path

import pytest
from repositories import Work

SCRIPT = re.compile(r"(?:uv run )?python (?:~/)?\.claude/scripts/agent_db\.py")
ME = "@backend.serverless"
EXAMPLES = (0, 175, 185, 200, 210)  # lines at which the text begins to speak of another flag


def read_commands(prompt: str) -> dict[int, str]:
    """Return line number -> documented command line, with ``flaggit`` in place of the older script."""
    found: dict[int, str] = {}
    lines = prompt.split("\n")
    for number, line in enumerate(lines, 1):
        start = SCRIPT.search(line) or re.match(r"\d\. (?=(?:lock|unlock|create|complete)-flag)", line)
        if not start or line.startswith("#"):
            continue
        text, end = line, number
        while text.rstrip().endswith("\\"):
            text = text.rstrip() + "\n" + lines[end]
            end += 1
        text = SCRIPT.sub("flaggit", text)
        found[number] = re.sub(r"^\d\. ", "flaggit ", text)
    return found


@pytest.fixture
def older(work: Work, data_folder: Path, tmp_path: Path) -> tuple[Work, dict[int, str]]:
    """A repository with the older system's agents, ``flaggit`` on PATH, and the documented commands."""
    work.write(".flags/catalog.yaml", (data_folder / "catalog-52.yaml").read_text())
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "flaggit").write_text(f'#!/bin/sh\nexec {sys.executable} -m flaggit "$@"\n')
    (folder / "flaggit").chmod(0o755)
    return work, read_commands((data_folder / "old-agent-prompt.md").read_text())


def run(work: Work, line: str, *, status: int | None = 0, agent: str | None = None, warn: bool = False):
    """Run one line with the shell; what it prints has to be one JSON document."""
    if warn:
        work.write(".flags/config.yaml", "quality: warn\n")
    path = f"{work.path.parent / 'bin'}:/usr/bin:/bin"
    env = {"PATH": path, **({"FLAGGIT_AGENT": agent} if agent else {})}
    answer = work.run("/bin/sh", "-c", line, env=env)
    assert status is None or answer.status == status, (line, answer)
    assert "Traceback" not in answer.err
    return json.loads(answer.out)


def codes(refusal: dict) -> set[tuple[str, str, int | None, int | None]]:
    return {
        (one["field"], one["code"], one.get("current_length"), one.get("required_length"))
        for one in refusal["violations"]
    }


def test_the_documented_lines_are_all_found(older) -> None:
    _, commands = older
    verbs = [line.split()[1] for line in commands.values()]
    assert {verb: verbs.count(verb) for verb in set(verbs)} == {
        "search-agents": 6,
        "get-agent-flags": 1,
        "complete-flag": 5,
        "lock-flag": 2,
        "unlock-flag": 2,
        "create-flag": 4,
        "create-flag-for-agent": 1,
        "query": 1,
    }


def test_the_whole_protocol_runs_as_one_script(older) -> None:
    """Only what stands for something else is filled in: ids, an expert's name, and one template left out."""
    work, commands = older
    work.write(".flags/config.yaml", "quality: warn\n")
    flags = [work.raise_flag(target=ME, source="@backend.nodejs") for _ in EXAMPLES]
    work.raise_flag(target=ME, source="@backend.nodejs", legacy_id=100)
    lines = ["set -e"]
    for number, line in sorted(commands.items()):
        if '"[type]"' not in line:
            flag_id = flags[bisect(EXAMPLES, number) - 1]
            filled = line.replace("[FLAG_ID]", flag_id).replace("[ID]", flag_id)
            lines += [filled.replace("@[EXPERT]", "@database.postgres"), "echo ---"]
    work.write("protocol.sh", "\n".join(lines))
    path = f"{work.path.parent / 'bin'}:/usr/bin:/bin"
    answer = work.run("/bin/sh", "protocol.sh", env={"PATH": path, "FLAGGIT_AGENT": ME})
    assert answer.status == 0, answer
    documents = [json.loads(text) for text in answer.out.split("---\n") if text.strip()]
    assert len(documents) == len(commands) - 1
    assert all(document.get("success", True) for document in documents if isinstance(document, dict))


@pytest.mark.parametrize(
    ("line", "name"),
    [
        (91, "@service.auth"),
        (95, "@database.postgres"),
        (99, "@frontend.react"),
        (103, "@ops.containers"),
        (69, "@service.auth"),
    ],
)
def test_searches_find_the_named_agent_first(older, line: int, name: str) -> None:
    work, commands = older
    found = run(work, commands[line])
    assert list(found) == ["query", "total_matches", "results"]
    assert found["results"][0]["name"] == name and found["results"][0]["rank"] == 1


def test_the_pending_flags_are_listed(older) -> None:
    work, commands = older
    flag_id = work.raise_flag(target=ME, source="@backend.nodejs")
    assert [row["id"] for row in run(work, commands[114])] == [flag_id]


def test_the_query_finds_agents_by_their_module(older) -> None:
    work, commands = older
    rows = run(work, commands[245].replace("[domain]", "auth"))
    assert [row["name"] for row in rows] == ["@service.auth"]
    assert list(rows[0]) == ["name", "module", "description", "capabilities"]
    assert run(work, commands[245]) == []


def test_the_short_examples_are_refused_for_exactly_what_is_wrong(older) -> None:
    work, commands = older
    flag_id = work.raise_flag(target=ME, source="@backend.nodejs", legacy_id=100)

    example = commands[191].replace("[ID]", flag_id)
    (length,) = {one[2] for one in codes(run(work, example, status=2, agent=ME))}
    assert length is not None and 43 <= length <= 50
    assert codes(run(work, example, status=2)) == {
        ("source_agent", "no_identity", None, None),
        ("change_description", "too_short", length, 50),
    }
    asking = commands[215].replace("@[EXPERT]", "@database.postgres")
    assert codes(run(work, asking, status=2)) == {("action_required", "too_short", 53, 100)}
    assert codes(run(work, commands[330], status=2)) == {("action_required", "too_short", 86, 100)}
    refusal = run(work, commands[1242], status=2)
    assert codes(refusal) == {
        ("change_description", "too_short", 49, 50),
        ("action_required", "too_short", 53, 100),
    }
    assert (refusal["current_length"], refusal["required_length"]) == (49, 50)
    assert len(run(work, "flaggit get-pending-flags")) == 1


def test_the_short_examples_are_taken_with_warnings_where_quality_warns(older) -> None:
    work, commands = older
    flag_id = work.raise_flag(target=ME, source="@backend.nodejs", legacy_id=100)
    question = run(work, commands[191].replace("[ID]", flag_id), agent=ME, warn=True)
    assert question["re"] == flag_id
    assert {"unknown_target", "too_short"} <= {one["code"] for one in question["warnings"]}
    expert = commands[215].replace("@[EXPERT]", "@database.postgres").replace("[FLAG_ID]", flag_id)
    assert run(work, expert)["priority"] == "high"
    chained = run(work, commands[330])
    assert chained["chain_root"] == flag_id
    assert run(work, commands[1242])["to"] == "@backend.nodejs"


def test_an_expert_who_is_only_a_placeholder_is_no_handle(older) -> None:
    work, commands = older
    for warn in (False, True):
        refusal = run(work, commands[215], status=2, warn=warn)
        assert ("target_agent", "bad_handle") in {(one["field"], one["code"]) for one in refusal["violations"]}
        assert "target_required" not in {one["code"] for one in refusal["violations"]}


def test_the_bare_template_is_read_and_every_placeholder_named(older) -> None:
    work, commands = older
    refusal = run(work, commands[253], status=2)
    assert {one["field"] for one in refusal["violations"]} >= {
        "flag_type",
        "target_agent",
        "change_description",
        "action_required",
        "impact_level",
        "chain_origin_id",
        "code_location",
    }
    assert {"bad_type", "bad_handle", "bad_impact", "placeholder_text", "bad_location"} <= {
        one["code"] for one in refusal["violations"]
    }
