"""``init``: a conversation on a terminal, silent without one, and as little as possible in the repository."""

from __future__ import annotations

from pathlib import Path

import pytest
from repositories import Hub, Work
from terminals import Terminal

from flaggit.clone.remotes import place_hash

OWNERS = "/src/api/ @acme/api\n/src/web/ @acme/web\n"
AGENT = "---\nname: billing-agent\ndescription: Issues invoices.\n---\nYou bill.\n"
CTRL_C, CTRL_D = "\x03", "\x04"


@pytest.fixture
def bare_start(work: Work, program: Path) -> Work:
    """A repository without a store, and a flaggit that git's hooks find."""
    work.git("rm", "-rq", ".flags")
    work.commit("Without a store")
    return work


def state(work: Work) -> tuple[str, str, list[str]]:
    """Return what ``init`` could change: the work tree, the clone's git config, the hooks."""
    hooks = [path.name for path in (work.path / ".git/hooks").glob("*") if path.suffix != ".sample"]
    return work.git("status", "--porcelain", "-uall"), (work.path / ".git/config").read_text(), sorted(hooks)


def added_lines(work: Work) -> int:
    work.git("add", "-A")
    return sum(int(line.split("\t")[0]) for line in work.git("diff", "--cached", "--numstat").splitlines())


def test_without_a_terminal_only_the_store_is_made(bare_start: Work) -> None:
    bare_start.write(".github/CODEOWNERS", OWNERS)
    bare_start.commit("Owners", ".github")
    _, config, hooks = state(bare_start)
    data = bare_start.flaggit("init", "--json").data
    assert [made["place"] for made in data["made"]] == [".flags/catalog.yaml", ".flags/.gitattributes"]
    assert {"git config merge.flaggit.driver", "hook pre-commit", ".github/CODEOWNERS"} <= set(data["offered"])
    assert state(bare_start) == ("A  .flags/.gitattributes\nA  .flags/catalog.yaml", config, hooks)


def test_yes_takes_what_is_found_and_adds_few_lines(bare_start: Work) -> None:
    bare_start.write(".github/CODEOWNERS", OWNERS)
    bare_start.commit("Owners", ".github")
    data = bare_start.flaggit("init", "--yes", "--client", "claude", "--json").data
    assert data["agents"] == ["@team.api", "@team.web"] and data["failed"] == []
    assert "pre-commit" in state(bare_start)[2]
    assert bare_start.git("config", "merge.flaggit.driver")
    assert "flaggit" in bare_start.read(".claude/settings.json")
    assert not (bare_start.path / "AGENTS.md").exists()
    (bare_start.path / ".claude/settings.json").unlink()
    assert added_lines(bare_start) <= 40


def test_every_question_has_a_default(bare_start: Work) -> None:
    bare_start.write(".claude/agents/billing.md", AGENT)
    bare_start.commit("Agents", ".claude")
    terminal = Terminal(bare_start.path, "init")
    assert ".claude/agents holds 1 file" in terminal.answer("catalog? [Y/n] ")
    assert "git's own hooks" in terminal.answer("Put them in? [Y/n] ")
    terminal.answer("Set that up? [Y/n] ")
    terminal.answer("Which? [claude")
    assert not (bare_start.path / ".flags").exists()  # nothing is written before the last answer
    terminal.answer("Agent [none] ")
    assert terminal.finish() == 0, terminal.shown
    assert "flaggit uninstall" in terminal.shown
    assert max(map(len, terminal.shown.splitlines())) <= 80, terminal.shown
    assert bare_start.flaggit("agents", "list").out.startswith("@agent.billing-agent")
    assert bare_start.flaggit("setup", "claude", "--check").status == 0
    assert bare_start.flaggit("hooks", "status").out.count("runs flaggit") == 4
    assert bare_start.git("config", "diff.flaggit.textconv")


def test_answers_are_taken_and_nonsense_is_asked_again(bare_start: Work) -> None:
    terminal = Terminal(bare_start.path, "init")
    terminal.answer("Agents [none] ", "/src/ @backend.api")
    assert "no agent stands before it" in terminal.answer("Agents [none] ", "@Backend api")
    assert "is not a handle" in terminal.answer("Agents [none] ", "@backend.api /src/api/ frontend.web /src/web/ *.css")
    terminal.answer("[Y/n] ", "perhaps")
    assert "Please answer" in terminal.answer("[Y/n] ", "no")
    terminal.answer("[Y/n] ", "n")
    terminal.answer("Which? [", "emacs")
    assert "There is no emacs" in terminal.answer("Which? [", "none")
    terminal.answer("Agent [none] ", "backend.api")
    assert terminal.finish() == 0, terminal.shown
    shown = bare_start.flaggit("agents", "list", "--json").data
    assert {agent["name"]: agent.get("owns") for agent in shown} == {
        "@backend.api": ["/src/api/"],
        "@frontend.web": ["/src/web/", "*.css"],
    }
    assert bare_start.flaggit("iam").out.startswith("@backend.api")
    assert state(bare_start)[2] == [] and "flaggit" not in state(bare_start)[1]
    assert added_lines(bare_start) <= 40


@pytest.mark.parametrize("key", [CTRL_C, CTRL_D])
def test_stopping_leaves_everything_as_it_was(bare_start: Work, key: str) -> None:
    before = state(bare_start)
    terminal = Terminal(bare_start.path, "init")
    terminal.answer("Agents [none] ", "@backend.api")
    terminal.expect("Put them in? [Y/n] ")
    terminal.type(key)
    assert terminal.finish() == 130
    assert "nothing was written" in terminal.shown and state(bare_start) == before
    assert not (bare_start.path / ".git/flaggit").exists()


def test_what_stands_already_is_not_asked_about(bare_start: Work) -> None:
    bare_start.flaggit("init", "--yes", "--client", "agents-md")
    bare_start.flaggit("agents", "add", "@backend.api")
    terminal = Terminal(bare_start.path, "init")
    assert "Hooks" not in terminal.answer("Agent [none] ", "@backend.api")
    assert terminal.finish() == 0
    terminal = Terminal(bare_start.path, "init")
    assert (terminal.finish(), terminal.shown) == (0, "Everything is set up already.\n")


def test_what_one_step_cannot_do_stops_no_other(bare_start: Work) -> None:
    for name in ("pre-commit", "pre-commit.pre-flaggit"):
        bare_start.write(f".git/hooks/{name}", f"#!/bin/sh\necho {name}\n")
    data = bare_start.flaggit("init", "--yes", "--client", "agents-md", "--json", status=4).data
    assert [failure["code"] for failure in data["failed"]] == ["hook_in_the_way"]
    assert (bare_start.path / "AGENTS.md").exists() and bare_start.git("config", "merge.flaggit.driver")
    assert "not done: " in bare_start.flaggit("init", "--yes", status=4).out


def test_only_a_store_with_schemas_names_them_in_its_flags(bare_start: Work) -> None:
    def first_line() -> str:
        flag_id = bare_start.raise_flag()
        return bare_start.read(f".flags/frontend.web/{flag_id}.yaml").splitlines()[0]

    bare_start.flaggit("init")
    assert first_line() == "schema: 1"
    bare_start.flaggit("init", "--editor")
    assert first_line() == "# yaml-language-server: $schema=../.schema/flag.schema.json"
    assert (bare_start.path / ".flags/.schema/flag.schema.json").is_file()
    assert bare_start.flaggit("check").status == 0


def test_a_new_store_says_which_remote_decides(bare_start: Work) -> None:
    bare_start.git("remote", "add", "origin", "https://example.org/team/shop.git")
    before = state(bare_start)
    made = bare_start.flaggit("init", "--json").data["made"]
    assert ".flags/config.yaml" in [one["place"] for one in made]
    assert place_hash("git@example.org:team/shop") in bare_start.read(".flags/config.yaml")
    bare_start.flaggit("check")
    bare_start.git("remote", "set-url", "origin", "https://example.com/other.git")
    bare_start.flaggit("init")  # what stands is left alone
    assert place_hash("https://example.org/team/shop") in bare_start.read(".flags/config.yaml")
    bare_start.git("remote", "set-url", "origin", "https://example.org/team/shop.git")
    bare_start.flaggit("uninstall", "--yes")
    assert state(bare_start) == before


def test_a_folder_of_this_machine_is_no_place_for_others(bare_start: Work) -> None:
    bare_start.git("remote", "add", "origin", "../hub.git")
    bare_start.flaggit("init")
    assert not (bare_start.path / ".flags/config.yaml").exists()


def test_a_broken_catalog_is_told(bare_start: Work) -> None:
    bare_start.write(".flags/catalog.yaml", "agents: [\n")
    (warning,) = bare_start.flaggit("init", "--json").json["warnings"]
    assert warning["path"] == ".flags/catalog.yaml" and warning["fix"]
    assert bare_start.read(".flags/catalog.yaml") == "agents: [\n"


def test_locks_leave_no_tracking_refs_where_they_are_not_wanted(hub: Hub) -> None:
    quiet, other = hub.clone("quiet"), hub.clone("other")
    other.flaggit("lock", hub.flag, agent="@frontend.web")
    quiet.git("remote", "add", "bare", hub.url)
    quiet.git("config", "--unset-all", "remote.bare.fetch")
    quiet.git("fetch", "-q")
    before, refs = state(quiet), quiet.git("for-each-ref")
    quiet.flaggit("init", "--quiet-refs")
    assert "flags/lock" in refs and quiet.git("config", "--get-all", "remote.bare.fetch", check=False) == ""
    quiet.git("fetch", "-q", "--all")
    assert "flags/lock" not in quiet.git("branch", "-a")
    assert quiet.flaggit("lock", hub.flag, "--json", agent="@backend.api", status=4).json["code"] == "locked_by_other"
    other.flaggit("unlock", hub.flag, agent="@frontend.web")
    quiet.flaggit("lock", hub.flag, agent="@backend.api")
    quiet.flaggit("unlock", hub.flag, agent="@backend.api")
    assert quiet.flaggit("init", "--quiet-refs", "--json").data["made"] == []
    quiet.flaggit("uninstall", "--yes")
    assert state(quiet)[1:] == before[1:]


def test_a_file_in_the_stores_place_is_named_and_nothing_is_written(bare_start: Work) -> None:
    bare_start.write(".flags", "not ours\n")
    before = state(bare_start)
    refused = bare_start.flaggit("init", "--yes", "--json", status=5).json
    assert refused["code"] == "unreadable" and ".flags is a file" in refused["error"] and refused["hint"]
    assert (state(bare_start), bare_start.read(".flags")) == (before, "not ours\n")
