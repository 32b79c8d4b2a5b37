"""What was asked about flags and what was answered: derived from the files of the clone, never stored.

A question is an ``information_request`` whose ``re`` names another flag. Its completion is its
answer; a flag by whoever was asked to whoever asked, whose ``re`` names the question, is one too:
that is how the older system's agents answer.
"""

from __future__ import annotations

from flaggit.core.record import record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from flaggit.core.model import Flag, Lock, Row

OPEN, ANSWERED, MOOT = "open", "answered", "moot"


@record
class Answer:
    """What ended a question: who said what and when; ``was_asked`` is False where it was somebody else's to say.

    ``row`` is the question itself where its completion says it, else the flag that does.
    """

    row: Row
    author: str
    created_at: str
    text: str
    was_asked: bool = True


@record
class Question:
    """A question about a flag.

    Attributes:
        row: The question's own flag.
        state: ``open``, ``answered``, ``moot`` (the flag it is about was completed without the answer),
            or how else it was completed: ``withdrawn``, ``not_applicable``, ``superseded``.
        answer: What ended it, if anything did.
    """

    row: Row
    state: str
    answer: Answer | None = None


class Discussions:
    """Every question of a clone with its answers.

    Args:
        find_targets: Returns the handles whose flags are for an agent.
        linked: The flags whose ``re`` names another flag, completed ones included.
        ended: The completed flags among those that they name.
    """

    def __init__(self, find_targets: Callable[[str], list[str]], linked: Iterable[Row], ended: Iterable[Row]) -> None:
        self._find_targets = find_targets
        self._linked: dict[str, list[Row]] = {}
        for row in linked:
            self._linked.setdefault(row.flag.re or "", []).append(row)
        self._ended = {row.flag.id: row for row in ended}
        self._targets: dict[str, list[str]] = {}

    def about(self, flag_id: str) -> tuple[Question, ...]:
        """Return the questions about a flag, oldest first."""
        rows = [row for row in self._linked.get(flag_id, ()) if row.flag.is_question]
        return tuple(map(self.judge, sorted(rows, key=_by_time)))

    def judge(self, row: Row) -> Question:
        """Return the outcome of a question."""
        completion = row.completion
        if completion is not None:
            state = ANSWERED if completion.is_done else completion.resolution
            asked = self._acts_for(completion.completed_by, row.flag.target_agent)
            answer = Answer(row, completion.completed_by, completion.completed_at, completion.notes or "", asked)
            return Question(row, state, answer)
        other = self._find_flag(row.flag)
        if other is not None:
            flag = other.flag
            return Question(row, ANSWERED, Answer(other, flag.source_agent, flag.created_at, flag.change_description))
        return Question(row, MOOT if self._is_moot(row.flag) else OPEN)

    def holding(self, flag: Flag, lock: Lock | None) -> tuple[str, ...]:
        """Return the ids of the open questions that a pending flag waits on.

        Those of its holder count, or, where nobody holds it, of whom it is for: anybody may ask
        about a flag, and must not stop others by it.

        Args:
            flag: The flag.
            lock: Its lock, where somebody holds it.
        """
        if flag.id not in self._linked:
            return ()
        questions = [question for question in self.about(flag.id) if question.state == OPEN]
        return tuple(found.row.flag.id for found in questions if self._is_workers(found.row.flag, flag, lock))

    def has_answers(self, flag: Flag, lock: Lock | None) -> bool:
        """Return True where a flag's worker asked about it and every such question has ended."""
        questions = [found for found in self.about(flag.id) if self._is_workers(found.row.flag, flag, lock)]
        return bool(questions) and not any(found.state == OPEN for found in questions)

    def by(self, handle: str) -> list[Question]:
        """Return the questions that an agent asked, oldest first."""
        rows = [row for rows in self._linked.values() for row in rows if row.flag.is_question]
        return [self.judge(row) for row in sorted(rows, key=_by_time) if row.flag.source_agent == handle]

    def _find_flag(self, question: Flag) -> Row | None:
        """Return the newest flag that answers a question."""
        found = [
            row
            for row in self._linked.get(question.id, ())
            if not row.flag.is_question
            and row.flag.target_agent == question.source_agent
            and self._acts_for(row.flag.source_agent, question.target_agent)
        ]
        return max(found, key=_by_time, default=None)

    def _is_moot(self, question: Flag) -> bool:
        """Return True where whoever asked has completed what the question is about, or works for its target."""
        ended = self._ended.get(question.re or "")
        if ended is None or ended.completion is None:
            return False
        asker = question.source_agent
        return asker == ended.completion.completed_by or self._acts_for(asker, ended.flag.target_agent)

    def _is_workers(self, question: Flag, flag: Flag, lock: Lock | None) -> bool:
        asker = question.source_agent
        return asker == lock.holder if lock is not None else self._acts_for(asker, flag.target_agent)

    def _acts_for(self, handle: str, target: str | None) -> bool:
        """Return True where flags to ``target`` are for ``handle``: itself, an alias of it, a team that it is in."""
        if handle == target:
            return True
        if handle not in self._targets:
            self._targets[handle] = self._find_targets(handle)
        return target in self._targets[handle]


def _by_time(row: Row) -> tuple[str, str]:
    return row.flag.created_at, row.flag.id
