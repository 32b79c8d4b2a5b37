"""The command line: both parsers agree, errors have one shape, help and completion answer, output is safe."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys

import pytest
from effort import examples
from hypothesis import given
from hypothesis import strategies as st
from repositories import LONG_CHANGE, Work

from flaggit.cli.app import parse_with_typer
from flaggit.cli.parser import parse
from flaggit.commands import load_all
from flaggit.commands.spec import Command, Parameter
from flaggit.core.errors import InvalidError

PARSED = [command for command in load_all() if not command.raw]
TEXTS = st.text("abcXYZ0189 @.:/#=é-", min_size=1, max_size=12).filter(lambda text: not text.startswith("-"))


def values_for(parameter: Parameter) -> st.SearchStrategy[str]:
    if parameter.allowed():
        return st.sampled_from(parameter.allowed())
    if parameter.kind == "number":
        return st.integers(1, 10**6).map(str)
    if parameter.name == "agent":
        return st.sampled_from(["@backend.api", "frontend.web"])
    return st.sampled_from(["k7m2q0x", "p3v"]) if parameter.complete == "flag" else TEXTS


@st.composite
def lines(draw: st.DrawFn, command: Command) -> list[str]:
    """Draw a good line for a command: its positionals, and some of its options in any order and spelling."""
    groups: list[list[str]] = []
    for parameter in command.parameters:
        if not parameter.flags or not (parameter.required or draw(st.booleans())):
            continue
        times = draw(st.integers(1, 2)) if parameter.kind == "texts" else 1
        for _ in range(times):
            flag = draw(st.sampled_from((*parameter.flags, *parameter.also)))
            if parameter.kind == "flag":
                groups.append([flag])
                continue
            value = draw(values_for(parameter))
            joined = flag.startswith("--") and draw(st.booleans())
            groups.append([f"{flag}={value}"] if joined else [flag, value])
    words = [word for group in draw(st.permutations(groups)) for word in group]
    for parameter in command.parameters:
        if not parameter.flags and (parameter.required or draw(st.booleans())):
            words.append(draw(values_for(parameter)))
        elif not parameter.flags:
            break
    return words


@pytest.mark.parametrize("command", PARSED, ids=lambda command: command.name)
def test_both_parsers_read_good_lines_alike(command: Command) -> None:
    @examples(40)
    @given(lines(command))
    def compare(words: list[str]) -> None:
        quick = parse(command, words)
        if quick is not None:
            assert parse_with_typer(command, words) == quick, words

    compare()


def test_an_empty_name_of_a_file_is_refused_by_what_it_was_given_for() -> None:
    """A variable that is not set is not the current folder, nor a file without a name."""
    judged = [(command, parameter) for command in PARSED for parameter in command.parameters]
    named = [(command, parameter) for command, parameter in judged if parameter.metavar in ("FILE", "PATH")]
    for command, parameter in named:
        needed = [one for one in command.parameters if one.required or one is parameter]
        values = {one.name: "" if one is parameter else (*one.allowed(), "a/b")[0] for one in needed}
        words = [word for one in needed for word in (*one.flags[:1], values[one.name])]
        assert parse(command, words) is None, words
        with pytest.raises(InvalidError, match=f"{(*parameter.flags, parameter.metavar)[0]} is empty: name a file"):
            parse_with_typer(command, words)
    assert len(named) > 15


@pytest.mark.parametrize("command", PARSED, ids=lambda command: command.name)
def test_what_the_small_parser_refuses_typer_explains(command: Command) -> None:
    for words in (["--no-such-option"], ["a", "b", "c", "d", "e", "f", "--nope=1"]):
        assert parse(command, words) is None
        with pytest.raises(InvalidError) as refused:
            parse_with_typer(command, words)
        assert refused.value.code == "usage"


@pytest.mark.parametrize(
    ("line", "status", "code"),
    [
        ("nonsense", 2, "usage"),
        ("inbx", 2, "usage"),
        ("show", 2, "usage"),
        ("show zzzzzz2", 3, "unknown_flag"),
        ("show !!", 2, "bad_id"),
        ("list --type nonsense", 2, "usage"),
        ("inbox @Bad", 2, "bad_handle"),
        ("complete zzzzzz2 --as nonsense", 2, "usage"),
        ("create --type", 2, "usage"),
    ],
)
def test_errors_have_one_shape(work: Work, line: str, status: int, code: str) -> None:
    words = shlex.split(line)
    answer = work.flaggit(*words, "--json", status=status, agent="@backend.api")
    assert answer.json["code"] == code
    assert set(answer.json) >= {"error", "code", "hint", "retryable", "violations"}
    text = work.flaggit(*words, status=status, agent="@backend.api")
    assert text.out == "" and text.err.startswith("error: ")
    for danger in ("rm -", "reset --hard", "checkout -f", "clean -", "push --force"):
        assert danger not in text.err


def test_outside_a_repository(tmp_path) -> None:
    work = Work(tmp_path)
    assert work.flaggit("inbox", "--json", agent="@a.b", status=5).json["code"] == "no_repository"
    assert work.flaggit("--version").out.startswith("flaggit ")
    assert "Everyday commands" in work.flaggit("--help").out


def test_without_a_store(tmp_path) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    work = Work(tmp_path)
    assert work.flaggit("--json", status=5).json["code"] == "no_store"
    assert work.flaggit("inbox", "--json", agent="@a.b", status=5).json["code"] == "no_store"


def test_init_is_idempotent_and_touches_nothing_outside(tmp_path, program) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    work = Work(tmp_path)
    config = work.read(".git/config")
    assert work.flaggit("init", "--json").data["made"]
    assert work.flaggit("init", "--json").data["made"] == []
    assert work.read(".git/config") == config
    assert {path.name for path in tmp_path.iterdir()} == {".git", ".flags"}
    work.flaggit("init", "--yes")
    assert work.git("config", "diff.flaggit.textconv").startswith("flaggit textconv ")


def test_git_missing_is_said(work: Work, tmp_path) -> None:
    work.worktree("other")
    env = {"PATH": str(tmp_path), "FLAGGIT_AGENT": "@backend.api"}
    answer = work.flaggit("note", work.raise_flag(), "text", "--json", status=5, env=env)
    assert answer.json["code"] == "git_missing"


def test_minus_c_runs_elsewhere(work: Work, tmp_path) -> None:
    flag_id = work.raise_flag()
    assert Work(tmp_path).flaggit("-C", str(work.path), "show", flag_id, "--json").data["id"] == flag_id


def test_hostile_text_reaches_no_terminal(work: Work) -> None:
    hostile = "\\u001b[31mred \\u202etxt.exe \\u200b hidden and long enough to be a description of fifty characters"
    flag_id = work.raise_flag()
    path = f".flags/frontend.web/{flag_id}.yaml"
    text = work.read(path)
    start = text.index("change_description:")
    end = text.index("action_required:")
    work.write(path, text[:start] + f'change_description: "{hostile[6:]}"\n\n' + text[end:])
    for words in (("inbox", "@frontend.web"), ("show", flag_id), ("list",), ("next", "@frontend.web"), ("find", "red")):
        answer = work.flaggit(*words, status=None)
        for stream in (answer.out, answer.err):
            assert not [char for char in stream if (ord(char) < 32 and char not in "\n\t") or char in "\u202e\u200b"]


def complete(work: Work, line: str) -> list[str]:
    """Return what zsh is told for a line of which the last word is being typed."""
    env = {"_FLAGGIT_COMPLETE": "complete_zsh", "_TYPER_COMPLETE_ARGS": line}
    return work.flaggit(env=env, status=None).out.splitlines()


def test_completion_offers_ids_and_handles(work: Work) -> None:
    flag_id = work.raise_flag()
    named = {"_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}  # tests may run where no shell is an ancestor
    assert "_FLAGGIT_COMPLETE" in work.flaggit("--show-completion", "bash", env=named).out
    assert flag_id in complete(work, "flaggit show ")[0]
    assert "@frontend.web" in complete(work, "flaggit create --to @front")[0]


def test_completion_offers_what_the_verbs_judge_themselves(work: Work) -> None:
    flag_id = work.raise_flag()
    assert "security" in complete(work, "flaggit create --type sec")[0]
    assert "critical" in complete(work, "flaggit create-flag --impact_level c")[0]
    assert complete(work, "flaggit reopen ") == ["_files"]
    work.flaggit("complete", flag_id, "@frontend.web")
    assert flag_id in complete(work, "flaggit reopen ")[0]
    assert complete(work, "flaggit show ") == ["_files"]
    assert flag_id in complete(work, f"flaggit show {flag_id[:3]}")[0]
    assert "--json" in "".join(complete(work, "flaggit inbox --"))


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["inbox", "@", "front"], ["frontend.web"]),
        (["inbox", "front"], ["frontend.web"]),
        (["inbox", "@"], ["@backend.api", "@frontend.web"]),
        (["inbox", '"@front'], ["@frontend.web"]),
        (["create", "--from", "@", "backend.api", "--to", "@", "front"], ["frontend.web"]),
        (["complete", "k7m", "@", "front"], ["frontend.web"]),
        (["create", "--to", "=@", "front"], ["frontend.web"]),
        (["create", "--to", "=", "front"], ["frontend.web"]),
        (["create", "--to", "=@"], ["@backend.api", "@frontend.web"]),
        (["create", "--from", "=@", "backend.api", "--to", "="], ["@backend.api", "@frontend.web"]),
    ],
)
def test_bash_completes_handles_which_it_cuts_in_two(work: Work, words: list[str], offered: list[str]) -> None:
    line = "\n".join(["flaggit", *words])
    env = {"_FLAGGIT_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": str(len(words))}
    found = work.flaggit(env=env, status=None).out.split()
    assert [name for name in found if name.lstrip("@") in ("backend.api", "frontend.web")] == offered


@pytest.mark.parametrize(
    "text", ["\\$(touch ran)", "`touch ran`", "\\`touch ran\\`", "'$(touch ran)'", '";touch ran;"']
)
def test_a_flags_text_means_nothing_to_the_shell_that_completes(work: Work, text: str) -> None:
    work.raise_flag(change_description=f"{text} {LONG_CHANGE}")
    offered = "".join(complete(work, "flaggit show "))
    assert "touch ran" in offered
    assert not set(offered.removeprefix("_arguments '*: :((").removesuffix("))'")) & set("\\$`';(){}")


def test_reading_writes_nothing_but_caches(work: Work) -> None:
    flag_id = work.raise_flag()
    work.commit("raise")
    before = (work.git("status", "--porcelain"), work.git("for-each-ref"))
    for words in (("inbox", "@frontend.web"), ("list",), ("show", flag_id), ("find", "job"), ("chain", flag_id), ()):
        work.flaggit(*words)
    assert (work.git("status", "--porcelain"), work.git("for-each-ref")) == before


def test_json_is_one_document_with_an_envelope(work: Work) -> None:
    work.raise_flag()
    for words in (("inbox", "@frontend.web"), ("list",), ("iam", "@a.b"), ()):
        answer = work.flaggit(*words, "--json")
        assert set(json.loads(answer.out)) - {"cursor"} == {"schema", "data", "warnings"}
        assert answer.json["schema"].rpartition("/")[2].isdigit()


def test_a_reader_that_stops_early_is_no_fault(work: Work) -> None:
    for _ in range(30):
        work.raise_flag()
    shell = f"{shlex.quote(sys.executable)} -m flaggit list | head -n 1"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", shell], cwd=work.path, env=os.environ, capture_output=True)
    assert done.returncode in (0, 141) and done.stderr == b""


@pytest.mark.parametrize("line", ["list", "list --json", "--version", "--help", "lock --help"])
def test_an_answer_that_cannot_be_written_is_told(work: Work, line: str) -> None:
    command = f"{shlex.quote(sys.executable)} -m flaggit {line}"
    full = subprocess.run(["sh", "-c", f"{command} >/dev/full"], cwd=work.path, capture_output=True, text=True)
    assert (full.returncode, full.stderr) == (5, "error: The answer cannot be written: No space left on device.\n")
    closed = subprocess.run(["sh", "-c", f"{command} >&- 2>&- <&-"], cwd=work.path, capture_output=True, text=True)
    assert (closed.returncode, closed.stdout, closed.stderr) == (0, "", "")


@pytest.mark.parametrize("option", ["--from", "--agent"])
def test_who_one_is_by_an_option_that_is_none(work: Work, option: str) -> None:
    answer = work.flaggit("complete", "k7m2q0x", option, "@frontend.web", status=2)
    assert f"There is no {option}; who you are is the last word: flaggit complete ID @domain.module" in answer.err
    assert "Possible options" in work.flaggit("complete", "k7m2q0x", "--nots", "x", status=2).err
