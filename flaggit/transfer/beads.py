"""Issues that the tracker beads exports (``bd export``, JSON Lines) as flags, completions and notes."""

from __future__ import annotations

import datetime
import hashlib

from flaggit.core.layout import note_name
from flaggit.core.model import Completion, Flag, Note
from flaggit.core.record import replace
from flaggit.transfer.lines import read_documents
from flaggit.transfer.planned import Origin, Plan, UnmappableError, derive_id, fit_impact, normalise
from flaggit.transfer.timestamps import parse_timestamp

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from flaggit.core.model import Problem
    from flaggit.documents.settings import Settings
    from flaggit.transfer.planned import Handles

    Issue = dict[str, Any]

_TYPES = {"feature": "new_feature", "enhancement": "enhancement", "refactor": "refactor"}
_IMPACTS = {0: "high", 1: "high", 2: "medium", 3: "low", 4: "low"}
_UNASSIGNED = "beads.import"  # raises the issues that name nobody
_PARENTS = ("parent-child", "discovered-from")
_GONE = ("tombstone",)
# Fields that become something of a flag's own; whatever else an issue holds is kept in the notes.
_NAMES = (
    "id title description design acceptance_criteria status priority issue_type assignee created_by created_at"
    " closed_at close_reason updated_at dependencies comments _type content_hash dependency_count dependent_count"
    " comment_count source_repo compaction_level original_size"
)
_USED = frozenset(_NAMES.split())


def map_issues(text: str, handles: Handles, settings: Settings) -> Plan:
    """Return the flags of an export's issues.

    Args:
        text: JSON Lines.
        handles: Names of people and agents as handles.
        settings: Of the repository.
    """
    unmapped: list[Problem] = []
    issues = [(number, issue) for number, issue in read_documents(text, unmapped) if _is_issue(number, issue, unmapped)]
    return _Mapping(handles, settings, unmapped).run(issues)


class _Mapping:
    """One run over the issues: which flag each became."""

    def __init__(self, handles: Handles, settings: Settings, unmapped: list[Problem]) -> None:
        self._handles = handles
        self._settings = settings
        self._unmapped = unmapped
        self._ids: dict[str, str] = {}
        self._flags: list[Flag] = []
        self._completions: list[Completion] = []
        self._notes: list[Note] = []
        self._remarks: list[Problem] = []

    def run(self, issues: list[tuple[int, Issue]]) -> Plan:
        people = [_word(issue, field) for _, issue in issues for field in ("assignee", "created_by")]
        people += [
            _word(comment, "author")
            for _, issue in issues
            for comment in _list(issue, "comments")
            if isinstance(comment, dict)
        ]
        self._handles.reserve(people)
        taken: set[str] = set()
        for _, issue in issues:
            name = _word(issue, "id")
            if name not in self._ids:
                self._ids[name] = derive_id(taken, "beads", name, _word(issue, "created_at"))
                taken.add(self._ids[name])
        parents = _find_parents([issue for _, issue in issues])
        seen: set[str] = set()
        for _, issue in issues:
            origin = Origin(f"issue {_word(issue, 'id')}")
            try:
                if _word(issue, "id") in seen:
                    raise UnmappableError("stands in the file twice")
                seen.add(_word(issue, "id"))
                self._map(issue, parents.get(_word(issue, "id")), origin)
            except UnmappableError as error:
                self._unmapped.append(origin.unmapped(error))
                continue
            self._remarks += origin.remarks
        flags = _without_lost_links(self._flags)
        return Plan(
            tuple(flags), tuple(self._completions), tuple(self._notes), tuple(self._remarks), tuple(self._unmapped)
        )

    def _map(self, issue: Issue, parent: str | None, origin: Origin) -> None:
        flag = normalise(self._flag(issue, parent, origin), origin, self._settings)
        notes = [self._note(flag, comment, origin) for comment in _list(issue, "comments") if isinstance(comment, dict)]
        completion = self._completion(issue, flag, origin)
        self._flags.append(flag)
        self._notes += notes
        if completion is not None:
            self._completions.append(completion)

    def _flag(self, issue: Issue, parent: str | None, origin: Origin) -> Flag:
        name, kind, priority = _word(issue, "id"), _word(issue, "issue_type") or "task", issue.get("priority", 2)
        flag_type = _TYPES.get(kind, "change")
        impact = _IMPACTS.get(priority if isinstance(priority, int) else 2, "low")
        assignee = _word(issue, "assignee")
        target = self._handles.get(assignee, "assignee", origin) if assignee else None
        if target is None and impact == "high":
            origin.note_change("priority", priority, "became medium: nobody is assigned")
            impact = "medium"
        title = origin.clean("title", _word(issue, "title"))
        if not title:
            raise UnmappableError("has no title")
        head = f"Imported from beads, issue {name} ({kind}, priority {priority}): {title}"
        _note_rest(issue, self._ids, origin)
        return Flag(
            id=self._ids[name],
            flag_type=flag_type,
            impact_level=fit_impact(flag_type, impact, target, origin),
            source_agent=self._handles.get(_word(issue, "created_by") or _UNASSIGNED, "created_by", origin),
            target_agent=target,
            change_description=_joined(head, origin.clean("description", _word(issue, "description"))),
            action_required=_action(issue, name, origin),
            chain_origin_id=self._ids.get(parent or ""),
            created_at=_time(issue, "created_at"),
        )

    def _completion(self, issue: Issue, flag: Flag, origin: Origin) -> Completion | None:
        if _word(issue, "status") != "closed":
            return None
        at = issue.get("closed_at") or issue.get("updated_at") or issue.get("created_at")
        reason = origin.clean("close_reason", _word(issue, "close_reason")) or None
        by = flag.target_agent or flag.source_agent
        return Completion(flag.id, by, _time({"closed_at": at}, "closed_at"), notes=reason)

    def _note(self, flag: Flag, comment: object, origin: Origin) -> Note:
        if not isinstance(comment, dict) or not _word(comment, "text"):
            raise UnmappableError("has a comment without a text")
        author = self._handles.get(_word(comment, "author") or _UNASSIGNED, "author", origin)
        at, text = _time(comment, "created_at"), origin.clean("comment", _word(comment, "text"))
        digest = hashlib.sha256("\0".join((flag.id, author, at, text, _word(comment, "id"))).encode()).digest()
        return Note(note_name(flag.id, at, digest), author, at, text)


def _is_issue(number: int, issue: Issue, unmapped: list[Problem]) -> bool:
    """Return whether a line holds an issue; a deleted one is left out, anything else is listed."""
    if _word(issue, "id") and _word(issue, "status") not in _GONE and issue.get("_type", "issue") == "issue":
        return True
    if _word(issue, "status") not in _GONE:
        unmapped.append(Origin(f"line {number}").unmapped(ValueError("holds no issue")))
    return False


def _find_parents(issues: list[Issue]) -> dict[str, str]:
    """Return issue -> the issue it belongs to or came from; links that would close a circle are left out."""
    parents: dict[str, str] = {}
    for issue in issues:
        links = [link for link in _list(issue, "dependencies") if isinstance(link, dict)]
        for kind in _PARENTS:
            for link in links:
                parent, child = _word(link, "depends_on_id"), _word(issue, "id")
                if _word(link, "type") == kind and child not in parents and not _leads_to(parents, parent, child):
                    parents[child] = parent
    return parents


def _leads_to(parents: dict[str, str], start: str, goal: str) -> bool:
    while start:
        if start == goal:
            return True
        start = parents.get(start, "")
    return False


def _without_lost_links(flags: list[Flag]) -> list[Flag]:
    """Take away links to issues that could not be mapped."""
    ids = {flag.id for flag in flags}
    return [
        flag if flag.chain_origin_id is None or flag.chain_origin_id in ids else replace(flag, chain_origin_id=None)
        for flag in flags
    ]


def _action(issue: Issue, name: str, origin: Origin) -> str:
    parts = [
        f"Do what issue {name} asks, as described above, or say why it does not concern you; then complete this flag."
    ]
    for title, field in (("Acceptance criteria", "acceptance_criteria"), ("Design", "design")):
        text = origin.clean(field, _word(issue, field))
        if text:
            parts.append(f"{title}:\n{text}")
    return _joined(*parts)


def _note_rest(issue: Issue, ids: dict[str, str], origin: Origin) -> None:
    """Keep in the notes what has no field of its own: labels, other links, a state between open and closed."""
    if _word(issue, "status") not in ("", "open", "closed"):
        origin.kept.append(f"status was: {_word(issue, 'status')}")
    for link in _list(issue, "dependencies"):
        if isinstance(link, dict):
            other = _word(link, "depends_on_id")
            origin.kept.append(f"{_word(link, 'type') or 'depends on'}: {other} ({ids.get(other, 'not imported')})")
    for field, value in issue.items():
        if field not in _USED and value not in (None, "", [], {}, 0, False):
            shown = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
            origin.kept.append(origin.clean(field, f"{field}: {shown}"))


def _time(record: Issue, field: str) -> str:
    stamp = parse_timestamp(record.get(field), datetime.UTC)
    if stamp is None:
        raise UnmappableError(f"{field} {record.get(field)!r} is no time")
    return stamp.text


def _word(record: Issue, field: str) -> str:
    value = record.get(field)
    return "" if value is None else str(value).strip()


def _list(record: Issue, field: str) -> list[Any]:
    value = record.get(field)
    return value if isinstance(value, list) else []


def _joined(*parts: str) -> str:
    return "\n\n".join(part for part in parts if part)
