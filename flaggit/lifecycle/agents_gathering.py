"""Gathers agents from other tools' files for the catalog: who is new, who changed, who clashes with whom."""

from __future__ import annotations

import os

from flaggit.catalog.agent_files import LIMIT, SkippedError, read_agent_file
from flaggit.catalog.parsing import entry_of, read_entries
from flaggit.core.errors import NotFoundError
from flaggit.core.handles import mark_handle
from flaggit.core.record import record, replace
from flaggit.core.text import composed, tidy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from typing import Any

    from flaggit.catalog.agent_files import AgentFile
    from flaggit.catalog.catalog import Catalog
    from flaggit.clone.session import Session

    Lists = dict[str, list[str]]  # field -> its entries
    Records = list[dict[str, Any]]  # what each source brought: ``from``, and its lists

_ENDINGS = (".md", ".mdc", ".markdown", ".json")
_CODEX = (".toml", "agents")  # the ending of Codex' own files, and the folder that they lie in
_SKILL = "SKILL.md"
# Folders of what coding tools keep beside agents, in the same shape.
_OTHERS = {
    "commands": "holds slash commands and no agents",
    "prompts": "holds slash commands and no agents",
    "rules": "holds rules and no agents",
    "references": "holds what agents and skills refer to",
    "node_modules": "holds other people's packages: name those that count",
}
_NO_AGENTS = frozenset({"readme.md", "claude.md", "agents.md", "license.md", "contributing.md", "changelog.md"})
_LISTS = ("tags", "capabilities", "scenarios", "tech_stack")
_SHARED_NAME = "its own name is another agent's"
_GONE = "the file is gone or gives another agent now"
_MARK = b"imported"


@record
class Remark:
    """What is worth knowing about a file that was taken; remarks of one ``kind`` are told together where many are."""

    source: str
    text: str
    kind: str = ""


class Gathering:
    """Agents' files of one import: of two that give the same handle the first counts, whatever folder it is in.

    Args:
        session: The call.
        before: What the files brought before.
    """

    def __init__(self, session: Session, before: Before) -> None:
        self.skipped: list[tuple[str, str]] = []
        self.remarks: list[Remark] = []
        self.found: dict[str, AgentFile] = {}
        self._session = session
        self._before = before
        self._folders: list[str] = []
        self._sources = {composed(agent.source): agent for agent in session.catalog.agents.values() if agent.source}

    def read(self, source: str) -> None:
        """Take the agents' files below a path, or the one that it names. Raises NotFoundError ``unknown_file``."""
        self._folders.append(self._session.repo.relative(source))
        before = len(self.skipped)
        files = list(self._find_files(source))
        if not files and len(self.skipped) == before:
            self.skipped.append(
                (self._folders[-1], "holds no file that could be an agent's (Markdown, JSON, Codex' TOML)")
            )
        for path, folder in files:
            name = self._session.repo.relative(path)
            try:
                _require_text(name)
                self._add(read_agent_file(name, _read(path), folder=folder))
            except SkippedError as error:
                self.skipped.append((name, str(error)))

    def finish(self) -> dict[str, dict[str, Any]]:
        """Return handle -> the fields that change, and remark on what could not be as the files say."""
        changes = {}
        taken: dict[str, str] = {}
        for found in self.found.values():
            fields = self._fresh_fields(found, taken)
            if fields:
                changes[found.handle] = fields
            if found.remark:
                self.remarks.append(Remark(found.path, found.remark, found.remark))
        self.remarks += self._left_behind()
        return changes

    def _find_files(self, source: str) -> Iterator[tuple[str, str]]:
        """Yield the files that may hold agents below a path, sorted, each with its folder, from the path's own on.

        The repository's own folder says nothing: every clone may call it otherwise.
        """
        if not os.path.isdir(source):
            if not os.path.isfile(source):
                fault = "is neither a file nor a folder" if os.path.lexists(source) else "does not exist"
                hint = "Name a file or a folder of agents."
                raise NotFoundError("unknown_file", f"{source} {fault}.", hint=hint)
            yield source, self._name_of(os.path.dirname(os.path.abspath(source)))
            return
        first = self._name_of(os.path.abspath(source))
        for folder, folders, names in os.walk(source):
            folders[:] = sorted(name for name in folders if name != ".git")
            below = os.path.relpath(folder, source).replace(os.sep, "/")
            if _SKILL in names and below != ".":  # what else lies there belongs to the skill
                folders[:], names = [], [_SKILL]
            for name in list(folders):
                why = _why_not_inside(os.path.join(folder, name))
                if why:
                    folders.remove(name)
                    self.skipped.append((self._session.repo.relative(os.path.join(folder, name)), why))
            for name in sorted(names):
                if _may_hold_agent(folder, name):
                    yield os.path.join(folder, name), f"{first}/{below}"

    def _name_of(self, folder: str) -> str:
        return "" if self._session.repo.relative(folder) == "." else os.path.basename(folder)

    def _add(self, found: AgentFile) -> None:
        found = self._under_known_handle(found)
        earlier = self.found.get(found.handle)
        if earlier is not None and earlier.path == found.path:
            return
        if earlier is not None:
            if tidy(found.name).casefold() == tidy(earlier.name).casefold():
                raise SkippedError(f"gives the same handle {found.handle} as {earlier.path}")
            found = replace(found, handle=mark_handle(found.handle, found.name), alias="")
            if found.handle in self.found:
                return
        clash = self._clash(found)
        if clash:
            raise SkippedError(clash)
        self.found[found.handle] = found

    def _under_known_handle(self, found: AgentFile) -> AgentFile:
        """Return an agent under the handle that it has, from whichever folder it is imported and whoever renamed it."""
        known = self._sources.get(composed(found.path))
        if known is None:
            return found
        is_same = known.name.partition(".")[2] == found.handle.partition(".")[2]
        if not is_same and not {found.handle, found.alias}.intersection(known.aliases):
            return found
        return replace(found, handle=known.name, alias="" if found.alias == known.name else found.alias)

    def _clash(self, found: AgentFile) -> str:
        """Return why an agent's file cannot be taken, or nothing."""
        known = self._catalog.find(found.handle)
        if known is None:
            return ""
        if known.name != found.handle:
            return f"its handle {found.handle} is an alias of {known.name}"
        if known.source:
            stays = composed(known.source) != composed(found.path) and self._exists(known.source)
            return f"{found.handle} came from {known.source}" if stays else ""
        described = dict(found.fields).get("description")
        by_hand = known.description and known.description != described
        return f"{found.handle} was written by hand and says something else" if by_hand else ""

    def _fresh_fields(self, found: AgentFile, taken: dict[str, str]) -> dict[str, Any]:
        """Return the fields that a file changes: its own words, with what people added to the lists kept."""
        known = self._catalog.agents.get(found.handle)
        have = entry_of(known) if known else {}
        have["imported"] = self._before.records(found.handle)
        says = dict(found.fields)
        lists = {field: says[field] for field in _LISTS if field in says}
        earlier = {found.path, known.source} if known else {found.path}
        merged = self._before.merge(
            found.handle, {field: have.get(field, []) for field in _LISTS}, {found.path: lists}, earlier
        )
        new: dict[str, Any] = {**says, "source": found.path, "imported": merged.records}
        new.update({field: [*lists.get(field, ()), *merged.kept[field]] or None for field in _LISTS})
        self.remarks += lost_entries(found.path, found.handle, merged.dropped)
        if found.alias and self._is_free(found, taken):
            new["aliases"] = list(dict.fromkeys([*have.get("aliases", ()), found.alias]))
        return {field: value for field, value in new.items() if have.get(field) != value}

    def _is_free(self, found: AgentFile, taken: dict[str, str]) -> bool:
        """Return whether an agent's own name may be its alias; else remark on whose it is."""
        known = self._catalog.find(found.alias)
        owner = known.name if known else found.alias if found.alias in self.found else taken.get(found.alias)
        if owner is None or owner == found.handle:
            taken[found.alias] = found.handle
            return True
        what = f"{found.handle} is not known as {found.alias}, "
        what += "which is another agent" if owner == found.alias else f"which is {owner}"
        self.remarks.append(Remark(found.path, what, _SHARED_NAME))
        return False

    def _left_behind(self) -> Iterator[Remark]:
        """Yield agents that came from a file which is gone, or which gives another agent now."""
        skipped = {source for source, _ in self.skipped}
        for agent in self._catalog.agents.values():
            source = agent.source
            if agent.name in self.found or agent.is_retired or source in skipped or not self._is_agents_file(source):
                continue
            now = next((found.handle for found in self.found.values() if found.path == source), "")
            if now or not self._exists(source):
                what = f"gives {now} now" if now else "is gone"
                yield Remark(
                    source, f"{what}, and {agent.name} came from it: `flaggit agents retire {agent.name}`", _GONE
                )

    def _is_agents_file(self, source: str) -> bool:
        is_agents = source.lower().endswith((*_ENDINGS, _CODEX[0]))
        return is_agents and any(
            folder in (".", source) or source.startswith(f"{folder.rstrip('/')}/") for folder in self._folders
        )

    def _exists(self, source: str) -> bool:
        return os.path.isfile(os.path.join(self._session.repo.get_root(), source))

    @property
    def _catalog(self) -> Catalog:
        return self._session.catalog


def lost_entries(source: str, handle: str, dropped: Mapping[str, Sequence[str]]) -> list[Remark]:
    """Return the remark that an agent loses what a source brought it and says no more; none where it loses nothing."""
    lists = [f"{field} {', '.join(entries)}" for field, entries in dropped.items()]
    return [Remark(source, f"says no more, and takes away from {handle}: {'; '.join(lists)}")] if lists else []


def _may_hold_agent(folder: str, name: str) -> bool:
    ending, place = _CODEX
    in_place = os.path.basename(os.path.abspath(folder)) == place
    return name.lower().endswith(_ENDINGS) or (name.lower().endswith(ending) and in_place)


def _why_not_inside(folder: str) -> str:
    """Return why a folder is not looked into, or nothing."""
    if os.path.islink(folder):
        return "is a link to a folder: name what it leads to"
    return _OTHERS.get(os.path.basename(folder), "")


def _require_text(name: str) -> None:
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        raise SkippedError("has a name that is not UTF-8, which no catalog can hold") from None


def _read(path: str) -> bytes:
    from flaggit.git.files import read_file

    if os.path.basename(path).lower() in _NO_AGENTS:
        raise SkippedError("is by its name no agent's file")
    try:
        return read_file(path, LIMIT)
    except OSError as error:
        raise SkippedError(f"cannot be read: {error}") from None


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
        """Return the imported fields of an agent, as its entry has them; None for nothing."""
        return self._records.get(agent) or None

    def merge(self, agent: str, have: Lists, now: Mapping[str, Lists], earlier: Collection[str]) -> Merged:
        """Return an agent's lists after the import, and keep them as imported.

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
    """Return the fields that a source brings: what it says and was not there already, unless it brought that itself."""
    fresh = {
        field: [entry for entry in entries if entry not in have[field] or entry in brought[field]]
        for field, entries in lists.items()
    }
    return {"from": source, **{field: entries for field, entries in fresh.items() if entries}}
