"""What the catalog's commands answer."""

from __future__ import annotations

from flaggit.core.record import fields_of
from flaggit.core.text import columns, padded, visible
from flaggit.output.json import problem_json
from flaggit.output.rows import hit_json
from flaggit.output.text import problem_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from flaggit.clone.session import Reply
    from flaggit.commands.agents.entries import AgentView
    from flaggit.commands.agents.search import Found, Ownership
    from flaggit.core.model import Agent, Problem
    from flaggit.lifecycle.agents_gathering import Remark
    from flaggit.lifecycle.agents_import import Imported
    from flaggit.output.text import Style

_WIDTH = 90
_SHOWN = 3
_MARKS = ("email", "signing_key", "login")


def agents_json(reply: Reply[tuple[Agent, ...]]) -> Any:
    """Return agents with the fields that they have."""
    return [agent_json(agent) for agent in reply.data]


def agent_json(agent: Agent) -> dict[str, Any]:
    """Return an agent: its handle and domain, and the fields that it has."""
    values: dict[str, Any] = {"name": agent.name, "domain": agent.domain}
    for name, value in fields_of(agent).items():
        if name == "identities":
            value = [{mark: getattr(item, mark) for mark in _MARKS if getattr(item, mark)} for item in value]
        if value and name != "name":
            values[name] = list(value) if isinstance(value, tuple) else value
    return values


def view_json(reply: Reply[AgentView]) -> Any:
    """Return one agent, its teams, and the file that it stands in."""
    view = reply.data
    values = {**agent_json(view.agent), "teams": list(view.teams), "path": view.path}
    return {**values, "dry_run": True} if view.dry_run else values


def hits_json(reply: Reply[Found]) -> Any:
    """Return the agents found; with what each says of itself where the search is unsure."""
    found = reply.data
    if not found.descriptions:
        return [hit_json(hit) for hit in found.hits]
    pairs = zip(found.hits, found.descriptions, strict=True)
    return [{**hit_json(hit), "description": said} for hit, said in pairs]


def imported_json(reply: Reply[Imported]) -> Any:
    """Return the result of an import."""
    data = reply.data
    values = {name: list(getattr(data, name)) for name in ("added", "updated", "unchanged", "remarks", "paths")}
    values["remarks"] = [_remark_text(remark.source, remark.text) for remark in data.remarks]
    skipped = [{"source": source, "reason": why} for source, why in data.skipped]
    return {**values, "skipped": skipped, "dry_run": data.dry_run}


def owners_json(reply: Reply[tuple[Ownership, ...]]) -> Any:
    """Return whose each path is; null where it is nobody's."""
    return [{"path": one.path, "owner": one.owner or None, "pattern": one.pattern or None} for one in reply.data]


def problems_json(reply: Reply[tuple[Problem, ...]]) -> Any:
    """Return findings."""
    return [problem_json(problem) for problem in reply.data]


def agents_text(reply: Reply[tuple[Agent, ...]], style: Style) -> str:
    """Return an agent a line."""
    agents = reply.data
    if not agents:
        return "No agents."
    width = max(len(agent.name) for agent in agents)
    lines = []
    for agent in agents:
        state = style.dim(" (retired)") if agent.is_retired else ""
        said = agent.description or ("any of " + ", ".join(agent.members) if agent.members else "")
        lines.append(f"{style.bold(f'{agent.name:<{width}}')}  {style.line(said, width + 2)}{state}")
    return "\n".join(lines)


def view_text(reply: Reply[AgentView], style: Style) -> str:
    """Return one agent in full."""
    view = reply.data
    lines = [style.bold(view.agent.name) + (style.dim("  (not written)") if view.dry_run else "")]
    values = agent_json(view.agent)
    del values["name"], values["domain"]
    for name, value in {**values, "teams": list(view.teams), "file": view.path}.items():
        if value:
            lines += _field_lines(name.replace("_", " "), value)
    return "\n".join(lines)


def hits_text(reply: Reply[Found], style: Style) -> str:
    """Return the agents found, the best first, with why; with what each says of itself where the search is unsure."""
    hits = reply.data.hits
    if not hits:
        return "No agent fits."
    width = max(len(hit.name) for hit in hits)
    told = reply.data.descriptions or ["; ".join(hit.reasons) for hit in hits]
    return "\n".join(
        f"{hit.rank}. {style.bold(f'{hit.name:<{width}}')}  {style.dim(visible(words))}"
        for hit, words in zip(hits, told, strict=True)
    )


def imported_text(reply: Reply[Imported], style: Style) -> str:
    """Return the result of an import, and each file that was skipped with why."""
    data = reply.data
    word = "Would add" if data.dry_run else "Added"
    lines = [f"{word} {len(data.added)}, updated {len(data.updated)}, unchanged {len(data.unchanged)}."]
    lines += [f"  {style.good('+')} {name}" for name in data.added]
    fields = {name: style.dim(f"  {', '.join(changed)}") for name, changed in data.fields if changed}
    lines += [f"  {style.warn('~')} {name}{fields.get(name, '')}" for name in data.updated]
    if data.skipped:
        lines.append(f"Skipped {len(data.skipped)}:")
        lines += [f"  {visible(source)}: {visible(why)}" for source, why in data.skipped]
    lines += [style.dim(visible(line)) for line in _summed_up(data.remarks)]
    return "\n".join(lines)


def _summed_up(remarks: Sequence[Remark]) -> Iterable[str]:
    """Yield a line each remark, but one for all of a kind where there are many of it."""
    kinds: dict[str, list[Remark]] = {}
    for remark in remarks:
        kinds.setdefault(remark.kind or remark.text, []).append(remark)
    for kind, alike in kinds.items():
        if len(alike) <= _SHOWN:
            yield from (_remark_text(remark.source, remark.text) for remark in alike)
        else:
            first = ", ".join(remark.source for remark in alike[:_SHOWN])
            yield _remark_text(f"{first} and {len(alike) - _SHOWN} more", kind)


def _remark_text(source: str, text: str) -> str:
    return f"{source}: {text}." if source else text


def owners_text(reply: Reply[tuple[Ownership, ...]], style: Style) -> str:
    """Return whose each path is."""
    rows = reply.data
    width = max((columns(visible(row.path)) for row in rows), default=0)
    lines = []
    for row in rows:
        whose = f"{style.bold(row.owner)}  {style.dim(visible(row.pattern))}" if row.owner else style.dim("nobody's")
        lines.append(f"{padded(visible(row.path), width)}  {whose}")
    return "\n".join(lines)


def export_text(reply: Reply[dict[str, Any]], style: Style) -> str:  # noqa: ARG001 - the shape of every text renderer
    """Return the file, unless it was written."""
    data = reply.data
    return "" if data["path"] else str(data["text"]).rstrip("\n")


def problems_text(reply: Reply[tuple[Problem, ...]], style: Style) -> str:
    """Return findings, a line each."""
    problems = reply.data
    return "\n".join(problem_text(problem, style) for problem in problems) or "Nothing is wrong with the catalog."


def _field_lines(title: str, value: object) -> list[str]:
    """Return a field on one line, or where it is long, each entry or line of it on one of its own."""
    parts = list(map(_item_text, value)) if isinstance(value, list) else str(value).split("\n")
    if len(", ".join(parts)) <= _WIDTH:
        return [f"  {title}: {visible(', '.join(parts))}"]
    return [f"  {title}:", *(f"    {visible(part)}" for part in parts)]


def _item_text(item: object) -> str:
    return " ".join(f"{key} {value}" for key, value in item.items()) if isinstance(item, dict) else str(item)
