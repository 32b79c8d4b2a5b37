"""Files that mean harm, or met some: a listing goes on, `check` names file, line and reason, nothing is a traceback."""

from __future__ import annotations

import os
import socket

import pytest
from effort import count_steps, examples
from hypothesis import given
from hypothesis import strategies as st
from repositories import LONG_ACTION, LONG_CHANGE, Work

from flaggit.catalog.parsing import parse_catalog
from flaggit.checking.files import REGULAR, check_files
from flaggit.core.model import Problem
from flaggit.documents.canonical import dump_document
from flaggit.documents.settings import build_settings

GOOD = dump_document(
    "flag",
    {
        "schema": 1,
        "id": "k7m2q0x",
        "flag_type": "change",
        "impact_level": "medium",
        "source_agent": "@backend.api",
        "target_agent": "@frontend.web",
        "change_description": LONG_CHANGE,
        "action_required": LONG_ACTION,
        "created_at": "2026-11-23T14:00:00Z",
    },
    for_editors=True,
)
TEXT = GOOD.decode()
BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{','.join(['*' + chr(97 + n)] * 9)}]\n" for n in range(9)
)

# name -> (content, word of the finding, line)
MOST_STEPS = 2_000_000  # lines of Python that judging one file may run, whatever is in it
CONTENTS: dict[str, tuple[bytes, str, int]] = {
    "alias bomb": (BOMB.encode(), "bad_yaml", 1),
    "merge keys": (b"a: &a {x: 1}\n" + b"b:\n  <<: *a\n" * 300, "bad_yaml", 1),
    "duplicate key": (GOOD + b'impact_level: "low"\n', "duplicate_key", 22),
    "python tag": (TEXT.replace('"change"', "!!python/object/apply:os.system [id]").encode(), "bad_yaml", 5),
    "binary tag": (TEXT.replace('"change"', "!!binary aGk=").encode(), "bad_yaml", 5),
    "own tag": (TEXT.replace('"change"', "!x change").encode(), "bad_yaml", 5),
    "set tag": (b"a: !!set {x, y}\n", "bad_yaml", 1),
    "deep lists": (b"a: " + b"[" * 10000, "bad_yaml", 1),
    "deep mappings": (b"a: " + b"{a: " * 5000, "bad_yaml", 1),
    "deep blocks": (b"".join(b"%s- a:\n" % (b"  " * depth) for depth in range(150)), "bad_yaml", 4),
    "wide": (b"a: [" + b"1," * 30000 + b"]\n", "bad_yaml", 1),
    "10 MB": (b"a: |\n" + b"  xxxxxxxxxxxxx\n" * 655360, "too_large", 0),
    "one byte too large": (GOOD + b"#" + b"x" * (65536 - len(GOOD)), "too_large", 0),
    "empty": (b"", "bad_yaml", 1),
    "blank": (b"\n\n  \n", "bad_yaml", 1),
    "NUL": (GOOD.replace(b"202", b"2\x002"), "control_character", 14),
    "escape": (GOOD.replace(b"202", b"\x1b[2J"), "control_character", 14),
    "delete": (GOOD.replace(b"202", b"\x7f"), "control_character", 14),
    "C1": (GOOD.replace(b"202", b"\xc2\x9b31m"), "control_character", 14),
    "byte order mark": (b"\xef\xbb\xbf" + GOOD, "control_character", 1),
    "UTF-16": (TEXT.encode("utf-16"), "bad_encoding", 1),
    "Latin-1": (TEXT.replace("202", "über").encode("latin-1"), "bad_encoding", 14),
    "encoded surrogate": (GOOD.replace(b"202", b"\xed\xa0\xbd"), "bad_encoding", 14),
    "overlong": (GOOD.replace(b"202", b"\xc0\xaf"), "bad_encoding", 14),
    "line separator": (TEXT.replace("202", "\u2028").encode(), "control_character", 14),
    "next line": (TEXT.replace("202", "\u0085").encode(), "control_character", 14),
    "lone carriage return": (GOOD.replace(b"202", b"\r"), "control_character", 14),
    "escaped surrogate": (TEXT.replace('"change"', '"\\ud83d"').encode(), "", 0),
    "escaped NUL": (TEXT.replace('"2026-11-23T14:00:00Z"', '"\\0"').encode(), "bad_time", 21),
    "conflict markers": (TEXT.replace("flag_type", "<<<<<<< HEAD\nflag_type").encode(), "conflict_markers", 5),
    "diff3 markers": (TEXT.replace("flag_type", "||||||| 1234\nflag_type").encode(), "conflict_markers", 5),
    "end of conflict": (TEXT.replace("flag_type", ">>>>>>> theirs\nflag_type").encode(), "conflict_markers", 5),
    "bare handle": (TEXT.replace('"@backend.api"', "@backend.api").encode(), "bad_yaml", 9),
    "second document": (GOOD + b"---\nx: 1\n", "bad_yaml", 22),
    "directive": (b"%YAML 1.1\n" + GOOD, "bad_yaml", 0),
    "list": (b"- a\n- b\n", "bad_yaml", 1),
    "text": (b"just a text\n", "bad_yaml", 1),
    "number": (b"5\n", "bad_yaml", 1),
    "complex key": (b"? [a, b]\n: c\n", "bad_yaml", 1),
    "not YAML": (b"{[}]\n", "bad_yaml", 1),
    "unclosed quote": (TEXT.replace('"change"', '"change').encode(), "bad_yaml", 0),
    "tab": (b"a:\n\tb: 1\n", "bad_yaml", 2),
    "huge number": (TEXT.replace("schema: 1", "schema: " + "9" * 5000).encode(), "schema", 2),
    "number with sign": (TEXT.replace("schema: 1", "schema: -1").encode(), "schema", 2),
    "boolean schema": (TEXT.replace("schema: 1", "schema: true").encode(), "schema", 2),
    "null id": (TEXT.replace('"k7m2q0x"', "null").encode(), "unfinished", 3),
    "id of another": (TEXT.replace('"k7m2q0x"', '"aaaaaaa"').encode(), "wrong_name", 3),
    "path as id": (TEXT.replace('"k7m2q0x"', '"../../x"').encode(), "bad_id", 3),
    "path as target": (TEXT.replace('"@frontend.web"', '"@../../etc"').encode(), "bad_handle", 11),
    "option as target": (TEXT.replace('"@frontend.web"', '"--upload-pack=x"').encode(), "bad_handle", 11),
    "newline in handle": (TEXT.replace('"@backend.api"', '"@backend.api\\n"').encode(), "bad_handle", 9),
    "list as text": (TEXT.replace('"change"', "[change]").encode(), "schema", 5),
    "mapping as text": (TEXT.replace('"change"', "{a: b}").encode(), "schema", 5),
    "unknown field": (GOOD + b'\ncommand: "make"\n', "unknown_field", 23),
    "field missing": (TEXT.replace('source_agent: "@backend.api"\n', "").encode(), "missing_field", 0),
    "time that is none": (TEXT.replace("11-23T14", "13-45T99").encode(), "bad_time", 21),
    "a shell script": (b"#!/bin/sh\nrm -rf x\n", "bad_yaml", 0),
}


@pytest.mark.parametrize("name", CONTENTS)
def test_content_is_named_with_line_and_reason(name: str) -> None:
    data, code, line = CONTENTS[name]
    path = ".flags/frontend.web/k7m2q0x.yaml"
    found: list[Problem] = []
    files = {path: (REGULAR, data)}
    steps = count_steps(
        lambda: found.extend(check_files(files, build_settings({}), parse_catalog([]), exists=lambda _: True))
    )
    assert steps < MOST_STEPS
    errors = [problem for problem in found if problem.level == "error"]
    assert errors and {problem.path for problem in found} == {path}
    if code:
        assert code in {problem.code for problem in errors}, found
    if line:
        assert line in {problem.line for problem in errors}, found


def test_listing_goes_on_and_check_names_each(work: Work) -> None:
    good = work.raise_flag()
    folder = work.path / ".flags" / "frontend.web"
    names = {}
    for number, (data, _, _) in enumerate(CONTENTS.values()):
        path = folder / f"b{number:06d}.yaml"
        path.write_bytes(data)
        names[f".flags/frontend.web/{path.name}"] = data
    outside = work.write("secret.txt", TEXT)
    (folder / "c000001.yaml").symlink_to(outside)
    (folder / "c000002.yaml").symlink_to("nowhere")
    os.mkfifo(folder / "c000003.yaml")
    (folder / "c000004.yaml").mkdir()
    with socket.socket(socket.AF_UNIX) as server:
        current = os.getcwd()
        os.chdir(folder)  # a socket's path is short
        server.bind("c000005.yaml")
        os.chdir(current)
    (work.path / ".flags" / "backend.queue").symlink_to(folder, target_is_directory=True)
    for reader in (["inbox", "@frontend.web"], ["list"], ["find", "orders"]):
        answer = work.flaggit(*reader, "--json")
        assert good in [row["id"] for row in answer.data], answer
        named = {problem["path"] for problem in answer.json["warnings"]}
        assert set(names) <= named, set(names) - named
    assert work.flaggit("show", good, "--json").data["id"] == good
    assert work.flaggit("next", "@frontend.web", "--json").data["id"] == good
    found = work.flaggit("check", "--json", status=1).data
    broken = {item["path"] for item in found if item["level"] == "error"}
    links = {f".flags/frontend.web/c00000{number}.yaml" for number in (1, 2, 3, 5)} | {".flags/backend.queue"}
    assert set(names) | links <= broken
    assert f".flags/frontend.web/{good}.yaml" not in broken
    text = work.flaggit("check", status=1).out
    assert all(ord(char) >= 32 or char == "\n" for char in text)
    assert "\x9b" not in text and "\u2028" not in text


def test_store_that_is_a_link_is_named_and_not_followed(work: Work, tmp_path) -> None:
    elsewhere = tmp_path / "elsewhere"
    (work.path / ".flags").rename(elsewhere)
    (work.path / ".flags").symlink_to(elsewhere)
    (finding,) = work.flaggit("check", "--json", status=1).data
    assert (finding["path"], finding["code"]) == (".flags", "not_regular")
    assert work.flaggit("list", "--json", status=None).json.get("data", []) == []
    work.flaggit(
        *("create", "--type", "change", "--from", "@backend.api", "--to", "@frontend.web"),
        *("--change", LONG_CHANGE, "--action", LONG_ACTION),
        status=5,
    )
    assert sorted(path.name for path in elsewhere.iterdir()) == ["catalog.yaml"]


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root reads everything")
def test_file_that_cannot_be_read_is_named(work: Work) -> None:
    flag_id = work.raise_flag()
    (work.path / ".flags" / "frontend.web" / f"{flag_id}.yaml").chmod(0)
    (finding,) = work.flaggit("check", "--json", status=1).data
    assert finding["code"] == "unreadable"


@pytest.mark.parametrize("name", ["config.yaml", "catalog.yaml", "catalog.d/x.yaml"])
@pytest.mark.parametrize("kind", ["link", "fifo", "folder", "bomb", "binary"])
def test_settings_and_catalog_may_be_hostile_too(work: Work, name: str, kind: str) -> None:
    good = work.raise_flag()
    path = work.path / ".flags" / name
    path.parent.mkdir(exist_ok=True)
    path.unlink(missing_ok=True)
    if kind == "link":
        path.symlink_to("/etc/hostname")
    elif kind == "fifo":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
        (path / "x.yaml").write_text("x")
    else:
        path.write_bytes(BOMB.encode() if kind == "bomb" else bytes(range(256)))
    found = work.flaggit("check", "--json", status=1).data
    assert [item for item in found if item["path"].startswith(f".flags/{name}")], found
    answer = work.flaggit("inbox", "@frontend.web", "--json", status=None)
    assert answer.status == (2 if name == "config.yaml" else 0), answer
    assert answer.status or good in [row["id"] for row in answer.data]


@examples(400)
@given(data=st.data())
def test_no_change_of_a_good_file_escapes_as_an_exception(data: st.DataObject) -> None:
    text = bytearray(GOOD)
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(text)))
        size = data.draw(st.integers(0, 12))
        new = data.draw(
            st.one_of(
                st.binary(max_size=6),
                st.sampled_from(
                    [b"&a ", b"*a", b"!!x ", b"<<: ", b"- ", b"? ", b": ", b"|", b"{", b"[", b"\n---\n", b"@"]
                ),
            )
        )
        text[at : at + size] = new
    path = ".flags/frontend.web/k7m2q0x.yaml"
    check_files({path: (REGULAR, bytes(text))}, build_settings({}), parse_catalog([]), exists=lambda _: False)


@examples(200)
@given(path=st.text(max_size=40), data=st.binary(max_size=60))
def test_any_name_and_any_bytes_are_judged(path: str, data: bytes) -> None:
    files = {f".flags/{path}": (REGULAR, data), f".flags/frontend.web/{path}.yaml": (REGULAR, data)}
    check_files(files, build_settings({}), parse_catalog([]), exists=lambda _: False)


def test_what_is_in_the_way_of_init_is_named(work):
    (work.path / ".flags/.schema/flag.schema.json").mkdir(parents=True)
    answer = work.flaggit("init", "--yes", "--json", status=5).json
    assert (answer["code"], "flag.schema.json is not a regular file" in answer["error"]) == ("unreadable", True)


def test_a_folder_in_a_files_place_is_told(work):
    (work.path / ".git/flaggit-identity/agent").mkdir(parents=True)
    assert "agent cannot be written" in work.flaggit("iam", "@backend.api", status=5).err
