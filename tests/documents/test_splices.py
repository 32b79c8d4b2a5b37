"""Other programs' files: what we put in and take out again changes nothing else, byte for byte."""

from __future__ import annotations

import json
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st
from repositories import Work

from flaggit.clients.settings import add_hooks, remove_hooks, state_of
from flaggit.clients.table import CLIENTS
from flaggit.commands.setup.clients import BLOCK
from flaggit.documents.json_splice import APPEND, parse, put, remove_entries
from flaggit.documents.marked_block import HASH, MARKDOWN, has_block, insert, is_current, remove

OURS = {"command": "flaggit agent-hook x"}

# Texts as people, their editors and their programs leave them.
ODD = (
    "{}",
    "{}\n",
    "{ }",
    "{\n}\n",
    "{\n\n}\n",
    "\ufeff{}",
    "  {}  ",
    "",
    "\n",
    " \n\n",
    '{"hooks":{}}',
    '{"hooks": {\n}}',
    '{"hooks": {"SessionStart": []}}',
    '{"hooks": {"SessionStart": [\n  ]}}',
    '{"hooks":{"SessionStart":[{"matcher":"","hooks":[{"type":"command","command":"own"}]}]}}\n',
    '{"a":1}',
    '{"a":1,"b":[1,2]}\n',
    '{\n  "permissions": {\n    "allow": ["Bash(ls:*)", "Read"]\n  }\n}\n',
    '{\n  "model": "opus"\n}',
    '{\r\n  "model": "opus"\r\n}\r\n',
    '{\r\n\t"model": "opus",\r\n\t"hooks": {\r\n\t}\r\n}',
    '{\n  "x": "\\u00e9 < \\/ \\ud83d\\udcb0",\n  "\\u0068ooks": {}\n}\n',
    '{\n  "b": 1E3,\n  "c": 0.10,\n  "d": -0.0,\n  "e": 12345678901234567890\n}\n',
    '{"env": {"TOKEN": "secret"},\n\n\n "z" :\n1 }\n\n\n',
    '{\n\t"a": [\n\t\t[], {}\n\t]\n}\n',
    '{\n "hooks": {\n  "PreToolUse": [ {"matcher": "Bash", "hooks": [ ] } ] ,\n  "Stop": []\n }\n}',
)
WITH_COMMENTS = (
    "// mine\n{}\n",
    "{\n  // none yet\n}\n",
    '{\n  "a": 1, // one\n  "b": 2 // two, the last\n}\n',
    '{\n  "a": 1,\n  "hooks": {\n    "SessionStart": [], // empty\n  },\n}\n',
    '{ /* a */ "a" /* b */ : /* c */ 1 /* d */ , /* e */ }',
    '{"a": "// no comment", "b": "/* nor this"}',
    '{\n  "hooks": {"SessionStart": [\n    {"command": "own"}, // theirs\n  ]}\n}\n// the end',
)


def is_ours(path: tuple, value: object) -> bool:
    return value == OURS


def check_round_trip(text: str | None, *paths: tuple, comments: bool = False) -> None:
    changed = text
    for path in paths:
        changed = put(changed, path, OURS, comments=comments)
        assert changed is not None
    before = parse(text, comments=comments) if text and text.strip() else {}
    for path in paths:
        inner = before
        for step in path[:-1]:
            inner = inner.setdefault(step, [] if path[-1] is APPEND and step == path[-2] else {})
        inner.append(OURS) if path[-1] is APPEND else inner.update({path[-1]: OURS})
    assert parse(changed, comments=comments) == before
    if not comments and not changed.startswith("\ufeff"):
        assert json.loads(changed) == before
    assert remove_entries(changed, is_ours, comments=comments) == text


@pytest.mark.parametrize("text", [None, *ODD])
def test_json_is_restored_byte_for_byte(text: str | None) -> None:
    check_round_trip(text, ("hooks", "SessionStart", APPEND))
    check_round_trip(
        text, ("hooks", "SessionStart", APPEND), ("hooks", "SessionStart", APPEND), ("hooks", "Stop", APPEND)
    )
    check_round_trip(text, ("mcpServers", "flaggit"))
    check_round_trip(text, ("flaggit",), ("x y", "z", "flaggit"))


@pytest.mark.parametrize("text", WITH_COMMENTS)
def test_json_with_comments_is_restored_byte_for_byte(text: str) -> None:
    check_round_trip(text, ("hooks", "SessionStart", APPEND), ("mcp", "flaggit"), comments=True)
    with pytest.raises(ValueError, match="line"):
        put('{"a": 1, // one\n}', ("hooks",), OURS)


BLANKS = st.sampled_from(["", " ", "\n", "\n  ", "\r\n\t", "\t "])
LEAVES = st.sampled_from(["1", "-0.5e+3", "true", "null", '""', '"a\\u00e9\\n"', '"}],{[\\""'])


@st.composite
def json_texts(draw: st.DrawFn, depth: int = 3) -> str:
    kind = draw(st.sampled_from(["leaf", "list", "mapping"])) if depth < 3 else "mapping"
    if kind == "leaf" or depth == 0:
        return draw(LEAVES)
    items = draw(st.lists(json_texts(depth=depth - 1), max_size=3))
    if kind == "mapping":
        keys = draw(st.permutations(['"a"', '"b c"', '"hooks"', '"SessionStart"', '"\\u0061x"']))
        items = [f"{key}{draw(BLANKS)}:{draw(BLANKS)}{item}" for key, item in zip(keys, items, strict=False)]
    opening, closing = "[]" if kind == "list" else "{}"
    return opening + draw(BLANKS) + (draw(BLANKS) + "," + draw(BLANKS)).join(items) + draw(BLANKS) + closing


@given(json_texts(), st.sampled_from(["", "\n", "\r\n", "  "]))
def test_any_json_is_restored_byte_for_byte(text: str, end: str) -> None:
    for path in (("hooks", "SessionStart", APPEND), ("new", "flaggit")):
        try:
            put(text + end, path, OURS)
        except ValueError:  # there is something else where a mapping or list is needed
            assert "hooks" in text
            continue
        check_round_trip(text + end, path)


@pytest.mark.parametrize("text", [None, *ODD])
@pytest.mark.parametrize("name", CLIENTS)
def test_hooks_are_restored_byte_for_byte(text: str | None, name: str) -> None:
    client = CLIENTS[name]
    added = add_hooks(text, client)
    assert state_of(text, client) == "absent" and state_of(added, client) == "current"
    assert add_hooks(added, client) == added
    assert remove_hooks(added, client) == text


def test_what_others_add_beside_ours_stays() -> None:
    added = put("{}\n", ("hooks", "Stop", APPEND), OURS)
    both = put(added, ("hooks", "Stop", APPEND), {"command": "theirs"})
    assert json.loads(remove_entries(both, is_ours) or "") == {"hooks": {"Stop": [{"command": "theirs"}]}}
    formatted = json.dumps(json.loads(added), indent=8)
    assert json.loads(remove_entries(formatted, is_ours) or "{}") == {}


# Blocks between marks

TEXTS = (
    "",
    "\n",
    "# Ours\n",
    "# Ours\n\nBe kind.\n",
    "no newline",
    "# Ours\n\n\n",
    "# Ours\r\n\r\nBe kind.\r\n",
    "# Ours\r\nno newline",
    "\ufeff# Ours\n",
    "The text between `<!-- flaggit:start v1 -->` and `<!-- flaggit:end -->` is generated.\n",
    "```markdown\n<!-- flaggit:start v1 -->\nan example\n<!-- flaggit:end -->\n```\n",
    "~~~~\n```\n<!-- flaggit:start v1 -->\n<!-- flaggit:end -->\n~~~\n~~~~\nafter",
    "<!-- flaggit:start v1 -->\nan end is missing\n",
    "an end alone\n<!-- flaggit:end -->\n",
    "a\x0c<!-- flaggit:start v1 -->\nb\u2028<!-- flaggit:end -->\n",
)


@pytest.mark.parametrize("text", [None, *TEXTS])
def test_a_block_goes_in_once_and_comes_out_again(text: str | None) -> None:
    added = insert(text, BLOCK, MARKDOWN)
    assert is_current(added, BLOCK, MARKDOWN) and added.startswith(text or "")
    assert "\r\n" not in (text or "") or "\n" not in added.replace("\r\n", "")
    assert insert(added, BLOCK, MARKDOWN) == added
    assert remove(added, MARKDOWN) == text


def test_an_older_block_is_replaced_where_it_stands() -> None:
    old = "# Ours\n\n<!-- flaggit:start v0 -->\nold words\n<!-- flaggit:end -->\n\n## More\n"
    assert has_block(old, MARKDOWN) and not is_current(old, BLOCK, MARKDOWN)
    assert insert(old, BLOCK, MARKDOWN) == f"# Ours\n\n{BLOCK}\n## More\n"
    assert remove(old, MARKDOWN) == "# Ours\n\n## More\n"
    twice = old + "\n" + old
    assert insert(twice, BLOCK, MARKDOWN).count("flaggit:start") == 1
    assert remove(twice, MARKDOWN) == 2 * "# Ours\n\n## More\n" or "flaggit" not in (remove(twice, MARKDOWN) or "")


def test_a_fence_that_is_never_closed_is_refused() -> None:
    with pytest.raises(ValueError, match="code fence"):
        insert("# Ours\n```\nsome code\n", BLOCK, MARKDOWN)


def test_blocks_in_files_with_hash_comments() -> None:
    block = "# flaggit:start v1\n[mcp_servers.flaggit]\ncommand = 'flaggit'\n# flaggit:end\n"
    for text in (None, "", 'model = "x"\n', "[a]\r\nb = 1"):
        assert remove(insert(text, block, HASH), HASH) == text


# Files


def rights(work: Work, name: str) -> int:
    return os.stat(work.path / name).st_mode & 0o7777


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o644, 0o664, 0o444, 0o755])
def test_the_mode_stays(work: Work, mode: int) -> None:
    work.write(".claude/settings.json", '{\n  "env": {"TOKEN": "secret"}\n}\n').chmod(mode)
    work.write("AGENTS.md", "# Ours\n").chmod(mode)
    for options in ([], ["--remove"]):
        for client in ("claude", "agents-md"):
            work.flaggit("setup", client, *options)
        assert rights(work, ".claude/settings.json") == mode and rights(work, "AGENTS.md") == mode


@pytest.mark.parametrize(
    ("link", "target"), [("CLAUDE.md", "AGENTS.md"), ("AGENTS.md", "CLAUDE.md"), ("AGENTS.md", "docs/a.md")]
)
def test_links_within_the_work_tree_stay_links(work: Work, link: str, target: str) -> None:
    work.write(target, "# Ours\n")
    (work.path / link).symlink_to(target)
    answer = work.flaggit("setup", "agents-md")
    assert "a line @AGENTS.md" not in answer.err
    assert work.read(target).count("flaggit:start") == 1
    assert (work.path / link).is_symlink()
    work.flaggit("setup", "agents-md", "--remove")
    assert work.read(target) == "# Ours\n" and (work.path / link).is_symlink()


def test_links_that_lead_elsewhere_are_refused_before_anything_is_written(work: Work) -> None:
    outside = work.path.parent / "outside.md"
    outside.write_text("theirs\n")
    for target in (outside, work.path / ".git" / "description", work.path / "nowhere"):
        (work.path / "AGENTS.md").symlink_to(target)
        assert "symbolic link" in work.flaggit("setup", "agents-md", status=5).err
        (work.path / "AGENTS.md").unlink()
    assert outside.read_text() == "theirs\n"
    (work.path / ".claude").symlink_to(outside.parent)
    work.flaggit("setup", "claude", status=5)
    assert not (outside.parent / "settings.json").exists()


def test_a_link_in_a_files_own_folder_is_followed(work: Work) -> None:
    (work.path / "shared").mkdir()
    (work.path / ".claude").symlink_to("shared")
    work.flaggit("setup", "claude")
    assert "agent-hook" in work.read("shared/settings.json")


@pytest.mark.parametrize("name", ["AGENTS.md", ".claude/settings.json"])
@pytest.mark.parametrize("content", [b"", b"\n", b"\xff\xfe#\x00"])
def test_an_empty_file_is_kept_and_another_encoding_refused(work: Work, name: str, content: bytes) -> None:
    client = "agents-md" if name == "AGENTS.md" else "claude"
    path = work.write(name, "")
    path.write_bytes(content)
    readable = content[:1] != b"\xff"
    work.flaggit("setup", client, status=0 if readable else 5)
    work.flaggit("setup", client, "--remove", status=0 if readable else 5)
    assert path.read_bytes() == content
