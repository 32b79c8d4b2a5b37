"""Raising flags: what is written, what is refused and how, what is remarked."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from repositories import LONG_ACTION, LONG_CHANGE, Work
from yamllint import linter
from yamllint.config import YamlLintConfig

GOOD = ("--type", "change", "--to", "@frontend.web", "--change", LONG_CHANGE, "--action", LONG_ACTION)


def create(work: Work, *more: str, status: int = 0, agent: str | None = "@backend.api", base=GOOD, **options):
    return work.flaggit("create", *base, *more, "--json", agent=agent, status=status, **options)


def codes(answer) -> list[str]:
    return [violation["code"] for violation in answer.json["violations"]]


def test_the_file_lies_in_the_targets_folder_and_is_staged(work: Work) -> None:
    data = create(work, "--file", "src/client.ts", "--location", "src/client.ts:1").data
    assert data["path"] == f".flags/frontend.web/{data['id']}.yaml"
    assert work.git("status", "--porcelain") == f"A  {data['path']}"
    assert (data["source_agent"], data["target_agent"], data["impact_level"]) == (
        "@backend.api",
        "@frontend.web",
        "medium",
    )
    assert data["status"] == "pending" and data["actionable"] is True


def test_every_field_comes_back(work: Work) -> None:
    first = create(work).data["id"]
    given = ["--chain", first, "--re", first[:5], "--example", "curl -X POST /orders", "--context", '{"k": [1, 2]}']
    data = create(work, *given, "--notes", "a remark", "--file", "src/", "--file", "./src/client.ts").data
    shown = work.flaggit("show", data["id"], "--json").data
    assert shown["chain_origin_id"] == first == shown["re"]
    assert json.loads(shown["context"]) == {"k": [1, 2]}
    assert shown["related_files"] == ["src/", "src/client.ts"]
    assert shown["notes"] == "a remark" and shown["example_usage"] == "curl -X POST /orders"
    assert shown["chain_root"] == first


def test_files_pass_yamllint(work: Work) -> None:
    long = ("--change", LONG_CHANGE * 5, "--action", "two\n\nparagraphs, and words: " + LONG_ACTION * 3)
    path = create(work, *long, "--context", '{"a": 1}', "--example", 'say "hi" \\ there').data["path"]
    problems = list(linter.run((work.path / path).read_text(), YamlLintConfig("extends: default")))
    assert [p for p in problems if p.level == "error"] == [], problems


def test_several_targets_share_a_batch(work: Work) -> None:
    data = create(work, "--to", "@backend.queue").data
    assert [flag["target_agent"] for flag in data] == ["@frontend.web", "@backend.queue"]
    assert len({flag["batch"] for flag in data}) == 1 and len({flag["id"] for flag in data}) == 2


def test_all_violations_at_once_and_nothing_written(work: Work) -> None:
    wrong = ("--type", "code_quality", "--impact", "urgent", "--to", "ARTHUR", "--change", "x", "--action", "  y  ")
    answer = create(work, "--context", "{bad", "--location", "nowhere", "--file", "../up", base=wrong, status=2)
    assert answer.json["code"] == "invalid"
    assert sorted(codes(answer)) == sorted(
        ["bad_type", "bad_impact", "bad_handle", "too_short", "too_short", "bad_json", "bad_location", "bad_path"]
    )
    assert (answer.json["current_length"], answer.json["required_length"]) == (1, 50)
    assert work.git("status", "--porcelain") == ""


def test_refused_text_is_kept_as_a_draft_that_can_be_raised(work: Work) -> None:
    answer = create(work, "--action", "too short", status=2)
    draft = Path(answer.json["draft"])
    text = draft.read_text()
    assert LONG_CHANGE[:40] in text and "too short" in text and "9 characters now, at least 100" in text
    data = work.flaggit("create", "--draft", str(draft), "--action", LONG_ACTION, "--json", agent="@backend.api").data
    assert data["change_description"] == LONG_CHANGE and data["target_agent"] == "@frontend.web"


@pytest.mark.parametrize(
    ("kind", "impact", "code"),
    [
        ("security", "high", "requires_critical"),
        ("data_loss", "low", "requires_critical"),
        ("breaking_change", "low", "low_not_allowed"),
        ("change", "critical", "critical_not_allowed"),
    ],
)
def test_type_and_impact_go_together(work: Work, kind: str, impact: str, code: str) -> None:
    answer = create(work, "--type", kind, "--impact", impact, status=2)
    assert answer.json["code"] == code


def test_security_is_critical_by_default_and_names_a_target(work: Work) -> None:
    assert create(work, "--type", "security").data["impact_level"] == "critical"
    general = ("--type", "security", "--change", LONG_CHANGE, "--action", LONG_ACTION)
    assert create(work, base=general, status=2).json["code"] == "target_required"


@pytest.mark.parametrize("handle", ["ARTHUR", "@api-agent", "@a.b.c", "@", "@Weird Name!!", "../../etc", "@catalog.d"])
def test_bad_handles(work: Work, handle: str) -> None:
    answer = create(work, "--to", handle, base=("--type", "change", *GOOD[4:]), status=2)
    assert answer.json["code"] == "bad_handle"


def test_a_word_that_is_no_handle_leads_to_the_agent_that_has_it(work: Work) -> None:
    answer = create(work, "--to", "web", base=("--type", "change", *GOOD[4:]), status=2)
    assert answer.json["error"].endswith("Did you mean @frontend.web?")
    assert answer.json["suggestion"] == "@frontend.web"


def test_nobody_is_taken_for_the_agent_that_asks(work: Work) -> None:
    answer = create(work, "--to", "@nowhere.else", base=("--type", "change", *GOOD[4:]))
    assert "@backend.api" not in json.dumps(answer.json["warnings"])


def test_a_missing_at_is_added_and_null_means_nobody(work: Work) -> None:
    assert (
        create(work, base=("--type", "change", "--to", "backend.queue", *GOOD[4:])).data["target_agent"]
        == "@backend.queue"
    )
    for nobody in ("NULL", "", "general"):
        assert create(work, base=("--type", "change", "--to", nobody, *GOOD[4:])).data["target_agent"] is None


def test_iam_says_whom_a_misspelt_agent_may_mean(work: Work) -> None:
    assert work.flaggit("iam", "@frontend.web").err == ""
    assert "Did you mean @frontend.web?" in work.flaggit("iam", "@fronten.web").err
    assert "`flaggit agents add @data.lake`" in work.flaggit("iam", "@data.lake").err


def test_identity_is_needed_and_comes_from_option_environment_or_worktree(work: Work) -> None:
    assert create(work, agent=None, status=2).json["code"] == "no_identity"
    assert create(work, "--from", "@backend.queue").data["source_agent"] == "@backend.queue"
    work.flaggit("iam", "@backend.queue")
    assert create(work, agent=None).data["source_agent"] == "@backend.queue"
    other = work.worktree("other")
    assert create(other, agent=None, status=2).json["code"] == "no_identity"


def test_remarks(work: Work) -> None:
    first = create(work).data["id"]
    answer = create(work, "--file", "src/gone.ts")
    remarks = {warning["code"]: warning for warning in answer.json["warnings"]}
    assert remarks["possible_duplicate"]["ids"] == [first]
    assert "src/gone.ts" in remarks["missing_file"]["message"]
    answer = create(work, base=("--type", "change", "--to", "@web.frontend", *GOOD[4:]))
    assert answer.json["warnings"][0]["code"] == "unknown_target"
    assert "@frontend.web" in answer.json["warnings"][0]["suggestions"]
    answer = create(work, "--from", "@frontend.web")
    assert "self_target" in [warning["code"] for warning in answer.json["warnings"]]


def test_strict_targets_refuse_unknown_ones(work: Work) -> None:
    work.write(".flags/config.yaml", "strict_targets: true\n")
    answer = create(work, base=("--type", "change", "--to", "@nobody.known", *GOOD[4:]), status=2)
    assert answer.json["code"] == "unknown_target"


def test_quality_warn_accepts_short_texts(work: Work) -> None:
    work.write(".flags/config.yaml", "quality: warn\n")
    answer = create(work, "--change", "short", "--action", "short")
    assert [warning["code"] for warning in answer.json["warnings"]] == ["too_short", "too_short"]


def test_settings_that_git_hands_on_from_its_own_command_line_count(work: Work) -> None:
    words = ("create", "--type", "change", "--to", "@frontend.web", "--change", "short", "--action", "short")
    program = f"alias.flags=!{sys.executable} -m flaggit"
    said = work.git("-c", program, "-c", "flaggit.quality=warn", "flags", *words, env={"FLAGGIT_AGENT": "@backend.api"})
    assert said.startswith("Raised ")


def test_references_have_to_resolve(work: Work) -> None:
    assert create(work, "--chain", "zzzzzz2", status=3).json["code"] == "unknown_flag"
    answer = create(work, "--chain", "zzzzzz2", "--type", "nonsense", status=2)
    assert sorted(codes(answer)) == ["bad_type", "unknown_flag"]


def test_dry_run_writes_nothing(work: Work) -> None:
    assert create(work, "--dry-run").data["dry_run"] is True
    assert work.git("status", "--porcelain") == ""


def test_commit_takes_in_exactly_the_flag(work: Work) -> None:
    work.write("README.md", "changed\n")
    work.git("add", "README.md")
    work.write("src/client.ts", "dirty\n")
    data = create(work, "--commit").data
    assert work.git("show", "--format=", "--name-only", "HEAD") == data["path"]
    assert sorted(work.git("status", "--porcelain").splitlines()) == [" M src/client.ts", "M  README.md"]


def test_texts_from_standard_input_and_files(work: Work, tmp_path: Path) -> None:
    file = tmp_path / "action.txt"
    file.write_text(LONG_ACTION + "\n")
    base = ("--type", "change", "--to", "@frontend.web", "--change", "-", "--action-file", str(file))
    data = create(work, base=base, input=LONG_CHANGE + "\r\n").data
    assert (data["change_description"], data["action_required"]) == (LONG_CHANGE, LONG_ACTION)
    assert create(work, "--change-file", "absent", base=base[:4], status=3).json["code"] == "unknown_file"
    assert "`--change -`" in create(work, "--change-file", "-", base=base[:4], status=3).json["hint"]


def test_control_characters_are_refused(work: Work) -> None:
    assert create(work, "--notes", "bell \x07", status=2).json["code"] == "control_character"


def test_a_question_is_linked_to_the_flag_that_its_text_names(work: Work) -> None:
    first = create(work).data["id"]
    question = ("--type", "information_request", "--to", "@backend.api", "--from", "@frontend.web")
    text = f"FLAG #{first}: how long does the job live, and is it the same job after a retry?"
    data = create(work, "--change", text, "--action", LONG_ACTION, base=question).data
    assert data["re"] == first
    assert work.flaggit("show", first, "--json").data["waiting_on"] == [data["id"]]


def test_the_older_spellings_work(work: Work) -> None:
    old = ("--flag_type", "change", "--target-agent", "@frontend.web", "--change_description", LONG_CHANGE)
    data = create(work, "--action-required", LONG_ACTION, "--related_files", "README.md,src/client.ts", base=old).data
    assert data["related_files"] == ["README.md", "src/client.ts"]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("client.ts", "src/client.ts"),
        ("./client.ts", "src/client.ts"),
        ("../README.md", "README.md"),
        ("src/client.ts", "src/client.ts"),
        ("src/", "src/"),
        ("unknown.ts", "unknown.ts"),
    ],
)
def test_a_path_may_be_given_as_seen_from_a_subfolder(work: Work, given: str, kept: str) -> None:
    data = create(work, "--file", given, "--location", f"{given.rstrip('/')}:3-9", cwd="src").data
    assert data["related_files"] == [kept]
    assert data["code_location"] == f"{kept.rstrip('/')}:3-9"
    rows = work.flaggit("list", "--file", given, "--json", cwd="src").data
    assert [row["id"] for row in rows] == [data["id"]]


def test_a_path_out_of_the_repository_is_refused_from_a_subfolder_too(work: Work) -> None:
    work.path.parent.joinpath("outside").write_text("x")
    for path in ("../../outside", "../nowhere"):
        assert create(work, "--file", path, cwd="src", status=2).json["code"] == "bad_path"


def test_many_at_once(work: Work) -> None:
    with ThreadPoolExecutor(8) as pool:
        ids = list(pool.map(lambda _: create(work).data["id"], range(40)))
    assert len(set(ids)) == 40
    staged = work.git("diff", "--cached", "--name-only").splitlines()
    assert len([path for path in staged if path.startswith(".flags/frontend.web/")]) == 40


def test_commits_wait_for_their_turn_too(work: Work) -> None:
    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(lambda _: create(work, "--commit").data["commit"], range(48)))
    assert len(set(found)) == 48
    assert int(work.git("rev-list", "--count", "HEAD")) > 48
    assert work.git("status", "--porcelain") == ""


def test_a_hook_of_a_commit_does_not_wait_for_that_commit(work: Work) -> None:
    flag_id = work.raise_flag()
    words = ["note", flag_id, "Seen."]
    endless = f"from flaggit.git import turns; turns._PATIENCE = 1e9; from flaggit.cli.entry import run; run({words})"
    hook = work.write(".git/hooks/post-commit", f'#!/bin/sh\nexec {sys.executable} -c "{endless}"\n')
    hook.chmod(0o755)
    create(work, "--commit")
    assert "Seen." in work.flaggit("show", flag_id).out


@pytest.mark.parametrize("options", [["--object-format=sha256"], []])
def test_works_before_the_first_commit(tmp_path: Path, options: list[str]) -> None:
    subprocess.run(["git", "init", "-q", *options, str(tmp_path / "ünïcode ☂ path")], check=True)
    work = Work(tmp_path / "ünïcode ☂ path")
    work.flaggit("init")
    data = create(work, "--commit").data
    assert work.git("log", "--format=%s") == f"Raise flag {data['id']}"


def test_works_in_a_subdirectory_detached_and_sparse(work: Work) -> None:
    work.git("checkout", "-q", "--detach")
    assert create(work, cwd="src").data["path"].startswith(".flags/")
    work.git("commit", "-qm", "flags")
    work.git("sparse-checkout", "set", "--no-cone", "src")
    data = create(work).data
    assert data["path"] in work.git("diff", "--cached", "--name-only")
    work.git("commit", "-qm", "flag")
    work.git("sparse-checkout", "reapply")
    refused = work.flaggit("edit", data["id"], "--impact", "low", "--json", agent="@backend.api", status=4)
    assert refused.json["code"] == "not_here" and "sparse" in refused.json["error"]


def test_the_editor_on_a_terminal(work: Work, tmp_path: Path) -> None:
    editor = tmp_path / "editor.py"
    editor.write_text(
        "import sys\n"
        "path = sys.argv[1]\n"
        "text = open(path).read()\n"
        "assert 'at least 100 are needed' in text\n"
        f"text = text.replace('change_description: |-\\n  ', 'change_description: |-\\n  {LONG_CHANGE}')\n"
        f"text = text.replace('action_required: |-\\n  ', 'action_required: |-\\n  {LONG_ACTION}')\n"
        "text = text.replace('target_agent: []', 'target_agent: [\"@frontend.web\"]')\n"
        "open(path, 'w').write(text)\n"
    )
    env = {**os.environ, "FLAGGIT_AGENT": "@backend.api", "GIT_EDITOR": f"'{sys.executable}' '{editor}'"}
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "flaggit", "create"], cwd=work.path, env=env, stdin=slave, stdout=slave, stderr=slave
    )
    os.close(slave)
    shown = b""
    try:
        while chunk := os.read(master, 4096):
            shown += chunk
    except OSError:  # the other side has closed
        pass
    os.close(master)
    assert process.wait() == 0, shown.decode()
    rows = work.flaggit("list", "--json", "--full").data
    assert [row["change_description"] for row in rows] == [LONG_CHANGE]
