"""Other managers' files: our hooks go in at a valid place, beside what is there, and come out without a trace."""

# ruff: noqa: E501 - files as they are

from __future__ import annotations

import json
import tomllib

import pytest
import yaml

from flaggit.hooks import manager_files as files
from flaggit.hooks.managers import hook_fields, lefthook_run, script_run, toml_lines

NAMES = ("pre-commit", "prepare-commit-msg", "commit-msg")
HOOKS = [hook_fields(name) for name in NAMES]
RUNS = {name: lefthook_run(name) for name in NAMES}

PRE_COMMIT = (
    "repos:\n- repo: https://example.org/a\n  rev: v1\n  hooks:\n  - id: one\n    args: [a, 'b # c']\n",
    "# ours\nrepos:\n  - repo: local\n    hooks:\n      - id: own\n        name: own\n        entry: |\n          echo a\n          echo b\n\n        language: system\n",
    "repos:\n-   repo: local\n    hooks:\n    -   {id: own, name: own, entry: x, language: system}\n\nfail_fast: true\n# the end",
    "default_install_hook_types: [pre-commit, commit-msg]\nrepos:\n  - repo: meta\n    hooks:\n      - id: identity\nci:\n  skip: [a]\n",
    "default_stages: [pre-commit]\r\nrepos:\r\n- repo: local\r\n  hooks:\r\n  - id: own\r\n    name: own\r\n",
    "repos: # all\n  # the first\n  - repo: local\n    hooks: [{id: own, name: own}]\n  # behind\nexclude: ^x\n",
)


@pytest.mark.parametrize("text", PRE_COMMIT)
def test_pre_commit(text: str) -> None:
    added = files.add_to_pre_commit(text, HOOKS, NAMES)
    before, after = yaml.safe_load(text), yaml.safe_load(added)
    assert after["repos"][:-1] == before["repos"]
    ours = after["repos"][-1]["hooks"]
    assert [hook["stages"] for hook in ours] == [[name] for name in NAMES]
    assert {key: value for key, value in after.items() if key in before and key != "repos"} == {
        key: value for key, value in before.items() if key != "repos"
    }
    types = after.get("default_install_hook_types", ["pre-commit"])
    fresh = [name for name in NAMES if name not in before.get("default_install_hook_types", ["pre-commit"])]
    assert not set(after["default_stages"]) & set(fresh) or "default_stages" in before
    assert "default_install_hook_types" in before or set(NAMES) <= set(types)
    assert files.remove_from_text(added) == text
    assert files.remove_from_text(files.add_to_pre_commit(None, HOOKS, NAMES)) is None


@pytest.mark.parametrize(
    "text", ["", "repos: []\n", "repos: [{repo: local, hooks: []}]\n", "a: [\n", "[1]\n", "{repos: []}\n"]
)
def test_what_cannot_be_edited_safely_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"it|is not valid YAML"):
        files.add_to_pre_commit(text, HOOKS, NAMES)


LEFTHOOK = (
    "pre-commit:\n  commands:\n    own:\n      run: echo own\n",
    "pre-commit:\n    parallel: true\n    commands:\n        own: {run: echo own}\n        other:\n            run: |\n                a\n                b\n\ncommit-msg:\n  jobs:\n  - name: own\n    run: x\n  - run: y\n",
    "pre-push:\n  jobs:\n    - run: echo\n",
    "pre-commit:\n  parallel: true\n# the end",
    "# nothing yet\npre-push: {}\n",
    "commit-msg:\r\n  commands:\r\n    own:\r\n      run: x\r\n",
)


@pytest.mark.parametrize("text", LEFTHOOK)
def test_lefthook(text: str) -> None:
    added = files.add_to_lefthook(text, RUNS)
    before, after = yaml.safe_load(text), yaml.safe_load(added)
    for name in NAMES:
        hook = after[name]
        jobs = {job["name"]: job for job in hook.get("jobs", []) if "name" in job} or hook["commands"]
        assert jobs["flaggit"]["run"] == RUNS[name]
        own = before.get(name) or {}
        assert all(hook[key] == value for key, value in own.items() if key not in ("commands", "jobs"))
        assert all(hook["commands"][key] == value for key, value in own.get("commands", {}).items())
        assert hook.get("jobs", [])[: len(own.get("jobs", []))] == own.get("jobs", [])
    assert files.remove_from_text(added) == text
    assert files.remove_from_text(files.add_to_lefthook(None, RUNS)) is None


@pytest.mark.parametrize("text", ["pre-commit: {parallel: true}\n", "pre-commit:\n  commands: {}\n", "pre-commit: x\n"])
def test_lefthook_on_one_line_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="one line"):
        files.add_to_lefthook(text, RUNS)


@pytest.mark.parametrize(
    "text", [None, "{}\n", '{"pre-commit": {"commands": {"own": {"run": "x"}}}}', '{\n\t"a": 1\n}']
)
def test_lefthook_in_json(text: str | None) -> None:
    added = files.add_to_json_hooks(text, RUNS)
    assert json.loads(added)["commit-msg"]["commands"]["flaggit"]["run"] == RUNS["commit-msg"]
    assert files.remove_from_json_hooks(added) == text


@pytest.mark.parametrize("text", ["", "a = 1\n", "[[repos]]\nrepo = 'x'\nhooks = []\n", "a = 1\r\n[b]\r\nc = 2", "# x"])
def test_toml(text: str) -> None:
    added = files.add_to_toml(text, toml_lines(NAMES, "prek.toml"), ["default_stages = ['manual']"])
    found = tomllib.loads(added)
    assert found["default_stages"] == ["manual"] and found["repos"][-1]["repo"] == "local"
    assert {key: value for key, value in tomllib.loads(text).items() if key != "repos"}.items() <= found.items()
    assert files.remove_from_text(added) == text
    lefthook = tomllib.loads(files.add_to_toml(text, toml_lines(NAMES, "lefthook.toml")))
    assert lefthook["commit-msg"]["commands"]["flaggit"]["run"] == RUNS["commit-msg"]


SCRIPTS = (
    "",
    "npm test\n",
    "#!/bin/sh\necho own >&2\nexit 0\n",
    '#!/usr/bin/env sh\n. "$(dirname -- "$0")/_/husky.sh"\n\nnpx lint-staged\n',
    "#!/bin/bash",
    "#!/bin/sh\r\necho own\r\n",
    "echo no line end",
)


@pytest.mark.parametrize("text", SCRIPTS)
def test_scripts(text: str) -> None:
    run = script_run("pre-commit")
    added = files.add_to_script(text, run)
    assert files.is_first_in_script(added, "flaggit hook pre-commit")
    assert files.remove_from_text(added) == text
    assert added.split("\n")[0] == text.split("\n")[0] or not text.startswith("#!")
    for head in ([], ["#!/bin/sh"], ["#!/usr/bin/env sh", '. "$(dirname -- "$0")/_/husky.sh"']):
        assert files.remove_from_text(files.add_to_script(None, run, head=head)) is None


def test_a_line_behind_other_commands_is_not_first() -> None:
    assert not files.is_first_in_script(f"#!/bin/sh\nexit 0\n{script_run('pre-commit')}\n", "flaggit hook pre-commit")
    assert not files.is_first_in_script("# flaggit hook pre-commit\n", "flaggit hook pre-commit")


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('{"simple-git-hooks":{"pre-commit":"echo own"}}', "simple-git-hooks"),
        (
            '{\n  "name": "x",\n  "simple-git-hooks": {\n    "pre-commit": "echo \\"own\\" \\u00e9"\n  }\n}\n',
            "simple-git-hooks",
        ),
        ('{"pre-commit": "npx lint-staged", "pre-push": "x"}\n', ""),
        ("{}\n", ""),
    ],
)
def test_simple_git_hooks(text: str, key: str) -> None:
    prefixes = {name: f"{script_run(name)}; " for name in NAMES}
    added = files.add_to_simple_git_hooks(text, prefixes, key=key)
    found = json.loads(added)[key] if key else json.loads(added)
    own = (json.loads(text)[key] if key else json.loads(text)).get("pre-commit", "")
    assert found["pre-commit"] == (prefixes["pre-commit"] + own if own else script_run("pre-commit"))
    assert found["commit-msg"] == script_run("commit-msg")
    assert files.add_to_simple_git_hooks(added, prefixes, key=key) == added or not own
    assert files.remove_from_simple_git_hooks(added, prefixes, key=key) == text
