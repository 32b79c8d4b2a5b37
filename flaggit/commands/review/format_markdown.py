"""A review as GitHub-flavoured Markdown: the comment, the job summary, and what is read offline.

The verdict stands first, then what has to be done and by whom, as lists that a phone shows whole; the rest is
folded. Whatever no longer fits into a comment, or into a summary, is left out from the end, and that is said.
"""

from __future__ import annotations

from flaggit.commands.review.format_text import step_words
from flaggit.core.model import name_target
from flaggit.core.record import record
from flaggit.core.text import counted, short_oid
from flaggit.output.markup import break_commands, md_code, md_link
from flaggit.report.markup import escape
from flaggit.reviewing.verdict import findings_of, outcome_of, verdict_lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from flaggit.core.model import Problem
    from flaggit.reviewing.report import ChainLink, Claim, NearbyFlag, Report, ReviewedFlag
    from flaggit.reviewing.unflagged import Unflagged

MARKER = "<!-- flaggit -->"  # finds the comment again that a later run replaces
_CHAIN_NODES = 60  # a larger picture shows nothing, and forges refuse it
_MARKS = {"merge": "✅", "look": "👀", "stop": "⛔"}
_UNFOLDED = 15  # flags that are shown before the rest is folded, by owner
_COLOURS = {"critical": "#b00020", "high": "#c2570c", "medium": "#8a6d00", "low": "#57606a"}


@record
class Room:
    """How long a text may be, and how much of it one list may take so that no section crowds out the others.

    Attributes:
        total: Bytes.
        section: Bytes of one list.
        items: Items of one list.
    """

    total: int
    section: int
    items: int


_COMMENT = Room(60_000, 14_000, 100)  # a comment may have 65,536 characters
_SUMMARY = Room(900 * 1024, 300_000, 2000)  # GitHub refuses a summary of more than 1 MiB whole


def report_summary(report: Report) -> str:
    """Return a review as Markdown, at most as long as the summary of a job may be."""
    return report_markdown(report, _SUMMARY)


def report_markdown(report: Report, room: Room = _COMMENT) -> str:
    """Return a review as Markdown, at most as long as a comment may be, or as long as ``room`` says."""
    verdict = verdict_lines(report)
    head = [MARKER, f"### {_MARKS[outcome_of(report)]} Flags: {_with_handles(verdict[0])}", ""]
    head += [f"- {_with_handles(line)}" for line in verdict[1:]]
    blocks = ["\n".join(head), _flags(report, room), *_folded(report, room), _foot(report)]
    return break_commands(_within_limit([block for block in blocks if block], report, room))


def mermaid_chains(links: Sequence[ChainLink]) -> str:
    """Return chains as a mermaid picture; ids, handles and levels alone stand in it."""
    shown = links[:_CHAIN_NODES]
    known = {link.flag_id for link in shown}
    lines = ["flowchart LR"]
    for link in shown:
        state = "pending" if link.pending else "done"
        target = name_target(link.target_agent)
        lines.append(f'  {link.flag_id}["{link.flag_id}<br/>{link.source_agent} to {target}<br/>{state}"]')
    lines += [f"  {link.parent} --> {link.flag_id}" for link in shown if link.parent in known]
    for level, colour in _COLOURS.items():
        of_level = [link.flag_id for link in shown if link.impact_level == level and link.pending]
        if of_level:
            lines += [f"  classDef {level} stroke:{colour},stroke-width:2px", f"  class {','.join(of_level)} {level}"]
    return "\n".join(lines)


def _with_handles(sentence: str) -> str:
    """Return a sentence of the verdict with handles as code, so that nobody of that name is called."""
    words = sentence.split(" ")
    return " ".join(_code_handle(word) for word in words)


def _code_handle(word: str) -> str:
    start = word.find("@")
    if start < 0:
        return word
    end = start + 1
    while end < len(word) and (word[end].isalnum() or word[end] in ".-"):
        end += 1
    while word[end - 1] in ".-":
        end -= 1
    return f"{word[:start]}`{word[start:end]}`{word[end:]}"


def _flags(report: Report, room: Room) -> str:
    """Return what each flag asks for, by whom, those of one command as one; then what else happens to flags."""
    if not report.flags:
        return "No flag is raised, changed or completed."
    asked = _batches(item for item in report.flags if item.is_left)
    shown = {item.flag.id for batch in asked for item in batch}
    others = [item for item in report.flags if item.flag.id not in shown]
    parts = []
    if asked:
        parts.append("#### To do after this merge")
        parts.append(_fitting((_asked(batch, report) for batch in asked[:_UNFOLDED]), room))
        parts += _folded_by_owner(asked[_UNFOLDED:], report, room)
    if others:
        parts += ["#### Also", _fitting((_other(item, report) for item in others), room)]
    return "\n\n".join(parts)


def _batches(items: Iterable[ReviewedFlag]) -> list[list[ReviewedFlag]]:
    """Return flags in their order, those that one command raised for several agents together."""
    found: dict[str, list[ReviewedFlag]] = {}
    for item in items:
        found.setdefault(item.flag.batch or item.flag.id, []).append(item)
    return list(found.values())


def _folded_by_owner(batches: list[list[ReviewedFlag]], report: Report, room: Room) -> Iterable[str]:
    owners: dict[str, list[list[ReviewedFlag]]] = {}
    for batch in batches:
        owners.setdefault(batch[0].flag.target_name, []).append(batch)
    for owner, owned in owners.items():
        title = f"{counted(len(owned), 'more flag')} for <code>{escape(owner)}</code>"
        yield _details(title, _fitting((_asked(batch, report) for batch in owned), room))


def _asked(batch: list[ReviewedFlag], report: Report) -> str:
    """Return what a flag asks for as an item of a list: whom, what to do, and which change brings it."""
    flag = batch[0].flag
    impact = f"**{flag.impact_level}**" if flag.impact_level in ("critical", "high") else flag.impact_level
    targets = [_asked_agent(item.flag.target_agent, report) for item in batch]
    ids = ", ".join(_flag_link(item, report) for item in batch)
    files = f"\n  Files: {_links(flag.related_files, report, batch[0].missing)}" if flag.related_files else ""
    return (
        f"- {impact} for {', '.join(targets)}: {md_code(flag.action_required, 400)}\n"
        f"  Since {md_code(flag.source_agent)} changed: {md_code(flag.change_description, 200)}"
        f" ({flag.flag_type.replace('_', ' ')}, {ids}){files}"
    )


def _asked_agent(target: str | None, report: Report) -> str:
    if target is None:
        return name_target(target)
    logins = report.logins.get(target, ())
    asked = f" (ask {', '.join(md_code(login, 60) for login in logins)} to review)" if logins else ""
    return md_code(target) + asked


def _other(item: ReviewedFlag, report: Report) -> str:
    flag = item.flag
    route = f"{md_code(flag.source_agent)} to {md_code(flag.target_agent) if flag.target_agent else flag.target_name}"
    steps = _with_handles(step_words(item))
    commit = item.completed_in
    if commit:
        short = short_oid(commit)
        steps = steps.replace(short, md_link(short, report.forge.commit(commit)))
    return (
        f"- {_flag_link(item, report)} {steps}: {md_code(flag.change_description, 160)} ({route}, {flag.impact_level})"
    )


def _flag_link(item: ReviewedFlag, report: Report) -> str:
    return md_link(md_code(item.flag.id), "" if item.is_gone else report.forge.file(item.path, report.head_oid))


def _links(paths: Sequence[str], report: Report | None = None, gone: Sequence[str] = ()) -> str:
    """Return the first of some paths and how many more there are; with a report each leads to the file, if not gone."""
    addresses = [report.forge.file(path, report.head_oid) if report and path not in gone else "" for path in paths[:4]]
    shown = ", ".join(md_link(md_code(path, 120), address) for path, address in zip(paths, addresses, strict=False))
    return shown if len(paths) <= 4 else f"{shown} and {len(paths) - 4} more"


def _fitting(items: Iterable[str], room: Room, noun: str = "flag") -> str:
    """Return the first items of a list, as many as one list may have, and how many are left out."""
    kept: list[str] = []
    space, left = room.section, 0
    for item in items:
        size = len(item.encode("utf-8", "replace")) + 1
        if left or len(kept) == room.items or (kept and size > space):
            left += 1
            continue
        space -= size
        kept.append(item)
    return "\n".join(kept) + (f"\n\nCut: {counted(left, f'further {noun}')}." if left else "")


def _folded(report: Report, room: Room) -> Iterable[str]:
    def section(title: str, items: Sequence[str]) -> str:
        return _details(f"{title} ({len(items)})", _fitting(items, room, "line")) if items else ""

    left = f", the most urgent of {len(report.nearby) + report.nearby_left}" if report.nearby_left else ""
    about_files = [_nearby(item, report) for item in report.nearby if item.files]
    for_owners = [_nearby(item, report) for item in report.nearby if not item.files]
    yield section("Findings", list(map(_finding, findings_of(report))))
    yield section("Not told, although it concerns them", list(map(_not_told, report.unflagged)))
    yield section("Fields changed", list(_edits(report)))
    yield section(f"Still pending, about files that change here{left}", about_files)
    yield section(f"Still pending, for owners of what changes here{left}", for_owners)
    yield section("Held by others", list(_held(report)))
    yield _chains(report)
    yield section("Who did what", list(map(_claim, report.claims)))


def _finding(problem: Problem) -> str:
    where = md_code(problem.where, 200)
    fix = f"\n  Next: {md_code(problem.fix, 300)}" if problem.fix else ""
    return f"- {problem.level} {problem.rule}: {md_code(problem.message, 500)}\n  In: {where}{fix}"


def _not_told(item: Unflagged) -> str:
    owner = md_code(item.owner) + ("" if item.known else " (unless they made the change)")
    what = f"Probably affected: {_links(item.paths)} for" if item.reasons else f"Changed: {_links(item.paths)} of"
    why = f": {md_code('; '.join(item.reasons[:2]), 300)}" if item.reasons else ""
    return f"- {what} {owner}{why}\n  To tell them: {md_code(item.command, 1000)}"


def _edits(report: Report) -> Iterable[str]:
    for item in report.flags:
        for edit in item.edits:
            yield f"- {md_code(item.flag.id)} {md_code(edit.field)}: {_value(edit.before)}, now {_value(edit.after)}"


def _held(report: Report) -> Iterable[str]:
    flags = [(md_code(lock.flag_id), lock) for lock in report.locks]
    paths = [(_links(held.files), held.lock) for held in report.held_paths]
    for what, lock in (*flags, *paths):
        yield f"- {what} by {md_code(lock.holder)} until {md_code(lock.expires)}"


def _claim(claim: Claim) -> str:
    return f"- {claim.verdict}, {md_code(claim.flag_id)}: {md_code(claim.reason, 300)}"


def _nearby(item: NearbyFlag, report: Report) -> str:
    flag = item.flag
    target = md_code(flag.target_agent) if flag.target_agent else flag.target_name
    mine = " (an author here)" if item.mine else ""
    files = f"\n  Files: {_links(item.files, report, item.removed)}" if item.files else ""
    flag_id = md_link(md_code(flag.id), report.forge.file(item.path, report.head_oid))
    return f"- {flag.impact_level} for {target}{mine}: {md_code(flag.change_description, 160)} ({flag_id}){files}"


def _chains(report: Report) -> str:
    if not report.chains:
        return ""
    picture = f"```mermaid\n{mermaid_chains(report.chains)}\n```"
    more = len(report.chains) - _CHAIN_NODES
    note = f"\n\nand {counted(more, 'further flag')} of these chains." if more > 0 else ""
    return _details(f"Chains ({len(report.chains)})", picture + note)


def _details(summary: str, body: str) -> str:
    return f"<details><summary>{summary}</summary>\n\n{body}\n\n</details>"


def _value(text: str | None) -> str:
    return "nothing" if text is None else md_code(text, 300)


def _foot(report: Report) -> str:
    span = f"{report.base}..{report.head}"
    sizes = f"{counted(report.commits, 'commit')}, {counted(report.files, 'path')} outside the store"
    return f"<sub>{md_code(span, 200)} from {md_code(short_oid(report.merge_base))}: {sizes}.</sub>"


def _within_limit(blocks: list[str], report: Report, room: Room) -> str:
    """Return blocks in their order as far as they fit; what is left out is said."""
    note = f"Cut: {{}} left out for length. {md_code(f'flaggit review {report.base}..{report.head}', 200)} shows all."
    space = room.total - len(note.encode()) - 100
    kept: list[str] = []
    left = 0
    for block in blocks:
        size = len(block.encode("utf-8", "replace")) + 2
        if size > space:
            left += 1
            continue
        space -= size
        kept.append(block)
    if left:
        kept.append(note.format(counted(left, "part")))
    return "\n\n".join(kept)
