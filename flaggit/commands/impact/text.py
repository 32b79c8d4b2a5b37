"""Who is affected, for people and for programs."""

from __future__ import annotations

from flaggit.core.text import visible
from flaggit.reviewing.unflagged import create_command

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from flaggit.clone.session import Reply
    from flaggit.impact.asking import Affected, Answer
    from flaggit.output.text import Style


def affected_json(reply: Reply[Answer]) -> Any:
    """Each agent with its confidence, reasons, files, and a line that raises a flag for it."""
    return [
        {
            "name": item.name,
            "rank": rank,
            "confidence": item.confidence,
            "score": item.score,
            "reasons": [
                {key: value for key, value in _reason(reason) if value or key in ("kind", "text")}
                for reason in item.reasons
            ],
            "files": list(item.files),
            **({} if reply.data.by_folder else {"command": _command(reply.data, item)}),
        }
        for rank, item in enumerate(reply.data.agents, 1)
    ]


def _reason(reason: Any) -> Iterable[tuple[str, object]]:
    return ((name, getattr(reason, name)) for name in ("kind", "text", "path", "line", "name"))


def affected_text(reply: Reply[Answer], style: Style) -> Iterable[str]:
    """A line for each agent, its reasons below it, and the line that raises a flag."""
    answer = reply.data
    if not answer.paths:
        yield "Nothing changed."
        return
    if not answer.agents:
        yield "Nobody else is affected, as far as names, references, history and flags say."
        return
    for item in answer.agents:
        word = {"sure": style.bad, "likely": style.warn}.get(item.confidence, style.dim)(item.confidence)
        yield f"{style.bold(visible(item.name))} {word}"
        for reason in item.reasons:
            yield f"  {visible(reason.text)}"
        if not answer.by_folder:
            yield f"  {style.dim(_command(answer, item))}"


def _command(answer: Answer, item: Affected) -> str:
    return create_command(item.name, item.files or answer.paths, flag_type=item.flag_type)
