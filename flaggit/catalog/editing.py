"""Edits a catalog's bytes: only the changed agents' own lines change; comments and all else stay.

An agent in block style keeps its untouched fields byte for byte; one in flow style (on a line, or
JSON) is written anew. Whatever is written is read back before it is returned, so that an edit can
never change another agent.
"""

from __future__ import annotations

from flaggit.catalog.parsing import MAX_AGENTS, parse_catalog
from flaggit.core.errors import InternalError, InvalidError
from flaggit.documents.canonical import dump_field, quote
from flaggit.documents.codec import CodecError, dump_yaml, find_entries, find_spans, join_surrogates, load_yaml

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from typing import Any

    from flaggit.core.model import OwnershipRule, Problem
    from flaggit.documents.codec import Entry

    _Edit = tuple[int, int, str, list[str]]  # first line, the line behind the last, order at one place, new lines

# The order in which fields are written; a new one finds its place by it.
ORDER = (
    "description",
    "module",
    "sub_module",
    "role",
    "status",
    "replaced_by",
    "capabilities",
    "tags",
    "scenarios",
    "tech_stack",
    "owns",
    "identities",
    "aliases",
    "members",
    "connections",
    "model",
    "color",
    "source",
    "imported",
)
_START = b"schema: 1\nagents: {}\n"
_REMARK = b"# The order of these agents decides who owns what: of all patterns that match a path the last wins.\n"
_TOO_MUCH = "Put agents into files of their own below .flags/catalog.d/, or import fewer folders."
_WIDTH = 100
_INDENT = "  "


def edit_catalog(
    data: bytes, changes: Mapping[str, Mapping[str, Any]], *, path: str = "the catalog", keep_order: bool = False
) -> bytes:
    """Return a catalog's bytes with some agents changed or added.

    Args:
        data: The file; empty for a new one.
        changes: Handle -> field -> new value; None takes a field away. An agent that is not there is added.
        path: The file's name, for errors.
        keep_order: New agents go to the end in the order of ``changes``, since that decides who owns what.

    Raises:
        InvalidError: ``bad_catalog``, where the file cannot be read, or no longer could be.
    """
    data = data if data.strip() else (_REMARK if keep_order else b"") + _START
    try:
        document = load_yaml(data).document
    except CodecError as error:
        raise InvalidError(
            "bad_catalog",
            f"{path}:{error.line} {error.message}, so it is not written to.",
            hint="Mend the file, then look with `flaggit agents check`.",
        ) from None
    agents = document.get("agents") or {}
    wanted = {**agents, **{name: _merge(agents.get(name), fields) for name, fields in changes.items()}}
    if len(wanted) > max(MAX_AGENTS, len(agents)):
        message = f"With that {path} holds {len(wanted):,} agents, more than {MAX_AGENTS:,}; nothing is written."
        raise InvalidError("bad_catalog", message, hint=_TOO_MUCH)
    text = _opened(join_surrogates(data.decode("utf-8").replace("\r\n", "\n")), agents)
    entries = find_entries(text, "agents")
    if entries is None or (not entries and "agents:" not in text.split("\n")):
        edited = dump_yaml({**document, "agents": wanted})
    else:
        edited = _splice(text, entries, changes, wanted, keep_order=keep_order).encode("utf-8")
    _verify(edited, wanted, path)
    return edited


def edit_ownership(data: bytes, rules: Sequence[OwnershipRule], *, path: str = "the catalog") -> bytes:
    """Return a catalog's bytes with another ``ownership``; the agents' lines stay.

    Args:
        data: The file; empty for a new one.
        rules: All of it; none takes it away.
        path: The file's name, for errors.
    """
    text = (data if data.strip() else _START).decode("utf-8").replace("\r\n", "\n")
    spans = find_spans(text)
    lines = text.split("\n")
    if "ownership" in spans:
        last, column = spans["ownership"].end
        end = last + (column > 0)
        while end < len(lines) and not lines[end].strip():
            end += 1
        lines[spans["ownership"].key_line : end] = []
    number = spans["schema"].key_line if "schema" in spans else None
    if number is not None:
        lines[number] = f"schema: {2 if rules else 1}"
    elif rules:
        lines.insert(0, "schema: 2")
    text = "\n".join(lines).rstrip("\n") + "\n"
    if rules:
        text += "ownership:\n" + "".join(f"{_INDENT}- {_dump_rule(rule)}\n" for rule in rules)
    edited = text.encode("utf-8")
    _verify(edited, load_yaml(data).document.get("agents") or {} if data.strip() else {}, path)
    return edited


def _dump_rule(rule: OwnershipRule) -> str:
    fields = [f"pattern: {quote(rule.pattern)}", f"owners: [{', '.join(map(quote, rule.owners))}]"]
    fields += [f"section: {quote(rule.section)}"] if rule.section else []
    fields += ["exclude: true"] if rule.exclude else []
    return "{" + ", ".join(fields) + "}"


def order_agents(data: bytes, order: Sequence[str], *, path: str = "the catalog") -> bytes:
    """Return a catalog's bytes with some agents in another order, their lines and remarks with them.

    Args:
        data: The file.
        order: The agents whose order counts; they take each other's places, all others stay.
        path: The file's name, for errors.
    """
    text = data.decode("utf-8").replace("\r\n", "\n")
    entries = find_entries(text, "agents") or []
    rank = {name: number for number, name in enumerate(order)}
    places = [number for number, entry in enumerate(entries) if entry.name in rank]
    wanted = sorted(places, key=lambda number: rank[entries[number].name])
    if wanted == places:
        return data
    lines = text.split("\n")
    starts = [_remarked_from(lines, entries[0].line), *(entry.end for entry in entries[:-1])]
    blocks = [lines[start : entry.end] for start, entry in zip(starts, entries, strict=True)]
    moved = list(blocks)
    for place, source in zip(places, wanted, strict=True):
        moved[place] = blocks[source]
    edited = "\n".join([*lines[: starts[0]], *(line for block in moved for line in block), *lines[entries[-1].end :]])
    ordered = (edited.rstrip("\n") + "\n").encode("utf-8")
    _verify(ordered, load_yaml(data).document["agents"], path)
    return ordered


def dump_agent(name: str, entry: Mapping[str, Any], indent: str = _INDENT) -> list[str]:
    """Return the lines of one agent in block style."""
    if not entry:
        return [f"{indent}{quote(name)}: {{}}"]
    lines = [f"{indent}{quote(name)}:"]
    for key in sorted(entry, key=_place):
        lines += _dump_entry_field(key, entry[key], indent * 2)
    return lines


def _dump_entry_field(key: str, value: object, indent: str) -> list[str]:
    text = dump_field(key, value) if not isinstance(value, (list, tuple)) else _dump_list(key, value, len(indent))
    return [indent + line if line else line for line in text.split("\n")]


def _dump_list(key: str, items: list[Any] | tuple[Any, ...], indent: int) -> str:
    if any(isinstance(item, dict) for item in items):
        return f"{key}:" + "".join(f"\n{_INDENT}- {_dump_record(item, indent)}" for item in items)
    line = f"{key}: [{', '.join(quote(str(item)) for item in items)}]"
    return line if len(line) + indent <= _WIDTH else dump_field(key, list(items))


def _dump_record(record: Mapping[str, Any], indent: int) -> str:
    """Return an entry of a list of records: on one line, or a field a line where some are lists themselves."""
    if not any(isinstance(value, list) for value in record.values()):
        return "{" + ", ".join(f"{name}: {quote(str(text))}" for name, text in record.items()) + "}"
    inner = " " * len(f"{_INDENT}- ")
    fields = (
        _dump_list(name, value, indent + len(inner)) if isinstance(value, list) else f"{name}: {quote(value)}"
        for name, value in record.items()
    )
    return "\n".join(fields).replace("\n", f"\n{inner}")


def _opened(text: str, agents: Mapping[str, object]) -> str:
    """Return a text whose empty ``agents: {}`` is open for lines below it."""
    if agents:
        return text
    lines = ["agents:" if line.rstrip() == "agents: {}" else line for line in text.split("\n")]
    return "\n".join(lines)


def _merge(entry: Mapping[str, Any] | None, fields: Mapping[str, Any]) -> dict[str, Any]:
    merged = {**(entry or {}), **fields}
    return {key: value for key, value in merged.items() if value is not None}


def _splice(
    text: str, entries: list[Entry], changes: Mapping[str, Any], wanted: Mapping[str, Any], *, keep_order: bool
) -> str:
    """Return the text with the changed agents' lines replaced, from the last to the first, and new ones put in."""
    lines = text.split("\n")
    known = {entry.name: entry for entry in entries}
    indent = " " * entries[0].column if entries else _INDENT
    edits: list[_Edit] = []
    for number, name in enumerate(changes):
        entry = known.get(name)
        if entry is None:
            at = _end(entries, lines) if keep_order else _place_for(name, entries, lines)
            # "@": behind new fields of the agent that ends there, whose order is told by digits.
            edits.append((at, at, f"@{number:05}" if keep_order else name, dump_agent(name, wanted[name], indent)))
        elif entry.is_block:
            edits += _field_edits(entry, changes[name])
        else:
            edits.append((entry.line, entry.end, name, dump_agent(name, wanted[name], indent)))
    for start, end, _, new in sorted(edits, key=lambda edit: edit[:3], reverse=True):
        lines[start:end] = new
    return "\n".join(lines).rstrip("\n") + "\n"


def _field_edits(entry: Entry, fields: Mapping[str, Any]) -> list[_Edit]:
    indent = " " * entry.fields[0].column
    edits: list[_Edit] = []
    known = {field.name: field for field in entry.fields}
    for key, value in fields.items():
        new = [] if value is None else _dump_entry_field(key, value, indent)
        if key in known:
            edits.append((known[key].line, known[key].end, key, new))
        elif new:
            before = [field.end for field in entry.fields if _place(field.name) < _place(key)]
            at = max(before, default=entry.fields[0].line)
            edits.append((at, at, f"{_place(key):02}", new))
    return edits


def _place_for(name: str, entries: list[Entry], lines: list[str]) -> int:
    """Return the line before which a new agent goes: by the alphabet where the others stand so, else at the end."""
    names = [entry.name for entry in entries]
    if names != sorted(names) or not entries or name > names[-1]:
        return _end(entries, lines)
    return _remarked_from(lines, next(entry.line for entry in entries if entry.name > name))


def _remarked_from(lines: list[str], at: int) -> int:
    """Return the line where the remarks above an agent begin, which are about that agent."""
    while at > 0 and lines[at - 1].lstrip().startswith("#") and lines[at - 1].startswith(" "):
        at -= 1
    return at


def _end(entries: list[Entry], lines: list[str]) -> int:
    return entries[-1].end if entries else lines.index("agents:") + 1


def _place(key: str) -> int:
    return ORDER.index(key) if key in ORDER else len(ORDER)


def _verify(data: bytes, wanted: Mapping[str, Any], path: str) -> None:
    try:
        agents = load_yaml(data).document.get("agents") or {}
    except CodecError as error:
        if error.code != "too_large":
            raise
        message = f"With that {path} {error.message}; nothing is written."
        raise InvalidError("bad_catalog", message, hint=_TOO_MUCH) from None
    if {name: entry or {} for name, entry in agents.items()} != {name: entry or {} for name, entry in wanted.items()}:
        raise InternalError(
            "internal", f"{path} could not be edited without touching other agents.", hint="Edit it by hand."
        )


def faults_of(files: Mapping[str, bytes], names: Collection[str]) -> list[Problem]:
    """Return the problems of some agents of the catalog that files make."""
    problems = parse_catalog(list(files.items())).problems
    return [problem for problem in problems if problem.is_error and set(problem.ids) & set(names)]
