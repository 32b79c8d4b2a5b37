"""One table of changes that are ``prune``, or look like it, through every judge: all agree on what each of them is."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from repositories import PROJECT, Work

from flaggit.core.record import record

WEB = "@frontend.web"


@record
class Scene:
    """A clone of its own server, on a branch: on both are a flag that is done, with a note, and one that waits."""

    work: Work
    done: str
    waits: str


def flag_file(flag_id: str) -> str:
    return f".flags/frontend.web/{flag_id}.yaml"


def done_file(flag_id: str) -> str:
    return f".flags/done/{flag_id}.yaml"


@pytest.fixture
def scene(work: Work, program: Path) -> Scene:
    done, waits = work.raise_flag(), work.raise_flag()
    work.flaggit("note", done, "A remark.", agent="@backend.api")
    _complete(work, done)
    server = work.path.parent / "server.git"
    work.git("clone", "-q", "--bare", ".", str(server))
    hook = server / "hooks" / "pre-receive"
    hook.write_bytes((PROJECT / "hooks" / "pre-receive").read_bytes())
    hook.chmod(0o755)
    work.git("remote", "add", "origin", str(server))
    work.git("fetch", "-q", "origin")
    work.git("remote", "set-head", "origin", "main")
    work.git("switch", "-qc", "topic")
    work.flaggit("hooks", "install")
    return Scene(work, done, waits)


def _complete(work: Work, flag_id: str) -> None:
    work.flaggit("complete", flag_id, agent=WEB)
    work.commit(f"done\n\nCompletes-Flag: {flag_id}", ".flags")


def _prune(scene: Scene) -> str:
    scene.work.flaggit("prune", "--completed-before", "0d")
    return scene.done


def _prune_beside_work(scene: Scene) -> str:
    scene.work.write("code", "x\n")
    scene.work.git("add", "code")
    return _prune(scene)


def _prune_by_hand(scene: Scene) -> str:
    notes = [str(path) for path in (scene.work.path / ".flags/notes").iterdir()]
    scene.work.git("rm", "-q", flag_file(scene.done), done_file(scene.done), *notes)
    return scene.done


def _complete_and_prune(scene: Scene) -> str:
    _complete(scene.work, scene.waits)
    _prune(scene)
    return scene.waits


def _prune_what_the_base_reopened(scene: Scene) -> str:
    """Prune, merge the base that reopened the flag meanwhile: it would go although it waits there."""
    work = scene.work
    work.git("switch", "-q", "main")
    work.flaggit("reopen", scene.done, "--reason", "Not yet.", agent=WEB)
    work.commit(f"again\n\nReopens-Flag: {scene.done}")
    work.git("push", "-q", "origin", "main")
    work.git("switch", "-q", "topic")
    _prune_by_hand(scene)  # the command itself keeps what waits on another branch
    work.git("commit", "-qm", "prune")
    work.git("merge", "-q", "--no-commit", "main")
    return scene.done


def _reopen(scene: Scene) -> str:
    scene.work.git("rm", "-q", done_file(scene.done))
    return scene.done


def _complete_reopen_and_delete(scene: Scene) -> str:
    _complete(scene.work, scene.waits)
    scene.work.git("rm", "-q", done_file(scene.waits))
    scene.work.git("commit", "-qm", "again")
    return _delete(scene)


def _delete(scene: Scene) -> str:
    scene.work.git("rm", "-q", flag_file(scene.waits))
    return scene.waits


PRUNED: tuple[str, str, bool, set[str]] = ("pruned", "pruned", False, set())

# what is done -> how `log` ends, the step that `review` tells, whether the message says Reopens-Flag, and the rule
# that a range breaks, for which the server refuses it
SITUATIONS: dict[Callable[[Scene], str], tuple[str, str, bool, set[str]]] = {
    _prune: PRUNED,
    _prune_beside_work: PRUNED,
    _prune_by_hand: PRUNED,
    _complete_and_prune: PRUNED,
    _prune_what_the_base_reopened: ("pruned", "deleted", False, {"F031"}),
    _reopen: ("reopened", "reopened", True, set()),
    _complete_reopen_and_delete: ("deleted", "deleted", False, {"F031"}),
    _delete: ("deleted", "deleted", False, {"F031"}),
}


# The others are slow tests: each is some thirty processes.
QUICK = (_prune_beside_work, _complete_and_prune, _prune_what_the_base_reopened)


@pytest.mark.parametrize(
    "situation",
    [pytest.param(found, marks=() if found in QUICK else pytest.mark.slow) for found in SITUATIONS],
    ids=lambda found: found.__name__.lstrip("_"),
)
def test_all_judges_agree(scene: Scene, situation: Callable[[Scene], str]) -> None:
    ended, step, reopens, broken = SITUATIONS[situation]
    work, flag_id = scene.work, situation(scene)
    assert not re.findall(r"F03\d", work.flaggit("check", "--staged").out)
    work.git("commit", "-qm", "work")  # the hooks let it pass, and write the word that is due
    assert (f"Reopens-Flag: {flag_id}" in work.git("log", "-1", "--format=%B")) == reopens

    assert set(re.findall(r"F03\d", work.flaggit("check", "--range", "main..HEAD", status=None).out)) == broken
    data = json.loads(work.flaggit("review", "main..HEAD", "--json", status=None).out)["data"]
    assert {item["rule"] for item in data["findings"]} == broken
    assert [item["steps"] for item in data["flags"] if item["id"] == flag_id] == [[step]]

    steps = [item["step"] for item in work.flaggit("log", flag_id, "--json").data["steps"]]
    assert ended in steps and not {"note deleted", "pruned", "deleted", "reopened"} & set(steps) - {ended, "reopened"}
    if step == "pruned":
        assert "reopened" not in steps
        for command in ("show", "chain"):
            assert "is pruned" in work.flaggit(command, flag_id, status=3).err

    pushed = work.run("git", "push", "-q", "origin", "HEAD:main")
    assert (pushed.status != 0, "never deleted" in pushed.err) == (bool(broken), bool(broken)), pushed
