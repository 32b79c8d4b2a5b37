"""What reads text by strangers, each as a function of bytes that may end in one kind of error and no other.

Shared by the campaigns and by coverage-guided fuzzing (``torture.fuzz``).
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
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
}
