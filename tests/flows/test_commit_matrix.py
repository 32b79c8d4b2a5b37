"""Completing by commit in every way that git makes commits, with the hooks installed and real git."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from repositories import Work

TRAILERS = "%(trailers:key=Completes-Flag,valueonly,separator=%x2C)"


@pytest.fixture
def hooked(work: Work, program: Path, tmp_path_factory: pytest.TempPathFactory) -> Work:
    """A repository with the hooks and something to change; made once, copied for each test."""
    made = tmp_path_factory.getbasetemp() / "hooked"
    if not made.exists():
        work.flaggit("hooks", "install")
        work.write("a.txt", "one\n")
        work.write("b.txt", "one\n")
        work.git("add", "a.txt", "b.txt")
        work.git("commit", "-q", "-m", "Files")
        shutil.copytree(work.path, made, symlinks=True)
    shutil.rmtree(work.path)
    shutil.copytree(made, work.path, symlinks=True)
    return work


def flag(work: Work, *, source: str = "@backend.api", target: str = "@frontend.web") -> str:
    """A committed, pending flag."""
    flag_id = work.raise_flag(source, target)
    work.git("commit", "-q", "-m", f"Raise {flag_id}", "--", f".flags/{target[1:]}/{flag_id}.yaml")
    return flag_id


def completed(work: Work, target: str = "@frontend.web") -> str:
    """A committed flag whose completion is staged."""
    flag_id = flag(work, target=target)
    work.flaggit("complete", flag_id)
    return flag_id


def trailers(work: Work, rev: str = "HEAD") -> list[str]:
    """What git itself takes for completed flags in a commit's message."""
    text = work.git("log", "-1", f"--format={TRAILERS}", rev)
    return text.split(",") if text else []


def done(work: Work, rev: str = "HEAD") -> list[str]:
    """The completions that a commit itself adds."""
    names = work.git("show", "--format=", "--name-only", "--diff-filter=A", rev, "--", ".flags/done").split()
    return [Path(name).stem for name in names if not name.endswith(".keep")]


def body(work: Work, rev: str = "HEAD") -> str:
    return work.git("log", "-1", "--format=%B", rev).strip()


def editor(work: Work, script: str) -> dict[str, str]:
    """An editor: a shell script that is given the message's file."""
    path = work.path.parent / "editor.sh"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return {"GIT_EDITOR": str(path)}


def questions(work: Work, *words: str) -> int:
    """How often a commit's hooks ask git what is staged in the store; the rest is of the commit itself."""
    trace = work.path.parent / "trace"
    trace.unlink(missing_ok=True)
    work.git("commit", "-q", *words, env={"GIT_TRACE2": str(trace)})
    started = [line for line in trace.read_text().splitlines() if " start " in line]
    return sum("diff-index" in line or "diff --cached" in line for line in started)


WRITE = 'printf "Fix it\\n\\nWith care.\\n" >"$1.new"; cat "$1" >>"$1.new"; mv "$1.new" "$1"'


# --- The completion is staged, the hooks write the trailer -----------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        ("-m", "Fix it"),
        ("-m", "Fix: it"),
        ("-m", "Fix it", "-m", "Signed-off-by: X <x@example.org>"),
        ("-s", "-m", "Fix it"),
        ("-a", "-m", "Fix it"),
        ("-am", "Fix it"),
        ("-F", "message.txt"),
        ("--allow-empty", "-m", "Fix it"),
        ("-m", "Fix it", "--cleanup=verbatim"),
        ("-m", "Fix it", "--cleanup=strip"),
        ("-m", "Fix it\n\n#12 says why\n"),
        ("-v", "-m", "Fix it"),
        ("-i", "-m", "Fix it", "a.txt"),
        ("-C", "HEAD~1"),
        ("--no-verify", "-m", "Fix it"),
        ("--author=Bo <bo@example.org>", "-m", "Fix it"),
    ],
)
def test_without_an_editor(hooked: Work, arguments: tuple[str, ...]) -> None:
    flag_id = completed(hooked)
    hooked.write("a.txt", "two\n")
    hooked.write("message.txt", "Fix it\n\nFrom a file.\n")
    hooked.git("commit", "-q", *arguments)
    assert trailers(hooked) == [flag_id]
    assert done(hooked) == [flag_id]
    assert "Completes-Flag" not in hooked.git("log", "-1", "--format=%s")


@pytest.mark.parametrize(
    "config",
    [
        {},
        {"core.commentChar": ";"},
        {"core.commentChar": "auto"},
        {"commit.cleanup": "scissors"},
        {"commit.cleanup": "strip"},
        {"commit.verbose": "true"},
        {"commit.verbose": "true", "core.commentChar": "%"},
        {"trailer.separators": "#"},
        {"trailer.ifexists": "doNothing"},
        {"i18n.commitEncoding": "ISO-8859-1"},
        {"commit.status": "false"},
    ],
)
def test_with_an_editor_and_odd_settings(hooked: Work, config: dict[str, str]) -> None:
    flag_id = completed(hooked)
    hooked.write("a.txt", "two\n")
    for key, value in config.items():
        hooked.git("config", key, value)
    if hooked.run("git", "commit", "--dry-run", "-a").status == 128:
        pytest.skip("this git knows the setting no more")
    hooked.git("commit", "-q", "-a", env=editor(hooked, WRITE))
    assert body(hooked) == f"Fix it\n\nWith care.\n\nCompletes-Flag: {flag_id}"


@pytest.mark.parametrize(
    "options", [("-v",), ("--cleanup=scissors",), ("--cleanup=scissors", "-v"), ("-e", "-m", "Fix it")]
)
def test_with_an_editor_and_options(hooked: Work, options: tuple[str, ...]) -> None:
    flag_id = completed(hooked)
    hooked.git("commit", "-q", *options, env=editor(hooked, WRITE))
    text = body(hooked)
    assert text.startswith("Fix it\n\nWith care.\n")
    assert text.endswith(f"\n\nCompletes-Flag: {flag_id}")
    assert text.count("Completes-Flag") == 1


@pytest.mark.parametrize("cleanup", ["verbatim", "whitespace"])
def test_lines_that_only_this_commit_keeps_are_no_comments(hooked: Work, cleanup: str) -> None:
    flag_id = completed(hooked)
    env = editor(hooked, 'printf "#5 is mended\\n\\n# with care\\n" >"$1"')
    hooked.git("commit", "-q", "-e", f"--cleanup={cleanup}", "-m", "#5", env=env)
    assert body(hooked) == f"#5 is mended\n\n# with care\n\nCompletes-Flag: {flag_id}"


def test_an_editor_that_loses_the_trailer(hooked: Work) -> None:
    flag_id = completed(hooked)
    hooked.git("commit", "-q", env=editor(hooked, 'echo "Fix it" >"$1"'))
    assert body(hooked) == f"Fix it\n\nCompletes-Flag: {flag_id}"


def test_an_editor_that_is_left_unchanged_commits_nothing(hooked: Work) -> None:
    completed(hooked)
    head = hooked.git("rev-parse", "HEAD")
    answer = hooked.run("git", "commit", "-q", env=editor(hooked, "true"))
    assert answer.status != 0
    assert "empty commit message" in answer.err
    assert hooked.git("rev-parse", "HEAD") == head


def test_an_editor_that_is_none_commits_nothing(hooked: Work) -> None:
    completed(hooked)
    answer = hooked.run("git", "commit", "-q", env={"GIT_EDITOR": ":"})
    assert answer.status != 0
    assert "empty commit message" in answer.err


def test_an_empty_message_is_refused_unless_allowed(hooked: Work) -> None:
    completed(hooked)
    assert hooked.run("git", "commit", "-q", "-m", "").status != 0
    hooked.git("commit", "-q", "--allow-empty-message", "-m", "")
    assert body(hooked) == ""


def test_a_template_that_nobody_edits_commits_nothing(hooked: Work) -> None:
    flag_id = completed(hooked)
    hooked.write("template.txt", "What:\nWhy:\n")
    hooked.git("config", "commit.template", "template.txt")
    answer = hooked.run("git", "commit", "-q", env=editor(hooked, "true"))
    assert answer.status != 0
    assert "did not edit the message" in answer.err
    hooked.git("commit", "-q", env=editor(hooked, WRITE))
    assert trailers(hooked) == [flag_id]
    assert "What:\nWhy:" in body(hooked)


def test_an_encoding_that_is_not_utf8_keeps_its_bytes(hooked: Work) -> None:
    flag_id = completed(hooked)
    hooked.git("config", "i18n.commitEncoding", "ISO-8859-1")
    (hooked.path / "message.txt").write_bytes("Grüße\n".encode("iso-8859-1"))
    hooked.git("commit", "-q", "-F", "message.txt")
    raw = subprocess.run(["git", "cat-file", "commit", "HEAD"], cwd=hooked.path, capture_output=True, check=True).stdout
    assert raw.endswith(b"\n\nGr\xfc\xdfe\n\nCompletes-Flag: " + flag_id.encode() + b"\n")
    assert b"encoding ISO-8859-1" in raw


def test_several_flags_in_one_commit(hooked: Work) -> None:
    ids = sorted(completed(hooked) for _ in range(3))
    hooked.git("commit", "-q", "-m", f"Fix\n\nCompletes-Flag: {ids[0]}, {ids[1]}")
    assert body(hooked) == f"Fix\n\nCompletes-Flag: {ids[0]}, {ids[1]}\nCompletes-Flag: {ids[2]}"


def test_a_partial_commit_has_only_what_it_holds(hooked: Work) -> None:
    flag_id = completed(hooked)
    hooked.write("a.txt", "two\n")
    hooked.git("commit", "-q", "-m", "Only a", "--", "a.txt")
    assert (trailers(hooked), done(hooked)) == ([], [])
    hooked.git("commit", "-q", "-m", "Done", "--", ".flags")
    assert (trailers(hooked), done(hooked)) == ([flag_id], [flag_id])


def test_complete_and_commit_in_one(hooked: Work) -> None:
    flag_id = flag(hooked)
    hooked.write("a.txt", "two\n")
    hooked.git("add", "a.txt")
    hooked.flaggit("complete", flag_id, "--commit")
    assert (trailers(hooked), done(hooked)) == ([flag_id], [flag_id])
    assert hooked.git("diff", "--cached", "--name-only") == "a.txt"


# --- Amending -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [("--no-edit",), ("-m", "Reworded"), ("-a", "-m", "Reworded"), ("-F", "message.txt"), ("--amend", "-e")],
)
def test_amending_keeps_the_trailer(hooked: Work, arguments: tuple[str, ...]) -> None:
    flag_id = completed(hooked)
    hooked.git("commit", "-q", "-m", "Fix")
    hooked.write("a.txt", "two\n")
    hooked.write("message.txt", "From a file\n")
    hooked.git("commit", "-q", "--amend", *arguments, env=editor(hooked, "true"))
    assert trailers(hooked) == [flag_id]
    assert body(hooked).count("Completes-Flag") == 1


def test_amending_adds_a_further_completion(hooked: Work) -> None:
    first = completed(hooked)
    second = flag(hooked)
    hooked.git("commit", "-q", "-m", "Fix")
    hooked.flaggit("complete", second)
    hooked.git("commit", "-q", "--amend", "--no-edit")
    assert sorted(trailers(hooked)) == sorted([first, second])


def test_amending_a_completion_away_takes_its_trailer_along(hooked: Work) -> None:
    flag_id = completed(hooked)
    hooked.write("a.txt", "two\n")
    hooked.git("commit", "-q", "-a", "-m", "Fix")
    hooked.flaggit("reopen", flag_id)
    hooked.git("commit", "-q", "--amend", "--no-edit")
    assert "Flag" not in body(hooked)
    assert done(hooked) == []


# --- Rewriting and combining history --------------------------------------------------------------------------------


def test_reopening_is_said_too(hooked: Work) -> None:
    flag_id = completed(hooked)
    hooked.git("commit", "-q", "-m", "Fix")
    hooked.flaggit("reopen", flag_id)
    hooked.git("commit", "-q", "-m", "Back")
    assert body(hooked) == f"Back\n\nReopens-Flag: {flag_id}"


def test_reverting_a_completion_reopens_and_says_so(hooked: Work) -> None:
    flag_id = completed(hooked)
    hooked.git("commit", "-q", "-m", "Fix")
    hooked.git("revert", "--no-edit", "HEAD")
    assert f"Reopens-Flag: {flag_id}" in body(hooked)
    hooked.git("revert", "--no-edit", "HEAD")
    assert trailers(hooked) == [flag_id]


def test_pruning_is_not_reopening(hooked: Work) -> None:
    flag_id = completed(hooked)
    hooked.git("commit", "-q", "-m", "Fix")
    hooked.git("rm", "-q", f".flags/frontend.web/{flag_id}.yaml", f".flags/done/{flag_id}.yaml")
    hooked.git("commit", "-q", "-m", "Prune", "--no-verify")
    assert body(hooked) == "Prune"


def test_cherry_picking_keeps_the_trailer(hooked: Work) -> None:
    flag_id = flag(hooked)
    hooked.git("switch", "-q", "-c", "side")
    hooked.flaggit("complete", flag_id)
    hooked.git("commit", "-q", "-m", "Fix")
    hooked.git("switch", "-q", "main")
    hooked.git("cherry-pick", "side")
    assert (trailers(hooked), done(hooked)) == ([flag_id], [flag_id])
    assert body(hooked).count("Completes-Flag") == 1


def test_a_merge_does_not_complete_what_it_brings(hooked: Work) -> None:
    flag_id = flag(hooked)
    own = flag(hooked)
    hooked.git("switch", "-q", "-c", "side")
    hooked.flaggit("complete", flag_id)
    hooked.git("commit", "-q", "-m", "Fix")
    hooked.git("switch", "-q", "main")
    hooked.commit("Meanwhile")
    hooked.git("merge", "-q", "--no-edit", "side")
    assert "Completes-Flag" not in body(hooked)
    hooked.git("reset", "-q", "--hard", "HEAD~1")
    hooked.git("merge", "-q", "--no-commit", "side")
    hooked.flaggit("complete", own)
    hooked.git("commit", "-q", "--no-edit")
    assert trailers(hooked) == [own]


def test_a_squashed_merge_says_what_it_completes(hooked: Work) -> None:
    first, second = flag(hooked), flag(hooked)
    hooked.git("switch", "-q", "-c", "side")
    for flag_id in (first, second):
        hooked.flaggit("complete", flag_id)
        hooked.git("commit", "-q", "-m", f"Fix {flag_id}")
    hooked.git("switch", "-q", "main")
    hooked.git("merge", "-q", "--squash", "side")
    hooked.git("commit", "-q", "--no-edit")
    assert sorted(trailers(hooked)) == sorted([first, second])


def test_a_squashed_merge_may_quote_what_was_taken_back(hooked: Work) -> None:
    flag_id = flag(hooked)
    hooked.git("switch", "-q", "-c", "side")
    hooked.flaggit("complete", flag_id)
    hooked.write("a.txt", "two\n")
    hooked.git("commit", "-q", "-am", "Fix")
    hooked.flaggit("reopen", flag_id)
    hooked.git("commit", "-q", "-m", "Back")
    hooked.git("switch", "-q", "main")
    hooked.git("merge", "-q", "--squash", "side")
    hooked.git("commit", "-q", "--no-edit")
    assert done(hooked) == []


@pytest.mark.parametrize("kind", ["--fixup", "--squash"])
def test_autosquash_keeps_the_trailer(hooked: Work, kind: str) -> None:
    flag_id = flag(hooked)
    hooked.write("a.txt", "two\n")
    hooked.git("commit", "-q", "-am", "Work")
    target = hooked.git("rev-parse", "HEAD")
    hooked.commit("Later")
    hooked.flaggit("complete", flag_id)
    hooked.git("commit", "-q", kind, target, env=editor(hooked, "true"))
    env = {"GIT_SEQUENCE_EDITOR": "true", "GIT_EDITOR": "true"}
    hooked.git("rebase", "-q", "-i", "--autosquash", "HEAD~3", env=env)
    assert hooked.git("log", "-2", "--format=%s").split() == ["Later", "Work"]
    assert (trailers(hooked, "HEAD~1"), done(hooked, "HEAD~1")) == ([flag_id], [flag_id])
    assert hooked.git("status", "--porcelain") == ""


@pytest.mark.parametrize("options", [(), ("--apply",), ("-i",), ("--exec", "true")])
def test_rebasing_keeps_everything(hooked: Work, options: tuple[str, ...]) -> None:
    ids = [flag(hooked) for _ in range(2)]
    hooked.git("switch", "-q", "-c", "side")
    for flag_id in ids:
        hooked.flaggit("complete", flag_id)
        hooked.git("commit", "-q", "-m", f"Fix {flag_id}")
    hooked.git("switch", "-q", "main")
    hooked.write("a.txt", "two\n")
    hooked.git("commit", "-q", "-am", "Meanwhile")
    hooked.git("switch", "-q", "side")
    hooked.git("rebase", "-q", *options, "main", env={"GIT_SEQUENCE_EDITOR": "true", "GIT_EDITOR": "true"})
    assert [trailers(hooked, rev) for rev in ("HEAD~1", "HEAD")] == [[flag_id] for flag_id in ids]
    assert [done(hooked, rev) for rev in ("HEAD~1", "HEAD")] == [[flag_id] for flag_id in ids]
    assert hooked.git("status", "--porcelain") == ""


def test_rewording_in_a_rebase(hooked: Work) -> None:
    flag_id = completed(hooked)
    hooked.git("commit", "-q", "-m", "Fix")
    script = editor(hooked, 'case $1 in *todo) sed -i.bak s/^pick/reword/ "$1";; *) echo Reworded >"$1";; esac')
    hooked.git("rebase", "-q", "-i", "HEAD~1", env={**script, "GIT_SEQUENCE_EDITOR": script["GIT_EDITOR"]})
    assert body(hooked) == f"Reworded\n\nCompletes-Flag: {flag_id}"


def test_am_brings_message_and_file(hooked: Work) -> None:
    flag_id = completed(hooked)
    hooked.git("commit", "-q", "-m", "Fix")
    patch = hooked.git("format-patch", "-1", "--stdout")
    hooked.git("reset", "-q", "--hard", "HEAD~1")
    hooked.git("am", "-q", "-3", input=patch + "\n")
    assert (trailers(hooked), done(hooked)) == ([flag_id], [flag_id])


# --- Where and with what index --------------------------------------------------------------------------------------


def test_in_a_linked_worktree_and_a_subdirectory(hooked: Work) -> None:
    flag_id = flag(hooked)
    other = hooked.worktree("other")
    other.flaggit("complete", flag_id)
    other.write("sub/c.txt", "c\n")
    other.git("add", "sub")
    assert other.run("git", "commit", "-q", "-m", "Fix", cwd="sub").status == 0
    assert (trailers(other), done(other)) == ([flag_id], [flag_id])
    assert other.git("status", "--porcelain") == ""


def test_in_a_sparse_checkout(hooked: Work) -> None:
    flag_id = flag(hooked)
    hooked.write("src/x.txt", "x\n")
    hooked.git("add", "src")
    hooked.commit("Source")
    hooked.git("sparse-checkout", "set", "--no-cone", "/src/")
    assert not (hooked.path / ".flags").exists()
    (hooked.path / ".flags").mkdir()
    hooked.flaggit("complete", flag_id)
    hooked.git("commit", "-q", "-m", "Fix")
    assert (trailers(hooked), done(hooked)) == ([flag_id], [flag_id])


def test_with_an_index_of_ones_own(hooked: Work, tmp_path: Path) -> None:
    flag_id = completed(hooked)
    index = tmp_path / "index"
    shutil.copyfile(hooked.path / ".git" / "index", index)
    before = (hooked.path / ".git" / "index").read_bytes()
    hooked.git("commit", "-q", "-m", "Fix", env={"GIT_INDEX_FILE": str(index)})
    assert (trailers(hooked), done(hooked)) == ([flag_id], [flag_id])
    assert (hooked.path / ".git" / "index").read_bytes() == before


def test_the_first_commit_of_a_repository(tmp_path: Path, program: Path) -> None:
    (tmp_path / "new").mkdir()
    work = Work(tmp_path / "new")
    work.git("init", "-q")
    work.flaggit("init")
    work.flaggit("hooks", "install")
    flag_id = work.raise_flag()
    work.git("add", "-A")
    work.flaggit("complete", flag_id)
    work.git("commit", "-q", "-m", "Begin")
    assert (trailers(work), done(work)) == ([flag_id], [flag_id])


def test_hooks_leave_work_tree_and_index_alone(hooked: Work) -> None:
    completed(hooked)
    hooked.write("a.txt", "staged\n")
    hooked.git("add", "a.txt")
    hooked.write("a.txt", "not staged\n")
    hooked.write("new.txt", "untracked\n")
    tree = hooked.git("write-tree")
    hooked.git("commit", "-q", "-m", "Fix")
    assert hooked.git("rev-parse", "HEAD^{tree}") == tree
    assert hooked.git("status", "--porcelain").splitlines() == [" M a.txt", "?? new.txt"]
    assert hooked.read("a.txt") == "not staged\n"


def test_success_is_silent(hooked: Work) -> None:
    completed(hooked)
    answer = hooked.run("git", "commit", "-q", "-m", "Fix")
    assert (answer.status, answer.out, answer.err) == (0, "", "")


@pytest.mark.parametrize(
    "steps",
    [
        ("commit -q -a -m Work",),
        ("commit -q -m Work a.txt",),
        ("commit -q -a --amend --no-edit",),
        ("commit -q -a --amend -m Reworded",),
        ("commit -q -a -m Work --trailer Feature-Flag:dark-mode",),
        ("commit -q -a -m Work", "revert --no-edit HEAD", "rebase -q --force-rebase HEAD~2"),
        ("commit -q -a -m Work", "switch -q -c topic HEAD~1", "cherry-pick main", "switch -q main"),
        ("commit -q -a -m Work", "switch -q -c topic HEAD~1", "commit -q --allow-empty -m Topic", "merge -q main"),
        ("stash -q", "stash pop -q"),
        ("worktree add -q ../other", "worktree remove ../other"),
    ],
)
def test_hooks_with_nothing_to_do_start_no_python(hooked: Work, program: Path, steps: tuple[str, ...]) -> None:
    completed(hooked)
    hooked.git("commit", "-q", "-m", "Done before")
    hooked.commit("Work before")
    hooked.write("a.txt", "two\n")
    (program / "flaggit").write_text(f'#!/bin/sh\necho "$@" >>{program}/heard\n')
    for step in steps:
        hooked.git(*step.split())
    assert not (program / "heard").exists(), (program / "heard").read_text()


# --- A typed trailer whose completion is not staged ------------------------------------------------------------------


def refuse(work: Work, *arguments: str, env: dict[str, str] | None = None, cwd: str = "") -> str:
    """Try a commit that has to be refused without changing anything; return what was said."""
    state = [work.git("rev-parse", "HEAD"), (work.path / ".git/index").read_bytes(), work.git("status", "--porcelain")]
    answer = work.run("git", "commit", "-q", *arguments, env=env, cwd=cwd)
    assert answer.status != 0
    now = [work.git("rev-parse", "HEAD"), (work.path / ".git/index").read_bytes(), work.git("status", "--porcelain")]
    assert now[0] == state[0]
    assert now[2] == state[2]
    return answer.err


def follow(work: Work, said: str, cwd: str = "") -> None:
    """Run the command that a refusal names, as a shell does."""
    line = next(line.strip() for line in said.splitlines() if "flaggit commit --" in line)
    answer = work.run("sh", "-c", line[line.index("flaggit commit") :], env=editor(work, "true"), cwd=cwd)
    assert answer.status == 0, (line, answer)


def refuse_and_follow(work: Work, *arguments: str, env: dict[str, str] | None = None, cwd: str = "") -> None:
    follow(work, refuse(work, *arguments, env=env, cwd=cwd), cwd)


def test_a_refusal_names_the_command_that_does_it(hooked: Work) -> None:
    flag_id = flag(hooked)
    hooked.write("a.txt", "staged\n")
    hooked.git("add", "a.txt")
    hooked.write("a.txt", "not staged\n")
    said = refuse(hooked, "-m", f"Fix it's\n\nCompletes-Flag: {flag_id}")
    assert f"completes {flag_id}" in said
    follow(hooked, said)
    assert body(hooked) == f"Fix it's\n\nCompletes-Flag: {flag_id}"
    assert done(hooked) == [flag_id]
    assert hooked.git("show", "HEAD:a.txt") == "staged"
    assert hooked.git("status", "--porcelain").strip() == "M a.txt"


def test_the_command_commits_the_paths_that_were_named_and_nothing_else(hooked: Work) -> None:
    flag_id = flag(hooked)
    hooked.write("a.txt", "two\n")
    hooked.write("b.txt", "two\n")
    hooked.git("add", "b.txt")
    refuse_and_follow(hooked, "-m", f"Fix\n\nCompletes-Flag: {flag_id}", "--", "a.txt")
    names = hooked.git("show", "--format=", "--name-only", "HEAD").split()
    assert names == [f".flags/done/{flag_id}.yaml", "a.txt"]
    assert hooked.git("status", "--porcelain").splitlines() == ["M  b.txt"]


def test_the_command_commits_everything(hooked: Work) -> None:
    flag_id = flag(hooked)
    hooked.write("a.txt", "two\n")
    (hooked.path / "b.txt").unlink()
    refuse_and_follow(hooked, "-a", "-m", f"Fix\n\nCompletes-Flag: {flag_id}")
    assert hooked.git("status", "--porcelain") == ""
    assert "b.txt" not in hooked.git("ls-files").split()


def test_the_command_keeps_what_was_written_in_the_editor(hooked: Work) -> None:
    flag_id = flag(hooked)
    hooked.write("a.txt", "two\n")
    script = editor(hooked, f'printf "# no\\nFix\\n\\nCompletes-Flag: {flag_id}\\n# a comment\\n" >"$1"')
    parent = hooked.git("rev-parse", "HEAD~1")
    options = ("-a", "-v", "--amend", "--author=Bo <bo@example.org>", "--date=2020-01-01T00:00:00Z")
    refuse_and_follow(hooked, *options, env=script)
    assert hooked.git("rev-parse", "HEAD~1") == parent
    assert body(hooked) == f"Fix\n\nCompletes-Flag: {flag_id}"
    assert hooked.git("log", "-1", "--format=%an %ad", "--date=short") == "Bo 2020-01-01"


def test_the_command_works_in_a_worktree_a_subdirectory_and_a_merge(hooked: Work) -> None:
    flag_id = flag(hooked)
    other = hooked.worktree("other")
    other.write("sub/c.txt", "c\n")
    other.git("add", "sub")
    other.commit("Sub")
    hooked.write("a.txt", "theirs\n")
    hooked.git("commit", "-q", "-am", "Theirs")
    other.write("a.txt", "ours\n")
    other.git("commit", "-q", "-am", "Ours")
    assert other.run("git", "merge", "-q", "main").status != 0
    other.write("a.txt", "both\n")
    other.git("add", "a.txt")
    answer = other.run("git", "commit", "-q", "-m", f"Merge\n\nCompletes-Flag: {flag_id}", cwd="sub")
    follow(other, answer.err, "sub")
    assert len(other.git("log", "-1", "--format=%P").split()) == 2
    assert other.git("ls-tree", "--name-only", "HEAD", f".flags/done/{flag_id}.yaml")
    assert other.git("status", "--porcelain") == ""


def test_the_command_reopens(hooked: Work) -> None:
    flag_id = completed(hooked)
    hooked.git("commit", "-q", "-m", "Fix")
    hooked.write("a.txt", "two\n")
    hooked.git("add", "a.txt")
    said = refuse(hooked, "-m", f"Back\n\nReopens-Flag: {flag_id}")
    assert f"reopens {flag_id}" in said
    follow(hooked, said)
    assert body(hooked) == f"Back\n\nReopens-Flag: {flag_id}"
    names = hooked.git("show", "--format=", "--name-status", "HEAD", "--", ".", ":!*.keep")
    assert names.split("\n") == [f"D\t.flags/done/{flag_id}.yaml", "M\ta.txt"]
    assert hooked.git("status", "--porcelain") == ""


def test_what_cannot_be_is_told_all_at_once(hooked: Work) -> None:
    held = flag(hooked)
    other = hooked.worktree("other")
    other.flaggit("lock", held, agent="@frontend.web")
    said = refuse(hooked, "--allow-empty", "-m", f"Fix\n\nCompletes-Flag: {held}\nCompletes-Flag: zzzzzz9, !!\n")
    assert "zzzzzz9" in said
    assert "!!" in said
    assert "held by @frontend.web" in said
    assert "flaggit commit" not in said


def test_a_flag_that_is_done_already_may_be_named(hooked: Work) -> None:
    flag_id = completed(hooked)
    hooked.git("commit", "-q", "-m", "Fix")
    hooked.git("commit", "-q", "--allow-empty", "-m", f"More\n\nCompletes-Flag: {flag_id}")
    assert trailers(hooked) == [flag_id]


def test_a_short_id_is_spelt_out(hooked: Work) -> None:
    flag_id = completed(hooked)
    hooked.git("commit", "-q", "-m", f"Fix\n\nCompletes-Flag: #{flag_id[:5]}")
    assert trailers(hooked) == [flag_id]
    assert body(hooked) == f"Fix\n\nCompletes-Flag: {flag_id}"


# --- flaggit commit, with the hooks and without ----------------------------------------------------------------------


@pytest.fixture(params=["hooks", "no hooks"])
def either(hooked: Work, request: pytest.FixtureRequest) -> Work:
    if request.param == "no hooks":
        hooked.flaggit("hooks", "uninstall")
    return hooked


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        (("-m", "Fix"), ["b.txt"]),
        (("-am", "Fix"), ["a.txt", "b.txt"]),
        (("-m", "Fix", "a.txt"), ["a.txt"]),
        (("-m", "Fix", "--", "a.txt"), ["a.txt"]),
        (("-i", "-m", "Fix", "a.txt"), ["a.txt", "b.txt"]),
        (("-F", "message.txt"), ["b.txt"]),
        ((), ["b.txt"]),
        (("-v",), ["b.txt"]),
        (("--cleanup=scissors",), ["b.txt"]),
    ],
)
def test_one_step(either: Work, arguments: tuple[str, ...], names: list[str]) -> None:
    flag_id = flag(either)
    either.write("a.txt", "two\n")
    either.write("b.txt", "two\n")
    either.write("message.txt", "Fix\n")
    either.git("add", "b.txt")
    answer = either.flaggit(
        "commit",
        "--completes",
        flag_id[:5],
        "--json",
        "--",
        *arguments,
        env=editor(either, 'echo Fix >"$1"') if not arguments else editor(either, WRITE),
    )
    assert answer.data["completed"] == [flag_id]
    assert answer.data["commit"] == either.git("rev-parse", "HEAD")
    assert either.git("show", "--format=", "--name-only", "HEAD").split() == [f".flags/done/{flag_id}.yaml", *names]
    assert trailers(either) == ([flag_id] if arguments or either.flaggit("hooks", "status").out.count("runs") else [])


def test_one_step_amends_and_reopens(either: Work) -> None:
    first, second = completed(either), flag(either)
    either.git("commit", "-q", "-m", "Fix")
    either.flaggit("commit", "--reopens", first, "--completes", second, "--", "-m", "Turn")
    assert body(either) == f"Turn\n\nCompletes-Flag: {second}\nReopens-Flag: {first}"
    third = flag(either)
    either.flaggit("commit", "--completes", third, "--", "--amend", "--no-edit")
    assert f"Completes-Flag: {third}" in body(either)


def test_one_step_that_git_refuses_can_be_repeated(either: Work) -> None:
    flag_id = flag(either)
    hook = either.write(".git/hooks/pre-commit", "#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    answer = either.flaggit("commit", "--completes", flag_id, "--json", "--", "-m", "Fix", status=5)
    assert answer.json["code"] == "git_failed"
    hook.unlink()
    either.flaggit("commit", "--completes", flag_id, "--", "-m", "Fix")
    assert (trailers(either), done(either)) == ([flag_id], [flag_id])


def test_an_editor_left_empty_commits_nothing(either: Work) -> None:
    flag_id = flag(either)
    head = either.git("rev-parse", "HEAD")
    either.flaggit("commit", "--completes", flag_id, status=5, env=editor(either, "true"))
    assert either.git("rev-parse", "HEAD") == head


def test_a_flag_completed_on_another_branch_is_not_completed_again(hooked: Work) -> None:
    flag_id = flag(hooked)
    other = hooked.worktree("other")
    other.flaggit("complete", flag_id, "--commit", agent="@frontend.web")
    answer = hooked.flaggit(
        "commit", "--completes", flag_id, "--json", "--", "-m", "Fix", agent="@frontend.web", status=4
    )
    assert answer.json["code"] == "already_completed"


def test_what_git_has_said_it_is_not_asked_again(hooked: Work) -> None:
    hooked.write("a.txt", "two\n")
    assert questions(hooked, "-a", "-m", "Code") == 1
    flag_id = hooked.raise_flag()
    assert questions(hooked, "-m", "A flag") == 1
    assert questions(hooked, "--no-verify", "--allow-empty", "-m", "Nobody looked") == 1
    hooked.flaggit("complete", flag_id)
    assert questions(hooked, "-m", "A completion") == 2  # one a hook
    assert trailers(hooked) == [flag_id]
    hooked.raise_flag()
    hooked.git("commit", "-q", "--amend", "--no-edit")
    assert trailers(hooked) == [flag_id]
    hooked.flaggit("reopen", flag_id)
    assert questions(hooked, "-m", "Not done after all") == 2
    assert f"Reopens-Flag: {flag_id}" in body(hooked)


def test_names_that_git_quotes_are_asked_for_again(hooked: Work) -> None:
    flag_id = completed(hooked)
    hooked.write(".flags/done/\u00e4 k.yaml", "id: [")
    hooked.git("add", ".flags")
    refused = hooked.run("git", "commit", "-q", "-m", "Odd")
    assert (refused.status, "[F001]" in refused.err, "\u00e4 k.yaml" in refused.err) == (1, True, True)
    hooked.git("commit", "-q", "--no-verify", "-m", "Odd")
    assert trailers(hooked) == [flag_id]


def test_what_an_earlier_commit_left_for_its_hooks_is_not_taken_for_ours(hooked: Work) -> None:
    """Processes have the same numbers again, in fresh containers at once."""
    flag_id = completed(hooked)
    note = hooked.path / ".git" / "flaggit" / "untouched"
    subprocess.run(["sh", "-c", f"echo $$ >'{note}'; exec git commit -q -m Done"], cwd=hooked.path, check=True)
    assert trailers(hooked) == [flag_id]
    hooked.write("a.txt", "two\n")
    hooked.git("commit", "-q", "-m", "No flag", "a.txt")
    assert not note.read_text().split()[0].isdigit()  # read, and so of no use to a later commit without pre-commit
