"""The house: which module may import which, and that no two import each other. The table is docs/architecture.md's."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from conftest import PROJECT

PACKAGE = PROJECT / "flaggit"
# Third-party package -> the modules that may import it.
DOORS = {
    "yaml": {"codec"},
    "jsonschema": {"schema"},
    "referencing": {"schema"},
    "typer": {"cli"},
    "git": {"repo"},
    "subprocess": {"process"},
}
# What a pure judgement has no business with.
IMPURE = {"os", "time", "subprocess", "socket", "random", "pathlib", "io", "shutil"}


def read_layers() -> list[tuple[str, set[str]]]:
    """Return (layer, modules) in the order of the table in docs/architecture.md."""
    text = (PROJECT / "docs" / "architecture.md").read_text()
    table = text.partition("## Layers")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| ([a-z ]+) \| (.+) \|$", table, re.MULTILINE)
    return [(name, {found.rstrip("/") for found in re.findall(r"`([a-z_.]+/?)`", cell)}) for name, cell in rows[1:]]


LAYERS = read_layers()
RANK = {module: rank for rank, (_, modules) in enumerate(LAYERS) for module in modules}
FREE = {"__init__", "__main__", "version"}


def room_of(name: str) -> str:
    """Return the room of a dotted module below flaggit: itself where the table names it, else its package."""
    return name if name in RANK else name.split(".")[0]


def modules() -> dict[str, Path]:
    found = {}
    for path in PACKAGE.rglob("*.py"):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        name = ".".join(parts)
        if "data" not in parts and not (parts[-1] == "__init__" and len(parts) > 1):
            found[name] = path
    return found


def runtime_imports(path: Path) -> set[str]:
    """Return the dotted names that a module imports when it runs, so not those of TYPE_CHECKING blocks."""
    names: set[str] = set()

    class Visitor(ast.NodeVisitor):
        def visit_If(self, node: ast.If) -> None:
            if isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
                for child in node.orelse:
                    self.visit(child)
                return
            self.generic_visit(node)

        def visit_Import(self, node: ast.Import) -> None:
            names.update(alias.name for alias in node.names)

        def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
            module = node.module or ""
            names.add(module)
            if module in ("flaggit", "flaggit.actions", "flaggit.render", "flaggit.commands", "flaggit.cli"):
                names.update(f"{module}.{alias.name}" for alias in node.names)

    Visitor().visit(ast.parse(path.read_text()))
    return names


MODULES = modules()
IMPORTS = {
    name: {found.removeprefix("flaggit.") for found in runtime_imports(path) if found.startswith("flaggit.")}
    & MODULES.keys()
    for name, path in MODULES.items()
}


def test_every_module_has_its_room() -> None:
    rooms = {room_of(name) for name in MODULES} - FREE
    homeless = sorted(rooms - RANK.keys())
    assert not homeless, f"not in the table of docs/architecture.md: {homeless}"
    gone = sorted(RANK.keys() - rooms)
    assert not gone, f"in the table of docs/architecture.md, and no module: {gone}"


def test_each_module_stands_in_one_layer() -> None:
    assert sum(len(modules) for _, modules in LAYERS) == len(RANK)


@pytest.mark.parametrize("name", sorted(MODULES))
def test_imports_only_what_stands_above(name: str) -> None:
    if room_of(name) in FREE:
        return
    own = RANK[room_of(name)]
    below = sorted(other for other in IMPORTS[name] if room_of(other) not in FREE and RANK[room_of(other)] > own)
    assert not below, f"{name} imports from a lower layer: {below}"


def test_no_import_cycle() -> None:
    done: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, f"import cycle: {' -> '.join([*trail[trail.index(name) :], name])}"
        if name in done:
            return
        for other in sorted(IMPORTS[name]):
            visit(other, (*trail, name))
        done.add(name)

    for name in sorted(MODULES):
        visit(name, ())


@pytest.mark.parametrize("package", sorted(DOORS))
def test_one_door_for_each_package(package: str) -> None:
    users = {
        room_of(name) for name, path in MODULES.items() if package in {n.split(".")[0] for n in runtime_imports(path)}
    }
    assert users <= DOORS[package]


def test_judgements_are_pure() -> None:
    judgements = dict(LAYERS)["judgements"]
    for name, path in MODULES.items():
        if room_of(name) in judgements:
            impure = {found.split(".")[0] for found in runtime_imports(path)} & IMPURE
            assert not impure, f"{name} imports {sorted(impure)}"


def test_only_surfaces_print() -> None:
    for name, path in MODULES.items():
        calls = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
        prints = [call for call in calls if isinstance(call.func, ast.Name) and call.func.id == "print"]
        assert not prints or room_of(name) in ("cli", "hooks"), f"{name} prints"
