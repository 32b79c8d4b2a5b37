"""The files of a tree: whatever git lists is found by path, by flag and by content, with what replaces some of it."""

from __future__ import annotations

from repositories import Work

from flaggit.clone.tree_files import TreeFiles, read_tree_files
from flaggit.git.changes import read_raw
from flaggit.git.objects import TreeEntry, list_tree
from flaggit.git.repo import find_repo

FILES = {
    ".flags/a.b/k7m2q0x.yaml": "one",
    ".flags/a.b/k7m2q0y.yaml": "two",
    ".flags/a.b-c/k7m2q0z.yaml": "three",
    ".flags/ab.c/k7m2q0x.yaml": "four",  # the same id again
    ".flags/catalog.d/x.yaml": "five",
    ".flags/catalog.yaml": "six",
    ".flags/done/k7m2q0y.yaml": "seven",
    ".flags/general/ä\tb.yaml": "eight",
    ".flags/notes/k7m2q0x-20261123T140000Z-abcd.yaml": "nine",
}


def test_what_git_lists_is_found(work: Work) -> None:
    for path, text in FILES.items():
        work.write(path, text)
    first = work.commit("all", ".flags")
    repo = find_repo(str(work.path))
    entries = {entry.path: entry for entry in list_tree(repo, "HEAD")}
    files = read_tree_files(repo, "HEAD")
    assert entries.keys() >= FILES.keys()
    assert {entry.path: entry for entry in files} == entries
    assert {path: files.get(path) for path in entries} == entries
    for absent in (".flags", ".flags/a.b", ".flags/a.b/k7m2q0x.yam", ".flags/zz.yaml", "", "~"):
        assert absent not in files
    assert files.paths_of("k7m2q0x") == [".flags/a.b/k7m2q0x.yaml", ".flags/ab.c/k7m2q0x.yaml"]
    assert files.paths_of("k7m2q00") == []
    assert files.about(["k7m2q0y"]) == [".flags/a.b/k7m2q0y.yaml", ".flags/done/k7m2q0y.yaml"]
    catalog = [entry.path for entry in files.beginning(".flags/catalog")]
    assert catalog == [".flags/catalog.d/x.yaml", ".flags/catalog.yaml"]
    assert all(files.holds(entry.oid) for entry in entries.values())
    assert not files.holds("0" * 40)

    (work.path / ".flags/done/k7m2q0y.yaml").unlink()
    work.write(".flags/catalog.yaml", "other")
    work.write(".flags/zz.y/k7m2q0w.yaml", "new")
    work.commit("changed", ".flags")
    later = files.after(read_raw(repo, str(first), "HEAD", ".flags"))
    assert {entry.path: entry for entry in later} == {entry.path: entry for entry in list_tree(repo, "HEAD")}
    assert later.paths_of("k7m2q0w") == [".flags/zz.y/k7m2q0w.yaml"]
    assert not later.is_done("k7m2q0y")
    assert not later.holds(entries[".flags/catalog.yaml"].oid)
    assert [entry.path for entry in later.beginning(".flags/catalog")] == catalog
    here = TreeEntry("x", "100644", "1" * 40)
    assert later.replaced({"x": here}).get("x") == here


def test_an_empty_tree_has_nothing() -> None:
    files = TreeFiles()
    assert not files
    assert files.get("x") is None
    assert not files.beginning("x")
    assert files.about(["k7m2q0x"]) == []
