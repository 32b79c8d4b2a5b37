"""What to add to the files of a tool that manages the hooks, as a person would type it there. Pure.

What is added goes beside what the file has: below its list of repositories, under a hook that it
names already, at the end of a script. A colleague who has not got flaggit commits undisturbed.
"""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# hook -> the id and the name that it goes by in pre-commit
_LISTED = {
    "pre-commit": ("flaggit-check", "flags are valid"),
    "prepare-commit-msg": ("flaggit-prepare-commit-msg", "flag trailers"),
    "commit-msg": ("flaggit-commit-msg", "flags that the message names"),
    "post-checkout": ("flaggit-post-checkout", "locks of work branches"),
}
_NO_FILES = ("pre-commit", "post-checkout")  # their arguments are git's, not names of files
_HANDED_ON = {"prepare-commit-msg": " {0}", "commit-msg": " {1}", "post-checkout": " {0}"}  # by lefthook
# exec, so that flaggit finds the git that it works for where it would be without the shell.
_IF_THERE = "command -v flaggit >/dev/null || exit 0; exec flaggit hook"
_TYPES = "default_install_hook_types"


def script_lines(name: str, path: str, *, begin: bool) -> list[str]:
    """Return the line for a script that runs as a hook.

    Args:
        name: The hook.
        path: The script, as it is to be shown.
        begin: Git starts the script itself, and it is not there yet.
    """
    run = f'if command -v flaggit >/dev/null; then flaggit hook {name} -- "$@" || exit 1; fi'
    return [f"# in {path}; then: chmod +x", "#!/bin/sh", run] if begin else [f"# in {path}", run]


def pre_commit_lines(names: Sequence[str], file: str, text: str) -> list[str]:
    """Return what to add to pre-commit's or prek's configuration.

    Args:
        names: The hooks that it lacks.
        file: Its name.
        text: What it holds.
    """
    install = "pre-commit install" + "".join(f" -t {name}" for name in names)
    if file.endswith(".toml"):
        hooks = [f"  {{ {', '.join(_toml(name))} }}," for name in names]
        return [f"# in {file}; then: {install}", "[[repos]]", 'repo = "local"', "hooks = [", *hooks, "]"]
    listed = re.search(r"^( *)- +repo:", text, re.MULTILINE)
    indent = listed[1] if listed else "  "
    lines = [f"{indent}- repo: local", f"{indent}  hooks:"]
    for name in names:
        first, *others = _yaml(name)
        lines += [f"{indent}    - {first}", *(f"{indent}      {line}" for line in others)]
    if f"{_TYPES}:" not in text:
        install = "pre-commit install"
        lines.append(f"{_TYPES}: [{', '.join(names)}]")
    where = f"# in {file}{', under repos' if listed else ''}; then: {install}"
    return [where, *([] if listed else ["repos:"]), *lines]


def lefthook_lines(names: Sequence[str], file: str, text: str) -> list[str]:
    """Return what to add to lefthook's configuration; arguments as for ``pre_commit_lines``."""
    lines = [f"# in {file}; then: lefthook install"]
    for name in names:
        run = f"{_IF_THERE} {name}{_HANDED_ON.get(name, '')}"
        if file.endswith(".toml"):
            lines += [f"[{name}.commands.flaggit]", f'run = "{run}"']
        elif file.endswith(".json"):
            lines.append(f'"{name}": {{ "commands": {{ "flaggit": {{ "run": "{run}" }} }} }},')
        else:
            there = re.search(rf"^{name}:", text, re.MULTILINE)
            head = f"# under {name}, which is there already" if there else f"{name}:"
            lines += [head, "  commands:", f'    flaggit: {{ run: "{run}" }}']
    return lines


def _fields(name: str) -> Iterable[tuple[str, str]]:
    hook_id, title = _LISTED[name]
    yield from (("id", hook_id), ("name", title), ("entry", _entry(name)), ("language", "system"))
    yield "always_run", "true"
    if name in _NO_FILES:
        yield "pass_filenames", "false"
    yield "stages", name


def _entry(name: str) -> str:
    return f"sh -c '{_IF_THERE} {name} \"$@\"' --"


def _yaml(name: str) -> list[str]:
    return [f"{key}: {f'[{value}]' if key == 'stages' else value}" for key, value in _fields(name)]


def _toml(name: str) -> list[str]:
    fields = dict(_fields(name))
    plain = {key: value if value in ("true", "false") else _quote(value) for key, value in fields.items()}
    plain["stages"] = f"[{plain['stages']}]"
    return [f"{key} = {value}" for key, value in plain.items()]


def _quote(text: str) -> str:
    escaped = text.replace('"', '\\"')
    return f'"{escaped}"'
