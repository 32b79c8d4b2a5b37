"""What flaggit talks about: small immutable values, and nothing that touches a file or a process.

A *document* is the plain mapping that a YAML file holds; ``flag_from_document`` and its like
turn one into a value, ``flag_document`` turns a value back. Field names, their order and their
meaning are those of the published schemas.
"""

from __future__ import annotations

from flaggit.core.record import record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    Document = dict[str, Any]

SCHEMA_VERSION = 1

FLAG_TYPES = (
    "breaking_change",
    "new_feature",
    "refactor",
    "deprecation",
    "enhancement",
    "change",
    "information_request",
    "security",
    "data_loss",
)
IMPACT_LEVELS = ("critical", "high", "medium", "low")
IMPACT_RANK = {level: rank for rank, level in enumerate(IMPACT_LEVELS)}
RESOLUTIONS = ("done", "not_applicable", "withdrawn", "superseded")
STATUSES = ("pending", "completed")
LEVELS = ("error", "warning", "note")

# Once committed these never change; the rest may be edited by source or target.
IMMUTABLE_FIELDS = (
    "schema",
    "id",
    "legacy_id",
    "source_agent",
    "target_agent",
    "created_at",
    "chain_origin_id",
    "re",
    "batch",
)
# The free texts, which are written as blocks.
TEXT_FIELDS = ("change_description", "action_required", "code_location", "example_usage", "context", "notes", "text")


@record
class Problem:
    """A finding about a file, a field or the store: a value that is returned, never raised or printed.

    ``rule`` is the stable id of the rule that judged (``F001``), ``code`` its stable word, ``fix``
    the next safe step. ``line`` counts from 1; 0 means the whole file. ``data`` holds further
    keys of the JSON form, such as ``current_length``.
    """

    rule: str
    code: str
    message: str
    level: str = "error"
    path: str = ""
    line: int = 0
    field: str = ""
    ids: tuple[str, ...] = ()
    fix: str = ""
    data: tuple[tuple[str, str | int | tuple[str, ...] | None], ...] = ()


@record
class Flag:
    """What ``source_agent`` changed and what ``target_agent`` has to do about it.

    ``target_agent`` is None for a flag that is for nobody in particular. ``context`` is JSON text.
    Times are RFC 3339 text in UTC.
    """

    id: str
    flag_type: str
    impact_level: str
    source_agent: str
    target_agent: str | None
    change_description: str
    action_required: str
    created_at: str
    legacy_id: int | None = None
    related_files: tuple[str, ...] = ()
    code_location: str | None = None
    example_usage: str | None = None
    context: str | None = None
    chain_origin_id: str | None = None
    re: str | None = None
    batch: str | None = None
    notes: str | None = None
    schema: int = SCHEMA_VERSION

    @property
    def is_question(self) -> bool:
        """Tell whether it asks about another flag."""
        return self.flag_type == "information_request" and self.re is not None


@record
class Completion:
    """That a flag is done: by whom, when, how (``resolution``, one of ``RESOLUTIONS``)."""

    id: str
    completed_by: str
    completed_at: str
    resolution: str = "done"
    superseded_by: str | None = None
    notes: str | None = None
    schema: int = SCHEMA_VERSION


@record
class Note:
    """A remark on a flag. ``name`` is the stem of its file: ``<id>-<compact time>-<random>``."""

    name: str
    author: str
    created_at: str
    text: str
    schema: int = SCHEMA_VERSION

    @property
    def flag_id(self) -> str:
        """Return the id of the flag that the note is about."""
        return self.name.partition("-")[0]


@record
class Identity:
    """How an agent is known to git and to a forge; any of the three may be empty."""

    email: str = ""
    signing_key: str = ""
    login: str = ""


@record
class Agent:
    """An entry of the catalog. ``owns`` are CODEOWNERS patterns; ``members`` makes it a team."""

    name: str
    description: str = ""
    module: str = ""
    sub_module: str = ""
    role: str = ""
    status: str = "active"
    replaced_by: str | None = None
    capabilities: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    scenarios: tuple[str, ...] = ()
    tech_stack: tuple[str, ...] = ()
    owns: tuple[str, ...] = ()
    identities: tuple[Identity, ...] = ()
    aliases: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    connections: tuple[str, ...] = ()
    model: str = ""
    color: str = ""
    source: str = ""

    @property
    def domain(self) -> str:
        """Return the part of the handle before the dot, which the older system calls its type."""
        return self.name[1:].partition(".")[0]


@record
class Lock:
    """Who holds a flag now, as read from a lock commit.

    ``tenure`` is a nonce that renewals keep, ``acquired`` and ``expires`` are RFC 3339 text,
    ``scope`` is ``shared`` (at the remote), ``local`` (this clone only) or ``fork``. ``done_on``
    names the branch that holds the flag's completion, ``done_at`` when that was written into the
    lock (RFC 3339 text), ``released`` marks a lock given up where
    the remote refuses deletion. ``worktree`` is ``<clone>/<worktree>``, two random tokens; ``dead``
    is derived: that worktree was of this clone and is gone. A ref that holds no lock commit has no
    holder (``""``).
    """

    flag_id: str
    holder: str
    instance: str
    tenure: str
    acquired: str
    expires: str
    oid: str = ""
    nonce: str = ""
    reason: str = ""
    scope: str = "local"
    done_on: str = ""
    done_at: str = ""
    released: bool = False
    patterns: tuple[str, ...] = ()
    worktree: str = ""
    dead: bool = False


@record
class Place:
    """Where a file was seen: ``kind`` is ``here``, ``worktree`` or ``branch``; ``name`` its path or ref."""

    kind: str
    name: str


@record
class Row:
    """A flag as it is listed: its file, and everything that is derived about it.

    ``path`` is relative to the root of the worktree or tree it lies in. ``completed_on`` is where
    the completion was seen. ``actionable``: it can be worked on from here (see the contract's Scope).
    """

    flag: Flag
    path: str
    place: Place
    completion: Completion | None = None
    completed_on: Place | None = None
    lock: Lock | None = None
    lock_expired: bool = False
    actionable: bool = False

    @property
    def status(self) -> str:
        """Return ``completed`` where a completion is visible, else ``pending``."""
        return "completed" if self.completion else "pending"

    @property
    def locked(self) -> bool:
        """Tell whether somebody holds the flag now (an expired lock reads as unlocked)."""
        return self.lock is not None and not self.lock_expired and not self.completion

    @property
    def order(self) -> str:
        """Return the sort key of every list."""
        return order_of(self.flag)


ORDER_OF_TIME = slice(2, None)  # what of ``order_of`` goes by time alone


def order_of(flag: Flag) -> str:
    """Return what flags are sorted by: impact, then time of creation (all are as long), then id."""
    return f"{IMPACT_RANK.get(flag.impact_level, len(IMPACT_RANK))} {flag.created_at} {flag.id}"


# name -> (types a value may have, required). The schemas say more; this much is needed to build a value.
_OPTIONAL_TEXT: tuple[tuple[type, ...], bool] = ((str,), False)
_TEXT: tuple[tuple[type, ...], bool] = ((str,), True)

FLAG_FIELDS: dict[str, tuple[tuple[type, ...], bool]] = {
    "schema": ((int,), True),
    "id": _TEXT,
    "legacy_id": ((int,), False),
    "flag_type": _TEXT,
    "impact_level": _TEXT,
    "source_agent": _TEXT,
    "target_agent": ((str, type(None)), True),
    "change_description": _TEXT,
    "action_required": _TEXT,
    "related_files": ((list,), False),
    "code_location": _OPTIONAL_TEXT,
    "example_usage": _OPTIONAL_TEXT,
    "context": _OPTIONAL_TEXT,
    "chain_origin_id": _OPTIONAL_TEXT,
    "re": _OPTIONAL_TEXT,
    "batch": _OPTIONAL_TEXT,
    "created_at": _TEXT,
    "notes": _OPTIONAL_TEXT,
}
COMPLETION_FIELDS: dict[str, tuple[tuple[type, ...], bool]] = {
    "schema": ((int,), True),
    "id": _TEXT,
    "completed_by": _TEXT,
    "completed_at": _TEXT,
    "resolution": _TEXT,
    "superseded_by": _OPTIONAL_TEXT,
    "notes": _OPTIONAL_TEXT,
}
NOTE_FIELDS: dict[str, tuple[tuple[type, ...], bool]] = {
    "schema": ((int,), True),
    "author": _TEXT,
    "created_at": _TEXT,
    "text": _TEXT,
}
FIELDS = {"flag": FLAG_FIELDS, "completion": COMPLETION_FIELDS, "note": NOTE_FIELDS}


def flag_from_document(document: Mapping[str, Any]) -> Flag:
    """Build a flag from what its file holds.

    Raises:
        ValueError: A field is missing, unknown or of the wrong type; the message names all such fields.
    """
    values = _checked(document, FLAG_FIELDS)
    files = values.get("related_files")
    if files is not None:
        if not all(type(item) is str for item in files):
            raise ValueError("related_files must be a list of texts")
        values["related_files"] = tuple(files)
    if values["flag_type"] not in FLAG_TYPES:
        raise ValueError(f"flag_type {values['flag_type']!r} is none of {', '.join(FLAG_TYPES)}")
    if values["impact_level"] not in IMPACT_RANK:
        raise ValueError(f"impact_level {values['impact_level']!r} is none of {', '.join(IMPACT_LEVELS)}")
    return Flag(**values)


def completion_from_document(document: Mapping[str, Any]) -> Completion:
    """Build a completion from what its file holds. Raises ValueError like ``flag_from_document``."""
    values = _checked(document, COMPLETION_FIELDS)
    if values["resolution"] not in RESOLUTIONS:
        raise ValueError(f"resolution {values['resolution']!r} is none of {', '.join(RESOLUTIONS)}")
    return Completion(**values)


def note_from_document(document: Mapping[str, Any], name: str) -> Note:
    """Build a note from what its file holds and the stem of its name. Raises ValueError like ``flag_from_document``."""
    return Note(name=name, **_checked(document, NOTE_FIELDS))


def flag_document(flag: Flag) -> Document:
    """Return what the flag's file holds: every key in the schema's order, optional ones only where set."""
    return _document(flag, FLAG_FIELDS)


def completion_document(completion: Completion) -> Document:
    """Return what the completion's file holds."""
    return _document(completion, COMPLETION_FIELDS)


def note_document(note: Note) -> Document:
    """Return what the note's file holds."""
    return _document(note, NOTE_FIELDS)


def _checked(document: Mapping[str, Any], fields: Mapping[str, tuple[tuple[type, ...], bool]]) -> Document:
    faults = []
    for key, value in document.items():
        if key not in fields:
            faults.append(f"unknown field {key}")
        elif type(value) not in fields[key][0]:
            faults.append(f"{key} must be {_TYPE_NAMES[fields[key][0][0]]}, not {value!r:.40}")
    faults += [f"{key} is missing" for key, (_, required) in fields.items() if required and key not in document]
    if faults:
        raise ValueError("; ".join(faults))
    if document["schema"] != SCHEMA_VERSION:
        raise ValueError(f"schema {document['schema']} is newer than this flaggit reads ({SCHEMA_VERSION})")
    return dict(document)


def _document(value: object, fields: Mapping[str, tuple[tuple[type, ...], bool]]) -> Document:
    document: Document = {}
    for key, (_, required) in fields.items():
        item = getattr(value, key)
        if isinstance(item, tuple):
            item = list(item)
        if required or item not in (None, []):
            document[key] = item
    return document


_TYPE_NAMES = {str: "a text", int: "a whole number", list: "a list"}
