"""Other managers' own files with flaggit's hooks in them, and without them again: texts in, texts out. Pure.

What is put in stands between two marks (comments), or is an entry of JSON that says by itself whose it is, so that
exactly that is taken out again. Nothing is put where it would end another's run: a script runs flaggit before its own
commands, since it may end with them.
"""

from __future__ import annotations

import json

from flaggit.core.text import line_end
from flaggit.documents.codec import compose
from flaggit.documents.json_splice import locate_value, parse, put, remove_entries
from flaggit.hooks import CLIENT_HOOKS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

_START, _END = "# flaggit:start v1", "# flaggit:end"
_MADE = "# flaggit:start v1, with the file"
# Every stage of pre-commit's.
_STAGES = (
    *CLIENT_HOOKS,
    "pre-merge-commit",
    "pre-push",
    "post-commit",
    "post-merge",
    "post-rewrite",
    "pre-rebase",
    "manual",
)
_HARMLESS = frozenset({"true", ":", "set", "echo", "umask"})
_TYPES, _DEFAULTS = "default_install_hook_types", "default_stages"


def add_to_script(text: str | None, run: str, *, head: Sequence[str] = ()) -> str:
    """Return a hook's script with a line that runs flaggit before anything else.

    Args:
        text: The script; None where there is none.
        run: The line.
        head: The lines that a new script begins with.
    """
    if text is None:
        lines = [*head, _MADE, run, _END]
        return "\n".join(lines) + "\n"
    end = line_end(text)
    lines = text.split("\n")
    at = 1 if text.startswith("#!") else 0
    for number, line in enumerate(lines):
        if _is_huskys(line.lstrip()):
            at = number + 1
            break
    ours = [line + end.removesuffix("\n") for line in (_START, run, _END)]
    if at >= len(lines):  # the shebang has no line end
        return text + end + end.join([_START, run, _END])
    return "\n".join([*lines[:at], *ours, *lines[at:]])


def is_first_in_script(text: str, mark: str) -> bool:
    """Return whether a script does nothing, before a line that has ``mark``, that running it would have to spare."""
    for line in text.split("\n"):
        plain = line.strip()
        if mark in plain and not plain.startswith("#"):
            return True
        word = plain.split(" ", 1)[0]
        harmless = word in _HARMLESS and not any(sign in plain for sign in ";&|<>`$")
        if plain and not plain.startswith("#") and not harmless and not _is_huskys(plain):
            return False
    return False


def _is_huskys(line: str) -> bool:
    return line.startswith((". ", "source ")) and "husky" in line


def remove_from_text(text: str) -> str | None:
    """Return a text without what stands between marks; None where the file was made for it."""
    kept: list[str] = []
    skipping = made = False
    lines = text.split("\n")
    for number, line in enumerate(lines):
        plain = line.strip()
        if plain in (_START, _MADE) and _END in (other.strip() for other in lines[number:]):
            skipping, made = True, made or plain == _MADE
        if not skipping:
            kept.append(line)
        if plain == _END:
            skipping = False
    if made and not any(line.strip() and not line.startswith(("#!", ". ")) for line in kept):
        return None
    if lines[-1].strip() == _END and kept:  # the last line had no end before
        kept[-1] = kept[-1].removesuffix("\r")
    return "\n".join(kept)


def add_to_pre_commit(text: str | None, hooks: Sequence[Mapping[str, str]], stages: Sequence[str]) -> str:
    """Return pre-commit's configuration with local hooks; other people's hooks keep their stages.

    Args:
        text: The file; None where there is none.
        hooks: The hooks, key and YAML value in their order.
        stages: The hooks of git that they need.

    Raises:
        ValueError: The file is no such configuration, or has its list on one line.
    """
    if text is None:
        return "\n".join([_MADE, "repos:", *_repo_lines("  ", hooks), *_default_lines({}, stages), _END]) + "\n"
    root = _compose(text)
    values = {key.value: value for key, value in root.value} if root is not None else {}
    repos = values.get("repos")
    if repos is None or not repos.value:
        raise ValueError("it has no list of `repos`")
    if repos.flow_style:
        raise ValueError("its list of `repos` is written in brackets")
    indent = " " * (_column_of_dash(text, repos.value[0]))
    defaults = _default_lines({key: _texts(value) for key, value in values.items()}, stages)
    if defaults:
        text = _insert_lines(text, text.count("\n") + 1, [_START, *defaults, _END])
    return _insert_lines(
        text, _last_line(repos) + 1, [f"{indent}{_START}", *_repo_lines(indent, hooks), f"{indent}{_END}"]
    )


def add_to_toml(text: str | None, tables: Sequence[str], top: Sequence[str] = ()) -> str:
    """Return a TOML configuration with further tables at its end, and keys at its top; see ``remove_from_text``."""
    if text is None:
        return "\n".join([_MADE, *top, *tables, _END]) + "\n"
    if top:
        text = _insert_lines(text, 0, [_START, *top, _END])
    return _insert_lines(text, text.count("\n") + 1, [_START, *tables, _END])


def add_to_lefthook(text: str | None, runs: Mapping[str, str]) -> str:
    """Return lefthook's YAML configuration with a command ``flaggit`` in some hooks, beside those that are there.

    Args:
        text: The file; None where there is none.
        runs: Hook -> what it runs.

    Raises:
        ValueError: The file is no such configuration, or has a hook on one line.
    """
    if text is None:
        lines = [line for name, run in runs.items() for line in (f"{name}:", "  commands:", *_command("    ", run))]
        return "\n".join([_MADE, *lines, _END]) + "\n"
    fresh = []
    for name, run in runs.items():
        root = _compose(text)
        hook = next((value for key, value in root.value if key.value == name), None) if root is not None else None
        if hook is None:
            fresh += [f"{name}:", "  commands:", *_command("    ", run)]
            continue
        text = _add_command(text, name, hook, run)
    return _insert_lines(text, text.count("\n") + 1, [_START, *fresh, _END]) if fresh else text


def add_to_json_hooks(text: str | None, runs: Mapping[str, str]) -> str:
    """Return lefthook's JSON configuration with a command ``flaggit`` in some hooks. Raises ValueError."""
    for name, run in runs.items():
        text = put(text, (name, "commands", "flaggit"), {"run": run})
    return text or ""


def remove_from_json_hooks(text: str) -> str | None:
    """Return lefthook's JSON configuration without our commands; None where the file was made for them."""
    return remove_entries(text, lambda path, _: path[1:] == ("commands", "flaggit"))


def add_to_simple_git_hooks(text: str, prefixes: Mapping[str, str], *, key: str) -> str:
    """Return simple-git-hooks' JSON with flaggit before each hook's own command.

    Args:
        text: ``package.json``, or the tool's own file.
        prefixes: Hook -> what is put before its command.
        key: Where the hooks stand in ``package.json``; empty in the tool's own file.

    Raises:
        ValueError: The file is no such configuration.
    """
    path = (key,) if key else ()
    for name, prefix in prefixes.items():
        hooks = parse(text)
        for step in path:
            hooks = hooks.get(step, {})
        own = hooks.get(name)
        if own is None:
            text = put(text, (*path, name), prefix.removesuffix("; "))
        elif isinstance(own, str) and not own.startswith(prefix.removesuffix("; ")):
            quoted = json.dumps(prefix)[1:-1]
            start, _ = locate_value(text, (*path, name))
            text = text[: start + 1] + quoted + text[start + 1 :]
    return text


def remove_from_simple_git_hooks(text: str, prefixes: Mapping[str, str], *, key: str) -> str:
    """Return simple-git-hooks' JSON without what ``add_to_simple_git_hooks`` put there."""
    path = (key,) if key else ()
    for name, prefix in prefixes.items():
        hooks = parse(text)
        for step in path:
            hooks = hooks.get(step, {})
        own = hooks.get(name)
        if own == prefix.removesuffix("; "):
            text = _without_entry(text, (*path, name))
        elif isinstance(own, str) and own.startswith(prefix):
            start, _ = locate_value(text, (*path, name))
            text = text[: start + 1] + text[start + 1 + len(json.dumps(prefix)) - 2 :]
    return text


def _without_entry(text: str, path: tuple[str, ...]) -> str:
    return remove_entries(text, lambda here, _: here == path) or "{}\n"


def _repo_lines(indent: str, hooks: Sequence[Mapping[str, str]]) -> list[str]:
    lines = [f"{indent}- repo: local", f"{indent}  hooks:"]
    for hook in hooks:
        first, *others = (f"{key}: {value}" for key, value in hook.items())
        lines += [f"{indent}    - {first}", *(f"{indent}      {line}" for line in others)]
    return lines


def _default_lines(values: Mapping[str, Sequence[str]], stages: Sequence[str]) -> list[str]:
    return [f"{key}: [{', '.join(found)}]" for key, found in default_keys(values, stages).items()]


def default_keys(values: Mapping[str, Sequence[str]], stages: Sequence[str]) -> dict[str, list[str]]:
    """Return the top-level keys that pre-commit needs, so that our hooks run and no other hook runs more often.

    A hook without stages runs in every hook of git that is installed: where more are, the stages of all others are
    named, without those that are new.
    """
    before = list(values.get(_TYPES, ("pre-commit",)))
    fresh = [stage for stage in stages if stage not in before]
    keys: dict[str, list[str]] = {}
    if fresh and _TYPES not in values:
        keys[_TYPES] = [*before, *fresh]
    if fresh and _DEFAULTS not in values:
        keys[_DEFAULTS] = [stage for stage in _STAGES if stage not in fresh]
    return keys


def _add_command(text: str, name: str, hook: Any, run: str) -> str:
    if not isinstance(hook.value, list) or hook.flow_style or not hook.value or isinstance(hook.value[0], str):
        raise ValueError(f"{name} is written on one line")
    parts = {key.value: (key, value) for key, value in hook.value}
    for kind in ("commands", "jobs"):
        if kind in parts:
            _, value = parts[kind]
            if value.flow_style or not isinstance(value.value, list) or not value.value:
                raise ValueError(f"the {kind} of {name} are written on one line")
            if kind == "commands":
                indent = " " * value.value[0][0].start_mark.column
                lines = _command(indent, run)
            else:
                indent = " " * _column_of_dash(text, value.value[0])
                lines = [f"{indent}- name: flaggit", f"{indent}  run: {json.dumps(run)}"]
            return _insert_lines(text, _last_line(value) + 1, [indent + _START, *lines, indent + _END])
    indent = " " * hook.value[0][0].start_mark.column
    lines = [f"{indent}{_START}", f"{indent}commands:", *_command(indent + "  ", run), f"{indent}{_END}"]
    return _insert_lines(text, _last_line(hook) + 1, lines)


def _command(indent: str, run: str) -> list[str]:
    return [f"{indent}flaggit:", f"{indent}  run: {json.dumps(run)}"]


def _compose(text: str) -> Any:
    root = compose(text)
    if root is not None and (root.id != "mapping" or root.flow_style):
        raise ValueError("it is no mapping of keys on lines of their own")
    return root


def _texts(node: Any) -> list[str]:
    return [str(item.value) for item in node.value] if isinstance(node.value, list) and node.tag.endswith("seq") else []


def _last_line(node: Any) -> int:
    """Return the line, from 0, on which the last entry of a node in block style ends."""
    while isinstance(node.value, list) and node.value and not node.flow_style:
        last = node.value[-1]
        node = last[1] if isinstance(last, tuple) else last
    line = node.end_mark.line
    if node.end_mark.column == 0 and line > node.start_mark.line:  # a block of text ends where the next line begins
        line -= 1
        lines = node.end_mark.buffer.split("\n") if node.end_mark.buffer else []
        while line > node.start_mark.line and line < len(lines) and not lines[line].strip():
            line -= 1
    return int(line)


def _column_of_dash(text: str, node: Any) -> int:
    line = text.split("\n")[node.start_mark.line]
    return int(line.index("-") if line.lstrip().startswith("-") else max(0, node.start_mark.column - 2))


def _insert_lines(text: str, at: int, new: Sequence[str]) -> str:
    """Return a text with lines put in before a line, counted from 0; whether its last line has an end stays."""
    end = line_end(text)
    lines = text.split("\n")
    ours = [line + end.removesuffix("\n") for line in new]
    if at >= len(lines) - 1 and lines[-1] == "":
        return "\n".join([*lines[:-1], *ours, ""])
    if at >= len(lines):
        return text + end + end.join(new)
    return "\n".join([*lines[:at], *ours, *lines[at:]])
