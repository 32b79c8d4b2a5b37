"""Hostile text through every way in which flaggit shows a flag: nothing of it acts where it is shown."""

from __future__ import annotations

import base64
import hashlib
import json
import random
import re
from html.parser import HTMLParser
from pathlib import Path

from flaggit.commands.review.formats import FORMATS
from torture.case import AGENTS, Campaign, completion_bytes, flag_bytes, flaggit, git, new_id, repository, write

_TEXTS = (
    "\x1b[2J\x1b]0;owned\x07",
    "\u202eevil\u2066",
    "zero\u200bwidth\ufeff",
    "::set-output name=x::y\n::error::owned\n##[error]owned",
    "%0A::add-mask::x",
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "[link](javascript:alert(1)) ![x](http://example.org/x.png)",
    "```\nclosed\n```\n# heading",
    "[/bold] [link=http://example.org]x[/link]",
    "| a | b |\n|---|---|\n@everyone",
    "</textarea></style></title>--><svg onload=alert(1)>",
    "'; DROP TABLE flags; --",
    "{{ 7*7 }} ${{ secrets.X }} $(id) `id`",
    "line\r\nbreak\x85next\u2028end",
    '"quoted" \\ back\\slash',
    "=cmd|' /C calc'!A0",
)
_WORDS = "The endpoint answers in another way than before, and whoever calls it has to look at what it says now. "
_COMMANDS = (
    ["list"],
    ["list", "--json"],
    ["inbox", "@frontend.web"],
    ["show", "{id}"],
    ["show", "{id}", "--json"],
    ["find", "endpoint"],
    ["log", "{id}"],
    ["chain", "{id}"],
    ["plan"],
    ["prime", "@frontend.web"],
    ["outbox", "@backend.api"],
    ["export", "json"],
    ["export", "csv"],
    ["query", "SELECT * FROM flags"],
    *(["review", "main..HEAD", "--format", name] for name in FORMATS),
)
_RAW = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_OWN_TAGS = frozenset(
    ("details", "summary", "br", "sub", "kbd", "b", "code", "pre", "a", "em", "strong", "p", "ul", "li", "h2", "h3")
)


def show_everywhere(chance: random.Random, folder: Path) -> str:
    """Show a store of hostile flags by some command, in text or in whatever else it writes."""
    place = repository(folder)
    flag_id = new_id(chance)
    git(place, "switch", "-q", "-c", "topic")
    text = _printable(chance)
    fields = {"change_description": _WORDS + text, "action_required": _WORDS * 2 + text, "code_location": "src/a.ts:1"}
    write(place, f".flags/frontend.web/{flag_id}.yaml", _raw_flag(flag_id, fields))
    if chance.random() < 0.3:
        write(place, f".flags/done/{flag_id}.yaml", completion_bytes(flag_id, AGENTS[1], notes=_WORDS + _stored(text)))
    write(place, "src/a.ts", b"x\n")
    git(place, "add", "-A")
    git(place, "commit", "-qm", f"Subject {_stored(text)[:40].strip() or 'x'}")
    for words in chance.sample(_COMMANDS, 6):
        done = flaggit(place, *(word.format(id=flag_id) if "{id}" in word else word for word in words))
        fault = _judge(words, done.stdout, done.stderr, done.returncode)
        if fault:
            return f"{words} of {text!r}: {fault}"
    report = place / "report.html"
    flaggit(place, "report", "--html", str(report))
    return _judge_page(report.read_text()) if report.exists() else "no report was written"


def _printable(chance: random.Random) -> str:
    return " ".join(chance.sample(_TEXTS, chance.randint(1, 4)))


def _stored(text: str) -> str:
    """Return the text without what no file of flaggit's may hold."""
    return _RAW.sub("", text).replace("\r", "").replace("\x85", "").replace("\u2028", "")


def _raw_flag(flag_id: str, fields: dict[str, str]) -> bytes:
    """Return a flag's file: as flaggit writes it, or with what it would refuse, as a stranger may commit it."""
    return flag_bytes(flag_id, AGENTS[0], AGENTS[1], **{name: _stored(text) for name, text in fields.items()})


def _judge(words: list[str], out: str, err: str, status: int) -> str:
    if "Traceback" in err or status not in (0, 1, 3):
        return f"status {status}: {err[-300:]}"
    for text in (out, err):
        found = _RAW.search(text)
        if found:
            return f"{found.group()!r} is shown as it is"
    if "github" in words:
        lines = [
            line
            for line in out.splitlines()
            if "::" in line
            and not re.match(r"::(error|warning|notice|group|endgroup|stop-commands|[0-9a-f-]{8,})", line)
        ]
        bad = [line for line in lines if line.lstrip().startswith("::") or "##[" in line]
        if bad:
            return f"a workflow command of the flag's: {bad[0][:80]!r}"
    if "markdown" in words or "summary" in words:
        return _judge_markup(out)
    if words[-1] == "--json" or "sarif" in words or words[-1] in ("json", "gitlab", "rdjson"):
        json.loads(out)
    return ""


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append(tag)
        self.attributes += attrs


def _judge_markup(text: str) -> str:
    outside = re.sub(r"```.*?```|`[^`\n]*`", "", text, flags=re.DOTALL)
    parser = _Tags()
    parser.feed(outside)
    wild = [tag for tag in parser.found if tag not in _OWN_TAGS]
    links = re.findall(r"\]\((?!https?://|#|\.|[\w/])[^)]*\)", outside)
    return f"an element of the flag's: {wild or links}" if wild or links else ""


def _judge_page(page: str) -> str:
    parser = _Tags()
    parser.feed(page)
    own = [text for text in re.findall(r"<script[^>]*>(.*?)</script>", page, re.DOTALL) if _is_allowed(text, page)]
    if parser.found.count("script") != len(own) or "img" in parser.found or "iframe" in parser.found:
        return f"the page has {sorted(set(parser.found))}"
    wild = [
        name for name, value in parser.attributes if name.startswith("on") or (value or "").startswith("javascript:")
    ]
    return f"the page acts: {wild}" if wild else "" if "default-src 'none'" in page else "the page has no policy"


CAMPAIGNS = (Campaign("output", "nothing of a flag's text acts where it is shown", show_everywhere, 3, 500, "stores"),)


def _is_allowed(script: str, page: str) -> bool:
    """Whether the page's policy, which stands before any text of a flag's, names the script by its hash."""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return f"script-src 'sha256-{digest}'" in page.partition("<style")[0]
