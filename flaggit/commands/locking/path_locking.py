"""The path side of ``lock`` and ``unlock``: ``--files PATTERN...``."""

from __future__ import annotations

from flaggit.core.errors import InvalidError
from flaggit.core.handles import is_handle
from flaggit.locks.holding import terms_for
from flaggit.locks.paths import lock_paths, unlock_paths

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.clone.session import Session
    from flaggit.locks.terms import Outcome


def lock_files(
    session: Session, patterns: tuple[str, ...], agent: str | None, ttl: str | None, reason: str, **options: bool
) -> list[Outcome]:
    """Take or renew the locks of paths; ``options`` are ``local`` and ``steal``.

    Raises:
        ConflictError: ``locked_by_other``.
        InvalidError: ``usage`` or ``no_identity``.
        UnavailableError: As ``locks.acquire``.
    """
    if options["steal"] and not reason:
        raise InvalidError("usage", "--steal needs --reason: whoever loses the lock has to learn why.")
    patterns, agent = _part(patterns, agent)
    terms = terms_for(session, session.get_actor(agent), ttl=ttl, reason=reason, steal=options["steal"])
    taken = lock_paths(session, patterns, terms, local=options["local"])
    if any(outcome.lock.scope != "local" for outcome in taken):
        from flaggit.locks.marking import mark_done

        mark_done(session)
    return taken


def unlock_files(
    session: Session, patterns: tuple[str, ...], agent: str | None, *, force: bool, reason: str | None
) -> list[Outcome]:
    """Let path locks go that have one of these patterns.

    Raises:
        ConflictError: ``not_holder``.
        InvalidError: ``usage`` or ``no_identity``.
    """
    from flaggit.locks.marking import mark_done

    if force and not reason:
        raise InvalidError("usage", "--force needs --reason: whoever loses the lock has to learn why.")
    patterns, agent = _part(patterns, agent)
    actor = session.get_actor(agent)
    freed = unlock_paths(session, patterns, actor, chosen=lambda found: True, force=force)  # noqa: ARG005
    mark_done(session)
    return freed


def _part(patterns: tuple[str, ...], agent: str | None) -> tuple[tuple[str, ...], str | None]:
    """Return patterns and agent: among paths only a whole handle with its ``@``, at the end, is no path."""
    words = (*patterns, agent) if agent else patterns
    last = words[-1]
    return (words[:-1], last) if len(words) > 1 and is_handle(last) else (words, None)
