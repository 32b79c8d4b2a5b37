"""``flaggit agent-hook``: facts at the right moment, silence otherwise, and never a status that blocks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from repositories import Work

from flaggit.cli import quick_hook
from flaggit.clients import claims
from flaggit.clients.table import EDIT, SESSION, STOP, SUBAGENT
from flaggit.clone.identity import find_instance
from flaggit.clone.lock_refs import BRANCHES, FETCHED, HELD, HIDDEN, LOCAL, MIRROR
from flaggit.clone.remotes import shown_base
from flaggit.git.repo import find_repo
from flaggit.git.turn_mark import has_staged
from flaggit.impact.asking import MOST_WHILE_WAITING
from flaggit.planning.cycles import REF

AGENT = "@frontend.web"
# All that a hook with nothing to say loads; and what it compares an edit with, where others hold something.
QUICK = {"cli", "cli.program", "cli.quick_hook", "core", "core.record", "git", "git.gitdir", "git.turn_mark"}
QUICK |= {"clients", "clients.claims", "clients.facts", "clients.sessions", "clients.table"}
TOUCHING = {"core.limits", "core.patterns", "core.text", "planning", "planning.waves"}


def hook(work: Work, event: str, facts: object = None, *options: str, status: int = 0, agent: str | None = AGENT):
    """Run a hook as a client does; return its JSON, or None where it says nothing."""
    text = facts if isinstance(facts, str) else json.dumps(facts or {})
    answer = work.flaggit("agent-hook", event, *options, input=text, agent=agent, status=status)
    assert answer.err == "" or status
    return json.loads(answer.out) if answer.out else None


def context(answer: dict) -> str:
    return answer["hookSpecificOutput"]["additionalContext"]


def held(work: Work, **changes: object) -> str:
    """Raise a flag about src/client.ts that another worktree's agent holds."""
    flag_id = work.raise_flag(related_files=("src/client.ts",), **changes)
    work.commit("raise", ".flags")
    other = work.worktree("other")
    other.flaggit("lock", flag_id, agent=AGENT)
    return flag_id


def edit(path: str, **more: object) -> dict:
    return {"hook_event_name": "PreToolUse", "tool_name": "Edit", "tool_input": {"file_path": path}, **more}


# -- at the start -------------------------------------------------------------------------------


def test_the_start_of_a_session_gets_the_briefing(work: Work):
    flag_id = work.raise_flag()
    answer = hook(work, "session-start", {"hook_event_name": "SessionStart", "source": "startup"})
    assert answer["hookSpecificOutput"]["hookEventName"] == "SessionStart"
    assert "You are @frontend.web." in context(answer)
    assert flag_id in context(answer)
    assert len(context(answer)) < 10_000


@pytest.mark.parametrize("event", ["SessionStart", "session_start", "sessionStart"])
def test_an_event_may_be_spelt_as_clients_do(work: Work, event: str):
    assert "flaggit next" in context(hook(work, event))


@pytest.mark.parametrize("name", ["backend.queue", "backend-queue"])
def test_a_subagent_of_the_catalog_gets_its_own_flags(work: Work, name: str):
    flag_id = work.raise_flag(target="@backend.queue")
    text = context(hook(work, "session-start", {"agent_type": name}))
    assert "@backend.queue" in text and flag_id in text


def test_a_subagent_that_the_catalog_does_not_know_is_the_worktrees(work: Work):
    assert "@frontend.web" in context(hook(work, "session-start", {"agent_type": "general-purpose"}))


def test_the_folder_that_the_client_names_counts(work: Work, tmp_path: Path):
    (tmp_path / "elsewhere").mkdir()
    answer = hook(Work(tmp_path / "elsewhere"), "session-start", {"cwd": str(work.path)})
    assert "flaggit next" in context(answer)


def test_outside_a_store_it_says_nothing(tmp_path: Path):
    work = Work(tmp_path)
    for event in ("session-start", "pre-tool-use", "stop"):
        assert loaded_of_ours(work.path, event, edit("a.txt")) <= QUICK
    work.git("init", "-q", env={"GIT_DEFAULT_REF_FORMAT": "files"})
    assert loaded_of_ours(work.path, "session-start", {}) <= QUICK
    assert hook(work, "session-start") is None


# -- before an edit -----------------------------------------------------------------------------


def test_an_edit_of_a_file_that_another_holds_is_told_and_never_denied(work: Work):
    flag_id = held(work)
    answer = hook(work, "pre-tool-use", edit(str(work.path / "src" / "client.ts")))
    text = context(answer)
    assert text.startswith(f"Flag {flag_id} names src/client.ts; @frontend.web holds it until 20")
    assert set(answer["hookSpecificOutput"]) == {"hookEventName", "additionalContext"}


def test_relative_paths_and_files_of_folders_are_understood(work: Work):
    held(work)
    assert hook(work, "pre-tool-use", edit("client.ts", cwd=str(work.path / "src")))
    assert hook(work, "pre-tool-use", {"tool_input": {"files": ["src/client.ts"]}, "cwd": str(work.path)})


@pytest.mark.parametrize("path", ["README.md", "/etc/passwd", "../src/client.ts", "", "\0"])
def test_other_files_are_nobodys_business(work: Work, path: str):
    held(work)
    assert hook(work, "pre-tool-use", edit(path, cwd=str(work.path))) is None


def test_a_locked_path_is_told_to_others(work: Work):
    other = work.worktree("other")
    other.flaggit("lock", "--files", "src/**", agent=AGENT)
    facts = edit(str(work.path / "src" / "client.ts"))
    assert context(hook(work, "pre-tool-use", facts)).startswith("@frontend.web has locked src/client.ts until 20")
    assert hook(work, "pre-tool-use", edit(str(work.path / "README.md"))) is None
    mine = edit(str(other.path / "src" / "client.ts"), cwd=str(other.path))
    assert hook(other, "pre-tool-use", mine) is None


def test_ones_own_lock_an_expired_one_and_a_completed_flag_are_not_told(work: Work):
    flag_id = work.raise_flag(related_files=("src/",))
    work.flaggit("lock", flag_id, agent=AGENT)
    assert hook(work, "pre-tool-use", edit(str(work.path / "src" / "client.ts"))) is None
    other = work.raise_flag(related_files=("src/",))
    work.commit("raise", ".flags")
    there = work.worktree("other")
    there.flaggit("lock", other, agent=AGENT)
    there.flaggit("complete", other, agent=AGENT)
    assert hook(work, "pre-tool-use", edit(str(work.path / "src" / "client.ts"))) is None


@pytest.mark.startup
@pytest.mark.parametrize("event", ["pre-tool-use", "stop"])
@pytest.mark.parametrize("place", ["main", "linked", "subfolder", "packed"])
@pytest.mark.usefixtures("file_refs")
def test_with_nothing_to_say_hardly_anything_is_loaded(work: Work, event: str, place: str):
    flag_id = work.raise_flag(related_files=("src/client.ts",))
    work.commit("raise")
    hook(work, "stop")  # sees that all is committed
    if place == "packed":
        work.git("pack-refs", "--all")
    there = work.worktree("far") if place == "linked" else work
    hook(there, "stop")  # sees that nobody is owed a flag
    folder = there.path / ("src" if place == "subfolder" else ".")
    assert loaded_of_ours(folder, event, edit("src/client.ts")) <= QUICK
    work.flaggit("lock", flag_id, agent=AGENT)
    if place == "packed":
        work.git("pack-refs", "--all")
    answer = hook(there, event, edit(str(there.path / "src" / "client.ts")))
    speaks = event == "pre-tool-use" if there is not work else event == "stop"
    assert (answer is not None) == speaks  # to others before they edit, to the holder before it stops
    if event == "stop":  # what others hold is nothing to load for, nor a turn that goes on already
        facts = {} if there is not work else {"stop_hook_active": True}
        assert loaded_of_ours(folder, event, facts) <= QUICK
    if there is work:
        assert loaded_of_ours(folder, "PostToolUse", {}) <= QUICK


def loaded_of_ours(folder: Path, event: str, facts: object) -> set[str]:
    """Run a hook that says nothing, and return which modules of ours it loaded."""
    argv = [sys.executable, "-X", "importtime", "-m", "flaggit", "agent-hook", event, "--client", "claude"]
    done = subprocess.run(argv, cwd=folder, input=json.dumps(facts), capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")
    loaded = {line.split("|")[2].strip() for line in done.stderr.splitlines() if line.count("|") == 2}
    assert "json" not in loaded
    return {name.removeprefix("flaggit.") for name in loaded if name.startswith("flaggit.")} - {"__main__"}


@pytest.mark.startup
@pytest.mark.parametrize("place", ["here", "worktree", "branch"])
@pytest.mark.usefixtures("file_refs")
def test_what_others_hold_is_read_once_for_edits_of_other_files(work: Work, place: str):
    raised = work if place == "here" else work.worktree("raised")
    flag_id = raised.raise_flag(related_files=("src/client.ts",))
    raised.commit("raise", ".flags")
    if place == "branch":
        raised.git("switch", "-q", "--detach", "main")
    other = work.worktree("other")
    other.flaggit("lock", flag_id, agent=AGENT)
    if place == "here":  # what is written as flaggit writes is read at once, and an own lock is known as one
        work.flaggit("lock", work.raise_flag(related_files=("docs/",)), agent=AGENT)
        for path in ("README.md", "docs/a.md"):
            assert loaded_of_ours(work.path, "pre-tool-use", edit(path)) <= QUICK | TOUCHING
    other.flaggit("lock", "--files", "api/**", agent=AGENT)
    settle(work.path.parent)
    assert hook(work, "pre-tool-use", edit("README.md")) is None
    assert loaded_of_ours(work.path, "pre-tool-use", edit("README.md")) <= QUICK | TOUCHING
    for path in ("src/client.ts", "src", "api/orders.yaml"):
        assert hook(work, "pre-tool-use", edit(str(work.path / path)))


def settle(folder: Path) -> None:
    """Let every file be an hour old, so that its stamp tells it from a later one."""
    then = time.time() - 3600
    for path in [*folder.rglob("*.yaml"), *folder.rglob(".git/worktrees")]:
        os.utime(path, (then, then))


def _lock_another(work: Work, _flag_id: str) -> None:
    other = work.raise_flag(related_files=("README.md",))
    work.worktree("third").flaggit("lock", other, agent=AGENT)


def _lock_one_written_by_hand(work: Work, _flag_id: str) -> None:
    other = work.raise_flag(related_files=("README.md",))
    path = next(work.path.glob(f".flags/*/{other}.yaml"))
    path.write_text(path.read_text().replace('\n  - "README.md"', ' ["README.md"]'))
    work.worktree("third").flaggit("lock", other, agent=AGENT)


def _edit_the_flag(work: Work, flag_id: str) -> None:
    path = next(work.path.glob(f".flags/*/{flag_id}.yaml"))
    path.write_text(path.read_text().replace("src/client.ts", "README.md"))


def _lock_paths(work: Work, _flag_id: str) -> None:
    work.worktree("third").flaggit("lock", "--files", "*.md", agent=AGENT)


def _make_a_link(work: Work, _flag_id: str) -> None:
    (work.path / "README.md").unlink(missing_ok=True)
    (work.path / "README.md").symlink_to("src/client.ts")


def _lose_what_is_kept(work: Work, _flag_id: str) -> None:
    (work.path / ".git/flaggit/claims").write_bytes(b"damaged")
    _edit_the_flag(work, _flag_id)


@pytest.mark.parametrize(
    "change",
    [_lock_another, _lock_one_written_by_hand, _edit_the_flag, _lock_paths, _make_a_link, _lose_what_is_kept],
    ids=lambda it: it.__name__,
)
@pytest.mark.usefixtures("file_refs")
def test_what_was_kept_of_others_work_is_dropped_once_it_no_longer_holds(work: Work, change: Callable):
    flag_id = held(work)
    settle(work.path.parent)
    assert hook(work, "pre-tool-use", edit("src/client.ts", cwd=str(work.path)))
    assert (work.path / ".git/flaggit/claims").exists()
    change(work, flag_id)
    assert hook(work, "pre-tool-use", edit("README.md", cwd=str(work.path)))


def test_a_lock_that_a_plain_fetch_brought_along_is_told(work: Work, tmp_path: Path):
    held(work)
    work.git("clone", "-q", str(work.path), str(tmp_path / "clone"))
    clone = Work(tmp_path / "clone")
    for _ in range(2):
        assert hook(clone, "pre-tool-use", edit("README.md")) is None
        assert hook(clone, "pre-tool-use", edit("src/client.ts", cwd=str(clone.path)))


def test_the_folder_that_the_client_names_counts_before_an_edit_too(work: Work, tmp_path: Path):
    held(work)
    (tmp_path / "elsewhere").mkdir()
    other = Work(tmp_path / "elsewhere")
    other.git("init", "-q")
    assert hook(other, "pre-tool-use", edit("src/client.ts", cwd=str(work.path)))


def test_the_quick_look_for_locks_knows_every_place_of_theirs(work: Work):
    assert f"{claims.LOCK_PLACES[1]}/{claims.OTHERS[0]}" == REF
    assert shown_base("origin") == f"{MIRROR}origin/{claims.OTHERS[1]}"
    assert f"{claims.HELD}/" == HELD
    assert (quick_hook._EDIT, quick_hook._STOP, *quick_hook._STARTS) == (EDIT, STOP, SESSION, SUBAGENT)
    assert f"{claims.LOCK_FOLDER}/" == FETCHED == f"/{BRANCHES.removeprefix('refs/heads/')}"
    for prefix in (BRANCHES, HIDDEN, LOCAL, MIRROR):
        assert prefix.startswith(tuple(f"{place}/" for place in claims.LOCK_PLACES))
    flag_id = work.raise_flag()
    assert has_staged(find_repo(str(work.path)))
    assert (work.path / ".git" / quick_hook.STAGED).exists()
    work.flaggit("lock", flag_id, agent=AGENT)
    assert (work.path / ".git" / claims.INSTANCE).read_text().startswith(find_instance(find_repo(str(work.path))))


# -- at the end ---------------------------------------------------------------------------------


@pytest.mark.usefixtures("file_refs")
def test_what_can_be_gone_on_with_is_named_once_a_session(work: Work):
    flag_id, second = work.raise_flag(), work.raise_flag()
    work.commit("raise")
    assert hook(work, "stop", {}) is None
    work.flaggit("lock", flag_id, agent=AGENT)
    assert flag_id in context(hook(work, "stop", {"session_id": "a", "stop_hook_active": False}))
    assert loaded_of_ours(work.path, "stop", {"session_id": "a"}) <= QUICK  # it was told
    assert flag_id in context(hook(work, "stop", {"session_id": "b"}))
    assert hook(work, "stop", {"stop_hook_active": True}) is None
    work.flaggit("lock", second, agent=AGENT)
    told = context(hook(work, "stop", {"session_id": "a"}))
    assert second in told and flag_id not in told
    work.flaggit("complete", flag_id, second, agent=AGENT)
    work.commit("done")
    assert hook(work, "stop", {}) is None


def test_a_flag_that_waits_on_an_answer_does_not_keep_an_agent_going(work: Work):
    flag_id = work.raise_flag()
    work.flaggit("lock", flag_id, agent=AGENT)
    question = work.flaggit("ask", flag_id, "Which?", "--json", agent=AGENT).data["id"]
    work.commit("ask", ".flags")
    assert hook(work, "stop", {}) is None
    work.flaggit("answer", question, "This one.", agent="@backend.api")
    work.commit("answer")
    assert flag_id in context(hook(work, "stop", {}))


def test_what_is_in_no_commit_is_named(work: Work):
    flag_id = work.raise_flag()
    work.commit("raise")
    work.flaggit("complete", flag_id, agent=AGENT)
    assert "1 file below .flags/" in context(hook(work, "stop", {}))
    work.commit("done")
    assert hook(work, "stop", {}) is None


@pytest.fixture
def changed(work: Work) -> Work:
    """A worktree in which the agent has changed a file that another owns, and has been told nothing yet."""
    work.write("api/orders.yaml", "paths: {}\n")
    work.commit("The API", "api")
    work.git("switch", "-q", "-c", "topic")
    hook(work, "stop", {})
    work.write("api/orders.yaml", "paths: {/orders: {}}\n")
    hook(work, "pre-tool-use", edit(str(work.path / "api" / "orders.yaml")))
    return work


def test_whom_no_flag_tells_of_the_change_is_named_once_a_session(changed: Work):
    told = context(hook(changed, "stop", {"session_id": "a"}))
    assert told.startswith("@backend.api owns api/orders.yaml and no flag tells them of the change. `flaggit create ")
    assert "--to @backend.api --file api/orders.yaml --change TEXT --action TEXT`" in told
    assert hook(changed, "stop", {"session_id": "a"}) is None
    changed.write("api/more.yaml", "{}\n")
    hook(changed, "pre-tool-use", edit(str(changed.path / "api" / "more.yaml")))
    assert hook(changed, "stop", {"session_id": "a"}) is None
    changed.commit("work", "api")
    assert hook(changed, "stop", {"session_id": "b"}) is None  # the same change, committed
    changed.commit("more work", "api")
    changed.write("api/third.yaml", "{}\n")
    changed.git("add", "api")
    assert "api/more.yaml, api/orders.yaml, api/third.yaml" in context(hook(changed, "stop", {"session_id": "b"}))


def test_a_flag_that_tells_them_is_enough(changed: Work):
    changed.raise_flag(AGENT, "@backend.api")
    changed.commit("tell them", ".flags", "api")
    assert hook(changed, "stop", {}) is None


def test_a_change_that_a_flag_asked_for_is_known_to_who_raised_it(changed: Work):
    flag_id = changed.raise_flag("@backend.api", AGENT)
    changed.flaggit("complete", flag_id, agent=AGENT)
    changed.commit("as asked", ".flags", "api")
    assert hook(changed, "stop", {}) is None


@pytest.mark.parametrize("way", ["settings", "nobody", "owner"])
def test_where_nobody_is_owed_a_flag_it_is_silent(changed: Work, way: str):
    if way == "settings":
        changed.write(".flags/config.yaml", 'schema: 1\nunflagged:\n  review: "off"\n')
    agent = {"nobody": None, "owner": "@backend.api"}.get(way, AGENT)
    assert hook(changed, "stop", {}, agent=agent) is None


def test_in_a_repository_that_was_never_read_owners_are_named(changed: Work):
    changed.git("switch", "-q", "main")
    changed.write("big/0.txt", "")
    for number in range(MOST_WHILE_WAITING + 1):
        (changed.path / "big" / f"{number}.txt").write_text(f"word{number}\n")
    changed.commit("Much", "big")
    changed.git("switch", "-q", "-C", "topic", "main")
    changed.write("api/orders.yaml", "paths: {/orders: {}}\n")
    changed.git("add", "api")
    assert context(hook(changed, "stop", {})).startswith("@backend.api owns api/orders.yaml")


# -- two sessions in one worktree ---------------------------------------------------------------


def test_a_second_session_in_a_worktree_is_told_and_a_resumed_one_is_not(work: Work):
    start = {"hook_event_name": "SessionStart", "source": "startup"}
    assert "Another session" not in context(hook(work, "session-start", {**start, "session_id": "one"}))
    told = context(hook(work, "session-start", {**start, "session_id": "two"}))
    assert "Another session was at work in this worktree" in told and "flaggit worktree add" in told
    again = {**start, "source": "compact", "session_id": "one"}
    assert "Another session" not in context(hook(work, "session-start", again))
    far = work.worktree("far")
    assert "Another session" not in context(hook(far, "session-start", {**start, "session_id": "three"}))


def test_a_session_that_gave_no_sign_for_a_quarter_of_an_hour_is_over(work: Work):
    start = {"hook_event_name": "SessionStart", "source": "startup"}
    hook(work, "session-start", {**start, "session_id": "one"})
    for path in (work.path / ".git" / "flaggit").rglob("sessions/*"):
        os.utime(path, (0, 0))
    assert "Another session" not in context(hook(work, "session-start", {**start, "session_id": "two"}))


# -- never in the way ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--nonsense"],
        ["session-start", "--client", "unheard-of"],
        ["session-start", "too", "many"],
        ["session-start", "--renamed-option", "x"],
    ],
)
def test_a_wrong_line_is_never_a_status_that_blocks(work: Work, arguments: list[str]):
    assert work.flaggit("agent-hook", *arguments, status=1).err


@pytest.mark.parametrize(
    "text", ["", "no json", "[]", "null", '{"cwd": 5}', "[" * 100_000, '{"tool_input": "x"}', "\0\xff"]
)
@pytest.mark.parametrize("event", ["session-start", "pre-tool-use", "stop", "something-new"])
def test_whatever_a_client_sends_does_no_harm(work: Work, event: str, text: str):
    held(work)
    answer = work.flaggit("agent-hook", event, input=text, agent=AGENT, status=None)
    assert answer.status == 0, answer


def test_a_broken_store_is_at_most_an_error_that_does_not_block(work: Work):
    work.write(".flags/config.yaml", "nonsense: [\n")
    assert work.flaggit("agent-hook", "session-start", input="{}", agent=AGENT, status=None).status in (0, 1)
    assert work.flaggit("agent-hook", "session-start", input="{}", agent="no handle!", status=None).status in (0, 1)
