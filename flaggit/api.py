"""The Python API: ``from flaggit import Flags``.

The same verbs as the command line's, with values in and values out; nothing is printed. Every
error is a ``FlaggitError`` with a stable ``code``; the table is in docs/errors.md.

The examples below run as tests, one after another, in a repository with a store.
"""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING

from flaggit.clone.session import Session
from flaggit.git.repo import find_repo

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from flaggit.core.model import Completion, Lock, Note, Problem, Row

_ID = str | int


class Flags:
    """The flags of the clone that a folder lies in, seen by one agent.

    Args:
        path: Any folder of a worktree, or a bare repository for reading.
        agent: Who is asking, as ``@domain.module``; None: what ``FLAGGIT_AGENT`` or ``flaggit iam`` says.
        offline: Use no network.

    Raises:
        UnavailableError: ``no_repository``.

    >>> from flaggit import Flags
    >>> flags = Flags(".", agent="@backend.api")
    """

    def __init__(self, path: str = ".", *, agent: str | None = None, offline: bool = False) -> None:
        self._repo = find_repo(path)
        self._agent = agent
        self._offline = offline

    def create(
        self,
        *,
        flag_type: str,
        to: str | None,
        change: str,
        action: str,
        impact: str | None = None,
        files: Iterable[str] = (),
        commit: bool = False,
        **more: str | None,
    ) -> Row:
        """Raise a flag, stage its file, and return it.

        Args:
            flag_type: One of ``flaggit.FLAG_TYPES``.
            to: The target's handle; None: for nobody in particular.
            change: What changed, at least 50 characters unless the repository says otherwise.
            action: What the target has to do, at least 100 characters.
            impact: One of ``flaggit.IMPACT_LEVELS``.
            files: Related paths, relative to the root.
            commit: Commit exactly the new file.
            more: ``chain``, ``re``, ``location``, ``example``, ``context``, ``notes``: as the command has them.

        Raises:
            InvalidError: With every violation in ``violations``.
            NotFoundError: ``unknown_flag`` for ``chain`` or ``re``.

        >>> row = flags.create(
        ...     flag_type="breaking_change",
        ...     to="@frontend.web",
        ...     impact="high",
        ...     change="POST /orders answers 202 with a job id; a queue worker creates the order afterwards.",
        ...     action="Poll GET /jobs/{id} in src/client.ts instead of reading the order from the response,"
        ...     " and drop the retry on 409.",
        ...     files=["src/client.ts"],
        ... )
        >>> row.flag.target_agent, row.status, row.path.startswith(".flags/frontend.web/")
        ('@frontend.web', 'pending', True)
        """
        from flaggit.commands.raising.create import create

        reply = create(
            self._session(),
            flag_type=flag_type,
            to=() if to is None else (to,),
            sender=self._agent,
            change=change,
            action=action,
            impact=impact,
            files=tuple(files),
            commit=commit,
            **more,  # type: ignore[arg-type]  # any other name is a TypeError of `create`
        )
        return reply.data.rows[0]

    def list(
        self,
        *,
        to: str | None = None,
        sender: str | None = None,
        flag_type: str | None = None,
        impact: str | None = None,
        status: str = "pending",
        here: bool = False,
    ) -> builtins.list[Row]:
        """Return the flags that fit, in order of impact, time and id.

        Args:
            to: Target's handle, or ``general``.
            sender: Source's handle.
            flag_type: One of ``flaggit.FLAG_TYPES``.
            impact: One of ``flaggit.IMPACT_LEVELS``.
            status: ``pending``, ``completed`` or ``all``.
            here: Only this worktree's, instead of the whole clone's.

        Raises:
            InvalidError: ``usage`` or ``bad_handle``.

        >>> [found.flag.impact_level for found in flags.list(to="@frontend.web")]
        ['high']
        """
        from flaggit.commands.reading.listing import list_flags

        reply = list_flags(
            self._session(), to=to, sender=sender, flag_type=flag_type, impact=impact, status=status, here=here
        )
        return [*reply.data.rows]

    def inbox(self) -> builtins.list[Row]:
        """Return the pending flags for the agent and the teams it belongs to.

        Raises:
            InvalidError: ``no_identity``.

        >>> [found.flag.id == row.flag.id for found in Flags(".", agent="@frontend.web").inbox()]
        [True]
        """
        from flaggit.commands.reading.listing import inbox

        return [*inbox(self._session(), agent=self._agent).data.rows]

    def next(self, *, lock: bool = False) -> Row | None:
        """Return the most urgent flag that the agent can work on from here, or None.

        Args:
            lock: Take its lock too; a race that is lost moves on to the next flag.

        >>> Flags(".", agent="@frontend.web").next().flag.id == row.flag.id
        True
        """
        from flaggit.commands.reading.dispatch import next_flag

        view = next_flag(self._session(), agent=self._agent, lock=lock).data.view
        return view.row if view is not None else None

    def get(self, flag_id: _ID) -> Row:
        """Return one flag by its id, a unique prefix of three or more, or an imported number.

        Raises:
            InvalidError: ``bad_id`` or ``ambiguous_id``.
            NotFoundError: ``unknown_flag``.

        >>> flags.get(row.flag.id[:6]).flag.source_agent
        '@backend.api'
        """
        from flaggit.clone.lookup import get_row

        return get_row(self._session(), str(flag_id))

    def notes(self, flag_id: _ID) -> builtins.list[Note]:
        """Return the notes on a flag, oldest first. Errors as ``get``.

        >>> flags.notes(row.flag.id)
        []
        """
        from flaggit.clone.lookup import get_row

        session = self._session()
        return session.clone.notes(get_row(session, str(flag_id)).flag.id)

    def note(self, flag_id: _ID, text: str) -> Note:
        """Write a note on a flag and stage it.

        Raises:
            InvalidError: ``no_identity``, ``missing`` or ``control_character``.
            NotFoundError: ``unknown_flag``.

        >>> flags.note(row.flag.id, "The staging cluster has it.").author
        '@backend.api'
        """
        from flaggit.commands.raising.editing import note

        reply = note(self._session(), flag_id=str(flag_id), text=text, sender=self._agent)
        return reply.data.note

    def lock(self, *flag_ids: _ID, ttl: str | None = None, reason: str | None = None) -> builtins.list[Lock]:
        """Take or renew the locks of flags, all or none.

        Args:
            flag_ids: References to flags.
            ttl: How long, as ``45s``, ``30m``, ``2h``; None: the repository's setting.
            reason: Why, shown to others.

        Raises:
            ConflictError: ``locked_by_other``, ``lock_lost`` or ``already_completed``.
            NotFoundError: ``unknown_flag``.
            UnavailableError: The remote that decides cannot be asked, or refuses.

        >>> web = Flags(".", agent="@frontend.web")
        >>> web.lock(row.flag.id, ttl="30m")[0].holder
        '@frontend.web'
        >>> flags.lock(row.flag.id)
        Traceback (most recent call last):
        flaggit.core.errors.ConflictError: ...
        """
        from flaggit.commands.locking.actions import lock

        ids = tuple(map(str, flag_ids))
        reply = lock(self._session(), flag_ids=ids, agent=self._agent, ttl=ttl, reason=reason)
        outcomes = reply.data.outcomes
        return [outcome.lock for outcome in outcomes if outcome.lock is not None]

    def unlock(self, *flag_ids: _ID) -> None:
        """Let the agent's locks go.

        Raises:
            ConflictError: ``not_holder``.

        >>> web.unlock(row.flag.id)
        >>> flags.get(row.flag.id).locked
        False
        """
        from flaggit.commands.locking.actions import unlock

        unlock(self._session(), flag_ids=tuple(map(str, flag_ids)), agent=self._agent)

    def complete(
        self,
        *flag_ids: _ID,
        resolution: str | None = None,
        by: _ID | None = None,
        note: str | None = None,
        commit: bool = False,
    ) -> Sequence[Completion]:
        """Say that flags are done, all or none; stage the completions and return them in order.

        Args:
            flag_ids: References to flags.
            resolution: One of ``flaggit.RESOLUTIONS``.
            by: The flag that supersedes this one.
            note: What to say about it.
            commit: Commit exactly what is written, with its trailers.

        Raises:
            ConflictError: ``locked_by_other``, ``already_completed`` or ``not_target``.
            NotFoundError: ``unknown_flag``.

        >>> web.complete(row.flag.id, note="The client polls.")[0].resolution
        'done'
        >>> flags.get(row.flag.id).status
        'completed'
        """
        from flaggit.lifecycle.completing import complete

        reply = complete(
            self._session(),
            flag_ids=tuple(map(str, flag_ids)),
            agent=self._agent,
            resolution=resolution,
            by=None if by is None else str(by),
            note=note,
            commit=commit,
        )
        return [item.completion for item in reply.data]

    def check(self) -> builtins.list[Problem]:
        """Return everything that is wrong with this worktree's store, as ``flaggit check`` does.

        >>> [problem.message for problem in flags.check() if problem.level == "error"]
        []
        """
        from flaggit.commands.checking.actions import check

        return [*check(self._session()).data.problems]

    def _session(self) -> Session:
        """Return a fresh view: other processes change the clone at any time."""
        return Session(self._repo, offline=self._offline)
