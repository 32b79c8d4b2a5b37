"""What imports brought: so that what a source has dropped since can be told from what people added.

The catalog keeps it itself, under ``imported`` of each agent, by source. So it is known in every clone, whether or
not the source was ever committed or lies in the repository at all, and it changes together with what it is about.
"""

from __future__ import annotations

from flaggit.catalog.parsing import read_entries
from flaggit.core.record import record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from typing import Any

    from flaggit.clone.session import Session

    Lists = dict[str, list[str]]  # field -> its entries
    Records = list[dict[str, Any]]  # what each source brought: ``from``, and its lists

_MARK = b"imported"


@record
class Merged:
    """What becomes of an agent's lists beside what its sources say now.

    ``kept`` is what people added, ``dropped`` what sources brought and say no more, ``records`` the agent's
    ``imported`` from now on.
    """

    kept: Lists
    dropped: Lists
    records: Records | None


class Before:
    """What each source brought last, by agent.

    Args:
        session: The call.
    """

    def __init__(self, session: Session) -> None:
        self._records: dict[str, Records] = {}
        for path, data in session.read_catalog_files():
            if _MARK in data:
                for name, entry, _ in read_entries(path, data, []):
                    self._records.setdefault(name, entry.get("imported") or [])

    def sources(self) -> set[str]:
        """Return every source that brought anything."""
        return {one["from"] for records in self._records.values() for one in records}

    def agents_of(self, sources: Collection[str]) -> set[str]:
        """Return the agents to which some sources brought anything."""
        return {name for name, records in self._records.items() if any(one["from"] in sources for one in records)}

    def records(self, agent: str) -> Records | None:
        """Return what was brought to an agent, as its entry has it; None for nothing."""
        return self._records.get(agent) or None

    def merge(self, agent: str, have: Lists, now: Mapping[str, Lists], earlier: Collection[str]) -> Merged:
        """Return what becomes of an agent's lists, and take that as what was brought to it.

        What people had added before a source said the same stays theirs.

        Args:
            agent: Whose.
            have: Its lists in the catalog.
            now: Source -> what it says.
            earlier: The sources, and what they were called before.
        """
        past = [one for one in self._records.get(agent, ()) if one["from"] in earlier]
        brought = {field: {entry for one in past for entry in one.get(field, ())} for field in have}
        kept, dropped = {}, {}
        for field, entries in have.items():
            said = {entry for lists in now.values() for entry in lists.get(field, ())}
            more = [entry for entry in entries if entry not in said]
            kept[field] = [entry for entry in more if entry not in brought[field]]
            dropped[field] = [entry for entry in more if entry in brought[field]]
        others = [one for one in self._records.get(agent, ()) if one["from"] not in earlier]
        fresh = [_record(source, lists, have, brought) for source, lists in now.items()]
        records = sorted((one for one in (*others, *fresh) if len(one) > 1), key=lambda one: str(one["from"]))
        self._records[agent] = records
        return Merged(kept, {field: entries for field, entries in dropped.items() if entries}, records or None)


def _record(source: str, lists: Lists, have: Lists, brought: Mapping[str, set[str]]) -> dict[str, Any]:
    """Return what a source brings: what it says and was not there already, unless it brought that itself."""
    fresh = {
        field: [entry for entry in entries if entry not in have[field] or entry in brought[field]]
        for field, entries in lists.items()
    }
    return {"from": source, **{field: entries for field, entries in fresh.items() if entries}}
