"""What can be seen from where: this worktree, other worktrees, unmerged branches, bare and sparse ones."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest
from repositories import Work

from flaggit.clone.lookup import find_row, get_row
from flaggit.clone.observing import Observer
from flaggit.clone.session import Session
from flaggit.clone.snapshot import EMPTY
from flaggit.core.errors import InvalidError, NotFoundError, UnavailableError
from flaggit.core.model import Completion
from flaggit.git.repo import find_repo
from flaggit.git.staging import stage


def ids(rows) -> list[str]:
    return [row.flag.id for row in rows]


def session_at(path: Path) -> Session:
    return Session(find_repo(str(path)))


def complete(work: Work, flag_id: str, by: str = "@frontend.web") -> None:
    session = work.session()
    completion = Completion(id=flag_id, completed_by=by, completed_at="2026-11-23T15:00:00Z")
    stage(session.repo, [session.store.add_completion(completion)])


def test_another_worktrees_uncommitted_flag_is_seen_at_once(work: Work) -> None:
    other = work.worktree("other")
    flag_id = other.raise_flag()
    row = get_row(work.session(), flag_id)
    assert row.place.kind == "worktree" and row.place.name == str(other.path)
    assert not row.actionable
    assert get_row(other.session(), flag_id).actionable
    assert work.session().clone.rows(here=True) == []


def test_an_unmerged_branchs_flag_is_seen_and_its_merge_makes_it_actionable(work: Work) -> None:
    work.git("switch", "-qc", "feature")
    flag_id = work.raise_flag()
    work.commit("raise")
    work.git("switch", "-q", "main")
    row = get_row(work.session(), flag_id)
    assert (row.place.kind, row.place.name, row.actionable) == ("branch", "feature", False)
    work.git("merge", "-q", "feature")
    row = get_row(work.session(), flag_id)
    assert (row.place.kind, row.actionable) == ("here", True)


def test_a_remote_branchs_flag_is_seen_after_fetch(work: Work, tmp_path: Path) -> None:
    work.git("clone", "-q", "--bare", ".", str(tmp_path / "hub.git"))
    work.git("remote", "add", "origin", str(tmp_path / "hub.git"))
    subprocess.run(["git", "clone", "-q", str(tmp_path / "hub.git"), str(tmp_path / "far")], check=True)
    far = Work(tmp_path / "far")
    far.git("switch", "-qc", "topic")
    flag_id = far.raise_flag()
    far.commit("raise")
    far.git("push", "-q", "origin", "topic")
    assert work.session().clone.rows() == []
    before = time.time()
    work.git("fetch", "-q", "origin")
    row = get_row(work.session(), flag_id)
    assert row.place.name == "origin/topic"
    age = work.session().clone.fetch_age
    assert age is not None and age <= time.time() - before + 1


def test_completion_anywhere_completes(work: Work) -> None:
    flag_id = work.raise_flag()
    work.commit("raise")
    other = work.worktree("other")
    complete(other, flag_id)
    session = work.session()
    assert session.clone.rows() == []
    row = get_row(session, flag_id)
    assert row.status == "completed" and row.completed_on is not None and row.completed_on.kind == "worktree"
    assert not row.actionable
    assert ids(work.session().clone.rows(here=True)) == [flag_id]


def test_this_worktrees_file_wins(work: Work) -> None:
    flag_id = work.raise_flag(impact_level="low")
    work.commit("raise")
    other = work.worktree("other")
    path = f".flags/frontend.web/{flag_id}.yaml"
    other.session().store.edit_flag(path, {"impact_level": "high"})
    assert get_row(work.session(), flag_id).flag.impact_level == "low"
    assert get_row(other.session(), flag_id).flag.impact_level == "high"


def test_branches_that_have_not_moved_for_long_are_left_out(work: Work) -> None:
    work.git("switch", "-qc", "old")
    flag_id = work.raise_flag()
    date = {"GIT_COMMITTER_DATE": f"{int(time.time()) - 90 * 86400} +0000"}
    work.git("commit", "-qm", "raise", env=date)
    work.git("switch", "-q", "main")
    assert find_row(work.session(), flag_id) is None
    work.write(".flags/config.yaml", 'schema: 1\nscope:\n  branches: "400d"\n')
    assert find_row(work.session(), flag_id) is not None


def test_a_branch_whose_name_is_no_text_keeps_nobody_from_work(work: Work) -> None:
    work.git("switch", "-qc", "feature")
    flag_id = work.raise_flag()
    work.commit("raise")
    odd = os.fsdecode(b"refs/remotes/origin/\xff\xfe")
    work.git("update-ref", odd, "HEAD")
    work.git("switch", "-q", "--orphan", "empty")  # where the store has to be looked for in the branches
    for words in (("inbox", "@frontend.web"), ("show", flag_id), ("list",), ("prime", "@frontend.web")):
        assert work.flaggit(*words, status=None).status == 0


def test_order_is_impact_then_time_then_id(work: Work) -> None:
    kinds = [("low", "14:00"), ("medium", "14:00"), ("high", "15:00"), ("high", "14:00"), ("critical", "16:00")]
    raised = {
        work.raise_flag(impact_level=level, flag_type="breaking_change", created_at=f"2026-11-23T{hour}:00Z"): (
            level,
            hour,
        )
        for level, hour in kinds
    }
    order = [raised[flag_id] for flag_id in ids(work.session().clone.rows())]
    assert order == [("critical", "16:00"), ("high", "14:00"), ("high", "15:00"), ("medium", "14:00"), ("low", "14:00")]


def test_references(work: Work) -> None:
    work.raise_flag(id="abc1111", legacy_id=100)
    work.raise_flag(id="abc2222")
    session = work.session()
    for text in ("abc1111", "ABC1111", "#abc1111", "flag-abc1111", "abc1", "100", "#100"):
        assert get_row(session, text).flag.id == "abc1111"
    with pytest.raises(InvalidError) as caught:
        get_row(session, "abc")
    assert caught.value.code == "ambiguous_id" and caught.value.details["candidates"] == ["abc1111", "abc2222"]
    for text in ("ab", "", "../..", "-x", "HE/AD", "@backend.api"):
        with pytest.raises(InvalidError):
            get_row(session, text)
    with pytest.raises(NotFoundError):
        get_row(session, "zzz")
    with pytest.raises(NotFoundError):
        get_row(session, "424242")


def test_broken_files_never_stop_a_listing(work: Work, tmp_path: Path) -> None:
    good = work.raise_flag()
    folder = work.path / ".flags" / "frontend.web"
    text = (folder / f"{good}.yaml").read_text()
    (folder / "a111111.yaml").write_text("<<<<<<< ours\n" + text)
    (folder / "b111111.yaml").write_text("a: [\n")
    (folder / "c111111.yaml").write_text(text)  # another name than its id
    (folder / "d111111.yaml").symlink_to("/etc/passwd")
    os.mkfifo(folder / "e111111.yaml")
    (folder / "f111111.yaml").write_bytes(b"x" * 10_000_000)
    (folder / "g111111.yaml").mkdir()
    (folder / "h111111.yaml").write_text(text.replace(good, "h111111").replace('change"', 'nonsense"'))
    (folder / "j111111.yaml").write_text(text.replace(good, "j111111").replace("@frontend.web", "@backend.api"))
    session = work.session()
    assert ids(session.clone.rows()) == [good]
    named = {problem.path.rpartition("/")[2][0]: problem.code for problem in session.clone.problems}
    assert named == {
        "a": "conflict_markers", "b": "bad_yaml", "c": "wrong_name", "d": "not_regular", "e": "not_regular",
        "f": "too_large", "g": "not_regular", "h": "invalid", "j": "wrong_folder",
    }  # fmt: skip


def test_bare_repository_reads_heads_tree(work: Work, tmp_path: Path) -> None:
    flag_id = work.raise_flag()
    work.commit("raise")
    work.git("clone", "-q", "--bare", ".", str(tmp_path / "hub.git"))
    session = session_at(tmp_path / "hub.git")
    assert ids(session.clone.rows()) == [flag_id]
    assert session.catalog.find("@backend.api") is not None


def test_sparse_checkout_still_sees_heads_flags(work: Work) -> None:
    flag_id = work.raise_flag()
    work.commit("raise")
    work.git("sparse-checkout", "set", "--cone", "src")
    assert not (work.path / ".flags" / "frontend.web").exists()
    row = get_row(work.session(), flag_id)
    assert row.actionable


def test_reading_leaves_status_and_refs_alone(work: Work) -> None:
    work.raise_flag()
    work.commit("raise")
    work.worktree("other").raise_flag()
    before = work.git("status", "--porcelain"), work.git("for-each-ref")
    session = work.session()
    session.clone.rows(status="all")
    assert (work.git("status", "--porcelain"), work.git("for-each-ref")) == before


@pytest.mark.parametrize("situation", ["unborn", "detached", "sha256", "subfolder", "odd path"])
def test_odd_repositories(situation: str, tmp_path: Path) -> None:
    path = tmp_path / ("ünï cödé repo" if situation == "odd path" else "repo")
    subprocess.run(
        ["git", "init", "-q", *(["--object-format=sha256"] if situation == "sha256" else []), str(path)], check=True
    )
    work = Work(path)
    (path / ".flags").mkdir()
    flag_id = work.raise_flag()
    if situation != "unborn":
        work.commit("raise")
    if situation == "detached":
        work.git("switch", "-q", "--detach")
    if situation == "sha256":
        work.git("switch", "-qc", "feature")
        other = work.raise_flag()
        work.commit("raise")
        work.git("switch", "-q", "-")
        assert get_row(work.session(), other).place.name == "feature"
    (path / "deep" / "er").mkdir(parents=True)
    start = path / "deep" / "er" if situation == "subfolder" else path
    assert flag_id in ids(session_at(start).clone.rows())


def test_tip_cache_is_disposable(work: Work) -> None:
    work.git("switch", "-qc", "feature")
    flag_id = work.raise_flag()
    work.commit("raise")
    work.git("switch", "-q", "main")
    assert ids(work.session().clone.rows()) == [flag_id]
    folder = work.path / ".git" / "flaggit"
    for damaged in (b"", b"garbage", b"flaggit-cache-2\n" + b"\0" * 100):
        for name in ("tips.cache", "blobs.cache"):
            (folder / name).write_bytes(damaged)
        assert ids(work.session().clone.rows()) == [flag_id]
    for name in ("tips.cache", "blobs.cache"):
        data = bytearray((folder / name).read_bytes())
        data[len(data) // 2] ^= 0xFF
        (folder / name).write_bytes(data)
    assert ids(work.session().clone.rows()) == [flag_id]


def test_reading_writes_nothing_but_caches(work: Work, tmp_path: Path) -> None:
    flag_id = work.raise_flag()
    work.commit("raise")
    work.git("clone", "-q", ".", str(tmp_path / "fresh"))
    fresh = Work(tmp_path / "fresh")
    before = files_of(fresh)
    for words in (["inbox"], ["outbox"], ["list"], ["next"], ["show", flag_id], ["find", "orders"], ["iam"]):
        fresh.flaggit(*words, "--json", agent="@frontend.web")
    disposable = fresh.path / ".git" / "flaggit"
    assert [path for path in files_of(fresh) - before if disposable not in path.parents] == []


def test_iam_says_that_the_environment_comes_first(work: Work) -> None:
    assert "FLAGGIT_AGENT says @backend.api" in work.flaggit("iam", "@frontend.web", agent="@backend.api").err
    assert "FLAGGIT_AGENT" not in work.flaggit("iam", "@frontend.web", agent="@frontend.web").err


def files_of(work: Work) -> set[Path]:
    return {path for path in work.path.rglob("*") if path.is_file()}


def test_who_i_am_survives_the_loss_of_all_that_is_disposable(work: Work) -> None:
    flag_id = work.raise_flag()
    work.flaggit("iam", "@frontend.web")
    work.flaggit("lock", flag_id)
    asked = [["iam"], ["inbox"], ["locks"], ["show", flag_id], ["next"]]
    before = [work.flaggit(*words, "--json").out for words in asked]
    shutil.rmtree(work.path / ".git" / "flaggit")
    assert [work.flaggit(*words, "--json").out for words in asked] == before


def test_nothing_that_can_be_written_is_needed_to_take_turns(work: Work) -> None:
    shutil.rmtree(work.path / ".git" / "flaggit", ignore_errors=True)
    work.write(".git/flaggit", "in the way")
    flag_id = work.raise_flag()
    assert work.flaggit("note", flag_id, "Seen.", agent="@frontend.web").status == 0


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read everything")
def test_a_store_that_may_not_be_read_is_no_empty_store(work: Work) -> None:
    flag_id = work.raise_flag()
    for folder in (".flags/frontend.web", ".flags"):
        (work.path / folder).chmod(0)
        for words in (["inbox"], ["list"], ["check"], ["show", flag_id]):
            assert work.flaggit(*words, "--json", agent="@frontend.web", status=5).json["code"] == "unreadable"
        (work.path / folder).chmod(0o755)


def test_a_flag_that_another_agent_holds_from_the_same_worktree_is_not_actionable(work: Work) -> None:
    flag_id = work.raise_flag()
    work.flaggit("lock", flag_id, agent="@frontend.web")

    def actionable(*words: str, agent: str | None = None) -> bool:
        return bool(work.flaggit(*words, "--json", agent=agent).data[0].get("actionable", True))

    assert actionable("list", agent="@frontend.web")
    assert not actionable("list", agent="@backend.queue")
    assert actionable("inbox", "@frontend.web")
    assert actionable("inbox", "@frontend.web", agent="@backend.queue")
    assert actionable("list")  # nobody says who asks: this worktree holds it
    assert actionable("list", agent="no handle")


# -- whose files change what is done ------------------------------------------------------------


@pytest.fixture
def visited(work: Work, tmp_path: Path):
    """A clone with a pending flag, and a function that fetches what a stranger made of it by one way or another."""
    flag_id = work.raise_flag()
    work.commit("raise")
    hub, fork = tmp_path / "hub.git", tmp_path / "fork.git"
    for path in (hub, fork):
        work.git("clone", "-q", "--bare", ".", str(path))
    work.git("remote", "add", "origin", str(hub))
    work.git("fetch", "-q", "origin")
    work.git("remote", "set-head", "origin", "main")
    subprocess.run(["git", "clone", "-q", str(hub), str(tmp_path / "far")], check=True)

    def fetch(way: str, stranger: Work) -> None:
        to = {"branch": "refs/heads/topic", "pull": "refs/pull/1/head", "name of both": "refs/heads/pr/1"}
        stranger.git("push", "-q", str(fork if way == "fork" else hub), f"HEAD:{to.get(way, 'refs/heads/topic')}")
        if way == "fork":
            work.git("config", "flaggit.lock.remote", "origin")
            work.git("remote", "add", "fork", str(fork))
        if way in ("pull", "name of both"):
            work.git("config", "--add", "remote.origin.fetch", "+refs/pull/*/head:refs/remotes/origin/pr/*")
        work.git("fetch", "-q", "fork" if way == "fork" else "origin")

    return flag_id, Work(tmp_path / "far"), fetch


@pytest.mark.parametrize("way", ["branch", "fork", "pull", "name of both"])
def test_what_came_from_elsewhere_ends_nothing(work: Work, visited, way: str) -> None:
    flag_id, far, fetch = visited
    complete(far, flag_id)
    own = far.raise_flag()
    complete(far, own)
    far.commit("done")
    fetch(way, far)
    pending = [] if way == "branch" else [flag_id]
    assert ids(work.session().clone.rows()) == pending
    assert work.session().clone.count_pending() == len(pending)
    assert ids(work.session().clone.rows(status="completed")) == sorted([own, *({flag_id} - set(pending))])
    row = get_row(work.session(), flag_id)
    assert (row.completion is None, row.actionable) == (bool(pending), bool(pending))
    assert [row["id"] for row in work.flaggit("inbox", "@frontend.web", "--json").data] == pending
    assert flag_id in work.flaggit("list", "--status", "all").out


@pytest.mark.parametrize("way", ["branch", "fork", "pull"])
def test_a_question_from_elsewhere_holds_nothing_up(work: Work, visited, way: str) -> None:
    flag_id, far, fetch = visited
    question = {"flag_type": "information_request", "re": flag_id}
    asked = far.raise_flag("@frontend.web", "@backend.api", **question)
    far.commit("ask")
    fetch(way, far)
    row = get_row(work.session(), flag_id)
    assert row.waits_on == ((asked,) if way == "branch" else ())
    assert asked in ids(work.session().clone.rows())


def test_a_redirect_from_elsewhere_takes_no_flag_away(work: Work, visited) -> None:
    flag_id, far, fetch = visited
    far.flaggit("redirect", flag_id, "--to", "@backend.api", agent="@frontend.web")
    far.commit("redirect")
    fetch("pull", far)
    assert [row["id"] for row in work.flaggit("inbox", "@frontend.web", "--json").data] == [flag_id]


def test_of_a_repository_that_was_removed_nothing_is_said_to_be_gone(work: Work) -> None:
    work.raise_flag("@backend.api", "@frontend.web")
    observer = Observer(work.session().repo)
    before = observer.observe(EMPTY)
    shutil.rmtree(work.path)
    with pytest.raises(UnavailableError, match="does not exist any more") as caught:
        observer.observe(before)
    assert caught.value.code == "no_repository"
