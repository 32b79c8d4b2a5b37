"""Installing git's hooks and taking them out: nothing of anybody else's is lost, and what is installed fires."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from repositories import PROJECT, Work

NAMES = ("pre-commit", "prepare-commit-msg", "commit-msg", "post-checkout")


def snapshot(work: Work) -> dict[str, object]:
    """Everything about the hooks folder and the config that a clumsy installer could change."""
    found: dict[str, object] = {"config": (work.path / ".git" / "config").read_bytes()}
    folder = work.path / ".git" / "hooks"
    found["folder"] = folder.is_dir()
    for path in sorted(folder.glob("*")) if folder.is_dir() else ():
        content = os.readlink(path) if path.is_symlink() else path.read_bytes()
        found[path.name] = (content, path.lstat().st_mode, path.lstat().st_mtime_ns)
    return found


def write_hook(work: Work, name: str, body: str) -> Path:
    path = work.write(f".git/hooks/{name}", f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path


def test_install_and_uninstall_leave_no_trace(work: Work, program: Path) -> None:
    before = snapshot(work)
    answer = work.flaggit("hooks", "install", "--json")
    assert [(hook["name"], hook["state"]) for hook in answer.data["hooks"]] == [(name, "installed") for name in NAMES]
    assert work.flaggit("hooks", "status").out.count("runs flaggit") == len(NAMES)
    work.flaggit("hooks", "uninstall")
    assert snapshot(work) == before


def test_hooks_that_are_there_keep_their_bytes_and_still_run(work: Work, program: Path) -> None:
    write_hook(work, "pre-commit", "echo first >>ran")
    write_hook(work, "commit-msg", 'echo "$1" >>ran')
    write_hook(work, "pre-push", "exit 0")
    target = work.write("tool.sh", "#!/bin/sh\nexit 0\n")
    target.chmod(0o755)
    (work.path / ".git" / "hooks" / "post-checkout").symlink_to(target)
    before = snapshot(work)
    work.flaggit("hooks", "install")
    assert "after the hook that was there before" in work.flaggit("hooks", "status").out
    work.git("commit", "-q", "--allow-empty", "-m", "work")
    assert work.read("ran").split() == ["first", ".git/COMMIT_EDITMSG"]
    work.flaggit("hooks", "uninstall")
    assert snapshot(work) == before


def test_a_failing_hook_of_before_still_stops_the_commit(work: Work, program: Path) -> None:
    write_hook(work, "pre-commit", "exit 7")
    work.flaggit("hooks", "install")
    assert work.run("git", "commit", "-q", "--allow-empty", "-m", "work").status == 1


def test_installing_twice_is_installing_once(work: Work, program: Path) -> None:
    write_hook(work, "commit-msg", "exit 0")
    before = snapshot(work)
    work.flaggit("hooks", "install")
    once = snapshot(work)
    work.flaggit("hooks", "install")
    assert snapshot(work) == once
    work.flaggit("hooks", "uninstall")
    work.flaggit("hooks", "uninstall")
    assert snapshot(work) == before


def test_an_older_stub_is_renewed(work: Work, program: Path) -> None:
    write_hook(work, "commit-msg", "# flaggit-stub v0\nexit 9")
    work.flaggit("hooks", "install")
    assert (work.path / ".git/hooks/commit-msg").read_bytes() == (PROJECT / "hooks/commit-msg").read_bytes()
    assert not (work.path / ".git/hooks/commit-msg.pre-flaggit").exists()


def test_a_hooks_folder_that_was_missing_is_missing_again(work: Work, program: Path) -> None:
    shutil.rmtree(work.path / ".git" / "hooks", ignore_errors=True)
    before = snapshot(work)
    work.flaggit("hooks", "install")
    assert (work.path / ".git/hooks/pre-commit").is_file()
    work.flaggit("hooks", "uninstall")
    assert snapshot(work) == before


def test_two_hooks_in_the_way_are_named_and_nothing_is_changed(work: Work, program: Path) -> None:
    write_hook(work, "commit-msg", "exit 0")
    write_hook(work, "commit-msg.pre-flaggit", "exit 1")
    before = snapshot(work)
    answer = work.flaggit("hooks", "install", "--json", status=4)
    assert answer.json["code"] == "hook_in_the_way"
    assert "commit-msg" in answer.json["error"]
    assert snapshot(work) == before


def test_a_stub_that_another_tool_renamed_still_does_its_own_job(work: Work, program: Path) -> None:
    write_hook(work, "commit-msg", "echo original >>ran")
    work.flaggit("hooks", "install")
    hooks = work.path / ".git" / "hooks"
    (hooks / "commit-msg").rename(hooks / "commit-msg.legacy")
    write_hook(work, "commit-msg", '"$0.legacy" "$@"')
    work.git("commit", "-q", "--allow-empty", "-m", "work")
    assert work.read("ran") == "original\n"
    state = {hook["name"]: hook["state"] for hook in work.flaggit("hooks", "status", "--json").data["hooks"]}
    assert state["commit-msg"] == "chained"
    flag_id = work.raise_flag()
    refused = work.run("git", "commit", "-q", "-m", f"Fix\n\nCompletes-Flag: {flag_id}")
    assert "flaggit commit --completes" in refused.err
    work.flaggit("hooks", "install")
    work.flaggit("hooks", "uninstall")
    assert (hooks / "commit-msg").read_text().endswith('"$0.legacy" "$@"\n')
    assert "original" in (hooks / "commit-msg.legacy").read_text()


def test_the_probe_runs_no_foreign_hook_and_notices_silence(work: Work, tmp_path: Path) -> None:
    write_hook(work, "pre-commit", "echo ran >>ran")
    write_hook(work, "post-commit", "echo ran >>ran")
    head = work.git("rev-parse", "HEAD")
    index = (work.path / ".git" / "index").read_bytes()
    bare = tmp_path / "bin"
    bare.mkdir()
    for tool in ("git", "sh", "grep", "rm"):
        (bare / tool).symlink_to(shutil.which(tool))
    answer = work.flaggit("hooks", "install", "--json", status=5, env={"PATH": str(bare)})
    assert answer.json["code"] == "hook_silent"
    assert "pre-commit" in answer.json["error"]
    assert not (work.path / "ran").exists()
    assert work.git("rev-parse", "HEAD") == head
    assert (work.path / ".git" / "index").read_bytes() == index
    # Without flaggit commits go on, with one line on standard error where there is something to do.
    flag_id = work.raise_flag()
    done = work.run("git", "commit", "-q", "-m", f"Raise {flag_id}", env={"PATH": str(bare)})
    assert done.status == 0
    assert [line for line in done.err.splitlines() if line.startswith("flaggit: not on PATH")] == done.err.splitlines()
    assert len(done.err.splitlines()) == 1


def test_without_a_store_hooks_do_nothing(work: Work, program: Path) -> None:
    work.flaggit("hooks", "install")
    work.git("rm", "-q", "-r", ".flags")
    work.git("commit", "-q", "-m", "No flags any more")
    program.joinpath("flaggit").unlink()
    done = work.run("git", "commit", "--allow-empty", "-q", "-m", "x\n\nCompletes-Flag: k7m2q0x")
    assert (done.status, done.err) == (0, "")


BROKEN = {
    "a python that cannot start": "exit 1",
    "an older flaggit without that hook": "echo no such command >&2; exit 2",
    "a fault of its own": "exit 70",
    "killed": "kill -9 $$",
    "hanging": "exec /bin/sleep 600",
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_flaggit_that_does_not_work_stops_no_commit(work: Work, program: Path, kind: str) -> None:
    flag_id = work.raise_flag()
    work.commit("flag")
    work.flaggit("hooks", "install")
    (program / "flaggit").write_text(f"#!/bin/sh\n{BROKEN[kind]}\n")
    if kind == "hanging":  # the stub waits for half a minute; here that is over soon
        (program / "sleep").write_text("#!/bin/sh\nexec /bin/sleep 0.2\n")
        (program / "sleep").chmod(0o755)
    work.write(f".flags/done/{flag_id}.yaml", "junk\n")
    work.git("add", ".flags")
    answer = work.run("git", "commit", "-qm", f"work\n\nCompletes-Flag: {flag_id}")
    assert answer.status == 0 and "git goes on without it" in answer.err, answer


def test_a_verdict_stops_a_commit(work: Work, program: Path) -> None:
    work.flaggit("hooks", "install")
    work.write(".flags/backend.api/k7m2q0x.yaml", "junk\n")
    work.git("add", ".flags")
    assert work.flaggit("hook", "pre-commit", status=None).status == 10
    answer = work.run("git", "commit", "-qm", "work")
    assert answer.status == 1 and "F001" in answer.err, answer


def test_every_stub_ends_alike() -> None:
    tails = {name: (PROJECT / "hooks" / name).read_text().partition("# A flaggit that is broken")[2] for name in NAMES}
    assert len({tail.replace(f"name={name}", "") for name, tail in tails.items()}) == 1 and all(tails.values())


def test_hooks_serve_all_worktrees(work: Work, program: Path) -> None:
    other = work.worktree("other")
    other.flaggit("hooks", "install")
    flag_id = other.raise_flag()
    for place in (work, other):
        answer = place.run("git", "commit", "-q", "--allow-empty", "-m", f"x\n\nCompletes-Flag: {flag_id}")
        assert "flaggit commit --completes" in answer.err
    work.flaggit("hooks", "uninstall")
    assert other.flaggit("hooks", "status").out.count("none") == len(NAMES)


@pytest.mark.parametrize(
    ("name", "content", "mode", "word"),
    [
        (".husky/pre-commit", "npm test\n", "husky", "# in .husky/commit-msg"),
        ("lefthook.yml", "pre-push: {}\n", "lefthook", "flaggit hook commit-msg {1}"),
        (".pre-commit-config.yaml", "repos: []\n", "pre-commit", "id: flaggit-commit-msg"),
    ],
)
def test_other_tools_are_found_and_left_alone(
    work: Work, program: Path, name: str, content: str, mode: str, word: str
) -> None:
    file = work.write(name, content)
    if mode == "husky":
        work.git("config", "core.hooksPath", ".husky/_")
    before = snapshot(work)
    answer = work.flaggit("hooks", "install")
    assert word in answer.out
    assert mode in answer.err
    assert snapshot(work) == before
    assert file.read_text() == content
    report = work.flaggit("hooks", "status", "--json").data
    assert report["mode"] == mode
    assert {hook["state"] for hook in report["hooks"]} == {"absent"}


def test_husky_lines_work_as_printed(work: Work, program: Path) -> None:
    work.write(".husky/pre-commit", "true\n")
    work.git("config", "core.hooksPath", ".husky/_")
    name = ""
    for line in work.flaggit("hooks", "install").out.splitlines():
        if line.startswith("# in .husky/"):
            name = line.removeprefix("# in .husky/")
            # As husky 9 does: the generated hook runs the file of its name with sh.
            stub = work.write(f".husky/_/{name}", f'#!/bin/sh\nsh -e ".husky/{name}" "$@"\n')
            stub.chmod(0o755)
        else:
            with (work.path / ".husky" / name).open("a") as file:
                file.write(line + "\n")
    states = {hook["name"]: hook["state"] for hook in work.flaggit("hooks", "status", "--json").data["hooks"]}
    assert states == dict.fromkeys(NAMES, "integrated")
    flag_id = work.raise_flag()
    work.commit("Raise")
    work.flaggit("complete", flag_id)
    work.git("commit", "-q", "-m", "Fix")
    assert f"Completes-Flag: {flag_id}" in work.git("log", "-1", "--format=%(trailers)")
    other = work.raise_flag()
    assert work.run("git", "commit", "-q", "-m", f"x\n\nCompletes-Flag: {other}").status != 0


def test_another_hooks_folder_is_left_alone_unless_asked(work: Work, program: Path) -> None:
    work.git("config", "core.hooksPath", "tools/hooks")
    answer = work.flaggit("hooks", "install", "--json")
    assert (answer.data["mode"], bool(answer.data["lines"])) == ("hooks-path", True)
    assert not (work.path / "tools").exists()
    work.flaggit("hooks", "install", "--mode", "stubs")
    assert (work.path / "tools/hooks/commit-msg").is_file()
    work.flaggit("hooks", "uninstall")
    assert not (work.path / "tools/hooks").exists()


def test_stubs_are_taken_out_where_git_no_longer_looks(work: Work, program: Path) -> None:
    before = snapshot(work)
    work.flaggit("hooks", "install")
    work.git("config", "core.hooksPath", "tools/hooks")
    work.flaggit("hooks", "uninstall")
    work.git("config", "--unset", "core.hooksPath")
    after = snapshot(work)
    assert {name: after[name] for name in before if name != "config"} == {
        name: before[name] for name in before if name != "config"
    }
    assert len(after) == len(before)


def test_a_folder_in_the_place_of_a_hook_comes_back(work: Work, program: Path) -> None:
    work.write(".git/hooks/pre-commit/notes", "mine\n")
    work.flaggit("hooks", "install")
    work.flaggit("hooks", "uninstall")
    assert work.read(".git/hooks/pre-commit/notes") == "mine\n"
    assert not (work.path / ".git/hooks/commit-msg").exists()


def test_where_git_is_told_to_run_no_hooks_that_is_said(work: Work, program: Path) -> None:
    work.git("config", "core.hooksPath", "/dev/null")
    assert work.flaggit("hooks", "install", "--json", status=5).json["code"] == "hooks_off"


def test_husky_in_a_folder_of_its_own_is_known(work: Work, program: Path) -> None:
    work.write("web/hooks/_/h", "")
    work.git("config", "core.hooksPath", "web/hooks/_")
    assert "# in web/hooks/commit-msg" in work.flaggit("hooks", "install", "--mode", "auto").out.splitlines()


def test_only_what_is_missing_is_shown(work: Work, program: Path) -> None:
    work.write(".husky/pre-commit", "flaggit hook pre-commit\n")
    work.git("config", "core.hooksPath", ".husky/_")
    lines = work.flaggit("hooks", "install").out
    assert "# in .husky/pre-commit" not in lines
    assert "# in .husky/commit-msg" in lines
    status = work.flaggit("hooks", "status")
    assert status.out.count("names flaggit, and was not seen to reach it") == 1  # husky itself is not there
    assert "flaggit hooks install" in status.err


def test_lines_for_a_folder_of_hooks_work_as_printed_and_trouble_nobody(work: Work, program: Path) -> None:
    work.git("config", "core.hooksPath", "tools")
    work.write("tools/commit-msg", "#!/bin/sh\nset -e\n")
    name = ""
    for line in work.flaggit("hooks", "install").out.splitlines():
        if line.startswith("# in "):
            name = line.removeprefix("# in ").partition(";")[0]
            continue
        with Path(name).open("a") as file:
            file.write(line + "\n")
        Path(name).chmod(0o755)
    assert work.flaggit("hooks", "status").out.count("runs flaggit") == len(NAMES)
    other = work.raise_flag()
    assert work.run("git", "commit", "-q", "-m", f"x\n\nCompletes-Flag: {other}").status == 1
    (program / "flaggit").unlink()
    work.git("commit", "-q", "-m", "By somebody who has no flaggit")


def test_lines_fit_into_what_is_there() -> None:
    from flaggit.hooks.managers import lefthook_lines, pre_commit_lines

    names = ["pre-commit", "commit-msg"]
    listed = "default_install_hook_types: [pre-commit]\nrepos:\n- repo: meta\n  hooks:\n    - id: identity\n"
    lines = pre_commit_lines(names, ".pre-commit-config.yaml", listed)
    assert lines[0].endswith("then: pre-commit install -t pre-commit -t commit-msg")
    document = yaml.safe_load(listed + "\n".join(lines))
    assert [repo["repo"] for repo in document["repos"]] == ["meta", "local"]
    commands = [shlex.split(hook["entry"]) for hook in document["repos"][1]["hooks"]]
    assert [(command[:2], command[3:]) for command in commands] == [(["sh", "-c"], ["--"])] * 2
    assert [command[2].partition("exit 0; ")[2] for command in commands] == [
        f'flaggit hook {name} "$@"; [ $? != 10 ]' for name in names
    ]
    whole = yaml.safe_load("\n".join(pre_commit_lines(names, ".pre-commit-config.yaml", "")))
    assert whole["default_install_hook_types"] == names
    table = tomllib.loads("\n".join(pre_commit_lines(names, "prek.toml", "")))
    assert [hook["stages"] for hook in table["repos"][0]["hooks"]] == [["pre-commit"], ["commit-msg"]]
    assert [shlex.split(hook["entry"]) for hook in table["repos"][0]["hooks"]] == commands
    jobs = tomllib.loads("\n".join(lefthook_lines(names, "lefthook.toml", "")))
    assert "flaggit hook commit-msg {1}" in jobs["commit-msg"]["commands"]["flaggit"]["run"]
    assert "pre-commit:" not in lefthook_lines(names, "lefthook.yml", "pre-commit:\n  jobs: []\n")


def test_unknown_hooks_and_modes_are_refused(work: Work) -> None:
    assert work.flaggit("hook", "post-merge", "--json", status=2).json["code"] == "usage"
    assert "stubs" in work.flaggit("hooks", "install", "--mode", "magic", status=2).err


# --- The real pre-commit --------------------------------------------------------------------------------------------


@pytest.fixture
def framework(work: Work, program: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Work:
    """A repository whose hooks the real pre-commit runs, by this project's manifest."""
    pytest.importorskip("pre_commit")
    monkeypatch.setenv("PRE_COMMIT_HOME", str(tmp_path / "cache"))
    shelf = Work(tmp_path / "shelf")
    shelf.path.mkdir()
    shelf.git("init", "-q")
    shutil.copyfile(PROJECT / ".pre-commit-hooks.yaml", shelf.path / ".pre-commit-hooks.yaml")
    rev = shelf.commit("Manifest", ".pre-commit-hooks.yaml")
    # `language: unsupported` runs the flaggit on PATH instead of building an environment from the network.
    ids = ("flaggit-check", "flaggit-prepare-commit-msg", "flaggit-commit-msg", "flaggit-post-checkout")
    hooks = "".join(f"      - {{id: {name}, language: system}}\n" for name in ids)
    work.write(
        ".pre-commit-config.yaml",
        "default_install_hook_types: [pre-commit, prepare-commit-msg, commit-msg, post-checkout]\n"
        f"repos:\n  - repo: {shelf.path}\n    rev: {rev}\n    hooks:\n{hooks}",
    )
    work.commit("Configure", ".pre-commit-config.yaml")
    assert work.run(sys.executable, "-m", "pre_commit", "install").status == 0
    return work


def test_pre_commit_runs_every_hook(framework: Work) -> None:
    flag_id, other = framework.raise_flag(), framework.raise_flag()
    framework.commit("Raise")
    framework.flaggit("complete", flag_id)
    framework.git("commit", "-q", "-m", "Fix")
    assert f"Completes-Flag: {flag_id}" in framework.git("log", "-1", "--format=%(trailers)")
    framework.write("src/client.ts", "export {1}\n")
    refused = framework.run("git", "commit", "-q", "-m", f"Fix\n\nCompletes-Flag: {other}", "src/client.ts")
    assert refused.status != 0
    assert "flaggit commit --completes" in refused.out + refused.err
    framework.flaggit("commit", "--completes", other, "--", "-m", "Fix", "src/client.ts")
    assert framework.git("show", "--format=", "--name-only").split() == [f".flags/done/{other}.yaml", "src/client.ts"]
    framework.write(".flags/frontend.web/k7m2q0x.yaml", "id: [\n")
    framework.git("add", ".flags")
    refused = framework.run("git", "commit", "-q", "-m", "Broken")
    assert ".flags/frontend.web/k7m2q0x.yaml:" in refused.out + refused.err
    assert "[F001]" in refused.out + refused.err


def test_pre_commit_keeps_the_trailer_of_an_amended_commit(framework: Work) -> None:
    flag_id = framework.raise_flag()
    framework.flaggit("complete", flag_id)
    framework.git("commit", "-q", "-m", "Fix")
    framework.git("commit", "-q", "--amend", "-m", "Reworded")
    assert f"Completes-Flag: {flag_id}" in framework.git("log", "-1", "--format=%B")


def test_pre_commit_and_stubs_live_together(framework: Work) -> None:
    state = {hook["name"]: hook["state"] for hook in framework.flaggit("hooks", "status", "--json").data["hooks"]}
    assert state == dict.fromkeys(NAMES, "integrated")
    before = snapshot(framework)
    framework.flaggit("hooks", "install")
    assert snapshot(framework) == before
    framework.flaggit("hooks", "install", "--mode", "stubs")
    flag_id = framework.raise_flag()
    framework.flaggit("complete", flag_id)
    framework.git("commit", "-q", "-m", "Fix")
    assert framework.git("log", "-1", "--format=%B").count(f"Completes-Flag: {flag_id}") == 1
    framework.flaggit("hooks", "uninstall")
    assert snapshot(framework) == before


def test_pre_commit_installed_anew_over_a_stub_is_run_once(framework: Work) -> None:
    before = snapshot(framework)
    framework.flaggit("hooks", "install", "--mode", "stubs")
    assert framework.run(sys.executable, "-m", "pre_commit", "install").status == 0
    flag_id = framework.raise_flag()
    framework.flaggit("complete", flag_id)
    answer = framework.run("git", "commit", "-q", "-m", "Fix")
    assert answer.status == 0, answer
    assert answer.err.count("flags are valid") == 1
    assert framework.git("log", "-1", "--format=%B").count(f"Completes-Flag: {flag_id}") == 1
    framework.flaggit("hooks", "uninstall")
    after = snapshot(framework)
    assert {name: before[name][0] for name in NAMES} == {name: after[name][0] for name in NAMES}
    assert after.keys() == before.keys()


def test_what_is_printed_for_pre_commit_works_beside_other_hooks(
    work: Work, program: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("pre_commit")
    monkeypatch.setenv("PRE_COMMIT_HOME", str(tmp_path / "cache"))
    other = (
        "repos:\n  - repo: local\n    hooks:\n      - {id: other, name: other, entry: touch ran, language: system}\n"
    )
    work.write(".pre-commit-config.yaml", other)
    work.write(".flags/config.yaml", "work_branch: {lock: true}\n")
    work.write(".gitignore", "ran\n")
    flag_id = work.raise_flag()
    work.commit("Begin", ".")
    with (work.path / ".pre-commit-config.yaml").open("a") as file:
        file.write(work.flaggit("hooks", "install").out)
    work.commit("Use flaggit", ".")
    assert work.run(sys.executable, "-m", "pre_commit", "install").status == 0
    assert work.flaggit("hooks", "status").out.count("runs flaggit") == len(NAMES)
    work.git("switch", "-q", "-c", f"flag/{flag_id}")
    assert work.flaggit("locks", "--json").data[0]["id"] == flag_id
    work.flaggit("complete", flag_id)
    work.git("commit", "-q", "-m", "Fix")
    assert f"Completes-Flag: {flag_id}" in work.git("log", "-1", "--format=%B")
    assert (work.path / "ran").exists()
    other = work.raise_flag()
    refused = work.run("git", "commit", "-q", "-m", f"Fix\n\nCompletes-Flag: {other}")
    assert "flaggit commit --completes" in refused.out + refused.err
    (program / "flaggit").unlink()
    work.git("commit", "-q", "-m", f"By somebody who has no flaggit\n\nCompletes-Flag: {other}")


def test_the_manifest_is_one() -> None:
    schema = pytest.importorskip("pre_commit.clientlib")
    hooks = schema.load_manifest(str(PROJECT / ".pre-commit-hooks.yaml"))
    for hook in hooks:
        assert hook["entry"].split()[:2] == ["flaggit", "hook"]


# --- put into the managers' own files ---------------------------------------------------------------


OWN_HOOK = """\
repos:
- repo: local
  hooks:
  - {id: own, name: own, entry: sh -c "echo x >> count", language: system, always_run: true, pass_filenames: false}
"""


def test_pre_commit_runs_flaggit_and_other_hooks_as_often_as_before(work: Work, program: Path) -> None:
    if shutil.which("pre-commit") is None:
        pytest.skip("pre-commit is not installed")
    work.write(".pre-commit-config.yaml", OWN_HOOK)
    work.write(".gitignore", "count\n")
    work.commit("base", ".")
    answer = work.flaggit("hooks", "install", "--write")
    assert "pre-commit install" in answer.err
    assert work.run("pre-commit", "install").status == 0
    assert work.flaggit("hooks", "status").out.count("runs flaggit") == 3
    work.write("src/a.ts", "1")
    work.git("add", "-A")
    work.git("commit", "-qm", "work")
    assert work.read("count") == "x\n"
    work.write(".flags/frontend.web/zzzzzz1.yaml", "flag_type: nonsense\n")
    work.git("add", "-A")
    assert work.run("git", "commit", "-qm", "bad").status != 0
    work.flaggit("hooks", "uninstall")
    assert work.read(".pre-commit-config.yaml") == OWN_HOOK


@pytest.mark.parametrize("own", ["#!/bin/sh\necho own >&2\nexit 0\n", None])
def test_a_folder_of_hooks_is_written_to_and_proven(work: Work, program: Path, own: str | None) -> None:
    work.git("config", "core.hooksPath", ".githooks")
    if own is not None:
        work.write(".githooks/pre-commit", own).chmod(0o755)
    assert work.flaggit("hooks", "status").out.count("runs flaggit") == 0
    work.flaggit("hooks", "install", "--write")
    assert work.flaggit("hooks", "status").out.count("runs flaggit") == 4
    work.flaggit("hooks", "install", "--write")
    work.write(".flags/frontend.web/zzzzzz1.yaml", "flag_type: nonsense\n")
    work.git("add", "-A")
    assert work.run("git", "commit", "-qm", "bad").status != 0
    work.flaggit("hooks", "uninstall")
    names = sorted(path.name for path in (work.path / ".githooks").iterdir()) if own else []
    assert names == (["pre-commit"] if own else [])
    assert own is None or work.read(".githooks/pre-commit") == own


def test_a_line_that_is_never_reached_is_not_said_to_run(work: Work, program: Path) -> None:
    work.git("config", "core.hooksPath", ".githooks")
    line = 'if command -v flaggit >/dev/null; then flaggit hook pre-commit -- "$@" || exit 1; fi'
    work.write(".githooks/pre-commit", f"#!/bin/sh\ntouch ran\nexit 0\n{line}\n").chmod(0o755)
    out = work.flaggit("hooks", "status").out
    assert "runs flaggit" not in out and "was not seen to reach it" in out
    assert not (work.path / "ran").exists()


def test_simple_git_hooks_writes_its_hooks_anew(work: Work, program: Path) -> None:
    config = '{"simple-git-hooks":{"pre-commit":"echo own >> ran"}}'
    work.write("package.json", config)

    def regenerate() -> None:
        found = json.loads(work.read("package.json"))["simple-git-hooks"]
        for name in ("pre-commit", "prepare-commit-msg", "commit-msg", "post-checkout"):
            (work.path / ".git/hooks" / name).unlink(missing_ok=True)
            if name in found:
                text = f'#!/bin/sh\n\nif [ "$SKIP_SIMPLE_GIT_HOOKS" = "1" ]; then\n    exit 0\nfi\n\n{found[name]}'
                work.write(f".git/hooks/{name}", text).chmod(0o755)

    regenerate()
    assert "simple-git-hooks" in work.flaggit("hooks", "install").out
    work.flaggit("hooks", "install", "--write")
    assert "runs flaggit" not in work.flaggit("hooks", "status").out
    regenerate()
    assert work.flaggit("hooks", "status").out.count("runs flaggit") == 4
    assert not (work.path / "ran").exists()
    regenerate()
    work.flaggit("hooks", "install", "--write")
    work.write(".flags/frontend.web/zzzzzz1.yaml", "flag_type: nonsense\n")
    work.git("add", ".flags")
    assert work.run("git", "commit", "-qm", "bad").status != 0
    work.flaggit("hooks", "uninstall")
    assert work.read("package.json") == config


def test_a_hook_written_anew_by_its_tool_is_no_second_hook(work: Work, program: Path) -> None:
    own = "#!/bin/sh\necho own\n"
    work.write(".git/hooks/pre-commit", own).chmod(0o755)
    work.flaggit("hooks", "install")
    work.write(".git/hooks/pre-commit", own).chmod(0o755)
    work.flaggit("hooks", "install")
    work.flaggit("hooks", "uninstall")
    assert work.read(".git/hooks/pre-commit") == own
    assert not (work.path / ".git/hooks/pre-commit.pre-flaggit").exists()
