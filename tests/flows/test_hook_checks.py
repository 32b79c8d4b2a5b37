"""What the pre-commit hook says of a commit: flags that are wrong, and owners whom nobody told."""

from __future__ import annotations

from pathlib import Path

import pytest
from repositories import Work

from flaggit.core.model import Problem
from flaggit.hooks.unflagged import judge_unflagged


@pytest.fixture
def hooked(work: Work, program: Path) -> Work:
    work.flaggit("hooks", "install")
    work.git("config", "user.email", "queue@example.org")
    return work


def ask(work: Work, level: str) -> None:
    work.write(".flags/config.yaml", f"unflagged:\n  hook: {level}\n")
    work.commit("Settings", ".flags/config.yaml")


def change(work: Work, *names: str) -> None:
    for name in names:
        work.write(name, "changed\n")
    work.git("add", *names)


def commit(work: Work, agent: str | None = "@backend.queue", **env: str):
    variables = {"FLAGGIT_AGENT": agent} if agent else {}
    return work.run("git", "commit", "-q", "-m", "Change", env={**variables, **env})


@pytest.mark.parametrize(
    ("content", "word"),
    [
        ("id: [", "F001"),
        ("schema: 1\n", "F002"),
        ("<<<<<<< ours\n=======\n>>>>>>> theirs\n", "F001"),
    ],
)
def test_a_broken_flag_stops_the_commit_and_only_that(hooked: Work, content: str, word: str) -> None:
    hooked.write(".flags/frontend.web/k7m2q0x.yaml", content)
    hooked.git("add", ".flags")
    answer = commit(hooked)
    assert answer.status == 1
    assert f"[{word}]" in answer.err
    assert ".flags/frontend.web/k7m2q0x.yaml" in answer.err
    hooked.git("rm", "-q", "--cached", ".flags/frontend.web/k7m2q0x.yaml")
    change(hooked, "src/client.ts")
    assert commit(hooked).status == 0


def test_the_index_is_judged_and_not_the_work_tree(hooked: Work) -> None:
    flag_id = hooked.raise_flag()
    hooked.write(f".flags/frontend.web/{flag_id}.yaml", "id: [")
    assert commit(hooked).err == ""
    hooked.git("add", ".flags")
    hooked.git("checkout", "-q", "HEAD", "--", ".flags")
    hooked.write(f".flags/frontend.web/{flag_id}.yaml", "broken: [")
    change(hooked, "src/client.ts")
    assert commit(hooked).err == ""


@pytest.mark.parametrize(
    ("level", "status", "word"), [("hint", 0, "note:"), ("warn", 0, "warning:"), ("error", 1, "error:")]
)
def test_an_owner_whom_nobody_told(hooked: Work, level: str, status: int, word: str) -> None:
    ask(hooked, level)
    change(hooked, "src/client.ts")
    answer = commit(hooked)
    assert answer.status == status
    line = answer.err.splitlines()[0]
    assert line.startswith(f"src/client.ts: {word} @frontend.web owns src/client.ts")
    command = line.partition("(")[2].rstrip(")")
    assert command.startswith("flaggit create --type change --to @frontend.web --file src/client.ts")


def test_off_by_default_and_silent_for_ones_own_paths(hooked: Work) -> None:
    change(hooked, "src/client.ts")
    assert commit(hooked).err == ""
    ask(hooked, "error")
    change(hooked, "workers/a.py")
    assert (commit(hooked).status, commit(hooked).err) == (0, "")


def test_the_setting_of_one_clone_counts_too(hooked: Work) -> None:
    hooked.git("config", "flaggit.unflagged.hook", "error")
    change(hooked, "src/client.ts")
    assert commit(hooked).status == 1
    hooked.git("config", "--unset", "flaggit.unflagged.hook")
    included = hooked.write("more.config", '[flaggit "unflagged"]\n\thook = error\n')
    hooked.git("config", "include.path", str(included))
    assert commit(hooked).status == 1
    hooked.git("config", "--unset", "include.path")
    assert commit(hooked).status == 0


def test_a_setting_is_found_wherever_git_keeps_it(hooked: Work) -> None:
    hooked.git("config", "user.name", "Ann Example")  # the user's own settings are replaced below
    change(hooked, "src/client.ts")
    count = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "flaggit.unflagged.hook", "GIT_CONFIG_VALUE_0": "error"}
    assert commit(hooked, **count).status == 1
    assert commit(hooked, GIT_CONFIG_PARAMETERS="'flaggit.unflagged.hook'='error'").status == 1
    own = hooked.write("own.config", '[flaggit "unflagged"]\n\thook = error')  # no newline at its end
    assert commit(hooked, GIT_CONFIG_GLOBAL=str(own)).status == 1
    unlike = hooked.write("unlike.config", "[core]\n\thooksPath = .git/hooks\n[hook]\n")
    assert commit(hooked, GIT_CONFIG_GLOBAL=str(unlike)).status == 0


def test_a_setting_is_found_at_the_end_of_a_long_file(hooked: Work) -> None:
    with (hooked.path / ".git" / "config").open("a") as file:
        file.writelines(f'[branch "topic-{number}"]\n\tremote = origin\n' for number in range(200))
        file.write('[flaggit "unflagged"]\n\thook = error\n')
    change(hooked, "src/client.ts")
    assert commit(hooked).status == 1


def test_the_command_that_is_offered_settles_it(hooked: Work) -> None:
    ask(hooked, "error")
    change(hooked, "src/client.ts", "src/other.ts")
    assert commit(hooked).status == 1
    hooked.raise_flag("@backend.queue", "@frontend.web")
    assert commit(hooked).status == 0
    # A flag about the same file that is still pending counts for the commits that follow.
    hooked.raise_flag("@backend.queue", "@frontend.web", related_files=("src/client.ts",))
    hooked.git("commit", "-q", "-m", "Raise", "--", ".flags")
    hooked.write("src/client.ts", "again\n")
    hooked.git("add", "src")
    assert commit(hooked).status == 0


def test_doing_what_was_asked_tells_nobody(hooked: Work) -> None:
    ask(hooked, "error")
    flag_id = hooked.raise_flag("@frontend.web", "@backend.queue")
    hooked.commit("Raise")
    change(hooked, "src/client.ts")
    hooked.flaggit("complete", flag_id, agent="@backend.queue")
    assert commit(hooked).status == 0


def test_who_commits_is_known_by_address_or_not_at_all(hooked: Work) -> None:
    ask(hooked, "error")
    change(hooked, "src/client.ts")
    answer = commit(hooked, agent=None)
    assert answer.status == 0
    assert "note: @frontend.web owns" in answer.err
    change(hooked, "api/orders.py")
    hooked.git("config", "user.email", "web@example.org")
    answer = commit(hooked, agent=None)
    assert answer.status == 1
    assert "@backend.api owns api/orders.py" in answer.err


def test_an_interface_that_nobody_owns_is_told_with_whom_it_may_concern(hooked: Work) -> None:
    ask(hooked, "warn")
    change(hooked, "lib/react.proto")
    told = hooked.flaggit("check", "--staged", "--json", agent="@backend.queue", status=None)
    assert told.data == []  # the hook alone asks who should hear of it
    answer = commit(hooked)
    assert answer.status == 0
    assert "[F035]" in answer.err
    assert "Nobody owns lib/react.proto; it may concern @frontend.web, as a search of the catalog finds." in answer.err
    (found,) = find_untold_in(hooked, "lib/vue.proto", "lib/react.d.ts")
    assert (found.code, found.level, found.path) == ("perhaps_unflagged", "note", "lib/react.d.ts")


def find_untold_in(work: Work, *names: str) -> list[Problem]:
    change(work, *names)
    return judge_unflagged(work.session())


def test_where_the_settings_ask_for_nothing_nobody_is_told(hooked: Work) -> None:
    assert find_untold_in(hooked, "src/client.ts", "lib/react.proto") == []
