"""Completed flags that pending ones lean on: answered questions, and the middle links of chains.

Who waits on whom is derived from the pending questions that name a flag (``re``), never stored. Source: the lock
protocol, in which whoever holds a flag asks, and goes on when the answer is there.
"""

from __future__ import annotations

from flaggit.core.layout import STORE, SUFFIX
from flaggit.core.model import REQUEST, Flag
from flaggit.core.record import record
from flaggit.documents.values import BrokenFileError, read_value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from flaggit.clone.scope import Clone

_LINK, _QUESTION, _ABOUT = b"chain_origin_id", REQUEST.encode(), b"\nre:"


def read_leaned_on(clone: Clone, pending: Collection[str]) -> list[Flag]:
    """Return the flags beside ``pending`` ones that ask something or belong to a chain, sorted by id.

    Contents are searched as bytes and only hits are parsed, since completed flags are many.
    """
    found: dict[str, Flag] = {}
    for source in clone.sources():
        for folder in source.list_folders():
            stems = [stem for stem in source.list_stems(folder) if stem not in pending and stem not in found]
            for path, data in source.read(f"{STORE}/{folder}/{stem}{SUFFIX}" for stem in stems).items():
                if isinstance(data, bytes) and (_LINK in data or (_QUESTION in data and _ABOUT in data)):
                    value = _read(path, data)
                    if value is not None:
                        found[value.id] = value
    return [found[flag_id] for flag_id in sorted(found)]


def _read(path: str, data: bytes) -> Flag | None:
    try:
        value = read_value(path, data)
    except BrokenFileError:  # listing names broken files; here they only say nothing
        return None
    return value if isinstance(value, Flag) else None


@record
class Waiting:
    """``open``: flag id -> ids of the unanswered questions about it, sorted; ``answered``: flags with answers only."""

    open: Mapping[str, tuple[str, ...]]
    answered: frozenset[str]
