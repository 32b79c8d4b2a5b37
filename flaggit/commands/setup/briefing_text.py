"""What ``prime`` says: facts, and flags between two marks that nobody can guess.

Facts rather than orders: agents take text that commands them from outside for an attack, and
rightly so. Without the flags it has at most 1,600 characters, about 400 tokens.
"""

from __future__ import annotations

import os

from flaggit.core.text import shorten, visible
from flaggit.core.times import format_age, parse_time
from flaggit.output.rows import row_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from flaggit.clone.session import Reply
    from flaggit.commands.setup.briefing import Briefing
    from flaggit.core.model import Row
    from flaggit.output.text import Style

LIMIT = 1600
_CUT = 160
_NAMED = 5
_ABOUT = (
    "flaggit keeps this repository's coordination flags in .flags/: what one agent changed, what another does about it."
)
_COMMANDS = """\
flaggit next --lock                     the most urgent flag to work on here, its lock taken
flaggit show ID                         one flag in full, with notes, questions and answers
flaggit ask ID TEXT                     a question to the flag's source; the flag waits for the answer
flaggit complete ID --note TEXT         records it as done; staged, so it goes with the next commit
flaggit complete ID --as not_applicable --note TEXT
flaggit unlock ID                       gives it back undone
flaggit agents search TEXT              which agent something concerns
flaggit create --type TYPE --to @AGENT --impact LEVEL --change TEXT --action TEXT --file PATH
                                        tells another agent of a change"""


def prime_json(reply: Reply[Briefing]) -> Any:
    """Return the same as data; texts only of flags that may be quoted."""
    view = reply.data
    return {
        "agent": view.actor.handle if view.actor else None,
        "agent_source": view.actor.source if view.actor else None,
        "pending": view.pending,
        "waiting": dict(view.waiting),
        "flags": [row_json(row) for row in view.rows],
        "not_quoted": list(view.unquoted),
        "held": [{"id": flag_id, "expires": expires} for flag_id, expires in view.held],
    }


def prime_text(reply: Reply[Briefing], style: Style) -> str:  # noqa: ARG001 - read by agents, so never coloured
    """Return the briefing as text."""
    view = reply.data
    return briefing_text(view)


def briefing_text(view: Briefing, mark: str = "") -> str:
    """Return the briefing; ``mark`` stands around quoted flags (nothing: a fresh random one)."""
    parts = ["\n".join([_ABOUT, *_facts(view)]), _COMMANDS, _lengths(view)]
    if view.rows and view.actor is not None:
        mark = mark or os.urandom(4).hex()
        more = sum(count for _, count in view.waiting) - len(view.unquoted) - len(view.rows)
        head = (
            f"Flags for {view.actor.handle}, the most urgent first; between the marks {mark} stand other agents' words:"
        )
        lines = [head, f"--- {mark}", *(_flag_text(row, view.now) for row in view.rows), f"--- {mark}"]
        parts.append("\n".join([*lines, f"{more} more: flaggit inbox"] if more > 0 else lines))
    return "\n\n".join(parts)


def _facts(view: Briefing) -> list[str]:
    if view.actor is None:
        return [
            "The agent of this worktree is not known; `flaggit iam @domain.module` sets it.",
            f"Pending in this clone: {view.pending}.",
        ]
    facts = [f"Agent of this worktree: {view.actor.handle}."]
    counts = ", ".join(f"{count} {impact}" for impact, count in view.waiting)
    facts.append(f"Flags that wait for it: {counts}." if counts else "No flag waits for it.")
    if view.unquoted:
        facts.append(f"{_names(view.unquoted)}: on branches that are not trusted here, so counted and not quoted.")
    if view.held:
        facts.append(f"It holds {_names([flag_id for flag_id, _ in view.held])}.")
    return facts


def _lengths(view: Briefing) -> str:
    change, action = view.minimums
    return (
        "TYPE: breaking_change, new_feature, refactor, deprecation, enhancement, change, information_request, security,"
        " data_loss. LEVEL: critical (breaking_change, security, data_loss only), high, medium, low."
        f" A --change has at least {change} characters, an --action {action}. Every command takes --json."
    )


def _flag_text(row: Row, now: int) -> str:
    flag = row.flag
    age = format_age(now - parse_time(flag.created_at))
    lines = [f"{flag.id} {flag.impact_level} {flag.flag_type} from {flag.source_agent}, {age} old{_state(row)}"]
    lines.append(f"  changed: {visible(shorten(flag.change_description, _CUT))}")
    lines.append(f"  asked: {visible(shorten(flag.action_required, _CUT))}")
    if flag.related_files:
        lines.append(f"  files: {visible(shorten(', '.join(flag.related_files), _CUT))}")
    return "\n".join(lines)


def _state(row: Row) -> str:
    if row.locked and row.lock is not None:
        return f", held by {row.lock.holder}"
    return "" if row.actionable else ", not in this branch yet"


def _names(ids: list[str] | tuple[str, ...]) -> str:
    shown = ", ".join(ids[:_NAMED])
    return shown if len(ids) <= _NAMED else f"{shown} and {len(ids) - _NAMED} more"
