"""The table of clients, held against what each program's own schema or reference says (``facts``: source and date)."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
from repositories import PROJECT, Work

from flaggit.clients.opencode import PLUGIN
from flaggit.clients.servers import add_server
from flaggit.clients.settings import add_hooks, command_for
from flaggit.clients.table import (
    CLIENTS,
    EDIT,
    KINDS,
    MOST_CONTEXT,
    SERVERS,
    SESSION,
    SHAPES,
    STOP,
    SUBAGENT,
    find_event,
)
from flaggit.commands.setup.clients import NAMES
from flaggit.commands.setup.spec import _CLIENTS, _EVENTS, _HOOKED

FACTS = {path.stem: json.loads(path.read_text()) for path in (Path(__file__).parent / "facts").glob("*.json")}
ROWS = [(client, event) for client in CLIENTS.values() for event in client.events]
AGENT = "@frontend.web"


def misfits(answer: object, reads: object, path: str = "") -> list[str]:
    """Return what an answer has that the program does not read."""
    if isinstance(reads, dict):
        if not isinstance(answer, dict):
            return [path]
        unknown = [f"{path}.{key}" for key in answer if key not in reads]
        return unknown + [
            bad for key, value in answer.items() if key in reads for bad in misfits(value, reads[key], f"{path}.{key}")
        ]
    if isinstance(reads, list):
        return [] if answer in reads else [path]
    if reads == "texts":
        return [] if isinstance(answer, list) and all(isinstance(item, str) for item in answer) else [path]
    kinds = {"text": str, "switch": bool, "number": int, "any": object}
    return [] if (isinstance(answer, kinds[reads]) if reads in kinds else answer == reads) else [path]


def test_each_client_has_facts_with_source_version_and_date():
    assert set(FACTS) == {*CLIENTS, *SERVERS}
    page = (PROJECT / "docs" / "agents.md").read_text()
    rows = {
        row[0]: (row[1].split(" ")[0], row[2])
        for row in re.findall(r"^\| ([^|]+) \| ([^|]+) \| (2\S+) \|$", page, re.MULTILINE)
    }
    for facts in FACTS.values():
        assert facts["source"]
        assert rows.pop(facts["program"].removeprefix("GitHub ")) == (facts["version"], facts["date"])
    assert not rows


@pytest.mark.parametrize("name", SERVERS)
def test_the_server_is_entered_as_the_client_reads_it(name: str):
    facts, text = FACTS[name]["mcp"], add_server(None, SERVERS[name])
    found = tomllib.loads(text) if facts["path"].endswith(".toml") else json.loads(text)
    assert (SERVERS[name].path, list(SERVERS[name].keys)) == (facts["path"], facts["keys"])
    for key in facts["keys"]:
        (found,) = [value for name, value in found.items() if name == key]
    assert set(found) == {"flaggit"} and misfits(found["flaggit"], facts["entry"]) == []
    assert set(facts["required"]) <= set(found["flaggit"])


def test_opencodes_plugin_names_what_opencode_has():
    facts = FACTS["opencode"]["plugin"]
    assert set(re.findall(r'"(experimental[.\w]+)"', PLUGIN)) == set(facts["hooks"])
    assert set(re.findall(r'session\.hook\("(\w+)"', PLUGIN)) == set(facts["session_hooks"])
    assert set(re.findall(r"^  (\w+):", PLUGIN, re.MULTILINE)) == set(facts["exports"])
    assert set(re.search(r"async \({ ([^}]+) }\)", PLUGIN)[1].split(", ")) <= set(facts["gets"])
    assert set(re.findall(r"ctx\.location\?\.(\w+)", PLUGIN)) <= set(facts["place"])
    for name, hooks in (("output", facts["hooks"]), ("event", facts["session_hooks"])):
        known = {key for hook in hooks.values() for key in (*hook["sends"], *hook["changes"])}
        assert set(re.findall(rf"{name}\.(\w+)", PLUGIN)) <= known


@pytest.mark.parametrize(("client", "event"), ROWS)
def test_an_event_is_one_of_the_clients_and_its_answer_is_read(client, event):
    facts = FACTS[client.name]["events"][event.name]
    if event.reply:
        assert misfits(SHAPES[event.reply](event.name, "text"), facts["reads"]) == []
    else:
        assert event.kind == EDIT and "additionalContext" not in json.dumps(facts["reads"])
    offered = facts.get("matches")
    assert not event.matcher or set(event.matcher.split("|")) <= set(offered), event.matcher
    assert any(key in facts["sends"] for key in client.session)
    assert {"cwd", "workspace_roots"} & set(facts["sends"])


@pytest.mark.parametrize("client", CLIENTS.values())
def test_settings_are_written_as_the_client_reads_them(client):
    facts = FACTS[client.name]["settings"]
    assert client.path == facts["path"]
    settings = json.loads(add_hooks(None, client))
    assert settings.get("version") == facts.get("version")
    assert set(settings["hooks"]) == {event.name for event in client.events if event.reply}
    for groups in settings["hooks"].values():
        for group in groups:
            hooks = group["hooks"] if client.grouped else [group]
            assert not client.grouped or set(group) <= set(facts["group"])
            for hook in hooks:
                assert set(hook) <= set(facts["hook"])
                assert hook[client.timeout[0]] == {"seconds": 10, "milliseconds": 10_000}[facts["timeout"]]


@pytest.mark.parametrize("client", CLIENTS.values())
def test_no_fault_of_ours_before_an_edit_refuses_it(client, tmp_path: Path):
    broken = tmp_path / "flaggit"
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)
    for folder in (tmp_path, tmp_path / "nowhere"):
        environment = {"PATH": f"{folder}:/usr/bin:/bin"}
        for event in client.events:
            if event.kind == EDIT:
                assert subprocess.run(["sh", "-c", command_for(client, event)], env=environment).returncode == 0


def test_where_nobody_can_be_asked_copilot_is_not_told_to_ask(work: Work):
    flag_id = work.raise_flag(related_files=("src/client.ts",))
    work.commit("raise")
    work.worktree("owner").flaggit("lock", flag_id, agent=AGENT)
    facts = json.dumps({"cwd": str(work.path), "toolName": "edit", "toolArgs": {"path": "src/client.ts"}})
    line = ["agent-hook", "preToolUse", "--client", "copilot"]
    assert work.flaggit(*line, input=facts).out
    assert work.flaggit(*line, input=facts, env={"COPILOT_AGENT_PROMPT": "Fix it."}).out == ""


def test_declarations_name_the_same_clients_and_events():
    assert (set(_HOOKED), set(_CLIENTS), _EVENTS) == (set(CLIENTS), set(NAMES), KINDS)
    limit = FACTS["claude"]["settings"]["most_characters"]
    assert limit > MOST_CONTEXT


@pytest.mark.parametrize(("client", "event"), ROWS)
def test_an_event_is_known_by_the_clients_name_and_by_ours(client, event):
    for name in (event.name, event.kind, event.name.lower()):
        assert find_event(client, name) == event
    assert find_event(client, "somethingNew") is None


# -- a whole turn with each client: what it sends in, what it reads out -----------------------------


def sent(client, event, work: Work, **values: object) -> str:
    """Return what a client sends at an event: every key that its facts name, and these values."""
    facts = FACTS[client.name]["events"][event.name]
    known: dict[str, object] = {
        "cwd": str(work.path),
        "workspace_roots": [str(work.path)],
        "hook_event_name": event.name,
        "source": "startup",
        "session_id": "s",
        "sessionId": "s",
        "conversation_id": "s",
        "stop_hook_active": False,
        "loop_count": 0,
        **values,
    }
    return json.dumps({key: known.get(key, "x") for key in facts["sends"]})


def answer(client, event, work: Work, **values: object) -> object:
    command = ["agent-hook", event.name, "--client", client.name]
    out = work.flaggit(*command, input=sent(client, event, work, **values), agent=AGENT).out
    assert out.count("\n") <= 1  # nothing but one line of JSON, or nothing
    return json.loads(out) if out else None


EDITS = {
    "codex": {"command": "*** Begin Patch\n*** Update File: src/client.ts\n@@\n-1\n+2\n*** End Patch"},
    "copilot": {"path": "src/client.ts"},
}


@pytest.mark.parametrize(("client", "event"), ROWS)
def test_what_a_client_sends_gets_what_it_reads(work: Work, client, event):
    flag_id = work.raise_flag(related_files=("src/client.ts",))
    work.commit("raise")
    owner = work.worktree("owner") if event.kind == EDIT else work
    owner.flaggit("lock", flag_id, agent=AGENT)
    edit = EDITS.get(client.name, {"file_path": str(work.path / "src" / "client.ts")})
    found = answer(client, event, work, tool_input=edit, toolArgs=edit)
    reads = FACTS[client.name]["events"][event.name]["reads"]
    if not event.reply:
        assert found is None
        return
    assert found is not None and misfits(found, reads) == []
    assert flag_id in json.dumps(found)


@pytest.mark.parametrize(("client", "event"), ROWS)
def test_with_nothing_to_say_it_is_silent_and_never_blocks(work: Work, client, event):
    work.flaggit("iam", AGENT)
    edit = {"file_path": str(work.path / "README.md")}
    found = answer(client, event, work, tool_input=edit, toolArgs=json.dumps(edit))
    assert (found is not None) == (event.kind in (SESSION, SUBAGENT) and bool(event.reply))
    assert "deny" not in json.dumps(found) and "block" not in json.dumps(found)


@pytest.mark.parametrize("client", CLIENTS.values())
def test_a_turn_that_a_hook_began_begins_no_other(work: Work, client):
    flag_id = work.raise_flag()
    work.commit("raise")
    work.flaggit("lock", flag_id, agent=AGENT)
    stop = next(event for event in client.events if event.kind == STOP)
    assert answer(client, stop, work) is not None
    assert answer(client, stop, work, stop_hook_active=True, loop_count=1) is None
    assert answer(client, stop, work) is None  # even where the client does not say that a hook began it


def test_copilots_other_spelling_is_understood(work: Work):
    flag_id = work.raise_flag(related_files=("src/client.ts",))
    work.commit("raise")
    work.worktree("owner").flaggit("lock", flag_id, agent=AGENT)
    facts = {"cwd": str(work.path), "hook_event_name": "PreToolUse", "tool_name": "edit"}
    facts["tool_input"] = json.dumps({"path": "src/client.ts"})
    line = ["agent-hook", "PreToolUse", "--client", "copilot"]
    assert work.flaggit(*line, input=json.dumps(facts)).json["permissionDecision"] == "ask"


def test_cursor_hears_it_once_where_it_runs_claudes_hooks_too(work: Work):
    work.flaggit("iam", AGENT)
    facts = json.dumps({"cwd": str(work.path), "hook_event_name": "SessionStart", "cursor_version": "3.7"})
    line = ["agent-hook", "SessionStart", "--client", "claude"]
    assert work.flaggit(*line, input=facts).out
    work.flaggit("setup", "cursor")
    assert work.flaggit(*line, input=facts).out == ""


NODE = shutil.which("node")
DRIVER = """
import plugin from "./plugin.mjs"
const [, , folder, version] = process.argv
const told = []
if (version === "1") {
  const hooks = await plugin.server({ directory: folder })
  for (let turn = 0; turn < 2; turn++) {
    const output = { system: [] }
    await hooks["experimental.chat.system.transform"]({ sessionID: "s" }, output)
    await hooks["experimental.session.compacting"]({ sessionID: "s" })
    told.push(...output.system)
  }
} else {
  const hooks = {}
  const session = { hook: async (name, callback) => { hooks[name] = callback } }
  await plugin.setup({ session, location: { directory: folder } })
  for (let turn = 0; turn < 2; turn++) {
    const event = { sessionID: "s", system: [] }
    await hooks.context(event)
    await hooks.compaction(event)
    told.push(...event.system.map((part) => part.type === "text" && part.text))
  }
}
console.log(JSON.stringify(told))
"""


@pytest.mark.skipif(NODE is None, reason="node is not installed")
@pytest.mark.parametrize("version", ["1", "2"])
def test_opencodes_plugin_adds_the_briefing(work: Work, program: Path, tmp_path: Path, version: str):
    flag_id = work.raise_flag()
    work.flaggit("iam", AGENT)
    (tmp_path / "plugin.mjs").write_text(PLUGIN)
    (tmp_path / "driver.mjs").write_text(DRIVER)
    line = [NODE, str(tmp_path / "driver.mjs")]
    done = subprocess.run([*line, str(work.path), version], capture_output=True, text=True, check=True)
    texts = json.loads(done.stdout)
    assert len(texts) == 2 and all(flag_id in text and f"You are {AGENT}." in text for text in texts)
    done = subprocess.run([*line, str(tmp_path), version], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == []  # where there is no store
