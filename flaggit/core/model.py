"""What flaggit talks about: small immutable values, and nothing that touches a file or a process.

A *document* is the plain mapping that a YAML file holds; ``flag_from_document`` and its like
turn one into a value, ``flag_document`` turns a value back. Field names, their order and their
meaning are those of the published schemas.
"""

from __future__ import annotations

from flaggit.core.record import record
from flaggit.core.text import visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    Document = dict[str, Any]

SCHEMA_VERSION = 1

REQUEST = "information_request"
FLAG_TYPES = (
    "breaking_change",
    "new_feature",
    "refactor",
    "deprecation",
    "enhancement",
    "change",
    REQUEST,
    "security",
    "data_loss",
)
IMPACT_LEVELS = ("critical", "high", "medium", "low")
ALWAYS_CRITICAL = ("security", "data_loss")
MAY_BE_CRITICAL = ("breaking_change", *ALWAYS_CRITICAL)
IMPACT_RANK = {level: rank for rank, level in enumerate(IMPACT_LEVELS)}
RESOLUTIONS = ("done", "not_applicable", "withdrawn", "superseded")
STATUSES = ("pending", "completed")
LANES = ("pending", "held", "waiting", "done")  # where a flag stands, for whoever follows the work
LEVELS = ("error", "warning", "note")
# How grave a finding is, by what ``trailers``, ``unflagged.*`` or ``lock.paths_hook`` says; empty: it is none.
LEVEL_OF_SETTING = {
    "off": "",
    "hint": "note",
    "note": "note",
    "warn": "warning",
    "require": "error",
    "error": "error",
}


def name_target(target: str | None) -> str:
    """Return whom a flag is for, as sentences and lists name it: a handle, or ``anyone``."""
    return target or "anyone"


@record
class Field:
    """One field of a file. Whatever depends on which fields there are is derived from these, and only from these.

    Attributes:
        name: The key in the file, and the attribute of the value.
        kind: ``text`` (free text of several lines), ``word`` (text in one line; with a label, the id of another
            flag), ``number``, ``paths`` (a list of texts) or ``target`` (text or null).
        required: Stands in every file.
        fixed: Never changes once committed; the rest may be edited by source or target.
        label: What people read above its value; empty where it is shown in another way.
        option: The option of ``create`` and ``edit`` that sets it; empty where it is not set as text.
        filled_in: ``check --fix`` supplies it where whoever wrote the file by hand left it out.
        since: The version of the format that brought it.
    """

    name: str
    kind: str
    required: bool = False
    fixed: bool = False
    label: str = ""
    option: str = ""
    filled_in: bool = False
    since: int = SCHEMA_VERSION

    @property
    def is_free(self) -> bool:
        """Whether anybody may have written any text into it."""
        return self.kind in ("text", "paths")


_FLAG = (
    Field("schema", "number", required=True, fixed=True, filled_in=True),
    Field("id", "word", required=True, fixed=True, filled_in=True),
    Field("legacy_id", "number", fixed=True),
    Field("flag_type", "word", required=True, option="--type"),
    Field("impact_level", "word", required=True, option="--impact", filled_in=True),
    Field("source_agent", "word", required=True, fixed=True),
    Field("target_agent", "target", required=True, fixed=True),
    Field("change_description", "text", required=True, label="What changed", option="--change"),
    Field("action_required", "text", required=True, label="What to do", option="--action"),
    Field("related_files", "paths", label="Files", option="--file"),
    Field("code_location", "text", label="Where", option="--location"),
    Field("example_usage", "text", label="Example", option="--example"),
    Field("context", "text", label="Context", option="--context"),
    Field("chain_origin_id", "word", fixed=True, label="Follows from"),
    Field("re", "word", fixed=True, label="About flag"),
    Field("batch", "word", fixed=True, label="Raised together as"),
    Field("created_at", "word", required=True, fixed=True, filled_in=True),
    Field("notes", "text", label="Notes", option="--notes"),
)
_COMPLETION = (
    Field("schema", "number", required=True, fixed=True),
    Field("id", "word", required=True, fixed=True),
    Field("completed_by", "word", required=True, fixed=True),
    Field("completed_at", "word", required=True, fixed=True),
    Field("resolution", "word", required=True, fixed=True),
    Field("superseded_by", "word", fixed=True, label="In favour of"),
    Field("notes", "text", fixed=True, label="Notes"),
)
_NOTE = (
    Field("schema", "number", required=True, fixed=True),
    Field("author", "word", required=True, fixed=True),
    Field("created_at", "word", required=True, fixed=True),
    Field("text", "text", required=True, fixed=True),
)
# Kind of file -> its fields by name, in the order in which they are written.
FIELDS = {
    kind: {field.name: field for field in fields}
    for kind, fields in (("flag", _FLAG), ("completion", _COMPLETION), ("note", _NOTE))
}
FLAG_FIELDS, COMPLETION_FIELDS, NOTE_FIELDS = FIELDS["flag"], FIELDS["completion"], FIELDS["note"]
IMMUTABLE_FIELDS = tuple(field.name for field in _FLAG if field.fixed)
HAND_WRITTEN = tuple(field.name for field in _FLAG if field.required and not field.filled_in)
EDITABLE_FIELDS = tuple(field.name for field in _FLAG if not field.fixed)
FREE_FIELDS = tuple(field for field in _FLAG if field.is_free)  # what a flag says in people's own words
REFERENCE_FIELDS = tuple(field for field in _FLAG if field.kind == "word" and field.label)


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

    @property
    def is_error(self) -> bool:
        """Return whether it stops what it is found in."""
        return self.level == "error"

    @property
    def where(self) -> str:
        """Return the file, with the line where one is known: ``path:line``."""
        return f"{self.path}:{self.line}" if self.line else self.path

    @property
    def order(self) -> tuple[str, int, int, str, tuple[str, ...]]:
        """The sort key of findings as they are read in a file: by place, then the gravest first."""
        return self.path, self.line, rank_of_level(self.level), self.rule, self.ids

    @property
    def urgency(self) -> tuple[int, str, int, str]:
        """The sort key of findings as a reviewer acts on them: the gravest first, then by place."""
        return rank_of_level(self.level), self.path, self.line, self.rule


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
    def is_request(self) -> bool:
        """Return whether its completion is an answer."""
        return self.flag_type == REQUEST

    @property
    def is_question(self) -> bool:
        """Return whether it asks about another flag."""
        return self.is_request and self.re is not None

    @property
    def target_name(self) -> str:
        """Return whom it is for, as lists name it: a handle, or ``anyone``."""
        return name_target(self.target_agent)


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

    @property
    def is_done(self) -> bool:
        """Return whether what was asked for was done, and not set aside."""
        return self.resolution == "done"


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

    @property
    def is_retired(self) -> bool:
        """Return whether it works no more."""
        return self.status == "retired"


@record
class OwnershipRule:
    """An entry of the catalog's ``ownership``: who owns what a pattern matches, nobody where no owner is named.

    ``section`` is the header of GitLab's, as it is written; ``exclude`` takes what matches out of its section.
    """

    pattern: str
    owners: tuple[str, ...] = ()
    section: str = ""
    exclude: bool = False


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
    the completion was seen. ``waits_on`` are the open questions that it waits on. ``actionable``: it
    can be worked on from here (see the contract's Scope).
    """

    flag: Flag
    path: str
    place: Place
    completion: Completion | None = None
    completed_on: Place | None = None
    lock: Lock | None = None
    lock_expired: bool = False
    actionable: bool = False
    waits_on: tuple[str, ...] = ()

    @property
    def status(self) -> str:
        """Return ``completed`` where a completion is visible, else ``pending``."""
        return "completed" if self.completion else "pending"

    @property
    def locked(self) -> bool:
        """Return whether somebody holds the flag now (an expired lock reads as unlocked)."""
        return self.lock is not None and not self.lock_expired and not self.completion

    @property
    def lane(self) -> str:
        """Return where the flag stands: one of ``LANES``; whoever holds it while it waits on an answer only waits."""
        if self.completion is not None:
            return "done"
        if self.waits_on:
            return "waiting"
        return "held" if self.locked else "pending"

    @property
    def merge_words(self) -> str:
        """Return where a completion waits for being merged: it was not seen in this worktree. Else nothing."""
        if self.completion is None or self.completed_on is None or self.completed_on.kind == "here":
            return ""
        kind = "in the worktree " if self.completed_on.kind == "worktree" else "on "
        return f" {kind}{visible(self.completed_on.name)}, waits for merge"

    @property
    def order(self) -> str:
        """Return the sort key of every list."""
        return order_of(self.flag)

    @property
    def completion_order(self) -> tuple[str, str]:
        """Return the sort key of completed flags by time; a pending one comes before all of them."""
        return self.completion.completed_at if self.completion is not None else "", self.flag.id


ORDER_OF_TIME = slice(2, None)  # what of ``order_of`` goes by time alone


def rank_of_level(level: str) -> int:
    """The place of one of ``LEVELS``, the gravest first."""
    return LEVELS.index(level)


def rank_of_impact(impact: str) -> int:
    """The place of one of ``IMPACT_LEVELS``, the most urgent first; any other word comes last."""
    return IMPACT_RANK.get(impact, len(IMPACT_RANK))


def default_impact(flag_type: str) -> str:
    """The impact of a flag whose raiser names none."""
    return "critical" if flag_type in ALWAYS_CRITICAL else "medium"


def order_of(flag: Flag) -> str:
    """Return the sort key of flags: impact, then time of creation (all are as long), then id."""
    return f"{rank_of_impact(flag.impact_level)} {flag.created_at} {flag.id}"


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
    """Return the document of a flag: every key in the schema's order, optional ones only where set."""
    return _document(flag, FLAG_FIELDS)


def completion_document(completion: Completion) -> Document:
    """Return the document of a completion."""
    return _document(completion, COMPLETION_FIELDS)


def note_document(note: Note) -> Document:
    """Return the document of a note."""
    return _document(note, NOTE_FIELDS)


def text_fields(kind: str) -> tuple[str, ...]:
    """The names of the free texts of a ``flag``, ``completion`` or ``note``, in their order."""
    return tuple(field.name for field in FIELDS[kind].values() if field.kind == "text")


def _checked(document: Mapping[str, Any], fields: Mapping[str, Field]) -> Document:
    faults = []
    for key, value in document.items():
        if key not in fields:
            faults.append(f"unknown field {key}")
        elif type(value) not in _TYPES[fields[key].kind]:
            faults.append(f"{key} must be {_TYPE_NAMES[_TYPES[fields[key].kind][0]]}, not {value!r:.40}")
    faults += [f"{key} is missing" for key, field in fields.items() if field.required and key not in document]
    if faults:
        raise ValueError("; ".join(faults))
    if document["schema"] != SCHEMA_VERSION:
        raise ValueError(f"schema {document['schema']} is newer than this flaggit reads ({SCHEMA_VERSION})")
    return dict(document)


def _document(value: object, fields: Mapping[str, Field]) -> Document:
    document: Document = {}
    for key, field in fields.items():
        item = getattr(value, key)
        if isinstance(item, tuple):
            item = list(item)
        if field.required or item not in (None, []):
            document[key] = item
    return document


_TYPES: dict[str, tuple[type, ...]] = {
    "text": (str,),
    "word": (str,),
    "number": (int,),
    "paths": (list,),
    "target": (str, type(None)),
}
_TYPE_NAMES = {str: "a text", int: "a whole number", list: "a list"}
