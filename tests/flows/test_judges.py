"""One table of situations through every judge: check, check --staged, the hook, pre-commit's entry, ranges, a server.

A judge may say more than another (a range knows history), never less about the files that it judges.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from repositories import PROJECT, Work

FLAG = ".flags/frontend.web/{id}.yaml"


def _replace(old: str, new: str) -> Callable[[str], str]:
    return lambda text: text.replace(old, new)


# name -> what becomes of a valid flag's text; the rule that every judge names (None: it stays valid)
SITUATIONS: dict[str, tuple[Callable[[str], str], str | None]] = {
    "valid": (lambda text: text, None),
    "no YAML": (lambda _: "id: [", "F001"),
    "empty": (lambda _: "", "F001"),
    "conflict markers": (lambda text: f"<<<<<<< ours\n{text}=======\n{text}>>>>>>> theirs\n", "F001"),
    "a key twice": (lambda text: text + 'impact_level: "low"\n', "F001"),
    "an unknown field": (lambda text: text + 'priority: "1"\n', "F002"),
    "an unknown level": (_replace('impact_level: "medium"', 'impact_level: "enormous"'), "F004"),
    "no handle": (_replace('source_agent: "@backend.api"', 'source_agent: "backend"'), "F003"),
    "another id": (_replace('id: "', 'id: "x'), "F020"),
    "a list in a text's place": (_replace('impact_level: "medium"', "impact_level: [1]"), "F002"),
    "no time": (_replace("created_at: ", "created_at: 2026 #"), "F002"),
    "beside the store": (lambda text: text, "F026"),
    "for another folder": (_replace('target_agent: "@frontend.web"', 'target_agent: "@backend.queue"'), "F020"),
}


@pytest.fixture
def base(work: Work, program: Path) -> Work:
    """A clone of its own server, on a branch."""
    work.git("config", "user.email", "nobody@example.org")
    work.git("clone", "-q", "--bare", ".", str(work.path.parent / "server.git"))
    work.git("remote", "add", "origin", str(work.path.parent / "server.git"))
    work.git("fetch", "-q", "origin")
    work.git("remote", "set-head", "origin", "main")
    work.git("switch", "-qc", "topic")
    return work


def _put(work: Work, situation: str) -> str:
    change, rule = SITUATIONS[situation]
    flag_id = work.raise_flag()
    path = FLAG.format(id=flag_id)
    work.write(path, change(work.read(path)))
    if situation == "beside the store":
        (work.path / path).unlink()
        work.write(f".FLAGS/{flag_id}.yaml", "")
    work.git("add", "-A")
    return rule or ""


def _check(work: Work) -> str:
    return work.flaggit("check", status=None).out


def _check_staged(work: Work) -> str:
    return work.flaggit("check", "--staged", status=None).out


def _hook(work: Work) -> str:
    work.flaggit("hooks", "install")
    answer = work.run("git", "commit", "-qm", "work")
    text = answer.err
    assert ("error" in text) == (answer.status != 0), answer
    return text


def _entry(work: Work) -> str:
    """The entry of .pre-commit-hooks.yaml, with pre-commit itself, in a commit."""
    _configure(work)
    work.run("pre-commit", "install")
    answer = work.run("git", "commit", "-qm", "work")
    assert ("F0" in answer.err) == (answer.status != 0), answer
    return answer.err


def _all_files(work: Work) -> str:
    _configure(work)
    work.git("commit", "-qnm", "work")
    answer = work.run("pre-commit", "run", "--all-files")
    assert ("F0" in answer.out) == (answer.status != 0), answer
    return answer.out


def _from_ref(work: Work) -> str:
    _configure(work)
    work.git("commit", "-qnm", "work")
    answer = work.run("pre-commit", "run", "--from-ref", "main", "--to-ref", "HEAD")
    assert ("error" in answer.out) == (answer.status != 0), answer
    return answer.out


def _range(work: Work) -> str:
    work.commit("work")
    return work.flaggit("check", "--range", "main..HEAD", status=None).out


def _review(work: Work) -> str:
    work.commit("work")
    return work.flaggit("review", "main..HEAD", status=None).out


def _bare(work: Work) -> str:
    work.commit("work")
    work.git("push", "-q", "origin", "HEAD:topic")
    env = {"GIT_DIR": str(work.path.parent / "server.git")}
    return work.flaggit("check", "--range", "main..topic", status=None, env=env).out


def _server(work: Work) -> str:
    hook = work.path.parent / "server.git" / "hooks" / "pre-receive"
    hook.write_bytes((PROJECT / "hooks" / "pre-receive").read_bytes())
    hook.chmod(0o755)
    work.commit("work")
    answer = work.run("git", "push", "-q", "origin", "HEAD:topic")
    assert ("F0" in answer.err) == (answer.status != 0), answer
    return answer.err


def _configure(work: Work) -> None:
    """What a user of pre-commit writes, the hook of ours run as it is installed there."""
    work.write(
        ".pre-commit-config.yaml",
        "repos:\n- repo: local\n  hooks:\n  - {id: flaggit-check, name: x, language: system, always_run: true,"
        " pass_filenames: false, entry: flaggit hook pre-commit}\n",
    )
    work.git("add", ".pre-commit-config.yaml")


JUDGES = {
    "check": _check,
    "check --staged": _check_staged,
    "hook": _hook,
    "pre-commit, a commit": _entry,
    "pre-commit, all files": _all_files,
    "pre-commit, a range": _from_ref,
    "check --range": _range,
    "review": _review,
    "check --range in a bare repository": _bare,
    "server": _server,
}


@pytest.mark.parametrize("judge", sorted(JUDGES))
@pytest.mark.parametrize("situation", sorted(SITUATIONS))
def test_every_judge_says_the_same(base: Work, situation: str, judge: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    rule = _put(base, situation)
    said = JUDGES[judge](base)
    rules = {word.strip("[]()`*|,:") for word in said.replace("|", " ").split()}
    found = {word for word in rules if word in {"F001", "F002", "F003", "F004", "F020", "F026"}}
    assert (rule in found) if rule else not found, said


def test_what_git_add_only_announces_stops_no_commit(base: Work) -> None:
    base.flaggit("hooks", "install")
    base.write(".flags/frontend.web/draft.yaml", 'flag_type: change\nsource_agent: "@backend.api"\n')
    base.git("add", "-N", ".flags/frontend.web/draft.yaml")
    base.write("code", "x\n")
    base.git("add", "code")
    assert base.flaggit("check", "--staged").out == ""
    base.git("commit", "-qm", "code")
    base.git("add", ".flags")
    assert base.run("git", "commit", "-qm", "flag").status != 0


def test_an_older_stub_that_shows_what_is_only_announced(base: Work) -> None:
    base.flaggit("hooks", "install")
    hook = base.path / ".git" / "hooks" / "pre-commit"
    hook.write_text(hook.read_text().replace(" --ita-invisible-in-index", "").replace("FLAGGIT_COMMIT=$PPID ", ""))
    base.write(".flags/frontend.web/draft.yaml", "flag_type: change\n")
    base.git("add", "-N", ".flags/frontend.web/draft.yaml")
    base.write("code", "x\n")
    base.git("add", "code")
    base.git("commit", "-qm", "code")


# -- attributes of the repository -------------------------------------------------------------------


@pytest.mark.parametrize("attribute", ["filter=crypt", "ident", "working-tree-encoding=UTF-16"])
def test_attributes_of_the_repository_stop_at_the_store(base: Work, attribute: str) -> None:
    base.git("config", "filter.crypt.clean", "tr a-z A-Z")
    base.git("config", "filter.crypt.smudge", "cat")
    base.write(".gitattributes", f"*.yaml {attribute}\n")
    answer = base.flaggit("check", status=1)
    assert "[F001]" in answer.out or "F001" in answer.out
    assert attribute.partition("=")[0] in answer.out
    base.flaggit("init")  # as the finding says
    base.flaggit("check")
    flag_id = base.raise_flag()
    base.git("add", "-A")
    base.commit("raise")
    assert f'id: "{flag_id}"' in base.git("show", f"HEAD:{FLAG.format(id=flag_id)}")


def test_what_comes_before_the_stores_own_attributes_is_told(base: Work) -> None:
    base.flaggit("init")
    (base.path / ".git" / "info").mkdir(exist_ok=True)
    base.write(".git/info/attributes", "*.yaml filter=crypt\n")
    assert ".git/info/attributes" in base.flaggit("check", status=1).out


def test_init_brings_only_its_own_older_attributes_up_to_date(base: Work) -> None:
    own = base.write(
        ".flags/.gitattributes",
        "# Flags are plain text everywhere; the drivers work where `flaggit init --yes` has set them up.\n"
        "*.yaml text eol=lf diff=flaggit merge=flaggit\n",
    )
    base.flaggit("init")
    assert "!filter" in own.read_text()
    own.write_text("*.yaml text eol=lf\n")
    base.flaggit("init")
    assert own.read_text() == "*.yaml text eol=lf\n"
