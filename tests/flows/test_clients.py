"""``flaggit setup``: puts in what a client needs, once, beside everything else, and takes exactly that out again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from repositories import Work

from flaggit.clients.block import BLOCK
from flaggit.clients.settings import command_for
from flaggit.clients.table import CLIENTS, SERVERS

HOOKS = {name: client.path for name, client in CLIENTS.items()}
FILES = {
    **HOOKS,
    "opencode": ".opencode/plugins/flaggit.js",
    "skill": ".agents/skills/flaggit/SKILL.md",
    "agents-md": "AGENTS.md",
}
THEIRS = {
    "permissions": {"allow": ["Bash(ls)"]},
    "hooks": {
        "PreToolUse": [{"matcher": "Bash", "hooks": [{"type": "command", "command": "theirs"}]}],
        "Stop": [{"hooks": [{"type": "command", "command": "flaggit inbox"}]}],
    },
    "model": "größer",
}


@pytest.mark.parametrize("client", FILES)
def test_in_and_out_leaves_nothing(work: Work, client: str):
    before = sorted(str(path.relative_to(work.path)) for path in work.path.iterdir())
    assert work.flaggit("setup", client, "--check", status=1).out.startswith(f"{client} is not set up")
    assert f"Wrote {FILES[client]}." in work.flaggit("setup", client).out
    assert work.flaggit("setup", client, "--check").status == 0
    first = work.read(FILES[client])
    work.flaggit("setup", client)
    assert work.read(FILES[client]) == first
    work.flaggit("setup", client, "--remove")
    assert sorted(str(path.relative_to(work.path)) for path in work.path.iterdir()) == before
    work.flaggit("setup", client, "--remove")


@pytest.mark.parametrize("client", ["claude", "codex", "gemini"])
def test_what_is_theirs_keeps_its_place(work: Work, client: str):
    text = json.dumps(THEIRS, indent=4, ensure_ascii=False) + "\n"
    work.write(FILES[client], text)
    work.flaggit("setup", client)
    settings = json.loads(work.read(FILES[client]))
    assert list(settings) == list(THEIRS)
    for event, groups in THEIRS["hooks"].items():
        assert settings["hooks"][event][: len(groups)] == groups
    work.flaggit("setup", client, "--remove")
    assert work.read(FILES[client]) == text


def test_the_lines_that_are_set_up_run_and_bother_nobody_without_flaggit(work: Work, program: Path):
    work.flaggit("iam", "@frontend.web")
    for client in CLIENTS.values():
        work.flaggit("setup", client.name)
        text = work.read(client.path)
        for event in client.events:
            line = command_for(client, event)
            assert (json.dumps(line) in text) == bool(event.reply)
            assert work.run("sh", "-c", line, input="{}").status == 0
            without = work.run("sh", "-c", line, input="{}", env={"PATH": "/usr/bin:/bin"})
            assert (without.status, without.out, without.err) == (0, "", "")


def test_a_plain_list_of_hooks_keeps_what_is_theirs(work: Work):
    text = '{"version": 1, "hooks": {"stop": [{"command": "theirs"}]}}\n'
    work.write(FILES["cursor"], text)
    work.flaggit("setup", "cursor")
    assert json.loads(work.read(FILES["cursor"]))["hooks"]["stop"][0] == {"command": "theirs"}
    work.flaggit("setup", "cursor", "--remove")
    assert work.read(FILES["cursor"]) == text


@pytest.mark.parametrize("client", ["opencode", "skill"])
def test_a_file_of_somebody_else_in_our_place_stays(work: Work, client: str):
    work.write(FILES[client], "mine\n")
    assert work.flaggit("setup", client, "--json", status=4).json["code"] == "file_exists"
    assert work.flaggit("setup", client, "--remove", "--json", status=4).json["code"] == "file_exists"
    assert work.read(FILES[client]) == "mine\n"


def test_the_skill_keeps_to_what_skills_may_be(work: Work):
    work.flaggit("setup", "skill")
    head, body = work.read(FILES["skill"]).removeprefix("---\n").split("\n---\n")
    fields = dict(line.split(": ", 1) for line in head.split("\n"))
    assert fields["name"] == "flaggit" and len(fields["description"]) <= 1024
    assert len(body) / 4 < 1000


def test_what_the_person_still_has_to_do_is_said(work: Work):
    for client in CLIENTS.values():
        assert client.wants in work.flaggit("setup", client.name).err


def test_hooks_of_another_version_are_replaced(work: Work):
    old = {"hooks": {"SessionStart": [{"hooks": [{"type": "command", "command": "flaggit agent-hook start"}]}]}}
    work.write(FILES["claude"], json.dumps(old))
    assert "another version" in work.flaggit("setup", "claude", "--check", status=1).out
    work.flaggit("setup", "claude")
    assert 'agent-hook start"' not in work.read(FILES["claude"])
    assert work.flaggit("setup", "claude", "--check").status == 0


@pytest.mark.parametrize("client", FILES)
def test_a_dry_run_shows_the_change_and_writes_nothing(work: Work, client: str):
    out = work.flaggit("setup", client, "--dry-run").out
    assert f"+++ b/{FILES[client]}" in out and "+" in out
    assert work.git("status", "--porcelain") == ""
    data = work.flaggit("setup", client, "--dry-run", "--json").data
    assert (data["files"][0]["path"], data["state"], data["written"]) == (FILES[client], "absent", False)


@pytest.mark.parametrize(
    "text", ["{", '{"hooks": []}', '{"hooks": {"Stop": 5}}', "[]", '{"a": 1, "a": 2}', "// comment\n{}"]
)
@pytest.mark.parametrize("options", [[], ["--remove"], ["--check"]])
def test_a_file_that_is_not_understood_is_left_alone(work: Work, text: str, options: list[str]):
    work.write(FILES["claude"], text)
    answer = work.flaggit("setup", "claude", *options, status=2)
    assert ".claude/settings.json cannot be changed safely" in answer.err
    assert work.read(FILES["claude"]) == text


def test_agents_md_keeps_every_byte_around_the_block(work: Work):
    work.write("AGENTS.md", "# Ours\n\nBe kind.")
    work.flaggit("setup", "agents-md")
    assert work.read("AGENTS.md") == f"# Ours\n\nBe kind.\n\n{BLOCK}".rstrip("\n")
    work.write("AGENTS.md", work.read("AGENTS.md") + "\n\n## After\n")
    work.flaggit("setup", "agents-md", "--remove")
    assert work.read("AGENTS.md") == "# Ours\n\nBe kind.\n\n## After\n"


def test_claudes_own_file_is_remarked_on(work: Work):
    work.write("CLAUDE.md", "# Ours\n")
    assert "@AGENTS.md" in work.flaggit("setup", "agents-md").err
    assert work.read("CLAUDE.md") == "# Ours\n"


def test_an_unknown_client_is_refused_with_those_that_are_known(work: Work):
    assert ", ".join(FILES) in work.flaggit("setup", "emacs", status=2).err


def test_it_works_from_a_subdirectory_and_stages_nothing(work: Work):
    work.flaggit("setup", "agents-md", cwd="src")
    assert (work.path / "AGENTS.md").exists()
    assert work.git("diff", "--cached", "--name-only") == ""


# -- the MCP server -----------------------------------------------------------------------------

THEIR_SERVERS = {
    "claude": '{"mcpServers": {"theirs": {"command": "x"}}}',
    "codex": 'model = "x"\n\n[mcp_servers.theirs]\ncommand = "x"',
    "gemini": '{\n\t"theme": "größer",\n\t"mcpServers": {}\n}\n',
    "copilot": '{"mcpServers": {\r\n  "theirs": {"type": "local", "command": "x"}}}\r\n',
    "cursor": "{}",
    "opencode": '// theirs\n{"mcp": {"theirs": {"type": "local", "command": ["x"],},},}\n',
}


def tree(work: Work) -> dict[str, bytes]:
    paths = [
        path for path in work.path.rglob("*") if path.is_file() and ".git" not in path.relative_to(work.path).parts
    ]
    return {str(path.relative_to(work.path)): path.read_bytes() for path in paths}


@pytest.mark.parametrize("theirs", [True, False])
@pytest.mark.parametrize("client", SERVERS)
def test_the_server_goes_in_and_out_byte_for_byte(work: Work, client: str, theirs: bool):
    path = SERVERS[client].path
    if theirs:
        (work.path / path).parent.mkdir(exist_ok=True)
        (work.path / path).write_bytes(THEIR_SERVERS[client].encode())
    before = tree(work)
    assert f"+++ b/{path}" in work.flaggit("setup", client, "--mcp", "--dry-run").out
    assert tree(work) == before
    work.flaggit("setup", client)
    assert work.flaggit("setup", client, "--check").status == 0
    assert work.flaggit("setup", client, "--mcp", "--check", status=1).status == 1
    assert f"Wrote {path}." in work.flaggit("setup", client, "--mcp").out
    once = tree(work)
    assert b"flaggit" in once[path]
    assert not theirs or ("theirs" in THEIR_SERVERS[client]) == (b"theirs" in once[path])
    work.flaggit("setup", client, "--mcp")
    assert tree(work) == once
    assert work.flaggit("setup", client, "--mcp", "--check").status == 0
    work.flaggit("setup", client, "--remove")
    assert tree(work) == before


def test_an_older_entry_of_ours_is_brought_up_to_date(work: Work):
    work.write(".mcp.json", '{"mcpServers": {"flaggit": {"command": "flaggit", "args": ["mcp", "--tools", "all"]}}}')
    assert "another version" in work.flaggit("setup", "claude", "--check", status=1).out
    work.flaggit("setup", "claude")  # without --mcp too: it is there
    assert json.loads(work.read(".mcp.json"))["mcpServers"]["flaggit"]["args"] == ["mcp"]


@pytest.mark.parametrize(
    ("client", "text"),
    [
        ("claude", '{"mcpServers": {"flaggit": {"command": "/opt/their/flaggit"}}}'),
        ("claude", '{"mcpServers": []}'),
        ("claude", "{"),
        ("codex", '[mcp_servers.flaggit]\ncommand = "their"\n'),
        ("codex", 'mcp_servers = {theirs = {command = "x"}}\n'),
        ("codex", "= broken"),
    ],
)
def test_a_server_that_is_not_ours_is_left_alone(work: Work, client: str, text: str):
    path = SERVERS[client].path
    work.write(path, text)
    assert f"{path} cannot be changed safely" in work.flaggit("setup", client, "--mcp", status=2).err
    work.flaggit("setup", client, "--remove")
    assert work.read(path) == text


def test_opencodes_newer_shape_and_other_file_are_kept_to(work: Work):
    work.write("opencode.jsonc", '{"mcp": {"servers": {"theirs": {"type": "local", "command": ["x"]}}}}\n')
    before = tree(work)
    work.flaggit("setup", "opencode", "--mcp")
    assert set(json.loads(work.read("opencode.jsonc"))["mcp"]["servers"]) == {"theirs", "flaggit"}
    assert not (work.path / "opencode.json").exists()
    assert work.flaggit("setup", "opencode", "--mcp", "--check").status == 0
    work.flaggit("setup", "opencode", "--remove")
    assert tree(work) == before


def test_only_programs_that_start_servers_take_one(work: Work):
    assert ", ".join(SERVERS) in work.flaggit("setup", "skill", "--mcp", status=2).err


def test_uninstall_and_a_further_worktree_know_of_it(work: Work):
    work.flaggit("setup", "cursor", "--mcp")
    work.flaggit("worktree", "add", "../web", "@frontend.web")
    web = Work(work.path.parent / "web")
    assert web.flaggit("setup", "cursor", "--mcp", "--check").status == 0
    work.flaggit("uninstall", "--yes")
    assert not (work.path / ".cursor").exists() and not (web.path / ".cursor").exists()
