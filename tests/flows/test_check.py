"""`flaggit check`: the work tree, the index, paths, and what `--fix` mends."""

from __future__ import annotations

import json
import random
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from effort import examples
from hypothesis import given
from hypothesis import strategies as st
from killer import Killer
from repositories import LONG_ACTION, LONG_CHANGE, Work

from flaggit.catalog.parsing import parse_catalog
from flaggit.checking.files import REGULAR, check_files
from flaggit.checking.store_files import _find_in_index, _find_in_listing
from flaggit.checking.whole import make_whole
from flaggit.documents.canonical import dump_document
from flaggit.documents.settings import parse_settings

CATALOG = b'schema: 1\nagents:\n  "@backend.api": {}\n  "@frontend.web": {}\n'


def flag_bytes(flag_id: str, **changes: object) -> bytes:
    document = {
        "schema": 1,
        "id": flag_id,
        "flag_type": "change",
        "impact_level": "medium",
        "source_agent": "@backend.api",
        "target_agent": "@frontend.web",
        "change_description": LONG_CHANGE,
        "action_required": LONG_ACTION,
    }
    return dump_document("flag", {**document, **changes, "created_at": "2026-11-23T14:00:00Z"}, for_editors=True)


def completion_bytes(flag_id: str, **changes: object) -> bytes:
    fields = {"schema": 1, "id": flag_id, "completed_by": "@frontend.web", "completed_at": "2026-11-23T15:00:00Z"}
    return dump_document("completion", {**fields, "resolution": "done", **changes}, for_editors=True)


def judge(files: dict[str, bytes], config: bytes = b"", known: tuple[str, ...] = (), **options) -> list[tuple]:
    """Judge plain files; return (path, line, level, rule, code) of each finding."""
    found = check_files(
        {path: (REGULAR, data) for path, data in files.items()},
        parse_settings(config),
        parse_catalog([(path, data) for path, data in files.items() if "catalog" in path] or [(".", CATALOG)]),
        exists=lambda flag_id: flag_id in known,
        **options,
    )
    return [(item.path, item.line, item.level, item.rule, item.code) for item in found]


WEB = ".flags/frontend.web/"


def test_good_store_has_no_findings() -> None:
    note = {"schema": 1, "author": "@backend.api", "created_at": "2026-11-23T14:00:00Z", "text": "Seen."}
    files = {
        WEB + "k7m2q0x.yaml": flag_bytes("k7m2q0x"),
        WEB + "k7m2q0y.yaml": flag_bytes("k7m2q0y", chain_origin_id="k7m2q0x", re="k7m2q0x"),
        ".flags/general/k7m2q0z.yaml": flag_bytes("k7m2q0z", target_agent=None),
        ".flags/done/k7m2q0x.yaml": completion_bytes("k7m2q0x", resolution="superseded", superseded_by="k7m2q0z"),
        ".flags/notes/k7m2q0x-20261123T140502Z-5f0c2a91.yaml": dump_document("note", note),
        ".flags/catalog.yaml": CATALOG,
        ".flags/config.yaml": b"schema: 1\nquality: enforce\nlock:\n  ttl: 3h\n",
        ".flags/backend.api/.keep": b"",
        ".flags/.gitattributes": b"* text\n",
    }
    assert judge(files) == []


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({WEB + "k7m2q0x.yaml": flag_bytes("k7m2q0y")}, (WEB + "k7m2q0x.yaml", 3, "error", "F020", "wrong_name")),
        (
            {".flags/backend.api/k7m2q0x.yaml": flag_bytes("k7m2q0x")},
            (".flags/backend.api/k7m2q0x.yaml", 11, "error", "F020", "wrong_folder"),
        ),
        ({WEB + "k7m2q0x.yaml": b"<<<<<<< ours\n"}, (WEB + "k7m2q0x.yaml", 1, "error", "F001", "conflict_markers")),
        ({WEB + "k7m2q0x.yaml": b" " * 70000}, (WEB + "k7m2q0x.yaml", 0, "error", "F001", "too_large")),
        (
            {WEB + "k7m2q0x.yaml": flag_bytes("k7m2q0x").replace(b"\n", b"\r\n")},
            (WEB + "k7m2q0x.yaml", 1, "warning", "F001", "crlf"),
        ),
        (
            {WEB + "k7m2q0x.yaml": flag_bytes("k7m2q0x", re="aaaaaaa")},
            (WEB + "k7m2q0x.yaml", 21, "warning", "F022", "unknown_flag"),
        ),
        (
            {WEB + "k7m2q0x.yaml": flag_bytes("k7m2q0x", re="k7m2q0x")},
            (WEB + "k7m2q0x.yaml", 21, "error", "F022", "self_reference"),
        ),
        (
            {".flags/done/k7m2q0x.yaml": completion_bytes("k7m2q0x")},
            (".flags/done/k7m2q0x.yaml", 0, "warning", "F024", "orphan_completion"),
        ),
        ({".flags/frontend.web/x.txt": b"x"}, (".flags/frontend.web/x.txt", 0, "warning", "F026", "stray_file")),
        ({".flags/Web/k7m2q0x.yaml": b"x: 1\n"}, (".flags/Web/k7m2q0x.yaml", 0, "error", "F026", "stray_file")),
        (
            {WEB + "k7m2q0x.yaml": flag_bytes("k7m2q0x", source_agent="@backend.apo")},
            (WEB + "k7m2q0x.yaml", 9, "warning", "F027", "unknown_source"),
        ),
        (
            {".flags/config.yaml": b"schema: 1\nqualty: warn\n"},
            (".flags/config.yaml", 2, "error", "F029", "bad_settings"),
        ),
        ({".flags/config.yaml": b"a: 1\na: 2\n"}, (".flags/config.yaml", 2, "error", "F029", "duplicate_key")),
        (
            {WEB + "k7m2q0x.yaml": flag_bytes("k7m2q0x", impact="high")},
            (WEB + "k7m2q0x.yaml", 21, "error", "F002", "unknown_field"),
        ),
        (
            {WEB + "k7m2q0x.yaml": flag_bytes("k7m2q0x").replace(b'id: "k7m2q0x"\n', b"")},
            (WEB + "k7m2q0x.yaml", 0, "error", "F002", "unfinished"),
        ),
    ],
)
def test_each_fault_is_named_with_its_line(files: dict[str, bytes], expected: tuple) -> None:
    assert judge(files) == [expected]


def test_all_faults_of_a_file_are_told_at_once() -> None:
    bad = flag_bytes(
        "k7m2q0x", impact_level="critical", source_agent="Arthur", action_required="short", chain_origin_id="k7m"
    )
    assert [code for *_, code in judge({WEB + "k7m2q0x.yaml": bad})] == [
        "critical_not_allowed",
        "bad_handle",
        "too_short",
        "bad_id",
    ]


def test_an_id_stands_for_one_flag() -> None:
    files = {
        WEB + "k7m2q0x.yaml": flag_bytes("k7m2q0x"),
        ".flags/backend.api/k7m2q0x.yaml": flag_bytes("k7m2q0x", target_agent="@backend.api"),
    }
    assert [(path, code) for path, *_, code in judge(files)] == [(path, "duplicate_id") for path in sorted(files)]
    one = {WEB + "k7m2q0x.yaml": files[WEB + "k7m2q0x.yaml"]}
    assert [code for *_, code in judge(one, present=list(files))] == ["duplicate_id"]


def test_a_cycle_of_chains_is_told_once() -> None:
    names = ["k7m2q0x", "k7m2q0y", "k7m2q0z"]
    files = {
        WEB + f"{name}.yaml": flag_bytes(name, chain_origin_id=other)
        for name, other in zip(names, names[1:] + names[:1], strict=True)
    }
    assert [(rule, code) for *_, rule, code in judge(files)] == [("F023", "chain_cycle")]


def test_long_chains_are_followed_in_linear_time() -> None:
    names = [f"k{number:06d}" for number in range(3000)]
    files = {
        WEB + f"{name}.yaml": flag_bytes(name, **({"chain_origin_id": other} if other else {}))
        for name, other in zip(names, ["", *names], strict=False)
    }
    assert judge(files) == []


def test_unknown_target_is_an_error_where_targets_are_strict() -> None:
    files = {".flags/data.store/k7m2q0x.yaml": flag_bytes("k7m2q0x", target_agent="@data.store")}
    assert [item[2:] for item in judge(files)] == [("warning", "F027", "unknown_target")]
    assert [item[2:] for item in judge(files, b"strict_targets: true\n")] == [("error", "F027", "unknown_target")]


def test_texts_that_were_taken_once_stay_good_when_the_minimum_grows() -> None:
    files = {WEB + "k7m2q0x.yaml": flag_bytes("k7m2q0x"), ".flags/done/k7m2q0x.yaml": completion_bytes("k7m2q0x")}
    assert judge(files, b"min_action_required: 5000\n") == []
    del files[".flags/done/k7m2q0x.yaml"]
    assert [code for *_, code in judge(files, b"min_action_required: 5000\n")] == ["too_short"]
    assert judge(files, b"min_action_required: 5000\n", fresh=()) == []


def test_references_to_what_the_clone_knows_are_good() -> None:
    files = {WEB + "k7m2q0x.yaml": flag_bytes("k7m2q0x", re="aaaaaaa")}
    assert judge(files, known=("aaaaaaa",)) == []


def test_check_names_file_line_and_reason(work: Work) -> None:
    flag_id = work.raise_flag()
    assert work.flaggit("check").out == "2 files: 0 errors, 0 warnings.\n"
    work.write(f".flags/frontend.web/{flag_id}.yaml", "a: 1\na: 2\n")
    answer = work.flaggit("check", status=1)
    assert answer.out.splitlines()[0].startswith(f".flags/frontend.web/{flag_id}.yaml:2: error F001 ")
    (finding,) = work.flaggit("check", "--json", status=1).data
    assert {key: finding[key] for key in ("rule", "level", "path", "line", "ids")} == {
        "rule": "F001",
        "level": "error",
        "path": f".flags/frontend.web/{flag_id}.yaml",
        "line": 2,
        "ids": [flag_id],
    }


def test_check_looks_at_named_paths_only_and_from_where_one_is(work: Work) -> None:
    bad = work.raise_flag(action_required="short")
    good = work.raise_flag(target="@backend.queue")
    assert work.flaggit("check", f".flags/backend.queue/{good}.yaml").out == "1 file: 0 errors, 0 warnings.\n"
    assert work.flaggit("check", "frontend.web", cwd=".flags", status=1).out.count(bad) == 1
    assert work.flaggit("check", "src").out == "0 files: 0 errors, 0 warnings.\n"
    assert work.flaggit("check", "no-such", status=3).err


def test_sparse_checkouts_know_what_is_not_on_disk(work: Work) -> None:
    flag_id = work.raise_flag()
    work.commit("flag", ".flags")
    work.git("sparse-checkout", "set", "--no-cone", "/src/")
    assert not (work.path / ".flags").exists()
    assert work.flaggit("check").out == "2 files: 0 errors, 0 warnings.\n"
    work.write(f".flags/done/{flag_id}.yaml", completion_bytes(flag_id).decode())
    assert work.flaggit("check").out == "3 files: 0 errors, 0 warnings.\n"


def test_broken_settings_are_a_finding_and_stop_nothing(work: Work) -> None:
    work.raise_flag(action_required="short")
    work.write(".flags/config.yaml", "schema: 1\nquality: maybe\nlock:\n  tll: 2h\n")
    found = work.flaggit("check", "--json", status=1).data
    assert [(item["rule"], item["line"]) for item in found] == [("F029", 2), ("F029", 3), ("F006", 16)]


def test_bare_repositories_are_judged_at_head(work: Work, tmp_path) -> None:
    flag_id = work.raise_flag(action_required="short")
    work.commit("raise", ".flags")
    work.git("clone", "-q", "--bare", ".", str(tmp_path / "bare.git"))
    assert flag_id in Work(tmp_path / "bare.git").flaggit("check", status=1).out


def test_staged_judges_the_index_and_not_the_work_tree(work: Work) -> None:
    assert work.flaggit("check", "--staged").out == ""
    flag_id = work.raise_flag(action_required="short")
    path = f".flags/frontend.web/{flag_id}.yaml"
    work.write(path, flag_bytes(flag_id).decode())
    assert "too_short" in work.flaggit("check", "--staged", "--json", status=1).out
    work.git("add", path)
    work.write(path, "broken")
    assert work.flaggit("check", "--staged").out == ""
    work.commit("raise")
    assert work.flaggit("check", "--staged").out == ""


def test_staged_knows_what_lies_beside_what_is_staged(work: Work) -> None:
    parent = work.raise_flag()
    work.commit("raise")
    work.raise_flag(chain_origin_id=parent, re=parent)
    work.write(f".flags/done/{parent}.yaml", completion_bytes(parent).decode())
    work.git("add", ".flags")
    assert work.flaggit("check", "--staged").out == ""
    other = f".flags/backend.queue/{parent}.yaml"
    work.write(other, flag_bytes(parent, target_agent="@backend.queue").decode())
    work.git("add", ".flags")
    assert "duplicate_id" in work.flaggit("check", "--staged", "--json", status=1).out


def test_staged_is_judged_by_the_catalog_and_the_settings_of_the_index(work: Work) -> None:
    work.write(".flags/catalog.d/more.yaml", 'schema: 1\nagents:\n  "@backend.spare":\n    description: "Spare."\n')
    work.write(".flags/config.yaml", "strict_targets: true\n")
    work.commit("A second catalog", ".flags")
    work.write(".flags/catalog.d/more.yaml", "schema: 1\nagents: {}\n")  # not staged
    work.raise_flag("@backend.api", "@backend.spare")
    assert work.flaggit("check", "--staged").out == ""
    work.git("rm", "-q", "--cached", ".flags/catalog.d/more.yaml")
    assert "@backend.spare is not in the catalog" in work.flaggit("check", "--staged", status=1).out


def test_staged_finds_what_is_beside_many_files_as_beside_few(work: Work) -> None:
    flag_id = work.raise_flag()
    text = work.read(f".flags/frontend.web/{flag_id}.yaml").replace("@frontend.web", "@backend.queue")
    work.commit("Raise", ".flags")
    work.write(f".flags/backend.queue/{flag_id}.yaml", text)
    for number in range(60):
        other = f"k{number:06}"
        work.write(f".flags/backend.queue/{other}.yaml", text.replace(flag_id, other))
    work.git("add", ".flags")
    many = work.flaggit("check", "--staged", "--json", status=1).data
    assert [(item["code"], item["ids"]) for item in many] == [("duplicate_id", [flag_id])]
    # Four zeros, since the flag's own id is random and may begin with the same letter.
    work.git("reset", "-q", "--", ".flags/backend.queue/k0000*")
    assert work.flaggit("check", "--staged", "--json", status=1).data == many


@pytest.mark.parametrize("form", ["2", "3", "4", "split", "sha256"])
def test_staged_finds_what_is_beside_in_every_form_of_index(work: Work, tmp_path: Path, form: str) -> None:
    if form == "sha256":
        git_dir = work.path / ".git"
        git_dir.rename(tmp_path / "before")
        work.git("init", "-q", "--object-format=sha256", "-b", "main", ".")
        (git_dir / "config").write_text((git_dir / "config").read_text() + "[user]\n\tname = A\n\temail = a@b.c\n")
        work.git("add", ".")
    flag_id = work.raise_flag()
    long = "x" * 200
    for name in (f"sub/.flags/frontend.web/{flag_id}.yaml", f".flags/{long}/{long}/{flag_id}.yaml", f"{flag_id}.yaml"):
        work.write(name, "not beside\n")
    work.git("add", ".")
    work.commit("Raise", ".")
    if form in "234":
        work.git("update-index", "--index-version", "2" if form == "3" else form)
    if form == "split":
        work.git("update-index", "--split-index")
    if form == "3":
        work.write("later", "")
        work.git("add", "--intent-to-add", "later")
    text = work.read(f".flags/frontend.web/{flag_id}.yaml").replace("@frontend.web", "@backend.queue")
    work.write(f".flags/backend.queue/{flag_id}.yaml", text)
    work.git("add", ".flags")
    if form in "234":
        assert (work.path / ".git/index").read_bytes()[7:8] == bytes([int(form)])
    found = work.flaggit("check", "--staged", "--json", status=1).data
    assert [item["code"] for item in found] == ["duplicate_id"]
    assert f".flags/frontend.web/{flag_id}.yaml" in found[0]["message"]
    assert "sub/.flags" not in found[0]["message"]


def test_paths_in_an_index_are_found_as_git_lists_them(work: Work) -> None:
    ids = [work.raise_flag() for _ in range(5)]
    long = "y" * 5000
    for name in (
        f"a/.flags/x/{ids[0]}.yaml",
        f".flags/{ids[1]}.yaml",
        f".flags/z/.flags/{ids[2]}",
        f"{ids[3]}/.flags/k",
    ):
        work.write(name, "\n")
    work.git("add", ".")
    tree = work.git("write-tree")
    entry = f"100644 {work.git('hash-object', '-w', 'README.md')}\t.flags/frontend.web/{long}/{ids[4]}.yaml\n"
    work.git("update-index", "--index-info", input=entry)
    assert work.git("write-tree") != tree
    index = (work.path / ".git/index").read_bytes()
    listing = work.git("ls-files", "-z", "--", ".flags").encode()
    marks = [b"/" + flag_id.encode() for flag_id in ids] + [b".flags/catalog", b".flags/config.yaml", b"/nowhere"]
    for mark in marks:
        in_index = set(_find_in_index(index, [mark]))
        in_listing = set(_find_in_listing(listing, [mark]))
        assert in_index == {path for path in in_listing if "z/.flags/" not in path}, mark
    assert len(_find_in_index(index, marks)) >= 7


def test_staged_reads_the_index_of_a_partial_commit(work: Work) -> None:
    good, bad = work.raise_flag(), work.raise_flag(action_required="short")
    hook = work.path / ".git" / "hooks" / "pre-commit"
    hook.write_text('#!/bin/sh\nexec "$FLAGGIT_TEST_PYTHON" -m flaggit check --staged\n')
    hook.chmod(0o755)
    env = {"FLAGGIT_TEST_PYTHON": sys.executable}
    work.git("commit", "-q", "-m", "good", "--", f".flags/frontend.web/{good}.yaml", env=env)
    failed = work.run("git", "commit", "-q", "-m", "bad", "--", f".flags/frontend.web/{bad}.yaml", env=env)
    assert failed.status == 1 and "F006" in failed.out + failed.err


def test_staged_in_a_repository_without_commits_or_store(tmp_path) -> None:
    path = tmp_path / "new"
    path.mkdir()
    subprocess.run(["git", "init", "-q", str(path)], check=True)
    new = Work(path)
    assert new.flaggit("check", "--staged").out == ""
    new.write(".flags/frontend.web/k7m2q0x.yaml", "x")
    new.git("add", ".flags")
    assert "F001" in new.flaggit("check", "--staged", status=1).out


BY_HAND = f"""\
# Mine; please keep.
flag_type: change   # what else
source_agent: @backend.api
target_agent: frontend.web
change_description: {LONG_CHANGE.replace(":", "")}
action_required: >-
  {LONG_ACTION}
"""


@pytest.mark.parametrize("path", [".flags/todo.yaml", ".flags/frontend.web/todo.yml", ".flags/Web/x/todo.yaml"])
def test_fix_makes_a_flag_written_by_hand_whole(work: Work, path: str) -> None:
    work.write(path, BY_HAND)
    answer = work.flaggit("check", "--fix")
    assert path in answer.err and "moved to .flags/frontend.web/" in answer.err
    (row,) = work.flaggit("list", "--json", "--full").data
    assert row["action_required"] == LONG_ACTION and row["impact_level"] == "medium"
    text = work.read(row["path"])
    assert "# Mine; please keep." in text and "change   # what else" in text
    assert work.git("diff", "--cached", "--name-only") == row["path"]
    assert work.git("status", "--porcelain") == f"A  {row['path']}"
    assert work.flaggit("check", "--fix").err == ""


def test_fix_completes_a_flag_in_json(work: Work) -> None:
    import json

    fields = {"flag_type": "security", "source_agent": "@backend.api", "target_agent": "@frontend.web"}
    work.write(
        ".flags/x.yaml", json.dumps({**fields, "change_description": LONG_CHANGE, "action_required": LONG_ACTION})
    )
    work.flaggit("check", "--fix")
    (row,) = work.flaggit("list", "--json", "--full").data
    assert (row["impact_level"], row["action_required"]) == ("critical", LONG_ACTION)


def test_fix_moves_a_file_that_lies_in_the_wrong_folder(work: Work) -> None:
    flag_id = work.raise_flag()
    (work.path / ".flags" / "backend.queue").mkdir()
    work.git("mv", f".flags/frontend.web/{flag_id}.yaml", f".flags/backend.queue/{flag_id}.yaml")
    work.commit("moved by mistake")
    work.flaggit("check", status=1)
    work.flaggit("check", "--fix")
    assert work.git("status", "--porcelain", "--no-renames").splitlines() == [
        "A  .flags/backend.queue/.keep",
        f"D  .flags/backend.queue/{flag_id}.yaml",
        f"A  .flags/frontend.web/{flag_id}.yaml",
    ]


def test_fix_never_overwrites_and_leaves_unstaged_work_unstaged(work: Work) -> None:
    flag_id = work.raise_flag()
    taken = work.write(f".flags/backend.queue/{flag_id}.yaml", flag_bytes(flag_id).decode() + "# another\n")
    work.flaggit("check", "--fix", status=1)
    assert taken.exists()
    taken.unlink()
    path = work.path / ".flags" / "frontend.web" / f"{flag_id}.yaml"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n").replace(b"202", b"203"))
    answer = work.flaggit("check", "--fix")
    assert "not staged" in answer.err and b"\r" not in path.read_bytes()
    assert work.git("diff", "--name-only") == f".flags/frontend.web/{flag_id}.yaml"


SKELETON = f"""\
# yaml-language-server: $schema=../.schema/flag.schema.json
schema:
id:
flag_type: breaking_change
impact_level:
source_agent: "@backend.api"
target_agent: "@frontend.web"
change_description: "{LONG_CHANGE}"
action_required: |-
  {LONG_ACTION}
related_files:
code_location: # later
created_at:
notes:
"""


def test_fix_fills_what_an_editor_left_empty(work: Work) -> None:
    work.write(".flags/frontend.web/new.yaml", SKELETON)
    assert "unfinished" in work.flaggit("check", "--json", status=1).out
    answer = work.flaggit("check", "--fix", status=1)
    assert "empty related_files, notes left out" in answer.err
    assert "code_location has to be a text, not nothing" in answer.out
    (path,) = (work.path / ".flags" / "frontend.web").glob("*.yaml")
    work.write(str(path.relative_to(work.path)), path.read_text().replace("code_location: # later\n", ""))
    assert work.flaggit("check").status == 0
    (row,) = work.flaggit("list", "--json", "--full").data
    assert row["id"] == path.stem and row["impact_level"] == "medium"


def test_edit_of_what_cannot_be_taken_apart_says_so(work: Work) -> None:
    flag_id = work.raise_flag()
    path = f".flags/frontend.web/{flag_id}.yaml"
    fields = [line.strip() for line in flag_bytes(flag_id).decode().split("\n") if line and line[0] != "#"]
    one_line = {"change_description": LONG_CHANGE, "action_required": LONG_ACTION}
    kept = [line for line in fields if line.partition(":")[0] in ("schema", "id", "flag_type", "impact_level")]
    kept += ['source_agent: "@backend.api"', 'target_agent: "@frontend.web"', 'created_at: "2026-11-23T14:00:00Z"']
    kept += [f'{key}: "{value}"' for key, value in one_line.items()]
    work.write(path, "{ # said\n" + ", ".join(kept) + "}\n")
    assert work.flaggit("check").status == 0
    before = work.read(path)
    answer = work.flaggit("edit", flag_id, "--impact", "low", agent="@backend.api", status=2)
    assert "cannot be edited one by one" in answer.err and work.read(path) == before


def test_fix_goes_on_where_it_was_killed(work: Work) -> None:
    """A file that was mended and written anew, its old name not yet gone."""
    work.write(".flags/todo.yaml", BY_HAND)
    work.flaggit("check", "--fix")
    (path,) = (work.path / ".flags" / "frontend.web").glob("*.yaml")
    work.write(".flags/todo.yaml", path.read_text())
    work.flaggit("check", "--fix")
    assert len(work.flaggit("list", "--json").data) == 1
    assert not (work.path / ".flags" / "todo.yaml").exists()


def test_stray_that_is_nearly_a_flag_is_told_what_it_lacks(work: Work) -> None:
    work.write(".flags/a.yaml", "flag_type: change\nsource_agent: '@a.b'\n")
    work.write(".flags/b.yaml", "flag_type: change\nchange_description: fix: this\n")
    found = [(item["path"], item["line"], item["code"]) for item in work.flaggit("check", "--json", status=1).data]
    assert found == [
        (".flags/a.yaml", 0, "missing_field"),
        (".flags/a.yaml", 0, "missing_field"),
        (".flags/a.yaml", 0, "missing_field"),
        (".flags/a.yaml", 0, "stray_file"),
        (".flags/b.yaml", 0, "stray_file"),
        (".flags/b.yaml", 2, "bad_yaml"),
    ]


@examples(200)
@given(data=st.data())
def test_making_whole_keeps_every_text_and_comment(data: st.DataObject) -> None:
    """Any order of the keys, any of them missing or empty, blank lines and comments between: nothing is lost."""
    lines = {
        "flag_type": "flag_type: 'change'",
        "source_agent": "source_agent: @backend.api",
        "target_agent": 'target_agent: "@frontend.web"',
        "change_description": "change_description: >-\n  one\n  two",
        "action_required": 'action_required: "a: b # c"',
        "impact_level": "impact_level: low # why",
        "related_files": "related_files:\n- x\n- y",
        "schema": "schema: 1",
        "notes": "notes: |\n  # no comment\n\n  end",
    }
    optional = ["impact_level", "related_files", "schema", "notes"]
    dropped = data.draw(st.sets(st.sampled_from(optional)))
    order = data.draw(st.permutations([key for key in lines if key not in dropped]))
    gaps = st.sampled_from(["", "", "\n", "# said\n", "\n# said\n\n"])
    text = "".join(data.draw(gaps) + lines[key] + "\n" for key in order) + data.draw(gaps)
    if data.draw(st.booleans()):
        text = text.rstrip("\n")
    whole = make_whole(text.encode(), created_at="2026-11-23T14:00:00Z", choose_id=lambda: "k7m2q0x")
    assert whole is not None
    assert whole.fields["action_required"] == "a: b # c" and whole.fields["id"] == "k7m2q0x"
    assert whole.fields["change_description"] == "one two"
    for line in text.replace("@backend.api", '"@backend.api"').splitlines():
        assert line in whole.data.decode().splitlines()
    again = make_whole(whole.data, created_at="x", choose_id=lambda: "x")
    assert again is not None and again.data == whole.data and again.done == ()


def test_fix_leaves_alone_what_it_cannot_be_sure_of(work: Work) -> None:
    contents = {
        ".flags/x.yaml": "flag_type: change\nsource_agent: '@backend.api'\n",
        ".flags/frontend.web/y.yaml": "<<<<<<< a\n",
        ".flags/frontend.web/z.txt": "x\r\n",
        ".flags/frontend.web/big.yaml": BY_HAND + "# " + "x" * 70000,
    }
    for path, text in contents.items():
        work.write(path, text)
    work.flaggit("check", "--fix", status=1)
    assert {path: (work.path / path).read_bytes().decode() for path in contents} == contents


@pytest.mark.slow
def test_fix_that_is_killed_loses_and_doubles_nothing(work: Work) -> None:
    """Killed at random moments and run again: every flag is there once."""
    killer = Killer(random.Random(7))
    while killer.killed < 60:
        shutil.rmtree(work.path / ".flags")
        for index in range(12):
            work.write(f".flags/h{index}.yaml", BY_HAND.replace("orders", f"order {killer.killed} {index}"))
        killer.run(work, ["check", "--fix"], agent="@frontend.web")
        (work.path / ".git" / "index.lock").unlink(missing_ok=True)
        work.flaggit("check", "--fix")
        rows = work.flaggit("list", "--json", "--full").data
        assert len(rows) == len({row["action_required"] for row in rows}) == 12


def test_a_suggested_command_can_be_pasted(work: Work) -> None:
    flag = {"flag_type": "change", "source_agent": "@a.b", "target_agent": "@frontend.web"}
    flag |= {"change_description": LONG_CHANGE, "action_required": LONG_ACTION}
    work.write(".flags/frontend.web/it's new.yaml", json.dumps(flag))
    (problem,) = (row for row in work.flaggit("check", "--json", status=1).data if row["code"] == "unfinished")
    words = shlex.split(problem["fix"])
    assert words == ["flaggit", "check", "--fix", ".flags/frontend.web/it's new.yaml"]


def test_a_sparse_checkout_without_the_store_is_judged_by_head(work: Work) -> None:
    work.write(".flags/backend.api/zzzzzz1.yaml", 'schema: 1\nid: "zzzzzz1"\n')
    work.write("src/a", "1")
    work.git("add", "-A")
    work.commit("bad")
    whole = work.flaggit("check", status=1).out
    work.git("sparse-checkout", "set", "--cone", "src")
    assert not (work.path / ".flags" / "backend.api").exists()
    assert work.flaggit("check", status=1).out == whole
    assert "@backend.api" in work.flaggit("agents", "list").out


def test_attributes_that_convert_flags_are_found(work: Work) -> None:
    work.write(".gitattributes", "*.yaml ident\n")
    findings = work.flaggit("check", "--json", status=1).data
    assert [(found["rule"], found["path"]) for found in findings] == [("F001", ".flags/.gitattributes")]  # converted
    assert "ident=set" in findings[0]["message"]
