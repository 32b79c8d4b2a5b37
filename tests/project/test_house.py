"""The house beyond the order of its packages (which import-linter holds): doors, purity, circles, who prints."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from repositories import PROJECT

from flaggit.core.model import FLAG_FIELDS

PACKAGE = PROJECT / "flaggit"
# Third-party package, or one that starts programs -> the modules that may import it.
DOORS = {
    "yaml": {"documents.codec"},
    "jsonschema": {"documents.schema"},
    "referencing": {"documents.schema"},
    "typer": {"cli.app"},
    "git": {"git.repo"},
    "subprocess": {"git.process"},
    "textual": {"board.app", "board.form", "board.lane", "board.screens"},
    "rich": {"board.app", "board.form", "board.lane", "board.screens"},
}
# What a pure package has no business with.
IMPURE = {"os", "time", "subprocess", "socket", "random", "pathlib", "io", "shutil"}
PURE = ("core", "planning", "reviewing", "merging.documents", "merging.files")
CLOCK_AND_CHANCE = {"core.ids": {"os"}, "core.times": {"time"}}
PRINTERS = ("cli", "hooks")


@functools.cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def find_modules() -> dict[str, Path]:
    found = {}
    for path in PACKAGE.rglob("*.py"):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        if "data" not in parts and not (parts[-1] == "__init__" and len(parts) > 1):
            found[".".join(parts)] = path
    return found


MODULES = find_modules()


@functools.cache
def imports_of(path: Path, *, types: bool) -> set[str]:
    """Return the dotted names that a module imports; ``types``: those of TYPE_CHECKING blocks, too."""
    names: set[str] = set()

    class Visitor(ast.NodeVisitor):
        def visit_If(self, node: ast.If) -> None:
            if not types and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
                for child in node.orelse:
                    self.visit(child)
                return
            self.generic_visit(node)

        def visit_Import(self, node: ast.Import) -> None:
            names.update(alias.name for alias in node.names)

        def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
            module = node.module or ""
            names.add(module)
            names.update(f"{module}.{alias.name}" for alias in node.names)

    Visitor().visit(tree_of(path))
    return names


def own_imports(*, types: bool) -> dict[str, set[str]]:
    return {
        name: {found.removeprefix("flaggit.") for found in imports_of(path, types=types)} & MODULES.keys() - {name}
        for name, path in MODULES.items()
    }


def find_circle(imports: dict[str, set[str]]) -> list[str]:
    done: set[str] = set()

    def visit(name: str, trail: list[str]) -> list[str]:
        if name in trail:
            return [*trail[trail.index(name) :], name]
        if name in done:
            return []
        for other in sorted(imports[name]):
            circle = visit(other, [*trail, name])
            if circle:
                return circle
        done.add(name)
        return []

    return next((circle for name in sorted(imports) if (circle := visit(name, []))), [])


@pytest.mark.parametrize("types", [False, True])
def test_no_two_modules_import_each_other(types: bool) -> None:
    circle = find_circle(own_imports(types=types))
    assert not circle, " -> ".join(circle)


def test_what_git_prints_is_cut_at_newlines_alone() -> None:
    """``splitlines`` cuts inside a name as well, and a branch called ``main<U+2028>x`` would be read as ``main``."""
    users = {name for name, path in MODULES.items() if ".splitlines()" in path.read_text()}
    assert users == {"catalog.search.lexicon", "catalog.search.vocabulary", "git.gitdir"}  # own data, and bytes


@pytest.mark.parametrize("package", sorted(DOORS))
def test_one_door_for_each_package(package: str) -> None:
    users = {
        name
        for name, path in MODULES.items()
        if package in {found.split(".")[0] for found in imports_of(path, types=False)}
    }
    assert users, f"nothing imports {package}: take it out of the table"
    assert users <= DOORS[package]


@pytest.mark.parametrize("package", PURE)
def test_pure_packages_touch_nothing(package: str) -> None:
    for name, path in MODULES.items():
        if f"{name}.".startswith(f"{package}."):
            impure = {found.split(".")[0] for found in imports_of(path, types=False)} & IMPURE
            impure -= CLOCK_AND_CHANCE.get(name, set())
            assert not impure, f"{name} imports {sorted(impure)}"


def test_only_surfaces_print() -> None:
    for name, path in MODULES.items():
        calls = [node for node in ast.walk(tree_of(path)) if isinstance(node, ast.Call)]
        prints = [call for call in calls if isinstance(call.func, ast.Name) and call.func.id == "print"]
        assert not prints or name.split(".")[0] in PRINTERS, f"{name} prints"


# Whether a lock is alive and whom it binds is answered in clone/lock_rules.py alone. These read or write locks as such.
LOCK_HOME = {"clone.lock_rules", "clone.lock_message"}
LOCK_FACTS = ("dead", "released")


def second_answers(name: str, tree: ast.AST) -> list[str]:
    """Return where a module judges the facts of a lock by itself: reads what ended it, or compares when it expires."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in LOCK_FACTS and isinstance(node.ctx, ast.Load):
            found.append(f"{name}:{node.lineno} reads .{node.attr}")
        values: list[ast.expr] = []
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("parse_time", "is_time"):
            values = node.args
        elif isinstance(node, ast.Compare) and not all(isinstance(op, ast.Eq | ast.NotEq) for op in node.ops):
            values = [node.left, *node.comparators]
        if any(isinstance(value, ast.Attribute) and value.attr == "expires" for value in values):
            found.append(f"{name}:{node.lineno} judges by .expires")
    return found


def test_only_one_module_judges_whether_a_lock_is_alive() -> None:
    answers = [
        answer
        for name, path in MODULES.items()
        if name not in LOCK_HOME
        for answer in second_answers(name, tree_of(path))
    ]
    assert not answers, "\n".join(answers)


@pytest.mark.parametrize(
    "line", ["if lock.released: pass", "x = not lock.dead", "parse_time(lock.expires) > now", "lock.expires < now"]
)
def test_a_second_answer_about_locks_is_seen(line: str) -> None:
    assert second_answers("somewhere", ast.parse(line))


def test_only_the_index_of_commands_imports_by_string() -> None:
    for name, path in MODULES.items():
        words = {node.id for node in ast.walk(tree_of(path)) if isinstance(node, ast.Name)}
        assert not words & {"__import__", "import_module", "importlib"}, name
    assert "__import__" in (PACKAGE / "commands" / "__init__.py").read_text()


def test_type_ignores_are_few_and_say_why() -> None:
    found = [line for path in MODULES.values() for line in path.read_text().splitlines() if "type: ignore" in line]
    assert len(found) <= 15
    assert not [line for line in found if not re.search(r"# type: ignore\[(?!attr-defined)[a-z-]+\]  # \w+", line)]


# --- what is said once ---------------------------------------------------------------------------

FLAG_NAMES = set(FLAG_FIELDS)
# The older system's tables and options never change; the cache lists fields whose values repeat, to save memory.
OWN_LISTS = ("transfer.seed_rows", "transfer.older", "commands.older", "clone.value_cache", "core.model")


def literal_texts(node: ast.AST) -> list[str]:
    """Return the texts of a list, tuple, set or of a mapping's keys that holds nothing but texts there."""
    items = node.keys if isinstance(node, ast.Dict) else getattr(node, "elts", [])
    texts = [item.value for item in items if isinstance(item, ast.Constant) and isinstance(item.value, str)]
    return texts if len(texts) == len(items) else []


# What stands for one thing -> the modules that say it.
CONSTANTS: dict[object, tuple[str, ...]] = {
    "anyone": ("core.model",),
    "general": ("core.handles",),
    "retired": ("core.model", "transfer.older_agents", "commands.agents"),
    "information_request": ("core.model",),
    b"information_request": (),
    86400: ("core.limits",),
}
# How the name of a ref begins -> the modules that spell it; two read the names of locks before anything is imported.
EARLY = ("clients.claims", "cli.quick_hook")
REFS = {
    "refs/heads/": ("git.refs", *EARLY),
    "refs/remotes/": ("git.refs", *EARLY),
    "refs/flaggit": ("core.layout", *EARLY),
}


def literal_of(node: ast.expr) -> object:
    return node.value if isinstance(node, ast.Constant) else None


def spelt_again(name: str, node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Constant):
        homes = CONSTANTS.get(node.value, (name,))
        if not name.startswith(homes):
            yield f"says {node.value!r}, which {' or '.join(homes)} has"
        if any(str(node.value).startswith(ref) and name not in modules for ref, modules in REFS.items()):
            yield "spells the name of a ref"
    if isinstance(node, ast.Compare) and name != "core.model":
        sides = [node.left, *node.comparators]
        if any(getattr(side, "attr", "") == "resolution" for side in sides) and "done" in map(literal_of, sides):
            yield "judges whether a completion did what was asked"
        if any(getattr(side, "attr", "") == "level" for side in sides) and "error" in map(literal_of, sides):
            yield "judges whether a finding is an error"
    kwonly = {one.arg for one in node.args.kwonlyargs} if isinstance(node, ast.FunctionDef) else set()
    if {"limit", "fields", "count"} <= kwonly and getattr(node, "name", "") != "_extent_of":
        yield "declares how much a list says"
    named = {keyword.arg for keyword in node.keywords} if isinstance(node, ast.Call) else set()
    if {"tenure", "nonce", "acquired", "expires"} <= named and name != "locks.request":
        yield "begins a lock"


def said_again(name: str, tree: ast.AST) -> list[str]:
    found = []
    for node in ast.walk(tree):
        texts = set(literal_texts(node))
        where = f"{name}:{getattr(node, 'lineno', 0)}"
        if {"security", "data_loss"} <= texts and name != "core.model":
            found.append(f"{where} lists the types that are always critical")
        if {"warn", "error"} <= texts and isinstance(node, ast.Dict) and name != "core.model":
            found.append(f"{where} maps settings to levels")
        if {"error", "warning", "note"} == texts and not isinstance(node, ast.Dict) and name != "core.model":
            found.append(f"{where} lists the levels")
        if {"critical", "high", "medium", "low"} == texts and not isinstance(node, ast.Dict) and name != "core.model":
            found.append(f"{where} lists the impact levels")
        if {"prepare-commit-msg", "post-checkout"} <= texts and not isinstance(node, ast.Dict) and name != "hooks":
            found.append(f"{where} lists the hooks")
        is_list = len(texts) >= 3 and texts <= FLAG_NAMES and not isinstance(node, ast.Dict)
        if is_list and not name.startswith(OWN_LISTS):
            found.append(f"{where} lists fields of a flag: {sorted(texts)}")
        if (
            isinstance(node, ast.Constant)
            and str(node.value).startswith(("4b825dc", "6ef19b4"))
            and name != "git.objects"
        ):
            found.append(f"{where} knows the empty tree")
        found += [f"{where} {again}" for again in spelt_again(name, node)]
    return found


def test_what_has_a_home_is_said_once() -> None:
    packages = {".".join(path.relative_to(PACKAGE).parent.parts): path for path in PACKAGE.rglob("__init__.py")}
    said = [again for name, path in {**MODULES, **packages}.items() for again in said_again(name, tree_of(path))]
    assert not said, "\n".join(said)


@pytest.mark.parametrize(
    "line",
    [
        'X = ("security", "data_loss")',
        'X = {"hint": "note", "warn": "warning", "error": "error"}',
        'X = ["error", "warning", "note"]',
        'X = ("critical", "high", "medium", "low")',
        'X = ("pre-commit", "prepare-commit-msg", "commit-msg", "post-checkout")',
        'X = ("change_description", "action_required", "notes")',
        'X = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"',
        "X = target or 'anyone'",
        "X = 7 * 86_400",
        'X = f"refs/heads/{name}"',
        'X = "refs/flaggit/" + name',
        'X = "information_request"',
        'X = completion.resolution != "done"',
        'X = problem.level == "error"',
        "def verb(session, *, here, limit, fields, count): pass",
        "X = Lock(tenure=a, nonce=b, acquired=c, expires=d)",
    ],
)
def test_a_second_answer_is_seen(line: str) -> None:
    assert said_again("somewhere", ast.parse(line))


def test_findings_name_what_they_say() -> None:
    """``Problem`` has ten fields of which seven are texts: beyond rule, code and message each is given by its name."""
    calls = [node for path in MODULES.values() for node in ast.walk(tree_of(path)) if isinstance(node, ast.Call)]
    made = [call for call in calls if isinstance(call.func, ast.Name) and call.func.id == "Problem"]
    assert len(made) > 100
    assert [ast.unparse(call) for call in made if len(call.args) > 3] == []


def imported_twice(tree: ast.Module) -> list[str]:
    """Return the modules that a function imports although the file does so above: it spares nothing there."""
    above = {node.module for node in tree.body if isinstance(node, ast.ImportFrom)}
    inner = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.col_offset]
    return sorted({f"{node.module}:{node.lineno}" for node in inner if node.module in above and is_of_names(node)})


def is_of_names(node: ast.ImportFrom) -> bool:
    return not any(f"{node.module}.{name.name}".removeprefix("flaggit.") in MODULES for name in node.names)


def test_no_function_imports_what_is_loaded_anyway() -> None:
    """Types beside it are another matter: their names are loaded for the type checker alone."""
    found = {name: imported_twice(without_types(tree_of(path))) for name, path in MODULES.items()}
    assert not any(found.values()), {name: places for name, places in found.items() if places}


def without_types(tree: ast.Module) -> ast.Module:
    """Return a module without its blocks for the type checker."""
    body = [node for node in tree.body if "TYPE_CHECKING" not in ast.unparse(getattr(node, "test", tree.body[0]))]
    return ast.Module(body, [])
