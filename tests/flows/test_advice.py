"""Every command that an error names works in the situation that names it, typed as it stands."""

from __future__ import annotations

import ast
import json
import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from repositories import PROJECT, Answer, Hub, Work

from flaggit.commands import INDEX
from flaggit.core.layout import completion_path

API, WEB = "@backend.api", "@frontend.web"
TEXT = "It says enough for whoever reads it."
FILLED = {
    "TEXT": shlex.quote(TEXT),
    "WHY": shlex.quote(TEXT),
    "NAME": "another",
    "ID": "k7m2q0x",
    "PATH": ".github/CODEOWNERS",
    "PATTERN": "/src/",
    "BASE..HEAD": "HEAD~1..HEAD",
    "@domain.module": API,
    "@agent": WEB,
}
# What opens an editor, waits for somebody, asks a person, or takes what a person mended first.
BY_HAND = (
    *("git commit", "git clone", "git add --force", "flaggit wait", "flaggit events --follow"),
    *("flaggit uninstall", "flaggit create --draft", "flaggit import jsonl FILE"),
)

Arranged = tuple[str, str]  # a command line, and the agent that types it
Arrange = Callable[[Work], Arranged]
SITUATIONS: dict[str, tuple[Arrange, tuple[str, ...]]] = {}
_QUOTED, _PLAIN = r"`([^`]+)`", r"((?:flaggit|git) [a-z-]+(?: [^`\n]+?)?)"
COMMAND = re.compile(rf"{_QUOTED}|(?m:(?:^|: |\(){_PLAIN}(?:, (?:or|and|once|then) .*|\)| {{2,}}.*)?$)")


def situation(*templates: str) -> Callable[[Arrange], Arrange]:
    """Note how a situation is brought about, and the commands that its answer names, as the code spells them."""

    def note(arrange: Arrange) -> Arrange:
        SITUATIONS[arrange.__name__] = arrange, templates
        return arrange

    return note


def commands_in(text: str) -> list[str]:
    """Return the commands that a text names: between backticks, or at the end of a line after a colon or alone."""
    found = [quoted or plain for quoted, plain in COMMAND.findall(text)]
    return [words for words in found if words.startswith(("flaggit ", "git ", "--"))]


def advice_of(reply: object) -> Iterator[str]:
    """Yield what the fields of a reply advise, however deep they lie."""
    if isinstance(reply, list):
        for part in reply:
            yield from advice_of(part)
    if isinstance(reply, dict):
        yield from (reply[name] for name in ("hint", "fix", "additionalContext") if reply.get(name))
        for part in reply.values():
            yield from advice_of(part)


def told(answer: Answer) -> str:
    """Return what an answer advises: hints and fixes of JSON, every line of a text that does not say what is wrong."""
    if answer.out.startswith("{"):
        return "\n".join([*advice_of(answer.json), answer.err])
    lines = f"{answer.out}\n{answer.err}".splitlines()
    return "\n".join(line for line in lines if not line.startswith(("error: ", "warning: ")))


def named_commands(line: str, answer: Answer) -> list[str]:
    """Return the commands that an answer names; options alone belong to the refused command."""
    advice = told(answer)
    named = [*commands_in(advice), *re.findall(r"with (--force --reason TEXT)", advice)]
    return [f"{line} {words}" if words.startswith("--") else words for words in named]


def fill(words: str) -> str:
    """Return a command ready to type: words in capitals stand for what the reader knows."""
    return " ".join(FILLED.get(word, word) for word in words.split(" "))


def spelt(template: str) -> re.Pattern[str]:
    """Return the pattern of a command as the code spells it, with ``{}`` for what it fills in."""
    return re.compile(".*".join(map(re.escape, template.split("{}"))))


@situation("flaggit iam @domain.module")
def no_agent_is_known(work: Work) -> Arranged:
    return "flaggit next", ""


@situation("flaggit list --status all", "git fetch")
def a_flag_is_unknown(work: Work) -> Arranged:
    return "flaggit show zzzzzzz", API


@situation("flaggit help --all")
def a_command_is_unknown(work: Work) -> Arranged:
    return "flaggit frobnicate", API


@situation("flaggit {} --help")
def an_option_is_unknown(work: Work) -> Arranged:
    return "flaggit inbox --frobnicate", API


@situation("flaggit agents edit {} --help")
def an_agent_is_there_already(work: Work) -> Arranged:
    return f"flaggit agents add {API} --description {shlex.quote(TEXT)}", API


@situation("flaggit agents edit --help")
def an_agent_is_edited_without_a_change(work: Work) -> Arranged:
    return f"flaggit agents edit {API}", API


@situation("flaggit edit --help")
def a_flag_is_edited_without_a_change(work: Work) -> Arranged:
    return f"flaggit edit {work.raise_flag()}", API


@situation("flaggit complete {} --force --reason WHY")
def somebody_elses_flag_is_completed(work: Work) -> Arranged:
    return f"flaggit complete {work.raise_flag()}", "@backend.queue"


@situation("flaggit next{}", "flaggit note {} TEXT{}")
def a_flag_that_another_holds_is_locked(work: Work) -> Arranged:
    flag = work.raise_flag()
    other = work.worktree("other")
    other.flaggit("lock", flag, agent=WEB)
    return f"flaggit lock {flag}", WEB


@situation()
def a_flag_that_another_holds_is_unlocked(work: Work) -> Arranged:
    flag = work.raise_flag()
    work.worktree("other").flaggit("lock", flag, agent=WEB)
    return f"flaggit unlock {flag}", WEB


@situation("flaggit next{}", "flaggit reopen {}")
def a_completed_flag_is_locked(work: Work) -> Arranged:
    flag = work.raise_flag()
    work.flaggit("complete", flag, agent=WEB)
    return f"flaggit lock {flag}", WEB


@situation("flaggit note {} TEXT", "flaggit reopen {}")
def a_completed_flag_is_edited(work: Work) -> Arranged:
    flag = work.raise_flag()
    work.flaggit("complete", flag, agent=WEB)
    return f"flaggit edit {flag} --impact high", API


@situation("flaggit note {} TEXT", "flaggit ask {} TEXT")
def what_is_no_question_is_answered(work: Work) -> Arranged:
    return f"flaggit answer {work.raise_flag()} {shlex.quote(TEXT)}", WEB


@situation("flaggit answer {} TEXT --force --reason WHY")
def anothers_question_is_answered(work: Work) -> Arranged:
    flag = work.raise_flag()
    question = work.flaggit("ask", flag, "Which field is it?", "--json", agent=WEB).data["id"]
    return f"flaggit answer {question} {shlex.quote(TEXT)}", "@backend.queue"


@situation("flaggit next{} --resume", "flaggit unlock {}{}")
def all_that_may_be_held_is_held(work: Work) -> Arranged:
    for flag in (work.raise_flag(), work.raise_flag()):
        work.flaggit("lock", flag, agent=WEB)
    work.raise_flag()
    return "flaggit next --lock", WEB


@situation("flaggit wait --help")
def nothing_is_waited_for(work: Work) -> Arranged:
    return "flaggit wait", API


@situation('flaggit query "SELECT name, sql FROM sqlite_master"')
def a_query_names_no_table(work: Work) -> Arranged:
    return "flaggit query 'SELECT * FROM frobnicate'", API


@situation("flaggit export sqlite flags.db")
def a_database_has_no_file(work: Work) -> Arranged:
    return "flaggit export sqlite", API


@situation("flaggit agents import PATH")
def nothing_to_import_is_found(work: Work) -> Arranged:
    work.write(".github/CODEOWNERS", "/src/ @web\n")
    return "flaggit agents import", API


@situation("git config flaggit.base-branch NAME")
def a_range_has_no_base(work: Work) -> Arranged:
    work.git("branch", "-m", "trunk")
    work.git("branch", "main")
    work.git("branch", "-m", "main", "elsewhere")
    return "flaggit review", API


@situation("git log --all --oneline")
def a_commit_is_unknown(work: Work) -> Arranged:
    return "flaggit review frobnicate..HEAD", API


@situation("git config {} {}")
def two_remotes_could_decide(work: Work) -> Arranged:
    for name in ("one", "two"):
        work.git("clone", "-q", "--bare", ".", str(work.path.parent / f"{name}.git"))
        work.git("remote", "add", name, str(work.path.parent / f"{name}.git"))
    return f"flaggit lock {work.raise_flag()}", WEB


@situation("git config --unset {}")
def the_remote_that_decides_is_not_there(work: Work) -> Arranged:
    work.git("config", "flaggit.lock.remote", "frobnicate")
    return f"flaggit lock {work.raise_flag()}", WEB


@situation("flaggit complete {} --force --reason WHY")
def somebody_elses_flag_is_redirected(work: Work) -> Arranged:
    return f"flaggit redirect {work.raise_flag()} --to @backend.queue", "@backend.queue"


def completed(work: Work) -> str:
    flag_id = work.raise_flag()
    work.flaggit("complete", flag_id, agent=WEB)
    return flag_id


@situation("flaggit show {}")
def a_third_agent_completes_what_is_done(work: Work) -> Arranged:
    return f"flaggit complete {completed(work)}", "@backend.queue"


@situation("flaggit reopen {}")
def the_source_locks_what_is_done(work: Work) -> Arranged:
    return f"flaggit lock {completed(work)}", API


@situation("flaggit reopen {}")
def the_source_edits_what_is_done(work: Work) -> Arranged:
    return f"flaggit edit {completed(work)} --change {shlex.quote(TEXT)}", API


@situation("flaggit next{}", "flaggit note {} TEXT{}")
def only_the_command_says_who_asks(work: Work) -> Arranged:
    flag_id = work.raise_flag(target="@team.platform")
    work.flaggit("lock", flag_id, agent=API)
    return f"flaggit lock {flag_id} @backend.queue", ""


@situation("flaggit next{} --resume", "flaggit unlock {}{}")
def only_the_command_says_who_holds_too_many(work: Work) -> Arranged:
    work.write(".flags/config.yaml", "lock: {max: 1}\n")
    work.flaggit("lock", work.raise_flag(), WEB)
    return f"flaggit next {WEB} --lock", ""


@situation("flaggit unlock --holder {}")
def locks_are_held_when_flaggit_is_taken_out(work: Work) -> Arranged:
    work.flaggit("lock", work.raise_flag(), agent=WEB)
    return "flaggit uninstall --yes", WEB


@situation("flaggit check")
def a_flag_is_broken(work: Work) -> Arranged:
    work.write(".flags/frontend.web/k7m2q0x.yaml", "id: [\n")
    return "flaggit show k7m2q0x", API


@situation("git fetch --unshallow")
def the_history_is_cut(work: Work) -> Arranged:
    for number in range(3):
        work.commit(f"Step {number}")
    shallow = work.path.parent / "shallow"
    work.git("clone", "-q", "--depth=1", f"file://{work.path}", str(shallow))
    work.path = shallow
    return "flaggit review HEAD~2..HEAD", API


def elsewhere(work: Work) -> Work:
    """Go on in a repository that knows nothing of flaggit."""
    work.path = work.path.parent / "elsewhere"
    work.path.mkdir()
    work.git("init", "-q", "-b", "main")
    work.write("src/app.py", "def total():\n    return 1\n")
    work.write("api/use.py", "from src.app import total\n")
    work.commit("Begin", "src", "api")
    return work


@situation(
    "flaggit init --yes",
    "flaggit agents add @domain.module --description TEXT",
    "flaggit setup {}",
    "flaggit iam @domain.module",
    "flaggit uninstall",
)
def a_repository_is_set_up(work: Work) -> Arranged:
    elsewhere(work)
    return "flaggit init", ""


@situation("flaggit init")
def there_is_no_store(work: Work) -> Arranged:
    elsewhere(work)
    return "flaggit inbox", API


@situation("flaggit agents import")
def a_file_of_an_agent_gave_none(work: Work) -> Arranged:
    elsewhere(work).write(".claude/agents/reviewer.md", "---\nname: reviewer\ndescription: Reviews the API.\n---\n")
    work.write(".claude/agents/empty.md", "---\nname: [\n---\n")
    return "flaggit init --yes", ""


@situation("flaggit iam @domain.module")
def nobody_is_named(work: Work) -> Arranged:
    return "flaggit", ""


@situation("flaggit agents add {}")
def an_agent_is_new_here(work: Work) -> Arranged:
    return "flaggit iam @mobile.offline", ""


@situation("flaggit agents add {}")
def a_flag_is_for_an_unknown_agent(work: Work) -> Arranged:
    work.raise_flag(target="@mobile.offline")
    return "flaggit check --json", API


@situation("flaggit agents list")
def nobody_has_nearly_that_name(work: Work) -> Arranged:
    return "flaggit agents show @zzzzzz.yyyyyy", API


@situation("flaggit agents list")
def an_inbox_is_nobodys(work: Work) -> Arranged:
    return "flaggit inbox @zzzzzz.yyyyyy", API


@situation("flaggit agents check")
def the_catalog_is_broken(work: Work) -> Arranged:
    work.write(".flags/catalog.yaml", "schema: 1\nagents: [\n")
    return "flaggit agents add @mobile.offline --description 'Keeps what was read offline.'", API


@situation("flaggit agents check")
def an_agent_of_the_catalog_is_broken(work: Work) -> Arranged:
    work.write(".flags/catalog.yaml", work.read(".flags/catalog.yaml") + '  "@mobile.app": {owns: 7}\n')
    return "flaggit agents check --json", API


@situation("flaggit agents show {}")
def what_an_agent_has_not_is_taken_away(work: Work) -> Arranged:
    return f"flaggit agents edit {API} --remove zzzzzz", API


@situation("flaggit agents retire {}")
def the_file_of_an_agent_is_gone(work: Work) -> Arranged:
    work.write(".claude/agents/reviewer.md", "---\nname: reviewer\ndescription: Reviews the API.\n---\n")
    work.write(".claude/agents/other.md", "---\nname: other\ndescription: Writes the docs.\n---\n")
    work.flaggit("agents", "import", ".claude/agents")
    (work.path / ".claude/agents/other.md").unlink()
    return "flaggit agents import .claude/agents", API


@situation("flaggit affected BASE..HEAD")
def a_bare_repository_has_no_worktree(work: Work) -> Arranged:
    work.commit("One more")
    bare = work.path.parent / "bare.git"
    work.git("clone", "-q", "--bare", ".", str(bare))
    work.path = bare
    return "flaggit affected", API


@situation("flaggit agents add @domain.module --owns PATTERN")
def nobody_owns_anything(work: Work) -> Arranged:
    elsewhere(work).flaggit("init")
    work.write("src/app.py", "def total():\n    return 2\n")
    return "flaggit affected", API


@situation("flaggit init")
def there_is_no_catalog(work: Work) -> Arranged:
    elsewhere(work).write("src/app.py", "def total():\n    return 2\n")
    return "flaggit affected", API


@situation("flaggit agent-hook --help", "flaggit mcp")
def the_settings_of_a_client_are_broken(work: Work) -> Arranged:
    work.write(".claude/settings.json", "{")
    return "flaggit setup claude", API


@situation("flaggit answer {} TEXT")
def a_question_is_shown(work: Work) -> Arranged:
    question = work.flaggit("ask", work.raise_flag(), "Which field is it?", "--json", agent=WEB).data["id"]
    return f"flaggit show {question}", API


@situation("flaggit list --to general")
def some_flags_are_for_nobody(work: Work) -> Arranged:
    work.raise_flag(target=None)
    return "flaggit inbox", WEB


@situation("flaggit complete {} --as withdrawn")
def an_own_flag_is_handed_back(work: Work) -> Arranged:
    flag_id = work.raise_flag()
    work.commit("Raise")
    return f"flaggit bounce {flag_id} --reason {shlex.quote(TEXT)}", API


@situation("flaggit complete {}")
def a_flag_in_no_commit_is_completed_by_one(work: Work) -> Arranged:
    return f"flaggit commit --completes {work.raise_flag()} --as withdrawn -m 'Take it back'", API


@situation("flaggit create --draft {}")
def a_flag_says_too_little(work: Work) -> Arranged:
    return f"flaggit create --type change --to {WEB} --impact low --change {shlex.quote(TEXT)} --action x", API


@situation("flaggit wait {} --any", "flaggit unlock {}{}")
def all_that_is_held_waits_for_an_answer(work: Work) -> Arranged:
    for flag_id in (work.raise_flag(), work.raise_flag()):
        work.flaggit("lock", flag_id, agent=WEB)
        question = work.flaggit("ask", flag_id, "Which field is it?", "--json", agent=WEB).data["id"]
    work.flaggit("answer", question, TEXT, agent=API)
    work.flaggit("ask", flag_id, "And which value?", agent=WEB)
    work.raise_flag()
    return "flaggit next --lock", WEB


@situation("flaggit next{} --lock")
def nothing_is_held_to_go_on_with(work: Work) -> Arranged:
    work.raise_flag()
    return "flaggit next --resume", WEB


@situation("flaggit show {}")
def another_flag_is_held(work: Work) -> Arranged:
    work.flaggit("lock", work.raise_flag(), agent=WEB)
    work.raise_flag(impact_level="critical")
    return "flaggit next", WEB


@situation("git merge {}", "flaggit next{} --ahead --lock")
def a_flag_is_on_another_branch(work: Work) -> Arranged:
    other = work.worktree("other")
    other.raise_flag()
    other.commit("Raise")
    return "flaggit next", WEB


@situation("flaggit next{} --explain")
def several_flags_wait(work: Work) -> Arranged:
    flags = [work.raise_flag() for _ in range(2)]
    for flag_id in flags:
        work.flaggit("ask", flag_id, "Which field is it?", agent=WEB)
    return "flaggit next", WEB


@situation("flaggit locks")
def a_lock_of_no_flag_is_let_go(work: Work) -> Arranged:
    return "flaggit unlock zzzzzzz", WEB


@situation("flaggit log {}")
def a_pruned_flag_is_shown(work: Work) -> Arranged:
    flag_id = completed(work)
    work.commit("Complete")
    work.flaggit("prune", "--completed-before", "0d", "--commit")
    return f"flaggit show {flag_id}", API


@situation("flaggit list --status all", "git fetch")
def a_flag_that_nobody_knows_is_traced(work: Work) -> Arranged:
    return "flaggit log zzzzzzz", API


@situation("git diff --cached --stat -- .flags")
def completed_flags_are_pruned(work: Work) -> Arranged:
    completed(work)
    work.commit("Complete")
    return "flaggit prune --completed-before 0d", API


@situation("flaggit events")
def a_cursor_is_none(work: Work) -> Arranged:
    return "flaggit events --since no-cursor", API


@situation("flaggit export jsonl", "flaggit import jsonl FILE")
def a_database_is_imported(work: Work) -> Arranged:
    work.raise_flag()
    work.flaggit("export", "sqlite", "flags.db")
    return "flaggit import sqlite flags.db", API


@situation('flaggit query "SELECT id FROM flags WHERE target_agent = ?" \'["@backend.api"]\'')
def values_of_a_query_are_no_list(work: Work) -> Arranged:
    return "flaggit query 'SELECT id FROM flags WHERE target_agent = ?' @backend.api", API


@situation("flaggit schema flaggit.inbox/2")
def a_schema_is_unknown(work: Work) -> Arranged:
    return "flaggit schema frobnicate", API


@situation("flaggit help --all")
def a_command_of_the_older_system_is_gone(work: Work) -> Arranged:
    return "flaggit get-status", API


@situation("flaggit edit --help")
def the_older_system_wrote_anything(work: Work) -> Arranged:
    return "flaggit execute 'DELETE FROM flags'", API


@situation("flaggit {}")
def a_command_is_misspelt(work: Work) -> Arranged:
    return "flaggit inbocks", API


@situation("flaggit inbox")
def more_waits_than_is_shown(work: Work) -> Arranged:
    for _ in range(12):
        work.raise_flag()
    return "flaggit", WEB


@situation("flaggit plan --json")
def a_plan_has_many_waves(work: Work) -> Arranged:
    for _ in range(8):
        work.raise_flag(related_files=("src/client.ts",))
    return "flaggit plan", API


@situation("flaggit check --fix")
def a_flag_lies_in_anothers_folder(work: Work) -> Arranged:
    flag_id = work.raise_flag()
    (work.path / ".flags/backend.queue").mkdir()
    work.git("mv", f".flags/frontend.web/{flag_id}.yaml", f".flags/backend.queue/{flag_id}.yaml")
    return "flaggit check --json", API


@situation("flaggit check {}")
def a_flag_is_no_valid_one(work: Work) -> Arranged:
    flag_id = work.raise_flag()
    path = f".flags/frontend.web/{flag_id}.yaml"
    work.write(path, work.read(path).replace('"medium"', '"frobnicate"'))
    return "flaggit list --json", API


@situation("flaggit resolve")
def a_merge_left_its_marks(work: Work) -> Arranged:
    flag_id = work.raise_flag()
    work.commit("Raise")
    other = work.worktree("other")
    for side, path in ((work, "src/orders.ts"), (other, "src/jobs.ts")):
        side.flaggit("edit", flag_id, "--file", path, agent=API)
        side.commit("Name a file", ".flags")
    work.git("merge", "-q", "other", check=False)
    return "flaggit check --json", API


@situation("git update-index --chmod=-x -- {}")
def a_flag_is_executable(work: Work) -> Arranged:
    work.git("update-index", "--chmod=+x", f".flags/frontend.web/{work.raise_flag()}.yaml")
    return "flaggit check --staged --json", API


@situation("flaggit doctor --fix")
def a_stopped_write_left_a_file(work: Work) -> Arranged:
    work.write(".flags/frontend.web/.k7m2q0x.yaml.tmp", "id")
    return "flaggit check --json", API


@situation("flaggit init")
def attributes_change_what_git_stores(work: Work) -> Arranged:
    work.raise_flag()
    work.write(".gitattributes", "*.yaml ident\n")
    return "flaggit check --json", API


@situation("flaggit complete {} --as withdrawn")
def a_pending_flag_is_deleted(work: Work) -> Arranged:
    flag_id = work.raise_flag()
    base = work.commit("Raise")
    work.git("rm", "-q", f".flags/frontend.web/{flag_id}.yaml")
    work.commit("Take it away")
    work.git("checkout", "-q", "-b", "mended", base)
    return "flaggit check --range mended..main --json", API


@situation("flaggit locks")
def a_flag_is_completed_over_a_lock(work: Work) -> Arranged:
    flag_id = work.raise_flag()
    work.commit("Raise")
    work.flaggit("complete", flag_id, agent=WEB)
    done = work.commit("Complete\n\nCompletes-Flag: " + flag_id)
    work.git("reset", "-q", "--hard", "HEAD~1")
    work.worktree("other").flaggit("lock", flag_id, agent="@team.platform")
    return f"flaggit check --range HEAD..{done} --json", API


@situation("flaggit redirect {} --to @agent")
def a_flag_is_moved_by_hand(work: Work) -> Arranged:
    flag_id = work.raise_flag()
    base = work.commit("Raise")
    path = f".flags/frontend.web/{flag_id}.yaml"
    work.write(f".flags/backend.queue/{flag_id}.yaml", work.read(path).replace("@frontend.web", "@backend.queue"))
    work.git("rm", "-q", path)
    work.commit("Move", ".flags")
    return f"flaggit check --range {base}..HEAD --json", API


@situation("flaggit reopen {}")
def a_flag_is_completed_by_a_third_agent(work: Work) -> Arranged:
    flag_id = work.raise_flag()
    work.commit("Raise")
    work.flaggit("complete", flag_id, agent=WEB)
    path = completion_path(flag_id)
    work.write(path, work.read(path).replace(WEB, "@backend.queue"))
    work.git("checkout", "-q", "-b", "topic")
    work.commit("Complete", ".flags")
    return "flaggit check --range main..topic --json", "@backend.queue"


@situation("flaggit hooks install")
def a_completion_is_in_no_message(work: Work) -> Arranged:
    flag_id = work.raise_flag()
    base = work.commit("Raise")
    work.flaggit("complete", flag_id, agent=WEB)
    work.commit("Go on")
    return f"flaggit check --range {base}..HEAD --json", API


@situation("flaggit complete {} --commit")
def a_message_promises_a_completion(work: Work) -> Arranged:
    flag_id = work.raise_flag()
    base = work.commit("Raise")
    work.commit(f"Go on\n\nCompletes-Flag: {flag_id}")
    return f"flaggit check --range {base}..HEAD --json", WEB


@situation("git branch -m {} NAME")
def a_branch_stands_where_locks_belong(work: Work) -> Arranged:
    work.git("branch", "flags")
    return f"flaggit lock {work.raise_flag()}", WEB


@situation("git branch -m {} NAME")
def a_branch_in_the_way_is_diagnosed(work: Work) -> Arranged:
    work.git("branch", "flags")
    return "flaggit doctor --json", WEB


@situation("flaggit hooks install")
def hooks_do_not_run(work: Work) -> Arranged:
    work.flaggit("hooks", "install")
    work.git("config", "core.hooksPath", "elsewhere")
    return "flaggit doctor --json", API


@situation("git config --show-origin core.hooksPath")
def the_path_of_hooks_is_no_folder(work: Work) -> Arranged:
    work.write("hooks-file", "")
    work.git("config", "core.hooksPath", "hooks-file")
    return "flaggit hooks install", API


@situation("flaggit hooks install")
def a_manager_of_hooks_lacks_lines(work: Work) -> Arranged:
    work.write("lefthook.yml", "pre-commit:\n  commands:\n    lint: {run: true}\n")
    return "flaggit hooks status", API


@situation("flaggit list --to {}")
def an_agent_is_overloaded(work: Work) -> Arranged:
    for _ in range(30):
        work.raise_flag()
    return "flaggit doctor --json", API


@situation("git log flags/lock/{}")
def something_stands_where_a_lock_would(work: Work) -> Arranged:
    work.git("branch", f"flags/lock/{work.raise_flag()}")
    return "flaggit doctor --json", API


@situation("git show {}")
def something_is_no_lock(work: Work) -> Arranged:
    flag_id = work.raise_flag()
    work.git("branch", f"flags/lock/{flag_id}")
    return f"flaggit lock {flag_id}", WEB


@situation("flaggit unlock {}")
def a_completed_flag_is_still_held(work: Work) -> Arranged:
    flag_id = work.raise_flag()
    work.commit("Raise")
    work.git("branch", "-m", "trunk")
    work.flaggit("lock", flag_id, agent=WEB)
    work.flaggit("complete", flag_id, agent=WEB)
    return "flaggit doctor --json", WEB


@situation("flaggit lock {}")
def the_worktree_of_a_lock_is_gone(work: Work) -> Arranged:
    flag_id = work.raise_flag()
    work.commit("Raise")
    work.worktree("other").flaggit("lock", flag_id, agent=WEB)
    work.git("worktree", "remove", "--force", "../other")
    return "flaggit doctor --json", WEB


@situation("flaggit show {}")
def a_flag_is_quiet_for_long(work: Work) -> Arranged:
    work.raise_flag(created_at="2020-01-01T00:00:00Z")
    return "flaggit doctor --json", API


@situation("git sparse-checkout add .flags")
def the_sparse_checkout_leaves_a_flag_out(work: Work) -> Arranged:
    flag_id = work.raise_flag()
    work.write("src/app.py", "1\n")
    work.commit("Raise", "src")
    work.git("sparse-checkout", "set", "--cone", "src")
    return f"flaggit edit {flag_id} --impact high", API


@situation("flaggit note {} TEXT")
def a_third_agent_edits_a_flag(work: Work) -> Arranged:
    return f"flaggit edit {work.raise_flag()} --impact high", "@backend.queue"


@situation("git add {}")
def a_conflict_was_edited_by_hand(work: Work) -> Arranged:
    a_merge_left_its_marks(work)
    path = work.git("diff", "--name-only", "--diff-filter=U")
    work.write(path, work.read(path).replace("<<<<<<<", "").replace(">>>>>>>", "").replace("=======", ""))
    return "flaggit resolve", API


@situation("git fetch --unshallow")
def a_shallow_clone_is_reviewed(work: Work) -> Arranged:
    the_history_is_cut(work)
    return "flaggit review HEAD..HEAD", API


@situation("flaggit commit {} -- {}")
def a_message_completes_what_the_commit_does_not(work: Work) -> Arranged:
    flag_id = work.raise_flag()
    work.commit("Raise")
    work.flaggit("hooks", "install", agent=WEB)
    work.write("src/app.py", "1\n")
    work.git("add", "src")
    return f"git commit -m 'Go on' -m 'Completes-Flag: {flag_id}'", WEB


@situation("flaggit check", "flaggit check --fix")
def pre_commit_finds_a_broken_flag_in_no_commit(work: Work) -> Arranged:
    flag_id = work.raise_flag()
    path = f".flags/frontend.web/{flag_id}.yaml"
    work.write(path, work.read(path).replace('"medium"', '"frobnicate"'))
    return "PRE_COMMIT=1 flaggit hook pre-commit", API


@situation("git config flaggit.{} NAME")
def a_setting_is_each_clones_own(work: Work) -> Arranged:
    work.write(".flags/config.yaml", "lock: {remote: origin}\n")
    return "flaggit check --json", API


@situation("flaggit agents add @domain.module", "flaggit agents search TEXT")
def the_catalog_is_read(work: Work) -> Arranged:
    elsewhere(work).flaggit("init")
    return "cat .flags/catalog.yaml", API


@situation("flaggit list", "flaggit events --follow")
def the_board_has_no_terminal(work: Work) -> Arranged:
    work.raise_flag()
    return "flaggit board", API


@situation("flaggit uninstall --dry-run")
def nobody_says_that_flaggit_shall_go(work: Work) -> Arranged:
    return "flaggit uninstall", API


@situation("flaggit complete {}", "flaggit unlock {}")
def an_agent_stops_with_work_in_its_hands(work: Work) -> Arranged:
    flag_id = work.raise_flag()
    work.commit("Raise")
    work.flaggit("lock", flag_id, agent=WEB)
    event = json.dumps({"session_id": "s1", "cwd": str(work.path), "hook_event_name": "Stop"})
    return f"printf %s {shlex.quote(event)} | flaggit agent-hook stop", WEB


@situation("flaggit doctor")
def a_killed_git_left_its_lock(work: Work) -> Arranged:
    flag_id = work.raise_flag()
    work.write(".git/index.lock", "")
    return f"flaggit complete {flag_id}", WEB


@situation("flaggit doctor", "git add --force --sparse -- {}")
def a_killed_git_left_its_lock_when_files_were_written(work: Work) -> Arranged:
    elsewhere(work).write(".git/index.lock", "")
    return "flaggit init", API


@situation("git config --global --add safe.directory {}")
def a_repository_is_another_users(work: Work) -> Arranged:
    return "GIT_TEST_ASSUME_DIFFERENT_OWNER=1 flaggit inbox", API


@situation("git config flaggit.lock.remote NAME")
def a_remote_has_two_places(work: Work) -> Arranged:
    for name in ("one", "two"):
        work.git("clone", "-q", "--bare", ".", str(work.path.parent / f"{name}.git"))
    work.git("remote", "add", "origin", str(work.path.parent / "one.git"))
    work.git("remote", "set-url", "--add", "origin", str(work.path.parent / "two.git"))
    return f"flaggit lock {work.raise_flag()}", WEB


def with_a_remote(work: Work) -> None:
    work.git("clone", "-q", "--bare", ".", str(work.path.parent / "hub.git"))
    work.git("--git-dir", str(work.path.parent / "hub.git"), "branch", "topic")
    work.git("remote", "add", "origin", str(work.path.parent / "hub.git"))


@situation("git fetch {} {}")
def a_branch_is_at_the_remote_alone(work: Work) -> Arranged:
    with_a_remote(work)
    return "flaggit review topic..HEAD", API


@situation("git fetch {}")
def what_a_remote_had_is_not_here(work: Work) -> Arranged:
    with_a_remote(work)
    return "flaggit review refs/remotes/origin/topic..HEAD", API


@situation("git init")
def there_is_no_repository(work: Work) -> Arranged:
    work.path = work.path.parent / "nowhere"
    work.path.mkdir()
    return "flaggit inbox", API


@situation("git commit")
def there_is_no_commit_yet(work: Work) -> Arranged:
    work.path = work.path.parent / "empty"
    work.path.mkdir()
    work.git("init", "-q")
    return "flaggit review main..HEAD", API


@situation("flaggit show ID")
def ids_of_an_import_stand_for_other_flags(work: Work) -> Arranged:
    work.raise_flag(id=FILLED["ID"])
    work.write("flags.jsonl", work.flaggit("export", "jsonl").out.replace(WEB, "@backend.queue"))
    return "flaggit import jsonl flags.jsonl", API


def is_answer(followed: Answer) -> bool:
    """Whether a command ended with 1, the answer that there is nothing, and not with an error."""
    return followed.status == 1 and "error: " not in followed.err


@pytest.mark.parametrize("name", SITUATIONS)
def test_what_an_answer_names_works(work: Work, program: Path, name: str) -> None:
    arrange, templates = SITUATIONS[name]
    line, agent = arrange(work)
    env = {"FLAGGIT_AGENT": agent} if agent else {}
    answer = work.run("sh", "-c", line, env=env)
    assert answer.status != 70, f"{line}: {answer}"
    commands = named_commands(line, answer)
    assert commands, f"{line}: {answer}"
    for template in templates:
        assert any(map(spelt(template).fullmatch, commands)), f"{line} names {commands}, not {template}: {answer}"
    for command in map(fill, commands):
        if command.startswith(BY_HAND):
            continue
        followed = work.run("sh", "-c", command, env=env)
        assert followed.status == 0 or is_answer(followed), f"{line}: {answer}\n{command}: {followed}"


# Followed by the test that is named: what needs a server, a remote that fails, limits made small or much time.
ELSEWHERE = {
    "flaggit prune --completed-before 90d --dry-run": "tests/flows/test_doctor.py",
    "flaggit sync": "tests/flows/test_advice.py",
    "flaggit next": "tests/flows/test_lock_marks.py",
    "flaggit setup agents-md": "tests/flows/test_clients.py",
    "flaggit serve --port 0": "tests/web/test_listener.py",
    "git config --add flaggit.integrators @handle": "tests/server/test_rules.py",
    "git fetch --refetch --no-filter": "tests/flows/test_affected.py",
}
# Not advice: titles, places, what a file says of its writer, what git itself runs; or it shows whatever there is.
NO_ADVICE = {
    *("flaggit agents export", "flaggit board", "flaggit commit --completes", "flaggit hook {}", "flaggit iam"),
    *("flaggit next --lock", "flaggit prime", "flaggit review {}..{}", "flaggit serve", "flaggit setup"),
    *("flaggit setup opencode", "flaggit setup opencode --remove", "git config", "git config {}"),
    *("git config {} names {}", "git diff", "git log", "git ls-tree -r --long HEAD", "git status"),
}
RUN_BY_GIT = ("flaggit merge-driver ", "flaggit textconv ")
# Declarations, help and briefings, whose lines tests of their own run.
SHOWN_ELSEWHERE = ("spec.py", "help.py", "ways.py", "block.py", "briefing_text.py")


def literals(path: Path) -> Iterator[str]:
    """Yield the texts of a module but for docstrings, with ``{}`` for what is filled in."""
    parts, tree = set(), ast.parse(path.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr):
            parts.add(id(node.value))
        if isinstance(node, ast.JoinedStr):
            parts |= {id(part) for part in node.values}
    for node in ast.walk(tree):
        if id(node) in parts:
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)


def is_command(words: str) -> bool:
    program, _, rest = words.partition(" ")
    name = rest.split(" ")[0].removesuffix("{}")
    known = {command.split()[0] for command in INDEX} | {"", "help", "hook"} if program == "flaggit" else GIT_COMMANDS
    return bool(rest) and name in known and not words.endswith(".")


GIT_COMMANDS = frozenset(
    ("add", "branch", "commit", "config", "diff", "fetch", "init", "log", "ls-tree", "merge", "show")
    + ("sparse-checkout", "status", "update-index")
)


def test_each_command_that_the_code_names_has_its_situation() -> None:
    named = {
        words
        for path in (PROJECT / "flaggit").rglob("*.py")
        if path.name not in SHOWN_ELSEWHERE
        for text in literals(path)
        for words in commands_in(text)
        if is_command(words) and not words.startswith(RUN_BY_GIT)
    }
    followed = {template for _, templates in SITUATIONS.values() for template in templates}
    assert sorted(named - followed - NO_ADVICE - set(ELSEWHERE)) == [], "add a situation that leads to it"
    assert sorted((followed | NO_ADVICE | set(ELSEWHERE)) - named) == [], "the code names it no more"
    assert [place for place in ELSEWHERE.values() if not (PROJECT / place).exists()] == []


def test_a_folder_without_a_repository_is_told_how_to_begin(tmp_path: Path, program: Path) -> None:
    away = Work(tmp_path)
    refused = away.flaggit("inbox", agent=API, status=None)
    assert [
        away.run("sh", "-c", command).status for command in map(fill, named_commands("flaggit inbox", refused))
    ] == [0]
    assert away.flaggit("inbox", agent=API, status=None).err != refused.err


def test_an_offline_lock_is_settled_by_the_command_that_it_names(hub: Hub, program: Path) -> None:
    ann = hub.clone("ann")
    away = hub.path.rename(hub.path.with_name("away"))
    refused = ann.flaggit("lock", hub.flag, agent=WEB, status=None)
    away.rename(hub.path)
    for command in map(fill, named_commands(f"flaggit lock {hub.flag}", refused)):
        assert ann.run("sh", "-c", command, env={"FLAGGIT_AGENT": WEB}).status == 0, (command, refused)
    assert ann.flaggit("lock", hub.flag, agent=WEB).status == 0
