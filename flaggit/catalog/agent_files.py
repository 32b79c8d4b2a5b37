"""Agents as coding tools keep them: Markdown with front matter, Codex' TOML, and A2A agent cards.

Read tolerantly. Much front matter in the field is no valid YAML (a description with ``: `` in it,
quotes that never close, examples over many lines), and the tools that own the files read it all
the same, so a line-based reading follows where the strict one fails.
"""

from __future__ import annotations

import codecs

from flaggit.core.handles import MAX_LENGTH, is_handle
from flaggit.core.record import record
from flaggit.core.text import forbidden_characters, plain_letters, spell_symbols, tidy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

LIMIT = 1024 * 1024
_FENCES = ("---", "...")
# Keys of front matter that agents' files have in the field; only these end a value in the line-based reading.
_KEYS = frozenset(
    [
        "name", "description", "tools", "disallowedTools", "model", "color", "permissionMode", "maxTurns", "skills",
        "mcpServers", "hooks", "memory", "background", "effort", "isolation", "initialPrompt", "version", "author",
        "tags", "keywords", "capabilities", "scenarios", "role", "tech_stack", "category", "license", "metadata",
        "allowed-tools", "globs", "alwaysApply", "mode", "temperature", "priority", "type", "title", "domain",
        "triggers", "examples", "specialization", "emoji", "vibe", "argument-hint", "created", "updated", "date",
        "module", "sub_module",
    ]
)  # fmt: skip
_LISTS = {
    "tags": "tags",
    "keywords": "tags",
    "capabilities": "capabilities",
    "skills": "",
    "scenarios": "scenarios",
    "triggers": "scenarios",
    "tech_stack": "tech_stack",
}
_NO_DOMAIN = frozenset(
    {
        "",
        "agents",
        "agent",
        "subagents",
        "claude",
        "chatmodes",
        "prompts",
        "src",
        "docs",
        "plugins",
    }
)
# What ends products' names with a dot in them, and products that end otherwise.
_SUFFIXES = frozenset({"js", "ts"})
_PRODUCTS = frozenset({("asp", "net"), ("vb", "net"), ("ado", "net"), ("ml", "net"), ("socket", "io"), ("draw", "io")})
_SAID = frozenset(
    ["user", "assistant", "human", "context", "commentary", "example", "examples", "note", "output", "input"]
)
_LONGEST_KEY = 20
_PREAMBLE = 12
_MAX_ITEM = 1000


@record
class AgentFile:
    """What a file says of an agent: its handle, its own name where that is another, and the catalog's fields."""

    path: str
    name: str
    handle: str
    alias: str
    fields: tuple[tuple[str, Any], ...]
    remark: str = ""


class SkippedError(ValueError):
    """A file that holds no agent; the message says why."""


def read_agent_file(path: str, data: bytes, *, folder: str = "") -> AgentFile:
    """Return the agent of a Markdown file with front matter, or of an agent card (``.json``).

    Args:
        path: As it is named to people and kept as the agent's source.
        data: The file's bytes.
        folder: The path's folder below the one that is imported: the domain of a name that has none.

    Raises:
        SkippedError: The file holds no agent.
    """
    if len(data) > LIMIT:
        raise SkippedError(f"is larger than {LIMIT:,} bytes, which no agent's file is")
    text, encoding = _decode(data)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    ending = path.lower().rpartition(".")[2]
    values, remark = _READERS.get(ending, _front_matter)(text)
    _require_agent(path, values)
    remark = encoding or remark
    stem = path.rpartition("/")[2].partition(".")[0]
    name = _text(values.get("name")) or _text(values.get("title"))
    if not name:
        if not _text(values.get("description")):
            raise SkippedError("its front matter has neither a name nor a description")
        name, remark = stem, remark or "no name inside, so the file's is taken"
    handle, alias = handle_for(name, folder)
    if not handle and handle_for(stem, folder)[0]:
        handle, alias = handle_for(stem, folder)
        remark = f"its name {name!r} holds no letters for a handle, so the file's is taken"
    if not handle:
        raise SkippedError(f"its name {name!r} has nothing that a handle could be made of")
    fields = _fields(values, handle)
    if "description" not in fields:
        raise SkippedError("has no description, in its front matter or below")
    return AgentFile(path, name, handle, alias, tuple(fields.items()), remark)


def _decode(data: bytes) -> tuple[str, str]:
    """Return a file's text, and a remark where it is not UTF-8, as everything written on Windows once was."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace"), "not UTF-8, so read as UTF-16"
    try:
        return data.decode("utf-8-sig"), ""
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace"), "not UTF-8, so read as Windows-1252"


def handle_for(name: str, folder: str = "") -> tuple[str, str]:
    """Return the handle of an agent's own name, and the alias under which the name alone is found.

    ``backend.serverless`` is ``@backend.serverless``; a name without a domain takes the nearest
    folder that says something, else ``agent``; then the alias is ``@agent.<name>``. Both are empty
    where nothing in the name fits a handle.
    """
    plain = name.strip().lstrip("@")
    domain, module = _divide(plain)
    if domain:
        handle = _fit(_squeeze(domain), _hyphenate(module))
        return (handle if is_handle(handle) else _fit("agent", _hyphenate(plain))), ""  # @catalog.d is a folder
    module = _hyphenate(plain)
    if not module:
        return "", ""
    folders = [found for part in folder.split("/") if (found := _domain(part))]
    folders = folders if len(folders) < 2 or folders[-1] != _squeeze(module) else folders[:-1]  # a skill's own folder
    domain = folders[-1] if folders else "agent"
    handle, alias = _fit(domain, module), _fit("agent", module)
    return (handle, alias) if handle != alias and is_handle(handle) else (alias, "")


def _divide(name: str) -> tuple[str, str]:
    """Return domain and module of a name that is written as such; the domain is empty for any other name.

    A dot is no domain by itself: ``Next.js Expert`` and ``powershell-5.1-expert`` are names of products.
    """
    for mark in ("::", ":", "/", "."):
        domain, found, module = name.partition(mark)
        if found and mark == "." and (not is_handle(f"@{name.lower()}") or _is_product(name)):
            continue
        if found and _is_word(domain) and " " not in name and _squeeze(domain) and _hyphenate(module):
            return domain, module
    return "", ""


def _is_word(text: str) -> bool:
    return bool(text) and all(char.isalnum() or char in "-_." for char in text)


def _is_product(name: str) -> bool:
    """Report whether a name with a dot is a product's: ``vue.js``, ``asp.net-core-expert``."""
    domain, _, module = name.lower().partition(".")
    return module.partition("-")[0] in _SUFFIXES or (domain, module.partition("-")[0]) in _PRODUCTS


def _require_agent(path: str, values: Mapping[str, Any]) -> None:
    """Raise SkippedError for what coding tools keep in the same shape: slash commands, rules."""
    if path.lower().endswith(".mdc") or "alwaysApply" in values or ("globs" in values and "name" not in values):
        raise SkippedError("is a rule and no agent")
    if "name" not in values and ("allowed-tools" in values or "argument-hint" in values):
        raise SkippedError("is a slash command and no agent")


def _toml(text: str) -> tuple[dict[str, Any], str]:
    """Return what Codex keeps of an agent: its name, description and model."""
    import tomllib

    try:
        values = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise SkippedError(f"is no valid TOML: {error}") from None
    if not isinstance(values.get("name"), str) or not isinstance(values.get("description"), str):
        raise SkippedError("has no name and description, so it is no agent of Codex'")
    return {key: values.get(key) for key in ("name", "description", "model")}, ""


def _front_matter(text: str) -> tuple[dict[str, Any], str]:
    lines = text.lstrip("\n").split("\n")
    lines = lines[_start(lines) :]
    if lines[0].rstrip() != "---":
        raise SkippedError("has no front matter")
    end = next((at for at in range(1, len(lines)) if lines[at].rstrip() in _FENCES), 0)
    if not end:
        raise SkippedError("its front matter has no end")
    body = "\n".join(lines[1:end])
    values, remark = _strictly(body), ""
    if values is None:
        values, remark = _by_lines(lines[1:end]), "no valid YAML, so read line by line"
    if not values:
        raise SkippedError("its front matter is empty")
    if not _text(values.get("description")):
        values["description"] = _first_paragraph(lines[end + 1 :])
    return values, remark


def _start(lines: list[str]) -> int:
    """Return where front matter begins that a comment, a heading or the fence of a code block stands before."""
    for at, line in enumerate(lines[:_PREAMBLE]):
        if line.rstrip() == "---":
            key = lines[at + 1].partition(":")[0].strip() if at + 1 < len(lines) else ""
            return at if at == 0 or key in _KEYS else 0
        if line.strip() and not line.startswith(("#", "<!--", "```")):
            break
    return 0


def _strictly(body: str) -> dict[str, Any] | None:
    """Return front matter parsed as YAML, or None where it is none, or cuts a text short at a ``#``."""
    from flaggit.documents.codec import CodecError, load_yaml

    try:
        parsed = load_yaml(body.encode("utf-8"), limit=LIMIT, nodes=5000)
    except CodecError:
        return None
    return None if parsed.remarks or not isinstance(parsed.document, dict) else parsed.document


def _by_lines(lines: list[str]) -> dict[str, Any]:
    """Return keys and values as the tools take them: a known key at a line's start ends the value before it."""
    found: dict[str, list[str]] = {}
    key = ""
    for line in lines:
        head, colon, rest = line.partition(":")
        if colon and head not in found and (head in _KEYS or _is_key(head)):
            key = head
            found[key] = [rest.strip()]
        elif key:
            found[key].append(line)
    return {name: _value(parts) for name, parts in found.items()}


def _is_key(head: str) -> bool:
    """Return whether a line's start reads like a key that nobody thought of here, and not like a speaker's name."""
    plain = head.replace("_", "").replace("-", "")
    return plain.isalpha() and plain.isascii() and head[0].islower() and len(head) <= _LONGEST_KEY and head not in _SAID


def _value(parts: list[str]) -> object:
    first, rest = parts[0], [line.strip() for line in parts[1:]]
    if first in ("|", "|-", "|+", ">", ">-", ">+"):
        return "\n".join(rest).strip() if first[0] == "|" else " ".join(line for line in rest if line)
    items = [line[1:].strip().strip("\"'") for line in rest if line.startswith("-")]
    if not first and items:
        return items
    text = "\n".join([first, *rest]).strip()
    if text[:1] in ('"', "'"):
        quote = text[0]
        text = text[1:-1] if text.endswith(quote) and len(text) > 1 else text[1:]
        text = text.replace('\\"', '"') if quote == '"' else text.replace("''", "'")
    return text


def _card(text: str) -> tuple[dict[str, Any], str]:
    """Return an A2A agent card's name, description, and its skills as capabilities, tags and scenarios."""
    import json

    try:
        card = json.loads(text)
    except (ValueError, RecursionError):
        raise SkippedError("is no valid JSON") from None
    if not isinstance(card, dict) or not isinstance(card.get("name"), str) or not isinstance(card.get("skills"), list):
        raise SkippedError("is no agent card: it has no name or no skills")
    skills = [skill for skill in card["skills"] if isinstance(skill, dict)]
    values: dict[str, Any] = {"name": card["name"], "description": card.get("description", "")}
    values["capabilities"] = [
        ": ".join(filter(None, (_text(s.get("name")), _text(s.get("description"))))) for s in skills
    ]
    values["tags"] = [tag for skill in skills for tag in _items(skill.get("tags"))]
    values["scenarios"] = [example for skill in skills for example in _items(skill.get("examples"))]
    return values, ""


def _fields(values: Mapping[str, Any], handle: str) -> dict[str, Any]:
    """Return the catalog's fields that a file gives."""
    fields: dict[str, Any] = {"description": _text(values.get("description")), "role": _text(values.get("role"))}
    module, sub_module = _text(values.get("module")), _text(values.get("sub_module"))
    fields["module"] = module if module != handle.partition(".")[2] else ""
    fields["sub_module"] = sub_module
    model, color = _text(values.get("model")), _text(values.get("color"))
    fields.update(model="" if model == "inherit" else model, color=color)
    for key, field in _LISTS.items():
        items = _items(values.get(key)) if field else []
        if items:
            fields[field] = list(dict.fromkeys([*fields.get(field, ()), *items]))
    return {key: value for key, value in fields.items() if value}


def _items(value: object) -> list[str]:
    if isinstance(value, str):
        value = value.strip().strip("[]").split(",")
    if not isinstance(value, list):
        return []
    texts = [_text(item).strip("\"'") for item in value]
    return [text[:_MAX_ITEM] for text in texts if text]


def _text(value: object) -> str:
    """Return a value as text that may be stored: escaped line ends opened, control characters dropped."""
    if not isinstance(value, (str, int)) or isinstance(value, bool):
        return ""
    text = str(value)
    if "\\n" in text:
        text = text.replace("\\n", "\n").replace('\\"', '"')
    for char in forbidden_characters(text):
        text = text.replace(char, "")
    return tidy(text.replace("\t", " "))


def _first_paragraph(lines: list[str]) -> str:
    paragraph: list[str] = []
    for line in lines:
        text = line.strip()
        if paragraph and not text:
            break
        if text and not text.startswith(("#", "```", "<!--", "|", "---")):
            paragraph.append(text)
    return " ".join(paragraph)[:_MAX_ITEM]


def _domain(folder: str) -> str:
    """Return a folder's name as a domain: ``01-core-dev`` is ``coredev``; nothing for one that says nothing."""
    if folder.lower() in _NO_DOMAIN or folder.startswith("."):
        return ""
    return _squeeze(folder.lower().lstrip("0123456789-_. "))


def _squeeze(text: str) -> str:
    plain = "".join(char for char in plain_letters(text) if char.isascii() and char.isalnum())
    return plain.lstrip("0123456789")[:24]


def _hyphenate(text: str) -> str:
    letters = plain_letters(spell_symbols(text))
    plain = "".join(char if char.isascii() and char.isalnum() else " " for char in letters)
    return "-".join(plain.split())


def _fit(domain: str, module: str) -> str:
    return f"@{domain}.{module}"[:MAX_LENGTH].rstrip("-")


_READERS: dict[str, Callable[[str], tuple[dict[str, Any], str]]] = {"json": _card, "toml": _toml}
