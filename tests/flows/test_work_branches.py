"""Work branches: what switching to ``flag/<id>`` and leaving it does to locks, where the settings say so."""

from __future__ import annotations

from pathlib import Path

import pytest
from repositories import Work

from flaggit.hooks.work_branches import flag_of_branch

ME = {"FLAGGIT_AGENT": "@frontend.web"}


@pytest.fixture
def hooked(work: Work, program: Path) -> Work:
    work.flaggit("hooks", "install")
    return work


def ask(work: Work, *settings: str) -> None:
    work.write(".flags/config.yaml", "work_branch:\n" + "".join(f"  {setting}: true\n" for setting in settings))
    work.commit("Settings", ".flags/config.yaml")


def holders(work: Work) -> dict[str, str]:
    return {lock["id"]: lock["holder"] for lock in work.flaggit("locks", "--json").data}


@pytest.mark.parametrize(
    ("name", "flag_id"),
    [
        ("flag/k7m2q0x", "k7m2q0x"),
        ("flag/k7m2q0x-new-client", "k7m2q0x"),
        ("refs/heads/flag/k7m2q0x", "k7m2q0x"),
        ("flag/k7m2q0xx", None),
        ("flag/k7m2q0", None),
        ("flag/k7m2q0x/sub", None),
        ("flags/lock/k7m2q0x", None),
        ("main", None),
        ("", None),
    ],
)
def test_which_flag_a_branch_is_for(name: str, flag_id: str | None) -> None:
    assert flag_of_branch(name) == flag_id


def test_switching_locks_only_where_asked_for(hooked: Work) -> None:
    flag_id = hooked.raise_flag()
    hooked.commit("Raise")
    hooked.git("switch", "-q", "-c", f"flag/{flag_id}", env=ME)
    assert holders(hooked) == {}
    ask(hooked, "lock")
    answer = hooked.run("git", "switch", "-q", "-c", f"flag/{flag_id}-client", env=ME)
    assert (answer.status, answer.out, answer.err) == (0, "", "")
    assert holders(hooked) == {flag_id: "@frontend.web"}
    hooked.git("switch", "-q", "main", env=ME)
    assert holders(hooked) == {flag_id: "@frontend.web"}


def test_another_holder_is_named(hooked: Work) -> None:
    flag_id = hooked.raise_flag()
    hooked.commit("Raise")
    ask(hooked, "lock")
    other = hooked.worktree("other")
    other.flaggit("lock", flag_id, agent="@frontend.web")
    answer = hooked.run("git", "switch", "-q", "-c", f"flag/{flag_id}", env=ME)
    assert answer.status == 1
    assert f"{flag_id} is held by another @frontend.web" in answer.err
    assert hooked.git("branch", "--show-current") == f"flag/{flag_id}"


def test_leaving_releases_where_asked_for(hooked: Work) -> None:
    flag_id = hooked.raise_flag()
    hooked.commit("Raise")
    ask(hooked, "lock", "release")
    hooked.git("switch", "-q", "-c", f"flag/{flag_id}", env=ME)
    hooked.git("switch", "-q", "-c", f"flag/{flag_id}-again", env=ME)
    assert holders(hooked) == {flag_id: "@frontend.web"}
    hooked.git("switch", "-q", "main", env=ME)
    assert holders(hooked) == {}


def test_nobody_in_particular_comes_back_and_leaves(hooked: Work) -> None:
    flag_id = hooked.raise_flag()
    hooked.commit("Raise")
    ask(hooked, "lock", "release")
    hooked.git("switch", "-q", "-c", f"flag/{flag_id}")
    for branch in (f"flag/{flag_id}-again", f"flag/{flag_id}"):
        answer = hooked.run("git", "switch", "-q", *(["-c"] if branch.endswith("again") else []), branch)
        assert (answer.status, answer.out, answer.err) == (0, "", "")
        assert holders(hooked) == {flag_id: "@frontend.web"}
    answer = hooked.run("git", "switch", "-q", "main")
    assert (answer.status, answer.out, answer.err) == (0, "", "")
    assert holders(hooked) == {}


def test_a_worktree_for_a_flag_holds_it(hooked: Work) -> None:
    flag_id = hooked.raise_flag()
    hooked.commit("Raise")
    ask(hooked, "lock")
    path = hooked.path.parent / "for-flag"
    hooked.git("worktree", "add", "-q", "-b", f"flag/{flag_id}", str(path), env=ME)
    rows = hooked.flaggit("locks", "--json", agent="@frontend.web").data
    assert [(row["id"], row["state"]) for row in rows] == [(flag_id, "held")]
    mine = Work(path).flaggit("locks", "--json", agent="@frontend.web").data
    assert [(row["id"], row["state"]) for row in mine] == [(flag_id, "mine")]


def test_unknown_and_completed_flags_are_said(hooked: Work) -> None:
    ask(hooked, "lock")
    answer = hooked.run("git", "switch", "-q", "-c", "flag/zzzzzz9", env=ME)
    assert (answer.status, "No flag zzzzzz9" in answer.err) == (0, True)
    flag_id = hooked.raise_flag()
    hooked.commit("Raise")
    hooked.flaggit("complete", flag_id, "--commit")
    answer = hooked.run("git", "switch", "-q", "-c", f"flag/{flag_id}", env=ME)
    assert (answer.status, "completed already" in answer.err) == (0, True)
    assert holders(hooked) == {}


def test_taking_out_files_and_rebasing_lock_nothing(hooked: Work) -> None:
    flag_id = hooked.raise_flag()
    hooked.commit("Raise")
    hooked.git("switch", "-q", "-c", f"flag/{flag_id}")
    hooked.commit("Work")
    hooked.git("switch", "-q", "main")
    ask(hooked, "lock")
    hooked.git("switch", "-q", f"flag/{flag_id}", env=ME)
    hooked.flaggit("unlock", flag_id, agent="@frontend.web")
    hooked.git("rebase", "-q", "main", env=ME)
    hooked.git("checkout", "-q", "--", "README.md", env=ME)
    assert holders(hooked) == {}


@pytest.mark.parametrize("spelling", ["work_branch", "workBranch", "work-branch"])
def test_the_setting_is_found_wherever_git_keeps_it(hooked: Work, tmp_path: Path, spelling: str) -> None:
    spelling = f"flaggit.{spelling}.lock"
    flag_id = hooked.raise_flag()
    hooked.commit("Raise")
    taken = {flag_id: "@frontend.web"}

    def switch(name: str, *options: str, **env: str) -> dict[str, str]:
        hooked.git(*options, "switch", "-q", "-c", f"flag/{flag_id}-{name}", env={**ME, **env})
        found = holders(hooked)
        if found:
            hooked.flaggit("unlock", flag_id, agent="@frontend.web")
        return found

    assert switch("unset") == {}
    assert switch("option", "-c", f"{spelling}=true") == taken
    own = tmp_path / "own.config"
    hooked.git("config", "--file", str(own), spelling, "true")
    assert switch("global", GIT_CONFIG_GLOBAL=str(own)) == taken
    hooked.git("config", "include.path", str(own))
    assert switch("included") == taken
    hooked.git("config", "--unset", "include.path")
    hooked.write("dull.config", "[branch]\n\tsort = work\n")
    assert switch("other", GIT_CONFIG_GLOBAL=str(hooked.path / "dull.config")) == {}
    with (hooked.path / ".git" / "config").open("a") as file:
        file.writelines(f'[branch "topic-{number}"]\n\tremote = origin\n' for number in range(200))
    assert switch("many") == {}
    hooked.git("config", spelling, "true")
    assert switch("last") == taken
