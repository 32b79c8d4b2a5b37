"""What ``prime`` says: facts, and flags between two marks that nobody can guess.

Facts rather than orders: agents take text that commands them from outside for an attack, and
rightly so. Whom it briefs stands in each command that it names, so that a helper which is briefed as
one agent never acts as another. With one flag it has about 1,500 characters, at most 450 tokens.
"""

from __future__ import annotations

import os

from flaggit.core.text import shorten, visible
from flaggit.core.times import format_age, parse_time
from flaggit.output.discussion import answered_text
from flaggit.output.rows import held_json, held_text, row_json
from flaggit.output.text import DEFAULT_WIDTH, Style

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from flaggit.clone.discussion import Question
    from flaggit.clone.session import Reply
    from flaggit.commands.setup.briefing import Briefing
    from flaggit.core.model import Row

LIMIT = 3100  # with five locks that were lost, five answers that are not quoted and the longest handle
_CUT = 100
_NAMED = 5
_ABOUT = "flaggit keeps coordination flags in .flags/: what one agent changed, what another has to do about it."
# What an agent types, with a mark where its identity goes.
_COMMANDS = """\
flaggit next{me} --lock: the most urgent new flag, locked; --resume: on with one you hold; status 1: none
flaggit show ID: a flag in full, with its questions and answers
flaggit ask ID TEXT{from}: ask its source; it waits, you go on with others
flaggit answer ID TEXT{from}: answer a question
flaggit complete ID{me} --note TEXT: done; commit it with the work (--as not_applicable: nothing to do)
flaggit unlock ID{me}: give it back undone
flaggit agents search TEXT: whom a change concerns
flaggit create{from} --to @AGENT --type TYPE --impact LEVEL --change TEXT --action TEXT --file PATH: tell them\
 (--chain ID: its cause)"""


def prime_json(reply: Reply[Briefing]) -> Any:
    """Return the same as data; texts only of flags that may be quoted."""
    view = reply.data
    return {
        "agent": view.actor.handle if view.actor else None,
        "agent_source": view.actor.source if view.actor else None,
        "pending": view.pending,
        "waiting": dict(view.waiting),
        "flags": [row_json(row, reader=view.actor.handle if view.actor else "") for row in view.rows],
        "not_quoted": list(view.unquoted),
        "held": list(map(held_json, view.held)),
        "ended": [{"id": key, "holder": holder or None, "expired": expired} for key, holder, expired in view.ended],
    }


def prime_text(reply: Reply[Briefing], style: Style) -> str:  # noqa: ARG001 - read by agents, so never coloured
    """Return the briefing as text."""
    view = reply.data
    return briefing_text(view)


def briefing_text(view: Briefing, mark: str = "") -> str:
    """Return the briefing; ``mark`` stands around quoted texts (nothing: a fresh random one)."""
    me = view.actor.handle if view.actor else ""
    commands = _COMMANDS.replace("{me}", f" {me}" if me else "").replace("{from}", f" --from {me}" if me else "")
    parts = ["\n".join([_ABOUT, *_facts(view)]), commands, _lengths(view)]
    style = Style(width=DEFAULT_WIDTH)
    quoted = [answered_text(found, view.now, style) for found in view.answers if _may_quote(view, found)]
    if (view.rows or quoted) and view.actor is not None:
        mark = mark or os.urandom(4).hex()
        more = sum(count for _, count in view.waiting) - len(view.unquoted) - len(view.rows) - len(view.held)
        head = f"Between the marks {mark} stand other agents' words, the most urgent first:"
        lines = [head, f"--- {mark}", *quoted, *(_flag_text(row, view.now) for row in view.rows), f"--- {mark}"]
        parts.append("\n".join([*lines, f"{more} more: flaggit inbox {me}"] if more > 0 else lines))
    return "\n\n".join(parts)


def _may_quote(view: Briefing, found: Question) -> bool:
    return found.row.flag.id not in view.untrusted


def _facts(view: Briefing) -> list[str]:
    if view.actor is None:
        return [
            "The agent of this worktree is not known; `flaggit iam @domain.module` sets it.",
            f"Pending in this clone: {view.pending}.",
        ]
    me = view.actor.handle
    facts = [f"You are {me}."]
    ended = [_ended_text(*found) for found in view.ended]
    facts += [*ended, *(f"You hold {held_text(row)}: `flaggit show {row.flag.id}`" for row in view.held)][:_NAMED]
    counts = ", ".join(f"{count} {impact}" for impact, count in view.waiting)
    facts.append(f"Flags for you: {counts}." if counts else "No flag waits for you.")
    if view.unquoted:
        facts.append(f"{_names(view.unquoted)}: on branches that are not trusted here, so counted and not quoted.")
    facts += [
        f"{flag_id}, your question, was answered on a branch that is not trusted here: `flaggit show {flag_id}`"
        for flag_id in sorted(view.untrusted)[:_NAMED]
    ]
    if view.other_session is not None:
        ago = format_age(view.other_session)
        facts.append(
            f"Another session was at work in this worktree {ago} ago; both hold flags as one."
            f" `flaggit worktree add ../NAME {me}` makes one of your own."
        )
    return facts


def _ended_text(flag_id: str, holder: str, expired: bool) -> str:
    if expired:
        return f"Your lock of {flag_id} ran out and nobody took it: `flaggit next --resume` takes it again."
    return f"You lost the lock of {flag_id} to {holder or 'nobody'}: `flaggit show {flag_id}` before you go on."


def _lengths(view: Briefing) -> str:
    change, action = view.minimums
    return (
        "TYPE: breaking_change, new_feature, refactor, deprecation, enhancement, change, security, data_loss."
        " LEVEL: critical (breaking_change, security, data_loss only), high, medium, low."
        f" --change has {change} characters or more, --action {action}. `flaggit help --all` has the rest."
    )


def _flag_text(row: Row, now: int) -> str:
    flag = row.flag
    age = format_age(now - parse_time(flag.created_at))
    kind = f"question about {flag.re}" if flag.is_question else flag.flag_type
    lines = [f"{flag.id} {flag.impact_level} {kind} from {flag.source_agent}, {age} old{_state(row)}"]
    lines.append(f"  {'asked' if flag.is_question else 'changed'}: {visible(shorten(flag.change_description, _CUT))}")
    if flag.action_required != flag.change_description:
        lines.append(f"  to do: {visible(shorten(flag.action_required, _CUT))}")
    if flag.related_files:
        lines.append(f"  files: {visible(shorten(', '.join(flag.related_files), _CUT))}")
    return "\n".join(lines)


def _state(row: Row) -> str:
    if row.locked and row.lock is not None:
        return f", held by {row.lock.holder}"
    if row.waits_on:
        return f", waits on the answer to {', '.join(row.waits_on)}"
    return "" if row.actionable or row.flag.is_question else ", not in this branch yet"


def _names(ids: list[str] | tuple[str, ...]) -> str:
    shown = ", ".join(ids[:_NAMED])
    return shown if len(ids) <= _NAMED else f"{shown} and {len(ids) - _NAMED} more"
