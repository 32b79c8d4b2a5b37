"""One flag as pages show it: in a few lines of a list, or in full with its conversation and history."""

from __future__ import annotations

from flaggit.core.model import FREE_FIELDS, REFERENCE_FIELDS
from flaggit.core.text import counted, short_oid, shorten
from flaggit.output.discussion import outcome_words
from flaggit.output.rows import age_text, states_of
from flaggit.output.text import Style
from flaggit.report.links import flag_anchor, flag_link, linked
from flaggit.report.markup import chip, escape, level_of, moment

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from flaggit.clone.discussion import Question
    from flaggit.clone.view import View
    from flaggit.core.model import Completion, Field, Flag, Note, Row
    from flaggit.lifecycle.history import Seen, Step
    from flaggit.report.contents import FullFlag
    from flaggit.report.links import Links

_PLAIN = Style()
_COMMITS = 3  # of a step


def brief_list(rows: Iterable[Row], links: Links, now: int) -> str:
    """Return flags in a few lines each; empty where there are none."""
    items = "".join(_brief(row, links, now) for row in rows)
    return f'<ol class="brief">{items}</ol>' if items else ""


def question_list(questions: Iterable[Question], links: Links, now: int) -> str:
    """Return questions with who asked whom about what; empty where there are none."""
    items = "".join(_question_item(question, links, now) for question in questions)
    return f'<ol class="brief">{items}</ol>' if items else ""


def flag_article(full: FullFlag, links: Links, *, level: int = 3) -> str:
    """Return a flag in full, under a heading of that level."""
    view = full.view
    flag, row = view.row.flag, view.row
    parts = [
        f'<article id="{flag_anchor(flag.id)}" class="{level_of(flag.impact_level)}">',
        f"<h{level}><code>{escape(flag.id)}</code> {chip(flag.impact_level)}</h{level}>",
        f'<p class="soft">{_route(flag)}, {age_text(flag.created_at, view.now)} ago</p>',
        _states(row, view.now),
        f"<dl>{''.join(_details(flag, links))}{_references(flag, links)}</dl>",
        _completion(row.completion, links),
        _conversation(view, links, level + 1),
        _history(full.steps, links),
        "</article>",
    ]
    return "".join(parts)


def _brief(row: Row, links: Links, now: int) -> str:
    flag = row.flag
    return (
        f'<li class="{level_of(flag.impact_level)}"><p>{flag_link(flag.id, links)} {chip(flag.impact_level)}'
        f' <span class="soft">{_route(flag)}, {age_text(flag.created_at, now)} ago</span></p>{_states(row, now)}'
        f'<p class="text" dir="auto">{escape(shorten(flag.change_description, 200))}</p></li>'
    )


def _question_item(question: Question, links: Links, now: int) -> str:
    flag = question.row.flag
    asked = f"<code>{escape(flag.source_agent)}</code> asks <code>{escape(flag.target_name)}</code>"
    about = f" about {flag_link(flag.re, links)}" if flag.re else ""
    when = f"{age_text(flag.created_at, now)} ago"
    return (
        f'<li><p>{flag_link(flag.id, links)} <span class="soft">{asked}{about}, {when}</span>'
        f'</p><p class="text" dir="auto">{escape(shorten(flag.change_description, 400))}</p></li>'
    )


def _route(flag: Flag) -> str:
    kind = escape(flag.flag_type.replace("_", " "))
    target = f"<code>{escape(flag.target_name)}</code>"
    return f"{kind} from <code>{escape(flag.source_agent)}</code> to {target}"


def _states(row: Row, now: int) -> str:
    states = [escape(state) for state in states_of(row, now, _PLAIN)]
    return f'<p class="state">{"; ".join(states)}</p>' if states else ""


def _details(flag: Flag, links: Links) -> Iterable[str]:
    for field in FREE_FIELDS:
        if getattr(flag, field.name):
            yield f"<dt>{field.label}</dt><dd>{_detail(flag, field, links)}</dd>"


def _detail(flag: Flag, field: Field, links: Links) -> str:
    value = getattr(flag, field.name)
    if field.kind == "paths":
        files = ", ".join(linked(f"<code>{escape(path)}</code>", escape(links.forge.file(path))) for path in value)
        return f'<p class="text">{files}</p>'
    return text_block(value)


def _references(flag: Flag, links: Links) -> str:
    named = [(field, getattr(flag, field.name)) for field in REFERENCE_FIELDS if getattr(flag, field.name)]
    return "".join(f"<dt>{field.label}</dt><dd><p>{flag_link(value, links)}</p></dd>" for field, value in named)


def _completion(completion: Completion | None, links: Links) -> str:
    if completion is None:
        return ""
    favour = f" in favour of {flag_link(completion.superseded_by, links)}" if completion.superseded_by else ""
    head = f"Completed {moment(completion.completed_at)}{favour}"
    return f'<div class="completion"><p>{head}</p>{text_block(completion.notes)}</div>'


def _conversation(view: View, links: Links, level: int) -> str:
    """Return what was said about a flag, oldest first; where it is a question, what became of it."""
    said = [(note.created_at, _note(note)) for note in view.notes]
    said += [(question.row.flag.created_at, _question(question, notes, links, view.now))
             for question, notes in view.questions]  # fmt: skip
    items = [markup for _, markup in sorted(said)]
    if view.handed_on is not None:
        done = view.handed_on
        who = f"<code>{escape(done.completed_by)}</code> handed it on from {flag_link(done.id, links)}"
        items.insert(0, f"<li><p>{who}</p>{text_block(done.notes)}</li>")
    if view.asked is not None and view.row.completion is None:
        items.append(f"<li>{_outcome(view.asked, view.now)}</li>")
    return f'<h{level} class="soft">Conversation</h{level}><ol class="said">{"".join(items)}</ol>' if items else ""


def _note(note: Note) -> str:
    head = f"<p><code>{escape(note.author)}</code> noted, {moment(note.created_at)}</p>"
    return f"<li>{head}{text_block(note.text)}</li>"


def _question(question: Question, notes: Iterable[Note], links: Links, now: int) -> str:
    flag = question.row.flag
    asked = f"asked <code>{escape(flag.target_agent)}</code>" if flag.target_agent else "asked"
    head = f"<p><code>{escape(flag.source_agent)}</code> {asked} ({flag_link(flag.id, links)}), "
    below = "".join(map(_note, notes))
    more = f'<ol class="said">{below}</ol>' if below else ""
    text = text_block(flag.change_description)
    return f"<li>{head}{moment(flag.created_at)}</p>{text}{more}{_outcome(question, now)}</li>"


def _outcome(question: Question, now: int) -> str:
    text = text_block(question.answer.text) if question.answer is not None else ""
    return f'<div class="answer"><p class="state">{escape(outcome_words(question, now))}</p>{text}</div>'


def _history(steps: tuple[Step, ...], links: Links) -> str:
    if not steps:
        return ""
    items = "".join(f"<li>{moment(step.at)} {escape(step.words)}{_proof(step, links)}</li>" for step in steps)
    head = f"History: {counted(len(steps), 'step')}"
    return f'<details class="history"><summary>{head}</summary><ol class="steps">{items}</ol></details>'


def _proof(step: Step, links: Links) -> str:
    if not step.commits:
        return ' <span class="soft">not committed yet</span>'
    shown = "".join(_commit(seen, links) for seen in step.commits[:_COMMITS])
    left = len(step.commits) - _COMMITS
    more = f"<br>and in {counted(left, 'more commit')}" if left > 0 else ""
    return f', authorship {escape(step.verdict)}<span class="soft">{shown}{more}</span>'


def _commit(seen: Seen, links: Links) -> str:
    oid = linked(f"<code>{escape(short_oid(seen.oid))}</code>", links.forge.commit(seen.oid))
    return f"<br>{oid} {escape(seen.author)}: {escape(shorten(seen.subject, 120))}"


def text_block(text: str | None) -> str:
    """Return a text of several lines; nothing for none."""
    return f'<p class="text" dir="auto">{escape(text, keep_lines=True)}</p>' if text else ""
