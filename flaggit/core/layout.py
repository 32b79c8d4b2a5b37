"""Which file of the store holds what: paths are relative to the repository's root, with ``/``."""

from __future__ import annotations

from flaggit.core.handles import GENERAL, folder_of, is_store_folder
from flaggit.core.ids import is_flag_id
from flaggit.core.limits import BLOB
from flaggit.core.limits import CATALOG as CATALOG_BYTES
from flaggit.core.record import record
from flaggit.core.times import compact_time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.core.model import Flag, Note

STORE = ".flags"
DONE = "done"
NOTES = "notes"
CATALOG = ".flags/catalog.yaml"
CATALOG_FOLDER = ".flags/catalog.d"
SETTINGS = ".flags/config.yaml"
SUFFIX = ".yaml"
EDITORS = ".schema"  # a folder of schemas, with which editors check files
OWN_REFS = "refs/flaggit/"  # what a clone keeps beside branches
KEEP = ".keep"  # keeps git from taking an emptied folder for a renamed one

# Code points that HFS+ passes over when it compares names, as git lists them for its own folder.
_PASSED_OVER = dict.fromkeys((*range(0x200C, 0x2010), *range(0x202A, 0x202F), *range(0x206A, 0x2070), 0xFEFF))
# Names in the store that hold no flags.
_CATALOGS = "catalog.d"
_OWN_FILES = frozenset({".gitattributes", ".gitignore", "README.md"})


@record
class Location:
    """What a path of the store is for.

    ``kind`` is ``flag``, ``completion``, ``note``, ``catalog``, ``settings``, ``other`` (known, and
    holding no flag) or ``stray`` (nothing of flaggit's). ``folder`` is a flag's folder, ``stem``
    the file's name without ``.yaml``.
    """

    kind: str
    folder: str = ""
    stem: str = ""

    @property
    def flag_id(self) -> str:
        """Return the id of the flag that the file is about, or nothing where its name holds none."""
        stem = self.stem.partition("-")[0] if self.kind == "note" else self.stem
        return stem if is_flag_id(stem) else ""


def flag_path(flag: Flag) -> str:
    """Return where a flag's file lies: in its target's folder."""
    return f"{STORE}/{folder_of(flag.target_agent)}/{flag.id}{SUFFIX}"


def completion_path(flag_id: str) -> str:
    """Return where the file lies that says a flag is done."""
    return f"{STORE}/{DONE}/{flag_id}{SUFFIX}"


def note_path(note: Note) -> str:
    """Return where a note's file lies."""
    return f"{STORE}/{NOTES}/{note.name}{SUFFIX}"


def note_name(flag_id: str, created_at: str, random: bytes) -> str:
    """Return the name of a note: the flag, the time, and 4 random bytes that keep two notes apart."""
    return f"{flag_id}-{compact_time(created_at)}-{random[:4].hex()}"


def classify(path: str) -> Location | None:
    """Return the role of a path in the store, or None where it does not lie there."""
    parts = path.split("/")
    if parts[0] != STORE or len(parts) < 2:
        return None
    if len(parts) == 2:
        return _classify_top(parts[1])
    folder, name = parts[1], parts[-1]
    if folder == EDITORS or name == KEEP:
        return Location("other")
    if folder == _CATALOGS:
        return Location("catalog" if len(parts) == 3 and name.endswith(SUFFIX) else "stray")
    if len(parts) != 3 or not name.endswith(SUFFIX):
        return Location("stray")
    stem = name.removesuffix(SUFFIX)
    if folder in (DONE, NOTES):
        return Location("completion" if folder == DONE else "note", folder, stem)
    return Location("flag", folder, stem) if folder == GENERAL or is_store_folder(folder) else Location("stray")


def kind_of(path: str) -> str:
    """Return the ``kind`` of a path's location; empty where it does not lie in the store."""
    location = classify(path)
    return location.kind if location is not None else ""


def is_lookalike(path: str) -> bool:
    """Return whether some file system would put what lies at a path into the store, or into one of its files.

    Those of macOS do not tell letters' case apart and pass over some code points; Windows takes a backslash for a
    slash, drops dots, spaces and streams (``:``) behind a name, and has short names (``FLAGS~1``).
    """
    own = kind_of(path)
    if path == STORE or own not in ("", "stray"):
        return False
    plain = [plain_name(part) for part in path.replace("\\", "/").split("/")]
    if plain[0] != STORE and not _is_short(plain[0], STORE[1:]):
        return False
    return not own or any(map(_is_short, plain)) or kind_of("/".join(plain)) not in ("", "stray")


def plain_name(name: str) -> str:
    """Return what the laxest of file systems would take for the same name of a file or folder."""
    folded = name.translate(_PASSED_OVER).casefold()
    return folded.partition(":")[0].rstrip(". ") or folded


def _is_short(name: str, start: str = "") -> bool:
    """Return whether a plain name is one that Windows may have made for a longer one."""
    before, tilde, behind = name.partition("~")
    return bool(tilde) and behind[:1].isdigit() and before.startswith(start)


def limit_of(path: str) -> int:
    """Return how many bytes of a file of the store are read: those of the catalog may be large."""
    return CATALOG_BYTES if kind_of(path) == "catalog" else BLOB


def _classify_top(name: str) -> Location:
    if name == "catalog.yaml":
        return Location("catalog")
    if name == "config.yaml":
        return Location("settings")
    return Location("other" if name in _OWN_FILES else "stray")
