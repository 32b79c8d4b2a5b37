"""What a file imports, and which files of the tree that is: by path, module, package or folder."""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

_QUOTED = re.compile(rb"[\"'<]([@.\w/:~-]{2,120})[\"'>]")
_BEFORE_PLAIN = (b"from ", b"import ", b"require(", b"import(")  # what stands before a name that is no path
_BARE = re.compile(
    rb"^[ \t]*(?:from[ \t]+([\w.]+)[ \t]+import|import[ \t]+([\w.]+)|(?:pub[ \t]+)?use[ \t]+([\w:]+))", re.MULTILINE
)
_NAMED = re.compile(
    rb"(?:import|export)\s+(?:type\s+)?(?:[\w$]+\s*,\s*)?\{([^}]{0,4000})\}\s*from\s*[\"']([^\"'\n]+)[\"']"
    rb"|^[ \t]*from[ \t]+([\w.]+)[ \t]+import[ \t]+(\([^)]{0,4000}\)|[^\n]+)"
    rb"|^[ \t]*(?:pub[ \t]+)?use[ \t]+([\w:]+)::\{?([^\n;}]{1,2000})"
    rb"|import\s+(?:type\s+)?(?:\*\s+as\s+)?([\w$]+)\s*(?:,\s*\{[^}]{0,4000}\})?\s*from\s*[\"']([^\"'\n]+)[\"']"
    rb"|^[ \t]*(?:import[ \t]+)?([A-Za-z_]\w*)?[ \t]*\"([^\"\s]+/[^\"\s]+)\"[ \t]*$",
    re.MULTILINE,
)
_PACKAGE = re.compile(rb"^\s*\{[^{}\[\]]*?\"name\"\s*:\s*\"([^\"\s]{1,200})\"")
_NAME = re.compile(rb"[A-Za-z_$][\w$]*")
_ENDING = re.compile(r"\.(?:[cm]?[jt]sx?|py|rs|go|rb|php|h|hpp|css|scss|vue|svelte|astro)$")
_HEAD = 16_384  # bytes at the beginning of a file where its imports stand
_ROOTS = ("", "src/", "lib/")
_INDEX = frozenset(("index", "mod", "__init__", "lib", "main"))


def find_imports(content: bytes) -> set[str]:
    """What a text imports or otherwise names as a path, as it is written there."""
    head = content[:_HEAD]
    found = set()
    for match in _QUOTED.finditer(head):
        spec = match.group(1)
        start = match.start()
        if b"/" in spec or b"." in spec or head[max(0, start - 8) : start].endswith(_BEFORE_PLAIN):
            found.add(spec.decode("utf-8", "replace"))
    for specs in _BARE.findall(head):
        found |= {spec.decode("utf-8", "replace") for spec in specs if spec}
    return found


def find_package(content: bytes) -> str:
    """The name that a package's manifest (``package.json``) declares; nothing for any other text."""
    if not content.startswith(b"{"):
        return ""
    found = _PACKAGE.match(content)
    return found.group(1).decode("utf-8", "replace") if found is not None else ""


def import_keys(spec: str) -> set[bytes]:
    """The last part of an import without its ending, and its first: what it may be found by."""
    parts = [part for part in re.split(r"/|::|\.(?=\w+$)", spec) if part not in ("", ".", "..")]
    plain = [part for part in re.split(r"/|::", _ENDING.sub("", spec)) if part not in ("", ".", "..")]
    if not plain:
        return set()
    keys = {plain[-1], plain[-1].rpartition(".")[2], *parts[-1:]}
    if spec.startswith("@") and len(plain) > 1:
        keys.add("/".join(plain[:2]))
    elif not spec.startswith("."):
        keys.add(plain[0])
    return {key.encode("utf-8", "surrogateescape")[:60] for key in keys if key}


def names_of(path: str) -> set[str]:
    """The forms of a file's path that an import may stand for: without its ending, its folder for an index file."""
    plain = path.rpartition(".")[0] if "." in path.rpartition("/")[2] else path
    forms = {path, plain}
    if plain.rpartition("/")[2] in _INDEX or path.endswith(".go"):
        forms.add(plain.rpartition("/")[0])
    return forms


class Resolver:
    """Resolves imports over one tree.

    Args:
        paths: The tree's files.
        packages: Name of a package -> the folder of its manifest.
    """

    __slots__ = ("_folders", "_packages", "_paths")

    def __init__(self, paths: Collection[str], packages: Mapping[str, str]) -> None:
        self._paths = paths
        self._packages = packages
        self._folders: set[str] = set()
        for path in paths:
            folder = path.rpartition("/")[0]
            while folder and folder not in self._folders:
                self._folders.add(folder)
                folder = folder.rpartition("/")[0]

    def resolve(self, spec: str, path: str) -> str:
        """The file (without its ending) or folder that an import in a file stands for; nothing for one from outside."""
        if spec.startswith("."):
            return _relative(spec, path)
        parts = spec.split("/")
        for count in range(min(len(parts), 4), 0, -1):
            folder = self._packages.get("/".join(parts[:count]))
            if folder is not None:
                return "/".join([*([folder] if folder else []), *parts[count:]])
        if "/" in spec:
            for start in range(len(parts)):
                end = "/".join(parts[start:])
                plain = _ENDING.sub("", end)
                if (
                    end in self._folders
                    or end in self._paths
                    or any(plain + ext in self._paths for ext in (".ts", ".tsx"))
                ):
                    return plain
            return ""
        return self._module(re.split(r"::|\.", spec))

    def _module(self, parts: list[str]) -> str:
        for end in range(len(parts), 0, -1):
            for start in range(end):
                name = "/".join(parts[start:end])
                for root in _ROOTS:
                    place = root + name
                    if place in self._folders or place + ".py" in self._paths or place + ".rs" in self._paths:
                        return place
        return ""

    def find_names(self, content: bytes, path: str) -> dict[bytes, str]:
        """Name in a file -> the file or folder of the tree that it is imported from."""
        found: dict[bytes, str] = {}
        for groups in _NAMED.findall(content[:_HEAD]):
            braced, braced_from, python_from, python, rust_from, rust, default, default_from, alias, go_from = groups
            spec = braced_from or python_from or rust_from or default_from or go_from
            place = self.resolve(spec.decode("utf-8", "replace"), path)
            if place:
                names = braced or python or rust or default or alias or go_from.rpartition(b"/")[2]
                for name in _NAME.findall(names):
                    found.setdefault(name, place)
        return found


def _relative(spec: str, path: str) -> str:
    parts = path.split("/")[:-1]
    if re.fullmatch(r"\.+[\w.]*", spec) and spec.strip(".") != "" and "/" not in spec:  # Python's
        dots = len(spec) - len(spec.lstrip("."))
        parts = parts[: len(parts) - (dots - 1)]
        return "/".join(parts + spec.lstrip(".").split("."))
    for part in spec.split("/"):
        if part == "..":
            parts = parts[:-1]
        elif part not in (".", ""):
            parts.append(part)
    return _ENDING.sub("", "/".join(parts))
