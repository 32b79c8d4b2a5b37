"""The names on lines of any file: no parser of a language, only signs that most of them share."""

from __future__ import annotations

import re
from zlib import crc32

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

LONGEST = 40  # characters of a name; what is longer is data, and may be a secret
FILE_LIMIT = 262_144  # bytes of a file that is read; what is larger is data
_BINARY_HEAD = 8_000

_SHORTEST = 3
_LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_$"
_SPACED = bytes(byte if byte in _LETTERS + b"0123456789" else 32 for byte in range(256))
_DEFINITION = re.compile(
    rb"\b(?:def|class|function\*?|func(?:[ \t]*\([^)\n]{0,80}\))?|fn|type|interface|struct|enum|const|let|var|val|trait"
    rb"|impl|module|namespace|message|rpc|service|model|table|macro_rules!|resource|define|typedef|protocol|object)"
    rb"[ \t]+([A-Za-z_$][A-Za-z0-9_$]{2,})"
)
_QUOTED = re.compile(rb"\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'|`[^`\n]*`|[\"'`].*$", re.MULTILINE)
_PATH_WORD = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])")
_KEY = re.compile(rb"^[ \t-]*(?:export[ \t]+)?\"?([A-Za-z_$][A-Za-z0-9_$]{2,})\"?[ \t]*[:=]")
_WEAK = re.compile(
    r"(?:^|/)(?:package-lock\.json|pnpm-lock\.yaml|yarn\.lock|bun\.lockb?|go\.sum|[^/]*\.lock|changelog[^/]*|[^/]*\.snap"
    r"|[^/]*\.min\.(?:js|css)|[^/]*\.map|[^/]*\.svg|[^/]*\.po|[^/]*\.pb\.go|[^/]*_pb2\.py|[^/]*_generated\.\w+"
    r"|[^/]*\.generated\.\w+|[^/]*\.g\.dart|zz_generated[^/]*|(?-i:[a-z]{2}[-_][A-Z]{2})\.\w+)$"
    r"|(?:^|/)(?:vendor|third_party|node_modules|dist|__snapshots__|locales?|i18n|translations)/",
    re.IGNORECASE,
)
_CODE = frozenset(
    (
        *("c", "cc", "cpp", "cs", "cts", "dart", "ex", "exs", "go", "groovy", "h", "hpp", "hs", "java", "jl", "js"),
        *("jsx", "kt", "kts", "lua", "m", "mjs", "ml", "mm", "mts", "php", "pl", "proto", "py", "pyi", "r", "rb", "rs"),
        *("scala", "sh", "sql", "svelte", "swift", "tf", "ts", "tsx", "vue", "astro", "zig", "graphql", "gql"),
        *("prisma", "css", "scss", "less"),
    )
)
_DATA = frozenset(("cfg", "conf", "env", "ini", "json", "json5", "jsonc", "properties", "toml", "yaml", "yml"))


def is_weak(path: str) -> bool:
    """Whether a file's words say little: generated, vendored, lock and translation files."""
    return _WEAK.search(path) is not None


def is_text(content: bytes) -> bool:
    """Whether bytes are a text that is worth reading."""
    return len(content) <= FILE_LIMIT and b"\0" not in content[:_BINARY_HEAD]


def find_words(content: bytes) -> set[bytes]:
    """The names in a text. (Several times faster than a regular expression.)"""
    found = set(content.translate(_SPACED).split())
    return {word for word in found if _SHORTEST <= len(word) <= LONGEST and word[0] in _LETTERS}


def hash_words(words: Iterable[bytes], paths: Iterable[str]) -> set[int]:
    """The hashes of names, and apart from those of the words that paths are made of."""
    parts = {part.lower() for path in paths for part in _PATH_WORD.findall(path) if len(part) > 1}
    return {crc32(word) for word in words} | {crc32(f"/{part}".encode()) for part in parts}


def find_definitions(content: bytes) -> set[bytes]:
    """The names that a text defines, as far as common keywords say so."""
    return {word for word in _DEFINITION.findall(content) if len(word) <= LONGEST}


def find_quotable(path: str, lines: Iterable[bytes]) -> set[bytes]:
    """The names on lines that may be repeated: outside of string literals; in data files the keys alone."""
    suffix = path.rpartition(".")[2].lower()
    found: set[bytes] = set()
    if suffix in _CODE:
        found = find_words(_QUOTED.sub(b" ", b"\n".join(lines)))
    elif suffix in _DATA or "/.env" in f"/{path}":
        for line in lines:
            key = _KEY.match(line)
            if key is not None and len(key.group(1)) <= LONGEST:
                found.add(key.group(1))
    return found
