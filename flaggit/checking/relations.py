"""What the files of a store say about each other: ids, references, chains, completions, notes, the catalog.

Each file is a plain document with line numbers: checks judge before anything is a value.
"""

from __future__ import annotations

from flaggit.core.handles import is_handle
from flaggit.core.ids import LENGTH, is_flag_id
from flaggit.core.layout import DONE, STORE, SUFFIX, Location, classify
from flaggit.core.model import Problem
from flaggit.core.origins import find_cycles
from flaggit.core.record import record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable
    from typing import Any

    from flaggit.catalog.catalog import Catalog
    from flaggit.documents.settings import Settings

_REFERENCES = ("chain_origin_id", "re", "superseded_by")
_DONE = f"{STORE}/{DONE}/"
_DONE_STEM = slice(len(_DONE), -len(SUFFIX))  # as layout.classify: what lies deeper is no id
_ID_LINE = 2  # where a flag's id stands in nearly every file
_ID = slice(-LENGTH - len(SUFFIX), -len(SUFFIX))  # where a flag's path ends in its id


@record
class Document:
    """A file of the store that could be read: where it lies, what it holds, the line of each key."""

    path: str
    location: Location
    fields: dict[str, Any]
    lines: dict[str, int]

    @property
    def flag_id(self) -> str:
        """Return the id of the flag it is about: its own where it has a valid one, else its name's; or nothing."""
        own = self.fields.get("id")
        return own if isinstance(own, str) and is_flag_id(own) else self.location.flag_id

    def text(self, field: str) -> str | None:
        """Return a field's value where it is a text."""
        value = self.fields.get(field)
        return value if isinstance(value, str) else None


class Relations:
    """What the files of one tree say about each other, gathered file by file: little is kept of those that say nothing.

    Args:
        settings: ``strict_targets`` decides how bad an unknown target is.
        catalog: The agents; an empty one knows everybody.
    """

    def __init__(self, settings: Settings, catalog: Catalog) -> None:
        self._settings = settings
        self._catalog = catalog
        self._known_agents: dict[str, bool] = {}
        self._flags: dict[str, str] = {}  # id -> the first file of it
        self._again: dict[str, list[str]] = {}  # id -> the others
        self._id_lines: dict[str, int] = {}  # file -> the line of its id, where that is another than usual
        self._unread: set[str] = set()
        self._numbers: dict[int, str] = {}  # an older system's -> the first file that has it
        self._chained: dict[str, tuple[str, str, int]] = {}  # id -> the id it follows from, its file, the line
        self._naming: list[tuple[str, str, str, str, int]] = []  # file, its flag, field, the id it names, line
        self._belonging: list[str] = []  # files of completions and notes
        self._strangers: list[tuple[str, str, str, str, int]] = []  # file, its flag, field, agent, line
        self._problems: list[Problem] = []

    def add(self, document: Document) -> None:
        """Take in what a file says."""
        if document.location.kind == "flag":
            self._add_flag(document)
        elif document.location.flag_id:
            self._belonging.append(document.path)
        for field in _REFERENCES:
            other = document.text(field)
            if other is not None and is_flag_id(other):
                place = document.path, document.flag_id, field
                self._naming.append((*place, other, document.lines.get(field, 0)))

    def add_path(self, path: str) -> None:
        """Take in a file that is there and cannot be read: whose it is, its name says."""
        location = classify(path)
        if location is not None and location.kind == "flag" and location.flag_id:
            self._unread.add(path)
            self._add_place(location.flag_id, path)

    def ids(self) -> set[str]:
        """Return every id that files hold, are named by or refer to: what else there is of these is all that counts."""
        named = {other for _, _, _, other, _ in self._naming}
        stems = {location.flag_id for location in map(classify, self._belonging) if location is not None}
        return named | stems | self._flags.keys()

    def judge(
        self, others: Collection[str], exists: Callable[[str], bool], is_completed: Callable[[str], bool]
    ) -> list[Problem]:
        """Return the problems between the files.

        Args:
            others: Further paths of the same tree.
            exists: Tells whether a flag of that id is visible anywhere in the clone.
            is_completed: Tells whether the tree has a completion of it.
        """
        wanted = self.ids() if others else ()
        for path in others:
            if path[_ID] in wanted:  # of a large store almost none
                self.add_path(path)
        return [
            *self._problems,
            *self._duplicates(),
            *self._references(exists),
            *self._cycles(),
            *self._orphans(exists),
            *self._unknown_agents(is_completed),
        ]

    def _add_flag(self, flag: Document) -> None:
        flag_id, line = flag.flag_id, flag.lines.get("id", 0)
        if flag_id:
            origin = flag.text("chain_origin_id")
            if origin is not None:
                self._chained.setdefault(flag_id, (origin, flag.path, flag.lines.get("chain_origin_id", 0)))
            self._add_place(flag_id, flag.path)
            if line != _ID_LINE:
                self._id_lines[flag.path] = line
        number = flag.fields.get("legacy_id")
        if isinstance(number, int) and self._numbers.setdefault(number, flag.path) != flag.path:
            self._problems.append(_same_number(flag, number, self._numbers[number]))
        for field in ("source_agent", "target_agent") if self._catalog.agents else ():
            handle = flag.text(field)
            if handle is not None and is_handle(handle) and not self._knows(handle):
                self._strangers.append((flag.path, flag_id, field, handle, flag.lines.get(field, 0)))

    def _add_place(self, flag_id: str, path: str) -> None:
        if self._flags.setdefault(flag_id, path) != path:
            self._again.setdefault(flag_id, []).append(path)

    def _knows(self, handle: str) -> bool:
        if handle not in self._known_agents:
            self._known_agents[handle] = self._catalog.find(handle) is not None
        return self._known_agents[handle]

    def _duplicates(self) -> Iterable[Problem]:
        for flag_id, more in self._again.items():
            paths = list(dict.fromkeys([self._flags[flag_id], *more]))
            for path in paths:
                others = [other for other in paths if other != path]
                if others and path not in self._unread:
                    yield Problem(
                        "F021",
                        "duplicate_id",
                        f"The id {flag_id} stands for another flag too: {', '.join(others[:3])}.",
                        path=path,
                        line=self._id_lines.get(path, _ID_LINE),
                        field="id",
                        ids=(flag_id,),
                        fix="Give the newer flag an id of its own, in its file and its file's name.",
                    )

    def _references(self, exists: Callable[[str], bool]) -> Iterable[Problem]:
        for path, flag_id, field, other, line in self._naming:
            if other == flag_id and field != "chain_origin_id":  # a chain of itself is told as a cycle
                message = f"{field} names the flag itself."
                yield Problem(
                    "F022", "self_reference", message, level="error", path=path, line=line, field=field, ids=(other,)
                )
            elif other not in self._flags and not exists(other):
                message = f"{field} names the flag {other}, which is not visible here."
                yield Problem(
                    "F022",
                    "unknown_flag",
                    message,
                    level="warning",
                    path=path,
                    line=line,
                    field=field,
                    ids=tuple(filter(None, (flag_id, other))),
                    fix="Nothing, where it is on a branch that was not fetched yet.",
                )

    def _cycles(self) -> Iterable[Problem]:
        """Report each cycle of chains once, at its first file."""
        chained = self._chained
        for members in find_cycles({flag_id: origin for flag_id, (origin, _, _) in chained.items()}):
            _, path, line = min((chained[member] for member in members), key=lambda found: found[1])
            yield Problem(
                "F023",
                "chain_cycle",
                f"The chain leads back to where it began: {' -> '.join([*members, members[0]])}.",
                path=path,
                line=line,
                field="chain_origin_id",
                ids=members,
                fix="Take chain_origin_id out of the flag that the chain began with.",
            )

    def _orphans(self, exists: Callable[[str], bool]) -> Iterable[Problem]:
        for path in self._belonging:
            location = classify(path)
            if location is None or location.flag_id in self._flags:
                continue
            flag_id, kind = location.flag_id, location.kind
            where = "lies on another branch or worktree" if exists(flag_id) else "is not visible here"
            rule, code = ("F024", "orphan_completion") if kind == "completion" else ("F025", "orphan_note")
            message = f"The flag {flag_id} that this {kind} belongs to {where}."
            yield Problem(rule, code, message, level="warning", path=path, ids=(flag_id,))

    def _unknown_agents(self, is_completed: Callable[[str], bool]) -> Iterable[Problem]:
        """Report which agents of pending flags the catalog does not know."""
        for path, flag_id, field, handle, line in self._strangers:
            if not is_completed(flag_id):
                yield _unknown_agent(path, flag_id, field, handle, line, self._settings, self._catalog)


def _same_number(flag: Document, number: int, first: str) -> Problem:
    return Problem(
        "F021",
        "duplicate_number",
        f"The imported number {number} stands for another flag too: {first}.",
        level="warning",
        path=flag.path,
        line=flag.lines.get("legacy_id", 0),
        field="legacy_id",
        ids=(flag.flag_id,),
    )


def completed_ids(paths: Iterable[str]) -> set[str]:
    """Return the ids of the flags that have a completion among ``paths``."""
    stems = [path[_DONE_STEM] for path in paths if path.startswith(_DONE) and path.endswith(SUFFIX)]
    return set(filter(is_flag_id, stems))


def _unknown_agent(
    path: str, flag_id: str, field: str, handle: str, line: int, settings: Settings, catalog: Catalog
) -> Problem:
    from difflib import get_close_matches

    near = get_close_matches(handle, list(catalog.agents), 1)
    hint = f" Did you mean {near[0]}?" if near else ""
    level = "error" if settings.strict_targets and field == "target_agent" else "warning"
    return Problem(
        "F027",
        "unknown_target" if field == "target_agent" else "unknown_source",
        f"{field} {handle} is not in the catalog.{hint}",
        level=level,
        path=path,
        line=line,
        field=field,
        ids=(flag_id,) if flag_id else (),
        fix=f"flaggit agents add {handle}",
    )
