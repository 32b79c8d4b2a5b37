"""Runs a tool's command with loosely given arguments, and turns its answer into the caller's."""

from __future__ import annotations

import os
from difflib import get_close_matches

from flaggit.clone.session import Session
from flaggit.commands import find_command
from flaggit.core.errors import FlaggitError, InvalidError, own_fault
from flaggit.mcp.quoting import quote_answers, quote_row, quote_rows, quote_view, without_texts
from flaggit.mcp.tools import arguments_of
from flaggit.output.json import dumps, error_json, plain_data

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from flaggit.clone.session import Reply
    from flaggit.mcp.places import Site, Sites
    from flaggit.mcp.tools import Argument, Tool

_LONGEST = 32_000  # characters of a result, about 8,000 tokens
_LISTED = 25  # flags of a list unless the caller says how many
_WAIT = "45s"  # Codex gives a tool 60 s
_TRUE, _FALSE = ("true", "yes", "1"), ("false", "no", "0", "")


def run_tool(tool: Tool, given: object, sites: Sites) -> tuple[dict[str, Any], bool]:
    """Run a tool; every error is told in its result.

    Args:
        tool: The tool.
        given: Its arguments as the caller wrote them.
        sites: Finds the worktree.

    Returns:
        The structured result, and whether it is an error.
    """
    site: Site | None = None
    try:
        values, worktree = read_arguments(tool, given)
        site = sites.find(worktree, writes=_writes(tool, values))
        _resolve_paths(tool, values, site)
        return _run(tool, values, site), False
    except FlaggitError as error:
        return _error_reply(error, site), True
    except OSError as error:
        message = f"{error.filename or 'A file'} cannot be used: {error.strerror}."
        return _error_reply(FlaggitError("unreadable", message), site), True
    except Exception as error:
        if os.environ.get("FLAGGIT_DEBUG"):
            raise
        return _error_reply(own_fault(error), site), True


def read_arguments(tool: Tool, given: object) -> tuple[dict[str, Any], str | None]:
    """Return the command's values, and the worktree that the caller names.

    Types are taken loosely: what the command says of a value is worth more than a validator's word.

    Raises:
        InvalidError: ``usage`` for an unknown argument or a value of no use; ``missing`` for those that are required.
    """
    if not isinstance(given, dict):
        raise InvalidError("usage", "The arguments are no object.")
    named = {argument.name: argument for argument in arguments_of(tool)}
    unknown = [name for name in given if name not in named]
    if unknown:
        near = get_close_matches(str(unknown[0]), named, 1)
        hint = f"Did you mean `{near[0]}`?" if near else f"It takes: {', '.join(named)}."
        raise InvalidError("usage", f"{tool.name} has no argument {', '.join(map(repr, unknown))}.", hint=hint)
    values: dict[str, Any] = dict(tool.fixed)
    worktree = None
    for name, value in given.items():
        if value is None:
            continue
        if name == "worktree":
            worktree = str(value)
        else:
            values[named[name].parameter] = _read(named[name], value)
    missing = [argument.name for argument in tool.arguments if argument.required and _is_empty(values, argument)]
    if missing and tool.command != "create":  # which says all that is wrong at once
        raise InvalidError("missing", f"{tool.name} needs {', '.join(f'`{name}`' for name in missing)}.")
    return values, worktree


def _is_empty(values: dict[str, Any], argument: Argument) -> bool:
    return values.get(argument.parameter) in (None, "", ())


def _read(argument: Argument, value: object) -> object:
    if argument.kind == "texts":
        items = value if isinstance(value, list) else str(value).replace(",", " ").split()
        return tuple(str(item) for item in items)
    if argument.kind == "flag":
        word = str(value).strip().lower()
        if word not in (*_TRUE, *_FALSE):
            raise InvalidError("usage", f"`{argument.name}` is true or false, not {value!r}.")
        return word in _TRUE
    if argument.kind == "number":
        word = str(value).strip().removesuffix(".0")
        if not word.isdecimal():
            raise InvalidError("usage", f"`{argument.name}` is a whole number, not {value!r}.")
        return int(word)
    return value if isinstance(value, str) else dumps(value)


def _writes(tool: Tool, values: dict[str, Any]) -> bool:
    if tool.name == "flag_next":  # without them it only looks
        return bool(values.get("lock") or values.get("resume"))
    return tool.writes


def _resolve_paths(tool: Tool, values: dict[str, Any], site: Site) -> None:
    """Make paths absolute: the caller means them from its worktree's top, whatever folder the server stands in."""
    root = site.repo.root
    for argument in tool.arguments:
        if argument.is_path and root is not None and argument.parameter in values:
            values[argument.parameter] = tuple(os.path.join(root, path) for path in values[argument.parameter])


def _run(tool: Tool, values: dict[str, Any], site: Site) -> dict[str, Any]:
    name = tool.command
    if tool.name == "flag_hand_on" and not values.get("to"):
        name = "bounce"
    if tool.name == "flag_wait":
        values.setdefault("timeout", _WAIT)
    session = Session(site.repo)
    shown = find_command(name).shown()
    reply = shown.run(session, values)
    head = _head(session, site, values)
    result = _SHAPES.get(tool.name, _plain)(session, tool, reply, values)
    if name not in _QUOTING:
        data: Any = shown.json(reply) if shown.json is not None else plain_data(reply.data)
        result[tool.key] = without_texts(list(data) if hasattr(data, "__next__") else data)
    result.update({key: value for key, value in reply.more if key not in result and key != "answers"})
    if reply.notes:
        result["notes"] = list(reply.notes)
    return _fit({**head, **result}, tool.key)


def _head(session: Session, site: Site, values: dict[str, Any]) -> dict[str, Any]:
    """Return where a call was carried out, and as whom."""
    actor = session.find_actor(values.get("agent") or values.get("sender"))
    head: dict[str, Any] = {"worktree": site.repo.root or site.repo.git_dir}
    if actor is not None:
        head.update(agent=actor.handle, agent_from=actor.source)
    return head


def _plain(session: Session, tool: Tool, reply: Reply[Any], values: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG001
    return {}


def _rows(session: Session, tool: Tool, reply: Reply[Any], values: dict[str, Any]) -> dict[str, Any]:
    found = reply.data.rows
    limit = values.get("limit") or _LISTED
    rows = [row for _, row in zip(range(limit), found, strict=False)]
    reader = getattr(reply.data, "reader", "")
    result: dict[str, Any] = {tool.key: quote_rows(session, rows, reader=reader)}
    if len(found) > len(rows):
        result["more"] = len(found) - len(rows)
    if tool.name == "flag_wait":
        result["came"] = reply.status == 0
    answers = getattr(reply.data, "answers", ())
    return {**result, "answers": quote_answers(session, answers)} if answers else result


def _view(session: Session, tool: Tool, reply: Reply[Any], values: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG001
    return {tool.key: quote_view(session, reply.data)}


def _choice(session: Session, tool: Tool, reply: Reply[Any], values: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG001
    choice = reply.data
    if choice.view is not None:
        return {tool.key: quote_view(session, choice.view)}
    return {tool.key: None, **({"step": choice.step} if choice.step else {})}


def _raised(session: Session, tool: Tool, reply: Reply[Any], values: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG001
    rows = getattr(reply.data, "rows", None)
    if rows is None:
        rows = [reply.data.row]
    found = [quote_row(row, True) for row in rows]  # the caller's own words
    for one in found:
        one.pop("quoted")
    return {tool.key: found[0] if len(found) == 1 else found}


_SHAPES: dict[str, Callable[[Session, Tool, Reply[Any], dict[str, Any]], dict[str, Any]]] = {
    "flag_inbox": _rows,
    "flag_search": _rows,
    "flag_wait": _rows,
    "flag_show": _view,
    "flag_next": _choice,
    "flag_create": _raised,
}
_QUOTING = ("inbox", "find", "wait", "show", "next", "create")


def _fit(result: dict[str, Any], key: str) -> dict[str, Any]:
    """Return a result that is short enough: of a list the first items, and how many more there are."""
    items = result.get(key)
    while len(dumps(result)) > _LONGEST:
        if isinstance(items, list) and len(items) > 1:
            shown = items[: len(items) * 3 // 4]
            result = {**result, key: shown, "more": int(result.get("more", 0)) + len(items) - len(shown)}
            items = shown
            continue
        text = dumps(items)
        return {**result, key: text[: _LONGEST // 2], "more": len(text) - _LONGEST // 2}
    return result


def _error_reply(error: FlaggitError, site: Site | None) -> dict[str, Any]:
    place = {"worktree": site.repo.root or site.repo.git_dir} if site is not None else {"worktree": ""}
    return {**error_json(error), **place}
