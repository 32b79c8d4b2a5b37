"""What reads text by strangers, each as a function of bytes that may end in one kind of error and no other.

Shared by the campaigns and by coverage-guided fuzzing (``torture.fuzz``).
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any


def document(data: bytes) -> None:
    """A flag's file, strictly; what the fast reader takes, the whole one reads alike."""
    from flaggit.documents.canonical import read_document
    from flaggit.documents.codec import CodecError, load_yaml, parse_document

    try:
        found = parse_document(data)
    except CodecError:
        return
    try:
        fast = read_document(data.decode())
    except UnicodeDecodeError:
        fast = None
    if fast is not None and fast[0] != load_yaml(data).document:
        raise AssertionError(f"two readers differ about {data!r}")
    assert isinstance(found.document, dict)


def value(data: bytes) -> None:
    """A flag, a completion and a note as values."""
    from flaggit.documents.values import BrokenFileError, read_value

    names = ("frontend.web/k7m2q0x", "done/k7m2q0x", "notes/k7m2q0x-20261123T140000Z-5f0c2a91")
    for name in names:
        try:
            read_value(f".flags/{name}.yaml", data)
        except BrokenFileError:
            continue


def check(data: bytes) -> None:
    """A file of the store against every rule that it alone can break."""
    from flaggit.catalog.parsing import parse_catalog
    from flaggit.checking.files import check_files
    from flaggit.documents.settings import build_settings

    paths = (".flags/frontend.web/k7m2q0x.yaml", ".flags/done/k7m2q0x.yaml", ".flags/config.yaml", ".flags/todo.yaml")
    files = dict.fromkeys(paths, ("100644", data))
    check_files(files, build_settings({}), parse_catalog([]), exists=lambda flag_id: bool(flag_id))


def catalog(data: bytes) -> None:
    """A file of the catalog: what is wrong becomes a finding, the rest loads and can be asked."""
    from flaggit.catalog.parsing import parse_catalog

    found = parse_catalog([(".flags/catalog.yaml", data)])
    found.owner("src/api/orders.py")
    for name in list(found.agents)[:5]:
        found.acting_for(name)


def settings(data: bytes) -> None:
    """A settings file."""
    from flaggit.core.errors import InvalidError
    from flaggit.documents.settings import parse_settings

    try:
        parse_settings(data)
    except InvalidError:
        return


def trailers(data: bytes) -> None:
    """A commit's message: what it completes, and the same after it has been cleaned and written anew."""
    from flaggit.core.trailers import add_trailers, clean_message, find_completed, find_mentions, find_reopened

    message = data.decode("utf-8", "replace")
    find_mentions(message)
    find_reopened(message)
    clean_message(message)
    again = add_trailers(message, [("Completes-Flag", "k7m2q0x")])
    assert "k7m2q0x" in find_completed(again), repr(message)
    find_completed(message)


def patterns(data: bytes) -> None:
    """Patterns of paths: whether they match, and whether two of them meet, in bounded work."""
    from flaggit.core.limits import PATTERN, PATTERN_WORK
    from flaggit.core.patterns import intersect, matches, pattern_fault, weight

    first, _, rest = data.decode("utf-8", "replace").replace("\r", "").partition("\n")
    second, _, path = rest.partition("\n")
    first, second = first[:PATTERN], second[:PATTERN]
    if pattern_fault(first) or pattern_fault(second):
        return
    matches(first, path)
    if weight(first) * weight(second) <= PATTERN_WORK // 10:
        example = intersect(first, second)
        if example is not None:
            assert matches(first, example) and matches(second, example), (first, second, example)


def locks(data: bytes) -> None:
    """The message of a lock, and a list of locked paths: nothing that is unsound becomes a lock."""
    from flaggit.clone.lock_message import format_message, parse_message
    from flaggit.clone.lock_rules import is_free
    from flaggit.locks.path_list import format_list, parse_list

    message = data.decode("utf-8", "replace")
    lock = parse_message(message, flag_id="k7m2q0x", oid="0" * 40, scope="shared")
    is_free(lock, 1_800_000_000)
    if lock.holder:
        again = parse_message(format_message(lock), flag_id="k7m2q0x", oid="0" * 40, scope="shared")
        assert again == lock, (again, lock)
    entries = parse_list(message, "shared")
    assert len(parse_list(format_list(entries, "n"), "shared")) == len(entries)


def owners(data: bytes) -> None:
    """A CODEOWNERS file and an agent's own file, as they are imported."""
    from flaggit.catalog.agent_files import SkippedError, read_agent_file
    from flaggit.catalog.codeowners import parse_codeowners

    parse_codeowners(data.decode("utf-8", "replace"))
    try:
        read_agent_file(".claude/agents/api.md", data)
    except SkippedError:
        return


_SPLIT = b"%%"  # between the files of one input


def refs(data: bytes) -> None:
    """What lies where git keeps refs and locks: HEAD, packed and loose refs, pointers of worktrees."""
    from flaggit.clone.lock_refs import list_every_lock, list_visible_locks, locks_as_of
    from flaggit.core.errors import FlaggitError
    from flaggit.git.gitdir import find_common_dir, linked_worktrees, plain_git_dir
    from flaggit.git.refs import list_refs, read_head, read_ref, read_symbolic
    from flaggit.git.repo import Repo

    top = _folder("refs")
    git_dir = top / ".git"
    names = ("HEAD", "packed-refs", "refs/heads/main", "refs/flaggit/lock/k7m2q0x", "worktrees/w/gitdir", "commondir")
    parts = data.split(_SPLIT)
    for name, part in zip(names, [*parts, *[b""] * len(names)], strict=False):
        _put(git_dir / name, part)
    repo = Repo(str(top), str(git_dir))
    with contextlib.suppress(FlaggitError, OSError):  # an error of the system is told as one (a name too long)
        plain_git_dir(str(top))
        linked_worktrees(find_common_dir(str(git_dir)))
        read_head(repo)
        read_ref(repo, "refs/heads/main")
        read_symbolic(repo, "refs/heads/main")
        list_refs(repo, "refs/")
        locks_as_of(repo, data[:40].decode("utf-8", "replace"))
        list_visible_locks(repo, lambda: "origin")
        list_every_lock(repo)


def store(data: bytes) -> None:
    """A folder of flags as a stranger may have left it: every reader and the check end with rows and findings."""
    import shutil

    from flaggit.api import Flags
    from flaggit.core.errors import FlaggitError

    top = _folder("store")
    if not (top / ".git" / "HEAD").exists():
        _put(top / ".git" / "HEAD", b"ref: refs/heads/main\n")
        _put(top / ".git" / "config", b"[core]\n\trepositoryformatversion = 0\n")
        (top / ".git" / "objects").mkdir()
        (top / ".git" / "refs").mkdir()
    shutil.rmtree(top / ".flags", ignore_errors=True)
    (top / ".flags").mkdir()
    for number, part in enumerate(data.split(_SPLIT)[:6]):
        name, _, content = part.partition(b"\n") if part[:1] in (b"r", b"l", b"f", b"d") else (b"", b"", part)
        _put_anything(top / ".flags", number, name, content)
    flags = Flags(str(top), agent="@frontend.web", offline=True)
    for ask in (flags.list, flags.inbox, flags.next, flags.check):
        with contextlib.suppress(FlaggitError):
            ask()


_PLACES = ("frontend.web/k7m2q0x.yaml", "done/k7m2q0x.yaml", "catalog.yaml", "config.yaml", "notes/x.yaml", "general")


def _put_anything(folder: Path, number: int, name: bytes, content: bytes) -> None:
    """Put a file where flags lie, or a link, a FIFO or a folder; under its own name or the one that belongs there."""
    import os

    kind = name[:1]
    own = name[1:].replace(b"\0", b"").decode("utf-8", "surrogateescape")[:200]
    path = folder / (own if own and not set(own.split("/")) & {"", ".", ".."} else _PLACES[number % len(_PLACES)])
    with contextlib.suppress(OSError):  # two of them want one place
        path.parent.mkdir(parents=True, exist_ok=True)
        if kind == b"l":
            os.symlink(content[:100].replace(b"\0", b"") or b".", path)
        elif kind == b"f":
            os.mkfifo(path)
        elif kind == b"d":
            path.mkdir()
        else:
            path.write_bytes(content)


def caches(data: bytes) -> None:
    """A cache of which anything may be left: it reads as absent, or as what was saved."""
    from flaggit.git.cache import load, load_pile

    path = _folder("caches") / "x.cache"
    _put(path, b"flaggit-cache-2\n" + data)
    assert load(str(path), b"key") is None
    load_pile(str(path), b"key")
    _put(path, data)
    load_pile(str(path), b"key")


def _folder(name: str) -> Path:
    """Return a folder of this process, in memory where there is such a file system."""
    import atexit
    import shutil
    import tempfile

    if name not in _FOLDERS:
        place = "/dev/shm" if Path("/dev/shm").is_dir() else None
        _FOLDERS[name] = Path(tempfile.mkdtemp(prefix="torture-", dir=place))
        atexit.register(shutil.rmtree, _FOLDERS[name], ignore_errors=True)
    return _FOLDERS[name]


_FOLDERS: dict[str, Path] = {}


def _put(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def _nobody(name: str) -> str | None:
    return None


def exports(data: bytes) -> None:
    """Lines of JSON of flaggit's own and of another tracker's export."""
    from flaggit.core.errors import FlaggitError
    from flaggit.documents.settings import build_settings
    from flaggit.transfer.beads import map_issues
    from flaggit.transfer.lines import map_lines
    from flaggit.transfer.planned import Handles

    text = data.decode("utf-8", "replace")
    with contextlib.suppress(FlaggitError):
        map_lines(text, build_settings({}))
    with contextlib.suppress(FlaggitError):
        map_issues(text, Handles({}, _nobody), build_settings({}))


TARGETS: dict[str, Callable[[bytes], Any]] = {
    "document": document,
    "value": value,
    "check": check,
    "catalog": catalog,
    "settings": settings,
    "trailers": trailers,
    "patterns": patterns,
    "locks": locks,
    "owners": owners,
    "exports": exports,
    "refs": refs,
    "store": store,
    "caches": caches,
}
