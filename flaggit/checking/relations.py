"""What the files of a store say about each other: ids, references, chains, completions, notes, the catalog."""

from __future__ import annotations

from flaggit.core.handles import is_handle
from flaggit.core.ids import LENGTH, is_flag_id
from flaggit.core.layout import DONE, STORE, SUFFIX, classify
from flaggit.core.model import Problem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from flaggit.catalog.catalog import Catalog
    from flaggit.checking.documents import Document
    from flaggit.documents.settings import Settings

_REFERENCES = ("chain_origin_id", "re", "superseded_by")
_DONE = f"{STORE}/{DONE}/"
_DONE_STEM = slice(len(_DONE), -len(SUFFIX))  # as layout.classify: what lies deeper is no id
_ID = slice(-LENGTH - len(SUFFIX), -len(SUFFIX))  # where a flag's path ends in its id


def check_relations(
    documents: Sequence[Document],
    settings: Settings,
    catalog: Catalog,
    exists: Callable[[str], bool],
    paths: Sequence[str],
    completed: Collection[str],
) -> list[Problem]:
    """Return the problems between files of one tree.

    Args:
        documents: What could be read of the files that are judged.
        settings: ``strict_targets`` decides how bad an unknown target is.
        catalog: The agents.
        exists: Tells whether a flag of that id is visible anywhere in the clone.
        paths: Every path of the tree, judged or not.
        completed: What ``completed_ids`` says of them.
    """
    places = _places(documents, paths)
    flags = [document for document in documents if document.location.kind == "flag"]
    return [
        *_duplicates(flags, places),
        *_legacy_duplicates(flags),
        *_references(documents, places, exists),
        *_cycles(flags),
        *_orphans(documents, places, exists),
        *_unknown_agents(flags, settings, catalog, completed),
    ]


def completed_ids(paths: Iterable[str]) -> set[str]:
    """Return the ids of the flags that have a completion among ``paths``."""
    stems = [path[_DONE_STEM] for path in paths if path.startswith(_DONE) and path.endswith(SUFFIX)]
    return set(filter(is_flag_id, stems))


def ids_of(documents: Iterable[Document]) -> set[str]:
    """Return every id that documents hold, are named by or refer to: what else there is of these is all that counts."""
    ids = {flag_id for document in documents for flag_id in (document.flag_id, document.location.flag_id)}
    ids |= {other for document in documents for field in _REFERENCES if (other := document.text(field))}
    return set(filter(is_flag_id, ids))


def _places(documents: Sequence[Document], paths: Iterable[str]) -> dict[str, list[str]]:
    """Return flag id -> the paths of its files, for every id that a judged file holds or names.

    By what the judged files hold, by name for the others.
    """
    places: dict[str, list[str]] = {}
    own = {document.path: document.flag_id for document in documents}
    wanted = {document.flag_id for document in documents}
    wanted |= {other for document in documents for field in _REFERENCES if (other := document.text(field))}
    for path in dict.fromkeys(paths):
        if path[_ID] not in wanted and path not in own:  # of a large store almost every path
            continue
        location = classify(path)
        if location is not None and location.kind == "flag":
            flag_id = own.get(path) or location.flag_id
            if flag_id:
                places.setdefault(flag_id, []).append(path)
    return places


def _duplicates(flags: Sequence[Document], places: Mapping[str, list[str]]) -> Iterable[Problem]:
    for flag in flags:
        others = [path for path in places.get(flag.flag_id, ()) if path != flag.path]
        if others:
            yield Problem(
                "F021",
                "duplicate_id",
                f"The id {flag.flag_id} stands for another flag too: {', '.join(others[:3])}.",
                path=flag.path,
                line=flag.lines.get("id", 0),
                field="id",
                ids=(flag.flag_id,),
                fix="Give the newer flag an id of its own, in its file and its file's name.",
            )


def _legacy_duplicates(flags: Sequence[Document]) -> Iterable[Problem]:
    seen: dict[int, str] = {}
    for flag in flags:
        number = flag.fields.get("legacy_id")
        if isinstance(number, int) and seen.setdefault(number, flag.path) != flag.path:
            message = f"The imported number {number} stands for another flag too: {seen[number]}."
            line, ids = flag.lines.get("legacy_id", 0), (flag.flag_id,)
            yield Problem(
                "F021",
                "duplicate_number",
                message,
                level="warning",
                path=flag.path,
                line=line,
                field="legacy_id",
                ids=ids,
            )


def _references(
    documents: Sequence[Document], places: Mapping[str, list[str]], exists: Callable[[str], bool]
) -> Iterable[Problem]:
    for document in documents:
        for field in _REFERENCES:
            other = document.text(field)
            if other is None or not is_flag_id(other):
                continue
            line = document.lines.get(field, 0)
            if other == document.flag_id and field != "chain_origin_id":  # a chain of itself is told as a cycle
                message = f"{field} names the flag itself."
                yield Problem(
                    "F022",
                    "self_reference",
                    message,
                    level="error",
                    path=document.path,
                    line=line,
                    field=field,
                    ids=(other,),
                )
            elif other not in places and not exists(other):
                message = f"{field} names the flag {other}, which is not visible here."
                ids = tuple(filter(None, (document.flag_id, other)))
                fix = "Nothing, where it is on a branch that was not fetched yet."
                yield Problem(
                    "F022",
                    "unknown_flag",
                    message,
                    level="warning",
                    path=document.path,
                    line=line,
                    field=field,
                    ids=ids,
                    fix=fix,
                )


def _cycles(flags: Sequence[Document]) -> Iterable[Problem]:
    """Report each cycle of chains once, at its first file."""
    by_id = {flag.flag_id: flag for flag in reversed(flags) if flag.flag_id}
    settled: set[str] = set()
    for start in by_id:
        trail: dict[str, None] = {}
        current: str | None = start
        while current is not None and current in by_id and current not in settled and current not in trail:
            trail[current] = None
            current = by_id[current].text("chain_origin_id")
        if current in trail:
            members = list(trail)[list(trail).index(current) :]
            first = min((by_id[member] for member in members), key=lambda flag: flag.path)
            yield Problem(
                "F023",
                "chain_cycle",
                f"The chain leads back to where it began: {' -> '.join([*members, members[0]])}.",
                path=first.path,
                line=first.lines.get("chain_origin_id", 0),
                field="chain_origin_id",
                ids=tuple(members),
                fix="Take chain_origin_id out of the flag that the chain began with.",
            )
        settled.update(trail)


def _orphans(
    documents: Sequence[Document], places: Mapping[str, list[str]], exists: Callable[[str], bool]
) -> Iterable[Problem]:
    for document in documents:
        kind, flag_id = document.location.kind, document.location.flag_id
        if kind not in ("completion", "note") or not flag_id or flag_id in places:
            continue
        where = "lies on another branch or worktree" if exists(flag_id) else "is not visible here"
        rule, code = ("F024", "orphan_completion") if kind == "completion" else ("F025", "orphan_note")
        message = f"The flag {flag_id} that this {kind} belongs to {where}."
        yield Problem(rule, code, message, level="warning", path=document.path, ids=(flag_id,))


def _unknown_agents(
    flags: Sequence[Document], settings: Settings, catalog: Catalog, completed: Collection[str]
) -> Iterable[Problem]:
    """Report which agents of pending flags the catalog does not know; an empty catalog knows everybody."""
    if not catalog.agents:
        return
    known: dict[str, bool] = {}
    for flag in flags:
        if flag.flag_id in completed:
            continue
        for field in ("source_agent", "target_agent"):
            handle = flag.text(field)
            if handle is None or not is_handle(handle):
                continue
            if handle not in known:
                known[handle] = catalog.find(handle) is not None
            if not known[handle]:
                yield _unknown_agent(flag, field, handle, settings, catalog)


def _unknown_agent(flag: Document, field: str, handle: str, settings: Settings, catalog: Catalog) -> Problem:
    from difflib import get_close_matches

    near = get_close_matches(handle, list(catalog.agents), 1)
    hint = f" Did you mean {near[0]}?" if near else ""
    level = "error" if settings.strict_targets and field == "target_agent" else "warning"
    return Problem(
        "F027",
        "unknown_target" if field == "target_agent" else "unknown_source",
        f"{field} {handle} is not in the catalog.{hint}",
        level=level,
        path=flag.path,
        line=flag.lines.get(field, 0),
        field=field,
        ids=(flag.flag_id,) if flag.flag_id else (),
        fix=f"flaggit agents add {handle}",
    )
