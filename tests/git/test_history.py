"""What differs between commits, and what the commits between them say, read with one process each."""

from __future__ import annotations

import subprocess

import pytest

from flaggit.core.errors import NotFoundError
from flaggit.git.changes import read_changes, read_diff
from flaggit.git.history import read_commits, read_shallow, read_signatures
from flaggit.git.repo import find_repo


@pytest.fixture
def repo(work):
    return find_repo(str(work.path))


def test_a_diff_holds_bytes_of_the_store_and_names_of_the_rest(work, repo):
    base = work.git("rev-parse", "HEAD")
    work.write(".flags/general/x.yaml", "new\n")
    work.write("src/ü nicode.ts", "1\n")
    (work.path / ".flags/link").symlink_to("catalog.yaml")
    head = work.commit("more", ".flags", "src")
    diff = read_diff(repo, base, head)
    assert [(change.path, change.status, change.new_mode, change.new) for change in diff.store] == [
        (".flags/general/x.yaml", "A", "100644", b"new\n"),
        (".flags/link", "A", "120000", b"catalog.yaml"),
    ]
    assert diff.paths == ("src/ü nicode.ts",)
    back = read_changes(repo, head, base)
    assert [(change.status, change.old, change.new) for change in back] == [
        ("D", b"new\n", None),
        ("D", b"catalog.yaml", None),
    ]


def test_a_diff_from_nothing_holds_the_whole_tree(work, repo):
    diff = read_diff(repo, None, "HEAD")
    assert [change.path for change in diff.store] == [".flags/catalog.yaml"]
    assert diff.paths == ("README.md", "src/client.ts")


def test_a_move_is_a_deletion_and_an_addition(work, repo):
    base = work.git("rev-parse", "HEAD")
    work.git("mv", ".flags/catalog.yaml", ".flags/other.yaml")
    head = work.commit("move")
    work.git("config", "diff.renames", "copies")
    assert [change.status for change in read_changes(repo, base, head)] == ["D", "A"]


def test_an_unknown_commit_is_an_error_and_no_traceback(repo):
    with pytest.raises(NotFoundError):
        read_changes(repo, None, "0" * 40)
    with pytest.raises(NotFoundError):
        read_commits(repo, "0" * 40)


def test_every_commit_is_read_with_its_touched_files(work, repo):
    work.write("README.md", "changed\n")
    work.commit("no flag here", "README.md")
    work.write(".flags/general/x.yaml", "1\n")
    work.commit("one", ".flags")
    work.git("rm", "-q", ".flags/general/x.yaml")
    work.commit("gone")
    commits = read_commits(repo, "HEAD")
    seen = [(commit.subject, [(touch.status, touch.path) for touch in commit.touched]) for commit in commits]
    assert seen == [
        ("gone", [("D", ".flags/general/x.yaml")]),
        ("one", [("A", ".flags/general/x.yaml")]),
        ("no flag here", []),
        ("Begin", [("A", ".flags/catalog.yaml")]),
    ]
    assert commits[0].author_email == "ann@example.org"
    assert commits[0].parents == (commits[1].oid,)


def test_a_merge_touches_only_what_differs_from_all_parents(work, repo):
    work.git("switch", "-q", "-c", "side")
    work.write(".flags/general/a.yaml", "side\n")
    work.write(".flags/general/b.yaml", "side\n")
    work.commit("side", ".flags")
    work.git("switch", "-q", "main")
    work.write(".flags/general/a.yaml", "main\n")
    work.commit("main", ".flags")
    work.git("merge", "-q", "side", check=False)
    work.write(".flags/general/a.yaml", "both\n")
    work.commit("merged", ".flags")
    merge = read_commits(repo, "HEAD")[0]
    assert len(merge.parents) == 2
    assert [(touch.status, touch.path) for touch in merge.touched] == [("M", ".flags/general/a.yaml")]


def test_personal_settings_do_not_change_what_is_read(work, repo):
    work.write(".flags/general/a.yaml", "1\n")
    work.commit("Ünï ☃", ".flags")
    before = read_commits(repo, "HEAD")
    for key, value in (
        ("log.follow", "true"),
        ("log.showSignature", "true"),
        ("log.diffMerges", "on"),
        ("diff.renames", "copies"),
        ("i18n.logOutputEncoding", "ISO-8859-1"),
        ("color.ui", "always"),
        ("diff.relative", "true"),
        ("log.showRoot", "false"),
    ):
        work.git("config", key, value)
    assert read_commits(repo, "HEAD") == before


def test_a_message_in_another_encoding_is_read_as_text(work, repo):
    subprocess.run(
        ["git", "-c", "i18n.commitEncoding=ISO-8859-1", "commit", "-q", "--allow-empty", "-F", "-"],
        cwd=work.path,
        input="Größe\n".encode("latin-1"),
        check=True,
    )
    assert read_commits(repo, "HEAD")[0].message == "Größe\n"


def test_a_message_cannot_pass_for_another_commit(work, repo):
    work.commit(":000000 100644 0000 1111 A\n\n.flags/general/x.yaml\n\x01\x02")
    assert read_commits(repo, "HEAD")[0].touched == ()
    assert len(read_commits(repo, "HEAD")) == 2


def test_paths_choose_commits_over_all_refs(work, repo):
    work.git("switch", "-q", "-c", "side")
    work.write(".flags/general/a.yaml", "1\n")
    oid = work.commit("on a branch", ".flags")
    work.git("switch", "-q", "main")
    assert read_commits(repo, "HEAD", paths=[":(glob).flags/*/a.yaml"]) == []
    assert [commit.oid for commit in read_commits(repo, "--all", paths=[":(glob).flags/*/a.yaml"])] == [oid]


def test_the_edge_of_a_shallow_clone_is_marked(work, tmp_path):
    work.write(".flags/general/a.yaml", "1\n")
    work.commit("two", ".flags")
    work.git("clone", "-q", "--depth", "1", work.path.as_uri(), str(tmp_path / "shallow"))
    repo = find_repo(str(tmp_path / "shallow"))
    commits = read_commits(repo, "HEAD")
    assert read_shallow(repo) == {commits[0].oid}
    assert commits[0].cut
    assert commits[0].touched == ()


def test_signatures_are_told_with_their_key_without_any_list_of_signers(work, repo, tmp_path):
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    fingerprint = subprocess.check_output(["ssh-keygen", "-lf", f"{key}.pub"], text=True).split()[1]
    plain = work.git("rev-parse", "HEAD")
    work.git("-c", "gpg.format=ssh", "-c", f"user.signingkey={key}", "commit", "-q", "-S", "--allow-empty", "-m", "s")
    signed = work.git("rev-parse", "HEAD")
    found = read_signatures(repo, [plain, signed])
    assert found[plain].status == "N"
    assert (found[signed].status, found[signed].fingerprints) == ("U", (fingerprint,))
    assert read_signatures(repo, []) == {}
