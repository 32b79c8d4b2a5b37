"""``flaggit prune``: what goes, what stays, and that every byte of it is in history."""

from __future__ import annotations

import time

import pytest
from repositories import Work

from flaggit.core.model import Completion
from flaggit.git.staging import stage

OLD, NEW = "2026-01-01T00:00:00Z", time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def done(work: Work, completed_at: str = OLD, **changes: object) -> str:
    """Raise a flag and complete it at a time of one's own; staged."""
    flag_id = work.raise_flag(**changes)
    session = work.session()
    stage(session.repo, [session.store.add_completion(Completion(flag_id, "@frontend.web", completed_at))])
    return flag_id


def prune(work: Work, *options: str) -> dict:
    return work.flaggit("prune", "--completed-before", "90d", "--json", *options).data


def test_old_completed_flags_go_with_their_notes_and_nothing_else(work: Work):
    old, new, pending = done(work), done(work, NEW), work.raise_flag()
    work.flaggit("note", old, "A remark.", agent="@backend.api")
    work.commit("before", ".flags")
    work.write("README.md", "changed\n")
    data = prune(work)
    assert data["pruned"] == [old]
    assert len(data["files"]) == 3
    staged = work.git("diff", "--cached", "--name-status", "--no-renames").splitlines()
    assert sorted(staged) == sorted([*(f"D\t{path}" for path in data["files"]), "A\t.flags/notes/.keep"])
    assert work.git("diff", "--name-only") == "README.md"
    assert {flag["id"] for flag in work.flaggit("list", "--status", "all", "--json").data} == {new, pending}


def test_an_emptied_folder_keeps_a_placeholder(work: Work):
    done(work)
    work.commit("before", ".flags")
    prune(work)
    for folder in ("frontend.web", "done"):
        assert [path.name for path in (work.path / ".flags" / folder).iterdir()] == [".keep"]
    assert work.flaggit("check").status == 0


def test_a_dry_run_changes_nothing(work: Work):
    flag_id = done(work)
    work.commit("before", ".flags")
    assert prune(work, "--dry-run")["pruned"] == [flag_id]
    assert work.git("status", "--porcelain") == ""
    assert (
        f"would remove .flags/done/{flag_id}.yaml"
        in work.flaggit("prune", "--completed-before", "90d", "--dry-run").out
    )


def test_commit_commits_exactly_the_removals(work: Work):
    done(work)
    work.commit("before", ".flags")
    work.write("README.md", "changed\n")
    work.git("add", "README.md")
    assert prune(work, "--commit")["commit"] == work.git("rev-parse", "HEAD")
    assert work.git("log", "-1", "--format=%s") == "Prune completed flags (1)"
    assert work.git("diff", "--cached", "--name-only") == "README.md"
    assert work.git("show", "--name-only", "--format=", "HEAD").count("\n") == 3


def test_what_is_not_committed_stays(work: Work):
    first = done(work)
    second = done(work)
    work.commit("one", f".flags/frontend.web/{first}.yaml", f".flags/done/{first}.yaml")
    work.git("rm", "-q", "--cached", f".flags/frontend.web/{second}.yaml", f".flags/done/{second}.yaml")
    work.commit("without the second")
    data = prune(work)
    assert data["pruned"] == [first]
    assert data["kept"] == [{"id": second, "reason": "has changes that are not committed"}]


def test_a_flag_that_a_staying_one_refers_to_stays_and_so_does_what_it_refers_to(work: Work):
    root = done(work)
    middle = done(work, chain_origin_id=root)
    pending = work.raise_flag(chain_origin_id=middle)
    alone = done(work)
    work.commit("before", ".flags")
    data = prune(work)
    assert data["pruned"] == [alone]
    assert {item["id"]: item["reason"] for item in data["kept"]} == {
        middle: f"is referred to by {pending}",
        root: f"is referred to by {middle}",
    }


def test_a_locked_flag_stays(work: Work):
    flag_id = work.raise_flag()
    work.flaggit("lock", flag_id, agent="@frontend.web")
    session = work.session()
    stage(session.repo, [session.store.add_completion(Completion(flag_id, "@frontend.web", OLD))])
    work.commit("before", ".flags")
    assert prune(work)["kept"] == [{"id": flag_id, "reason": "is locked by @frontend.web"}]


def test_a_flag_that_another_branch_still_has_to_do_stays(work: Work):
    flag_id = work.raise_flag()
    work.commit("raise", ".flags")
    work.git("switch", "-q", "-c", "topic")
    work.commit("work")
    work.git("switch", "-q", "main")
    session = work.session()
    stage(session.repo, [session.store.add_completion(Completion(flag_id, "@frontend.web", OLD))])
    work.commit("complete", ".flags")
    assert prune(work)["kept"] == [{"id": flag_id, "reason": "is not completed yet on topic"}]
    work.git("switch", "-q", "topic")
    work.git("merge", "-q", "main")
    work.git("switch", "-q", "main")
    assert prune(work)["pruned"] == [flag_id]
    assert work.flaggit("list", "--json").data == []


def test_it_works_in_a_sparse_checkout(work: Work):
    flag_id = done(work)
    work.commit("before", ".flags")
    work.git("sparse-checkout", "set", "src")
    assert not (work.path / ".flags" / "done").exists()
    assert prune(work, "--commit")["pruned"] == [flag_id]
    assert flag_id not in work.git("ls-tree", "-r", "--name-only", "HEAD")
    assert work.git("status", "--porcelain") == ""


@pytest.mark.parametrize(
    "options", [[], ["--completed-before", "soon"], ["--completed-before", "1m"], ["--completed-before", "0"]]
)
def test_an_age_is_needed(work: Work, options: list[str]):
    work.flaggit("prune", *options, status=2)


def test_it_needs_a_work_tree(work: Work):
    work.git("clone", "-q", "--bare", ".", str(work.path.parent / "bare.git"))
    Work(work.path.parent / "bare.git").flaggit("prune", "--completed-before", "90d", status=5)
