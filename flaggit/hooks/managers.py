"""Who manages a repository's hooks: git's own folder, or a tool that regenerates or replaces what lies there.

A manager's files are the user's, mostly under version control: flaggit says what to add to them, and adds it where it
is asked to (``manager_files``).

What is added goes beside what the file has: below its list of repositories, under a hook that it names already, before
the commands of a script. A colleague who has not got flaggit commits undisturbed.
"""

from __future__ import annotations

import os
import re

from flaggit.core.record import record
from flaggit.hooks import REFUSED
from flaggit.hooks.stubs import read_hooks_folder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from flaggit.git.repo import Repo

_HUSKY = ".husky"
_HUSKYS_OWN = ("husky.sh", "h")
_LEFTHOOK = tuple(
    f"{prefix}lefthook{suffix}" for prefix in ("", ".", ".config/") for suffix in (".yml", ".yaml", ".toml", ".json")
)
_SIMPLE = (
    ".simple-git-hooks.json",
    "simple-git-hooks.json",
    *(f"{dot}simple-git-hooks.{end}" for dot in (".", "") for end in ("js", "cjs", "mjs")),
)
_PRE_COMMIT = (".pre-commit-config.yaml", ".pre-commit-config.yml", "prek.toml")
# hook -> the id and the name that it goes by in pre-commit
LISTED = {
    "pre-commit": ("flaggit-check", "flags are valid"),
    "prepare-commit-msg": ("flaggit-prepare-commit-msg", "flag trailers"),
    "commit-msg": ("flaggit-commit-msg", "flags that the message names"),
    "post-checkout": ("flaggit-post-checkout", "locks of work branches"),
}
_NO_FILES = ("pre-commit", "post-checkout")  # their arguments are git's, not names of files
_HANDED_ON = {"prepare-commit-msg": " {0}", "commit-msg": " {1}", "post-checkout": " {0}"}  # by lefthook
_IF_THERE = "command -v flaggit >/dev/null || exit 0; flaggit hook"
_IF_REFUSED = f"; [ $? != {REFUSED} ]"  # any other failure is flaggit's own, and stops nothing
_TYPES = "default_install_hook_types"


@record
class Manager:
    """Who manages the hooks: ``mode`` as in ``MODES``, and the absolute ``folder`` in which git looks for them.

    ``config`` is the manager's own file or folder, absolute; empty where it has none. ``shown`` is the folder
    of its scripts as people know it.
    """

    mode: str
    folder: str
    config: str = ""
    shown: str = ""


def find_manager(repo: Repo, mode: str = "auto") -> Manager:
    """Return who manages the hooks of this worktree; ``mode`` says so, or ``auto`` looks."""
    root = repo.get_root()
    configured = read_hooks_folder(repo)
    usual = os.path.join(repo.common_dir, "hooks")
    folder = configured or usual
    husky = _find_husky(root, configured)
    lefthook, pre_commit = _first_file(root, _LEFTHOOK), _first_file(root, _PRE_COMMIT)
    simple = _find_simple(root)
    if mode == "auto":
        # A link leads to a folder that is somebody's own, under version control perhaps: not ours to change.
        plain = os.path.join(os.path.realpath(repo.common_dir), "hooks")
        own = "stubs" if os.path.realpath(folder) == plain else "hooks-path"
        mode = "husky" if husky else "lefthook" if lefthook else "pre-commit" if pre_commit else own
        mode = "simple-git-hooks" if simple and mode == "stubs" else mode
    if mode == "husky":
        husky = husky or os.path.join(root, _HUSKY)
        return Manager(mode, folder, husky, os.path.relpath(husky, root))
    config = {"lefthook": lefthook, "pre-commit": pre_commit, "simple-git-hooks": simple}.get(mode, "")
    return Manager(mode, folder, config, folder)


def lines_for(manager: Manager, names: Sequence[str]) -> list[str]:
    """Return the lines for the manager's own files that run flaggit in these hooks."""
    if manager.mode in ("pre-commit", "lefthook"):
        file = os.path.basename(manager.config) or ("lefthook.yml" if manager.mode == "lefthook" else _PRE_COMMIT[0])
        write = lefthook_lines if manager.mode == "lefthook" else pre_commit_lines
        return write(names, file, read_text(manager.config))
    if manager.mode == "simple-git-hooks":
        where = f"{os.path.basename(manager.config) or _SIMPLE[0]}, before each hook's own command"
        head = [f"# in {where}; then: npx simple-git-hooks"] if names else []
        return [*head, *(f'"{name}": {_quote(script_run(name))},' for name in names)]
    folder = manager.config or manager.folder
    lines = []
    for name in names:
        path = os.path.join(folder, name)
        begin = manager.mode != "husky" and not os.path.lexists(path)
        lines += script_lines(name, os.path.join(manager.shown, name), begin=begin)
    return lines


def is_integrated(manager: Manager, name: str) -> bool:
    """Return whether the manager's files name flaggit in a hook; whether it runs is for a probe to tell."""
    if manager.mode in ("pre-commit", "lefthook", "simple-git-hooks"):
        text = read_text(manager.config)
        return f"flaggit hook {name}" in text or (manager.mode == "pre-commit" and _is_in_manifest(text, name))
    folder = manager.config if manager.mode == "husky" else manager.folder
    return f"flaggit hook {name}" in read_text(os.path.join(folder, name))


def _first_file(root: str, names: Sequence[str]) -> str:
    paths = (os.path.join(root, name) for name in names)
    return next((path for path in paths if os.path.isfile(path)), "")


def _find_husky(root: str, configured: str | None) -> str:
    """Return the folder of husky's scripts, wherever in the repository it lies; git looks in it, or in its ``_``."""
    if configured is None:
        husky = os.path.join(root, _HUSKY)
        return husky if os.path.isdir(husky) else ""
    folder = os.path.dirname(configured) if os.path.basename(configured) == "_" else configured
    made = any(os.path.isfile(os.path.join(folder, "_", name)) for name in _HUSKYS_OWN)
    return folder if made or os.path.basename(folder) == _HUSKY else ""


def _find_simple(root: str) -> str:
    """Return the file that simple-git-hooks reads: its own, or package.json where that has its key."""
    own = _first_file(root, _SIMPLE)
    package = os.path.join(root, "package.json")
    if own or '"simple-git-hooks"' not in read_text(package):
        return own
    from flaggit.documents.json_splice import parse

    try:
        found = parse(read_text(package))
    except ValueError:
        return ""
    return package if isinstance(found, dict) and isinstance(found.get("simple-git-hooks"), dict) else ""


def _is_in_manifest(text: str, name: str) -> bool:
    return f"id: {'flaggit-check' if name == 'pre-commit' else f'flaggit-{name}'}" in text


def read_text(path: str) -> str:
    """Return the text of a hook or of a manager's file, a megabyte at most; nothing where it cannot be read."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read(1 << 20)
    except OSError:
        return ""


def script_lines(name: str, path: str, *, begin: bool) -> list[str]:
    """Return the line for a script that runs as a hook.

    Args:
        name: The hook.
        path: The script, as it is to be shown.
        begin: Git starts the script itself, and it is not there yet.
    """
    run = script_run(name)
    return [f"# in {path}; then: chmod +x", "#!/bin/sh", run] if begin else [f"# in {path}", run]


def script_run(name: str) -> str:
    """Return the line that runs flaggit in a script; only what it refuses ends the script, also under ``sh -e``."""
    return f'if command -v flaggit >/dev/null; then flaggit hook {name} -- "$@" || [ $? != {REFUSED} ] || exit 1; fi'


def pre_commit_lines(names: Sequence[str], file: str, text: str) -> list[str]:
    """Return the lines for pre-commit's or prek's configuration.

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
    top = _top_lines(names, text)
    if any(line.startswith("default_install_hook_types") for line in top):  # else the file says which it installs
        install = "pre-commit install"
    lines += top
    where = f"# in {file}{', under repos' if listed else ''}; then: {install}"
    return [where, *([] if listed else ["repos:"]), *lines]


def lefthook_lines(names: Sequence[str], file: str, text: str) -> list[str]:
    """Return the lines for lefthook's configuration; arguments as for ``pre_commit_lines``."""
    lines = [f"# in {file}; then: lefthook install"]
    for name in names:
        run = lefthook_run(name)
        if file.endswith(".toml"):
            lines += [f"[{name}.commands.flaggit]", f'run = "{run}"']
        elif file.endswith(".json"):
            lines.append(f'"{name}": {{ "commands": {{ "flaggit": {{ "run": "{run}" }} }} }},')
        else:
            there = re.search(rf"^{name}:\n(( +|#).*\n|\n)*", text + "\n", re.MULTILINE)
            has_commands = there is not None and re.search(r"^ +commands:", there[0], re.MULTILINE)
            if has_commands:
                head = [f"# under {name}, commands, which are there already"]
            else:
                head = [f"# under {name}, which is there already" if there else f"{name}:", "  commands:"]
            lines += [*head, f'    flaggit: {{ run: "{run}" }}']
    return lines


def hook_fields(name: str) -> dict[str, str]:
    """Return a local hook of pre-commit's, key and YAML value."""
    return {key: f"[{value}]" if key == "stages" else value for key, value in _fields(name)}


def lefthook_run(name: str) -> str:
    """Return what lefthook runs in a hook."""
    return f"{_IF_THERE} {name}{_HANDED_ON.get(name, '')}{_IF_REFUSED}"


def toml_lines(names: Sequence[str], file: str) -> list[str]:
    """Return the tables for prek's or lefthook's TOML."""
    write = lefthook_lines if "lefthook" in file else pre_commit_lines
    return [line for line in write(names, file, "") if not line.startswith("# in ")]


def _top_lines(names: Sequence[str], text: str) -> list[str]:
    from flaggit.hooks.manager_files import default_keys

    there = {key: () for key in (_TYPES, "default_stages") if f"{key}:" in text}
    return [f"{key}: [{', '.join(found)}]" for key, found in default_keys(there, names).items()]


def _fields(name: str) -> Iterable[tuple[str, str]]:
    hook_id, title = LISTED[name]
    yield from (("id", hook_id), ("name", title), ("entry", _entry(name)), ("language", "system"))
    yield "always_run", "true"
    if name in _NO_FILES:
        yield "pass_filenames", "false"
    yield "stages", name


def _entry(name: str) -> str:
    return f"sh -c '{_IF_THERE} {name} \"$@\"{_IF_REFUSED}' --"


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
