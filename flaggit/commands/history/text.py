"""The history of a flag, and what ``prune`` took out of the tree."""

from __future__ import annotations

from flaggit.core.text import counted, short_oid, visible
from flaggit.output.json import plain_data

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from flaggit.clone.session import Reply
    from flaggit.commands.history.actions import Log
    from flaggit.commands.history.pruning import Pruned
    from flaggit.lifecycle.history import Seen, Step
    from flaggit.output.text import Style

_MORE = 3


def log_json(reply: Reply[Log]) -> Any:
    """Return the flag's id, its status and each step with its commits."""
    log = reply.data
    steps = [_step_json(step) for step in log.steps]
    return {"id": log.flag_id, "status": log.row.status if log.row else None, "steps": steps}


def log_text(reply: Reply[Log], style: Style) -> str:
    """Return each step on a line, the commits that took it below."""
    log = reply.data
    head = style.bold(log.flag_id)
    if log.row is not None:
        flag = log.row.flag
        head += f"  {flag.source_agent} -> {flag.target_name}, {log.row.status}"
    lines = [head]
    for step in log.steps:
        lines.append(_step_line(step, style))
        lines += [f"    {_commit_line(seen, style)}" for seen in step.commits[:_MORE]]
        if len(step.commits) > _MORE:
            lines.append(style.dim(f"    and in {len(step.commits) - _MORE} more commits"))
    return "\n".join(lines)


def _step_line(step: Step, style: Style) -> str:
    words = visible(step.words)
    if not step.commits:
        return f"{step.at}  {words}  {style.warn('not committed yet')}"
    colour = {"verified": style.good, "mismatch": style.bad}.get(step.verdict, style.dim)
    return f"{step.at}  {words}  {colour(step.verdict)}"


def _commit_line(seen: Seen, style: Style) -> str:
    signed = f", signed by {visible(seen.signer)}" if seen.signer else ""
    where = "" if seen.in_head else style.dim(" (not in HEAD)")
    author = f"{visible(seen.author)} <{visible(seen.email)}>{signed}"
    return f"{short_oid(seen.oid)}  {author}{where}  {style.dim(visible(seen.subject))}"


def _step_json(step: Step) -> dict[str, Any]:
    values = plain_data(step)
    return {"step": values.pop("kind"), **values}


def prune_json(reply: Reply[Pruned]) -> Any:
    """Return ids and files that went, and why others stayed."""
    data = reply.data
    return {
        "pruned": list(data.ids),
        "files": list(data.paths),
        "kept": [{"id": flag_id, "reason": reason} for flag_id, reason in data.kept],
        "dry_run": data.dry_run,
        "commit": data.commit,
    }


def prune_text(reply: Reply[Pruned], style: Style) -> str:
    """Return how much went, and a line for each old flag that stays."""
    data = reply.data
    lines = [style.dim(f"{flag_id} stays: it {reason}.") for flag_id, reason in data.kept]
    if data.dry_run:
        lines += [f"would remove {path}" for path in data.paths]
    verb = "Would prune" if data.dry_run else "Pruned"
    amount = f"{counted(len(data.ids), 'flag')} ({counted(len(data.paths), 'file')})"
    lines.append(f"{verb} {amount}." if data.ids else "Nothing to prune.")
    return "\n".join(lines)
