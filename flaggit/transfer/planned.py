"""What an import would bring, and what each record lost or changed on the way."""

from __future__ import annotations

import hashlib

from flaggit.core.errors import InvalidError
from flaggit.core.handles import is_handle, mark_handle, nearest_handle
from flaggit.core.ids import derived_flag_id
from flaggit.core.model import ALWAYS_CRITICAL, FREE_FIELDS, Completion, Flag, Note, Problem
from flaggit.core.record import record, replace
from flaggit.core.text import forbidden_characters, shorten, tidy
from flaggit.documents.rules import check_flag, errors_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping
    from typing import Any

    from flaggit.documents.settings import Settings

_OPTIONAL = tuple(field.name for field in FREE_FIELDS if not field.required and field.name != "notes")
_MAX_TEXT = 20_000
_SHOWN = 60


@record
class Plan:
    """Flags, completions and notes to be, remarks on what was changed, and the records that could not be mapped.

    ``agents`` are new entries of the catalog: handle and fields.
    """

    flags: tuple[Flag, ...] = ()
    completions: tuple[Completion, ...] = ()
    notes: tuple[Note, ...] = ()
    remarks: tuple[Problem, ...] = ()
    unmapped: tuple[Problem, ...] = ()
    agents: tuple[tuple[str, Mapping[str, Any]], ...] = ()


class UnmappableError(ValueError):
    """A record that no flag can stand for; the message says why."""


class Origin:
    """One record of the other system: its name, and what flaggit could not keep as it was.

    ``kept`` are sentences with the original values; they end up in the flag's notes.
    """

    def __init__(self, label: str) -> None:
        self.label = label
        self.kept: list[str] = []
        self.remarks: list[Problem] = []

    def remark(self, message: str, field: str = "") -> None:
        """Say what was changed."""
        text = f"{self.label}: {message}."
        self.remarks.append(Problem("", "import", text, level="warning", field=field, data=(("record", self.label),)))

    def note_change(self, field: str, value: object, why: str) -> None:
        """Say that a value was changed, and keep the original for the flag's notes."""
        text = tidy(str(value))[:_MAX_TEXT]
        self.kept.append(f"{field} was: {text}")
        self.remark(f"{field} {shorten(text, _SHOWN)!r} {why}", field)

    def unmapped(self, error: Exception) -> Problem:
        """Return the finding that this record could not be mapped."""
        return Problem("", "unmappable", f"{self.label}: {error}.", data=(("record", self.label),))

    def clean(self, field: str, text: str) -> str:
        """Return a text as it can be stored; characters that cannot be are shown as escapes."""
        cleaned = tidy(text)
        found = forbidden_characters(cleaned)
        for char in found:
            cleaned = cleaned.replace(char, f"\\u{ord(char):04x}")
        if found:
            self.remark(f"control characters of {field} are written as escapes", field)
        return cleaned


class Handles:
    """Other systems' names of agents as handles.

    Args:
        given: Name -> handle, as the caller wants it.
        identify: Name -> handle, as the catalog knows it by login or e-mail address.
    """

    def __init__(self, given: dict[str, str], identify: Callable[[str], str | None]) -> None:
        self._given = {name.removeprefix("@"): handle for name, handle in given.items()}
        self._identify = identify
        self._made: dict[str, str] = {}  # name -> handle, of names that are none
        self._taken: dict[str, str] = {}  # handle -> the name, without case, that it was made of

    def reserve(self, names: Iterable[str]) -> None:
        """Give handles to all names of an import before any is asked for, so that no two names share one."""
        bare = sorted({name.strip().removeprefix("@") for name in names})
        self._taken.update({f"@{name}": name for name in bare if is_handle(f"@{name}")})
        for name in bare:
            self._make(name)

    def _make(self, name: str) -> str | None:
        """Return the handle made of a name that is none; another than that of each other name."""
        if name not in self._made:
            made = nearest_handle(name)
            if made is None:
                return None
            if self._taken.setdefault(made, name.casefold()) != name.casefold():
                made = mark_handle(made, name.casefold())
            self._made[name] = made
        return self._made[name]

    def get(self, name: str, field: str, origin: Origin) -> str:
        """Return the handle for a name. Raises UnmappableError where nothing of it is left."""
        bare = name.strip().removeprefix("@")
        handle = self._given.get(bare) or ("@" + bare if is_handle("@" + bare) else None)
        if handle is not None:
            return handle
        handle = self._identify(bare) or self._make(bare)
        if handle is None:
            raise UnmappableError(f"{field} {name!r} is no agent; --map '{name}=@domain.module' says who is meant")
        origin.note_change(field, name, f"became {handle}")
        return handle


def parse_map(entries: Iterable[str]) -> dict[str, str]:
    """Return the names and handles of ``--map`` entries, ``NAME=@handle`` each. Raises InvalidError ``usage``."""
    given: dict[str, str] = {}
    for entry in entries:
        name, equals, handle = entry.rpartition("=")
        if not equals or not name.strip() or not is_handle(handle.strip()):
            raise InvalidError("usage", f"--map {entry!r} is not of the form NAME=@domain.module.")
        given[name.strip()] = handle.strip()
    return given


def derive_id(taken: Collection[str], *facts: object) -> str:
    """Return the id that stands for facts that never change: wherever they are imported, the same.

    ``taken`` are ids of records before this one; should two ever meet, the later one takes the next.
    """
    import json

    for attempt in range(1000):
        text = json.dumps([*map(str, facts), attempt] if attempt else [*map(str, facts)], ensure_ascii=True)
        flag_id = derived_flag_id(hashlib.sha256(text.encode()).digest())
        if flag_id not in taken:
            return flag_id
    raise AssertionError("a thousand hashes in a row were taken")


def fit_impact(kind: str, impact: str, target: str | None, origin: Origin) -> str:
    """Return the impact that the rules allow for a type and a target, nearest to the one given.

    Raises:
        UnmappableError: The type has to be critical, and critical flags name a target.
    """
    fitting = impact
    if kind in ALWAYS_CRITICAL:
        fitting = "critical"
    elif kind == "breaking_change" and impact == "low":
        fitting = "medium"
    elif kind != "breaking_change" and impact == "critical":
        fitting = "high"
    if target is None and fitting in ("high", "critical"):
        if kind in ALWAYS_CRITICAL:
            raise UnmappableError(f"a flag of type {kind} has to name its target, and this one names none")
        fitting = "medium"
    if fitting != impact:
        origin.note_change("impact_level", impact, f"became {fitting}, which the rules allow")
    return fitting


def normalise(flag: Flag, origin: Origin, settings: Settings) -> Flag:
    """Return the flag as it can be stored: optional fields that break a rule move to its notes.

    Raises:
        UnmappableError: What remains still breaks a rule.
    """
    faults = {problem.field: problem for problem in errors_of(check_flag(flag, settings)) if _counts(problem)}
    for field in _OPTIONAL:
        if field in faults:
            origin.note_change(field, _shown(getattr(flag, field)), "stands in the notes: it breaks a rule")
            flag = replace(flag, **{field: () if field == "related_files" else None})
    notes = "\n".join(filter(None, [flag.notes, *origin.kept]))
    flag = replace(flag, notes=notes[:_MAX_TEXT] or None)
    problems = check_flag(flag, settings)
    faults_left = [problem.message.rstrip(".") for problem in errors_of(problems) if _counts(problem)]
    if faults_left:
        raise UnmappableError("; ".join(faults_left))
    for problem in problems:
        if not problem.is_error or not _counts(problem):
            text = f"{origin.label}: {problem.message}"
            origin.remarks.append(replace(problem, message=text, level="warning", ids=(flag.id,)))
    return flag


def _counts(problem: Problem) -> bool:
    """Return whether a broken rule stands against importing: a short text does not."""
    return problem.code != "too_short"


def _shown(value: object) -> str:
    return ", ".join(value) if isinstance(value, tuple) else str(value)
