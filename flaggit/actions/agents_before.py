"""What imports brought before: so that what a source has dropped can be told from what people added.

The committed versions of a source tell it in every clone; for versions that were imported and never
committed, this clone remembers what it brought. Where neither knows, an entry counts as people's.
"""

from __future__ import annotations

import os

from flaggit import cache
from flaggit.errors import NotFoundError
from flaggit.history import read_commits
from flaggit.objects import read_objects

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from flaggit.session import Session

    Entries = dict[str, list[str]]  # what a version of a source says: key (a field, or a handle) -> its entries
    Reader = Callable[[bytes], Entries]

_FORM = b"imports-1"
_VERSIONS = 10  # of a source that are looked at


class Before:
    """What each source brought before.

    Args:
        session: The call.
    """

    def __init__(self, session: Session) -> None:
        self._repo = session.repo
        self._place = os.path.join(session.repo.state_dir, "imports.cache")
        known = cache.load(self._place, _FORM)
        self._known: dict[str, Entries] = known if isinstance(known, dict) else {}
        self._new: dict[str, Entries] = {}

    def without_dropped(self, source: str, key: str, have: list[str], now: list[str], read: Reader) -> list[str]:
        """Return the entries that people added: those that are not in the source and never came from it."""
        added = [entry for entry in have if entry not in now]
        if added:
            added = [entry for entry in added if entry not in self._known.get(source, {}).get(key, ())]
        if added:
            brought = {entry for version in self._versions(source) for entry in read(version).get(key, ())}
            added = [entry for entry in added if entry not in brought]
        return added

    def remember(self, source: str, entries: Entries) -> None:
        """Note what a source says now."""
        self._new[source] = {key: values for key, values in entries.items() if values}

    def save(self) -> None:
        """Keep what was noted; what this clone brought earlier stays known, or a branch's switch would forget it."""
        for source, entries in self._new.items():
            known = self._known.setdefault(source, {})
            for key, values in entries.items():
                known[key] = list(dict.fromkeys([*known.get(key, ()), *values]))
        cache.save(self._place, _FORM, self._known)

    def _versions(self, source: str) -> list[bytes]:
        """Return the last committed versions of a file."""
        if source.startswith("../"):
            return []
        try:
            commits = read_commits(self._repo, "HEAD", paths=[f":(literal){source}"], limit=_VERSIONS)
        except NotFoundError:  # no commit yet
            return []
        oids = [
            oid for commit in commits for touch in commit.touched for oid in (touch.new_oid, *touch.old_oids) if oid
        ]
        return [content for _, kind, content in read_objects(self._repo, oids).values() if kind == "blob"]
