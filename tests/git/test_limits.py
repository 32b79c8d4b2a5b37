"""How much is read of any one thing: sizes are asked first, and what is larger is reported and never read."""

from __future__ import annotations

import ast
import sys
import zlib
from hashlib import sha1

import pytest
from repositories import PROJECT, Work

from flaggit.core import limits
from flaggit.core.errors import UnavailableError
from flaggit.git import changes, history, objects
from flaggit.git.repo import find_repo

TABLE = {name: value for name, value in vars(limits).items() if name.isupper()}


def test_every_limit_is_used_by_its_name() -> None:
    """A limit that is written down a second time would stay when the first is changed."""
    used: set[str] = set()
    for path in (PROJECT / "flaggit").rglob("*.py"):
        text = path.read_text()
        if "flaggit.core.limits" in text:
            nodes = (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ImportFrom))
            used |= {alias.name for node in nodes if node.module == "flaggit.core.limits" for alias in node.names}
    assert used == set(TABLE)


def write_zeros(work: Work, size: int) -> str:
    """Store a blob of zeros, small as it is stored, without making it in memory."""
    header = b"blob %d\0" % size
    digest, packer, out = sha1(header, usedforsecurity=False), zlib.compressobj(9), []
    out.append(packer.compress(header))
    block = bytes(1 << 20)
    for start in range(0, size, len(block)):
        piece = block[: min(len(block), size - start)]
        digest.update(piece)
        out.append(packer.compress(piece))
    out.append(packer.flush())
    oid = digest.hexdigest()
    place = work.path / ".git" / "objects" / oid[:2] / oid[2:]
    place.parent.mkdir(exist_ok=True)
    place.write_bytes(b"".join(out))
    return oid


def bring(work: Work, oid: str, path: str = ".flags/general/k7m2q0x.yaml") -> None:
    """Put a blob onto a branch of a remote's, as a fetch would."""
    work.git("update-index", "--add", "--cacheinfo", f"100644,{oid},{path}")
    tree = work.git("write-tree")
    work.git("update-ref", "refs/remotes/origin/bomb", work.git("commit-tree", tree, "-p", "HEAD", "-m", "b"))
    work.git("read-tree", "HEAD")


def test_a_blob_is_read_up_to_its_limit(work: Work) -> None:
    fits, large = write_zeros(work, limits.BLOB), write_zeros(work, limits.BLOB + 1)
    found = objects.read_objects(find_repo(str(work.path)), [fits, large])
    assert found[fits].content == bytes(limits.BLOB)
    assert found[large].content == b" " * (limits.BLOB + 1)  # whoever judges it sees that it is too large


def test_a_huge_blob_of_any_branch_costs_a_reader_nothing(work: Work) -> None:
    bring(work, write_zeros(work, 300 << 20))
    work.raise_flag()
    limited = 'ulimit -v 400000; exec "$0" -m flaggit inbox @frontend.web --json'
    answer = work.run("sh", "-c", limited, sys.executable)
    assert answer.status == 0 and len(answer.data) == 1, answer


def test_trees_and_commits_have_a_limit(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    repo, head = find_repo(str(work.path)), work.git("rev-parse", "HEAD")
    assert head in objects.read_objects(repo, [head])
    monkeypatch.setattr(objects, "TREE", 10)
    assert objects.read_objects(repo, [head]) == {}


def test_all_that_is_read_at_once_has_a_limit(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    repo, oids = find_repo(str(work.path)), [write_zeros(work, size) for size in (1000, 1001)]
    monkeypatch.setattr(objects, "READ_AT_ONCE", 2000)
    with pytest.raises(UnavailableError) as caught:
        objects.read_objects(repo, oids)
    assert caught.value.code == "over_limit" and caught.value.hint


@pytest.mark.parametrize("name", ["LISTING", "ENTRIES"])
def test_listings_have_a_limit(work: Work, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    for _ in range(4):
        work.raise_flag()
    work.commit("flags")
    repo = find_repo(str(work.path))
    assert len(objects.list_tree(repo, "HEAD")) > 4
    monkeypatch.setattr(objects, name, 3 if name == "ENTRIES" else 50)
    with pytest.raises(UnavailableError) as caught:
        objects.list_tree(repo, "HEAD")
    assert caught.value.code == "over_limit"


@pytest.mark.skipif(sys.platform != "linux", reason="the system bounds no other program's memory")
def test_a_git_that_compares_trees_takes_no_more_memory_than_it_may(
    work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    """git collects all that differs before it says anything: a dozen trees may stand for a hundred million paths."""
    work.raise_flag()
    work.commit("flag")
    tree = work.git("rev-parse", "HEAD:.flags")
    for _ in range(4):
        listing = "".join(f"040000 tree {tree}\td{index}\n" for index in range(20))
        tree = work.git("mktree", input=listing)
    top = work.git("mktree", input=f"040000 tree {tree}\t.flags\n")
    work.git("update-ref", "refs/remotes/origin/bomb", work.git("commit-tree", top, "-p", "HEAD", "-m", "b"))
    repo = find_repo(str(work.path))
    for module, ask in ((history, history.read_commits), (changes, changes.read_diff)):
        monkeypatch.setattr(module, "COMPARING", 40 * 1024 * 1024)
        with pytest.raises(UnavailableError, match="more memory"):
            ask(repo, "HEAD", "refs/remotes/origin/bomb")


def test_a_tree_that_git_cannot_read_is_not_taken_for_empty(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    from flaggit.git.process import Finished

    repo = find_repo(str(work.path))
    monkeypatch.setattr(type(repo), "run", lambda *words, **options: Finished(-11, b"", b""))
    with pytest.raises(UnavailableError):
        objects.list_tree(repo, "HEAD")
