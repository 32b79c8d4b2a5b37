"""Every command that an error names works in the situation that names it, typed as it stands."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest
from repositories import Answer, Hub, Work

API, WEB = "@backend.api", "@frontend.web"
TEXT = "It says enough for whoever reads it."
FILLED = {"TEXT": TEXT, "WHY": TEXT, "NAME": "main", "@domain.module": API, "PATH": ".github/CODEOWNERS"}
BY_HAND = ("git commit", "git clone")  # what opens an editor, or needs what nobody but the reader knows

Arranged = tuple[str, str]  # a command line that is refused, and the agent that types it
SITUATIONS: dict[str, Callable[[Work], Arranged]] = {}


def situation(arrange: Callable[[Work], Arranged]) -> Callable[[Work], Arranged]:
    SITUATIONS[arrange.__name__] = arrange
    return arrange


def named_commands(line: str, answer: Answer) -> list[str]:
    """Return the commands that an error names, ready to type; options alone belong to the refused command."""
    told = answer.json["hint"] if answer.out.startswith("{") else answer.err
    advice = "\n".join(text for text in told.splitlines() if not text.startswith(("error: ", "warning: ")))
    named = re.findall(r"`([^`]+)`", advice)
    named += re.findall(r"(?m)(?:^|: )((?:flaggit|git) [^`\n]+?)(?:, or .*|\s{2,}.*)?$", advice)
    named += re.findall(r"with (--force --reason TEXT)", advice)
    typed = [f"{line} {words}" if words.startswith("--") else words for words in named]
    return [fill(words) for words in typed if words.startswith(("flaggit ", "git ")) and not words.startswith(BY_HAND)]


def fill(words: str) -> str:
    return " ".join(shlex.quote(FILLED[word]) if word in FILLED else word for word in words.split(" "))


@situation
def no_agent_is_known(work: Work) -> Arranged:
    return "flaggit next", ""


@situation
def a_flag_is_unknown(work: Work) -> Arranged:
    return "flaggit show zzzzzzz", API


@situation
def a_command_is_unknown(work: Work) -> Arranged:
    return "flaggit frobnicate", API


@situation
def an_option_is_unknown(work: Work) -> Arranged:
    return "flaggit inbox --frobnicate", API


@situation
def an_agent_is_there_already(work: Work) -> Arranged:
    return f"flaggit agents add {API} --description {shlex.quote(TEXT)}", API


@situation
def an_agent_is_edited_without_a_change(work: Work) -> Arranged:
    return f"flaggit agents edit {API}", API


@situation
def a_flag_is_edited_without_a_change(work: Work) -> Arranged:
    return f"flaggit edit {work.raise_flag()}", API


@situation
def somebody_elses_flag_is_completed(work: Work) -> Arranged:
    return f"flaggit complete {work.raise_flag()}", "@backend.queue"


@situation
def a_flag_that_another_holds_is_locked(work: Work) -> Arranged:
    flag = work.raise_flag()
    other = work.worktree("other")
    other.flaggit("lock", flag, agent=WEB)
    return f"flaggit lock {flag}", WEB


@situation
def a_flag_that_another_holds_is_unlocked(work: Work) -> Arranged:
    flag = work.raise_flag()
    work.worktree("other").flaggit("lock", flag, agent=WEB)
    return f"flaggit unlock {flag}", WEB


@situation
def a_completed_flag_is_locked(work: Work) -> Arranged:
    flag = work.raise_flag()
    work.flaggit("complete", flag, agent=WEB)
    return f"flaggit lock {flag}", WEB


@situation
def a_completed_flag_is_edited(work: Work) -> Arranged:
    flag = work.raise_flag()
    work.flaggit("complete", flag, agent=WEB)
    return f"flaggit edit {flag} --impact high", API


@situation
def what_is_no_question_is_answered(work: Work) -> Arranged:
    return f"flaggit answer {work.raise_flag()} {shlex.quote(TEXT)}", WEB


@situation
def anothers_question_is_answered(work: Work) -> Arranged:
    flag = work.raise_flag()
    question = work.flaggit("ask", flag, "Which field is it?", "--json", agent=WEB).data["id"]
    return f"flaggit answer {question} {shlex.quote(TEXT)}", "@backend.queue"


@situation
def all_that_may_be_held_is_held(work: Work) -> Arranged:
    for flag in (work.raise_flag(), work.raise_flag()):
        work.flaggit("lock", flag, agent=WEB)
    work.raise_flag()
    return "flaggit next --lock", WEB


@situation
def nothing_is_waited_for(work: Work) -> Arranged:
    return "flaggit wait", API


@situation
def a_query_names_no_table(work: Work) -> Arranged:
    return "flaggit query 'SELECT * FROM frobnicate'", API


@situation
def a_database_has_no_file(work: Work) -> Arranged:
    return "flaggit export sqlite", API


@situation
def nothing_to_import_is_found(work: Work) -> Arranged:
    work.write(".github/CODEOWNERS", "/src/ @web\n")
    return "flaggit agents import", API


@situation
def a_range_has_no_base(work: Work) -> Arranged:
    work.git("branch", "-m", "trunk")
    work.git("branch", "main")
    work.git("branch", "-m", "main", "elsewhere")
    return "flaggit review", API


@situation
def a_commit_is_unknown(work: Work) -> Arranged:
    return "flaggit review frobnicate..HEAD", API


@situation
def two_remotes_could_decide(work: Work) -> Arranged:
    for name in ("one", "two"):
        work.git("clone", "-q", "--bare", ".", str(work.path.parent / f"{name}.git"))
        work.git("remote", "add", name, str(work.path.parent / f"{name}.git"))
    return f"flaggit lock {work.raise_flag()}", WEB


@situation
def the_remote_that_decides_is_not_there(work: Work) -> Arranged:
    work.git("config", "flaggit.lock.remote", "frobnicate")
    return f"flaggit lock {work.raise_flag()}", WEB


@situation
def somebody_elses_flag_is_redirected(work: Work) -> Arranged:
    return f"flaggit redirect {work.raise_flag()} --to @backend.queue", "@backend.queue"


def completed(work: Work) -> str:
    flag_id = work.raise_flag()
    work.flaggit("complete", flag_id, agent=WEB)
    return flag_id


@situation
def a_third_agent_completes_what_is_done(work: Work) -> Arranged:
    return f"flaggit complete {completed(work)}", "@backend.queue"


@situation
def the_source_locks_what_is_done(work: Work) -> Arranged:
    return f"flaggit lock {completed(work)}", API


@situation
def the_source_edits_what_is_done(work: Work) -> Arranged:
    return f"flaggit edit {completed(work)} --change {shlex.quote(TEXT)}", API


@situation
def only_the_command_says_who_asks(work: Work) -> Arranged:
    flag_id = work.raise_flag(target="@team.platform")
    work.flaggit("lock", flag_id, agent=API)
    return f"flaggit lock {flag_id} @backend.queue", ""


@situation
def only_the_command_says_who_holds_too_many(work: Work) -> Arranged:
    work.write(".flags/config.yaml", "lock: {max: 1}\n")
    work.flaggit("lock", work.raise_flag(), WEB)
    return f"flaggit next {WEB} --lock", ""


@situation
def locks_are_held_when_flaggit_is_taken_out(work: Work) -> Arranged:
    work.flaggit("lock", work.raise_flag(), agent=WEB)
    return "flaggit uninstall --yes", WEB


@situation
def a_flag_is_broken(work: Work) -> Arranged:
    work.write(".flags/frontend.web/k7m2q0x.yaml", "id: [\n")
    return "flaggit show k7m2q0x", API


@situation
def the_history_is_cut(work: Work) -> Arranged:
    for number in range(3):
        work.commit(f"Step {number}")
    shallow = work.path.parent / "shallow"
    work.git("clone", "-q", "--depth=1", f"file://{work.path}", str(shallow))
    work.path = shallow
    return "flaggit review HEAD~2..HEAD", API


def is_answer(followed: Answer) -> bool:
    """Whether a command ended with 1, the answer that there is nothing, and not with an error."""
    return followed.status == 1 and "error: " not in followed.err


@pytest.mark.parametrize("name", SITUATIONS)
def test_what_an_error_names_works(work: Work, program: Path, name: str) -> None:
    line, agent = SITUATIONS[name](work)
    env = {"FLAGGIT_AGENT": agent} if agent else {}
    refused = work.run("sh", "-c", line, env=env)
    assert refused.status not in (0, 70), f"{line}: {refused}"
    commands = named_commands(line, refused)
    assert commands, f"{line}: {refused}"
    for command in commands:
        followed = work.run("sh", "-c", command, env=env)
        assert followed.status == 0 or is_answer(followed), f"{line}: {refused}\n{command}: {followed}"


def test_a_folder_without_a_repository_is_told_how_to_begin(tmp_path: Path, program: Path) -> None:
    away = Work(tmp_path)
    refused = away.flaggit("inbox", agent=API, status=None)
    assert [away.run("sh", "-c", command).status for command in named_commands("flaggit inbox", refused)] == [0]
    assert away.flaggit("inbox", agent=API, status=None).err != refused.err


def test_an_offline_lock_is_settled_by_the_command_that_it_names(hub: Hub, program: Path) -> None:
    ann = hub.clone("ann")
    away = hub.path.rename(hub.path.with_name("away"))
    refused = ann.flaggit("lock", hub.flag, agent=WEB, status=None)
    away.rename(hub.path)
    for command in named_commands(f"flaggit lock {hub.flag}", refused):
        assert ann.run("sh", "-c", command, env={"FLAGGIT_AGENT": WEB}).status == 0, (command, refused)
    assert ann.flaggit("lock", hub.flag, agent=WEB).status == 0
