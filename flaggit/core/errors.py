"""Every error that flaggit raises on purpose: one base, a child for each exit status.

An error carries a sentence for people (what is wrong, where, the next safe step), a stable
code for programs, and an exit status. The boundary in ``cli`` and ``hooks`` catches the base
once; nothing else in flaggit prints an error or exits.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from flaggit.core.model import Problem


class FlaggitError(Exception):
    """Something the user can act on.

    Args:
        code: A key of ``CODES``.
        message: One sentence: what is wrong, and where.
        hint: The next safe step. It never holds a command that destroys anything.
        details: Further keys of the JSON error (holder, expires, candidates, ...).
        violations: All problems at once, where the error stands for several.
    """

    status = 70
    retryable = False

    def __init__(
        self,
        code: str,
        message: str,
        *,
        hint: str = "",
        details: Mapping[str, object] | None = None,
        violations: Sequence[Problem] = (),
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint
        self.details = dict(details or {})
        self.violations = tuple(violations)


class InvalidError(FlaggitError):
    """Usage or validation: the call itself is wrong. Exit status 2."""

    status = 2


class LimitError(FlaggitError):
    """A limit that the repository set for itself: nothing is wrong, and nothing more is handed out. Exit status 1."""

    status = 1


class StoppedError(FlaggitError):
    """The person stopped it. Exit status 130."""

    status = 130


class NotFoundError(FlaggitError):
    """A flag, agent or revision that does not exist. Exit status 3."""

    status = 3


class ConflictError(FlaggitError):
    """A lock, a state or an ownership stands in the way. Exit status 4."""

    status = 4


class UnavailableError(FlaggitError):
    """The environment: no repository, no git, an unreadable store, an unreachable remote. Exit status 5."""

    status = 5


class InternalError(FlaggitError):
    """A fault of flaggit itself. Exit status 70."""


def own_fault(error: Exception) -> InternalError:
    """Return the error for an exception that nothing here expects."""
    message = f"flaggit met a fault of its own: {type(error).__name__}: {error}"
    return InternalError("internal", message, hint="FLAGGIT_DEBUG=1 shows where.")


SYSTEM_ERRORS = (OSError, MemoryError, ImportError)


def is_empty_module(error: Exception) -> bool:
    """Return whether a module lacks a name since the system did not let Python see its file."""
    module = getattr(error, "obj", None)
    return isinstance(error, AttributeError) and hasattr(module, "__path__") and not getattr(module, "__file__", None)


def system_error(error: Exception) -> UnavailableError:
    """The error for a step that the system refused: no memory, no room, no descriptors, no right.

    Args:
        error: One of ``SYSTEM_ERRORS``, or one of which ``is_empty_module`` is true.
    """
    if isinstance(
        error, ImportError | AttributeError
    ):  # Python takes a folder that it cannot look into for an empty one
        return UnavailableError(
            "unreadable",
            f"A part of flaggit or of what it needs cannot be found: {error}.",
            hint="Try again; if it stays so, install flaggit again: pip install --force-reinstall flaggit",
        )
    if isinstance(error, MemoryError):
        return UnavailableError(
            "unreadable", "There is not enough memory.", hint="Close other programs, or ask for less."
        )
    name, reason = getattr(error, "filename", None), getattr(error, "strerror", None)
    where = f" ({name})" if name else ""
    return UnavailableError(
        "unreadable",
        f"The system refused a step: {reason or error}{where}.",
        hint="See that disk, memory, open files (`ulimit -a`) and rights suffice here, and try again.",
    )


REFUSALS = (FlaggitError, *SYSTEM_ERRORS)


def refusal_of(error: Exception) -> FlaggitError:
    """Return the error to show for one of ``REFUSALS``."""
    return error if isinstance(error, FlaggitError) else system_error(error)


# Where a command that others start (a client's hook) has nothing to do, and nothing to say.
NOTHING_HERE = frozenset(("no_repository", "no_store", "git_missing", "untrusted_repository"))

# code -> (exit status, what it means). `docs/errors.md` shows this table; a test holds the two equal
# and proves that every code raised in the package stands here.
CODES: dict[str, tuple[int, str]] = {
    "usage": (2, "The command line is wrong."),
    "invalid": (2, "One or more fields break a rule; `violations` lists all of them."),
    "missing": (2, "A field that every flag needs was not given."),
    "bad_type": (2, "`flag_type` is none of the known ones."),
    "bad_impact": (2, "`impact_level` is none of the known ones."),
    "requires_critical": (2, "Flags of that type are always critical."),
    "critical_not_allowed": (2, "Flags of that type are never critical."),
    "low_not_allowed": (2, "Flags of that type are never of low impact."),
    "target_required": (2, "A flag of high or critical impact has to name its target."),
    "control_character": (2, "A text holds characters that may not be stored."),
    "reserved_line": (2, "A completion's note holds a line that only flaggit writes."),
    "too_long": (2, "A text is longer than what is stored."),
    "bad_path": (2, "A related file is not a path inside the repository."),
    "bad_location": (2, "`code_location` is not `path:line` or `path:start-end`."),
    "bad_time": (2, "A time is not RFC 3339 in UTC."),
    "too_short": (2, "A text is shorter than the repository's minimum."),
    "bad_handle": (2, "An agent's handle is not of the form `@domain.module`."),
    "bad_id": (2, "A reference to a flag is not an id, a prefix of one, or an imported number."),
    "bad_json": (2, "`context`, or what else has to be JSON, is not, or is of another kind."),
    "cannot_edit": (2, "A file of another program cannot be changed safely; nothing was written."),
    "bad_settings": (2, "`.flags/config.yaml` or git config `flaggit.*` cannot be used."),
    "bad_catalog": (2, "`.flags/catalog.yaml` or a file of `.flags/catalog.d/` cannot be used."),
    "bad_trailer": (2, "A commit message names flags that it cannot complete or reopen; nothing was committed."),
    "ambiguous_id": (2, "A prefix fits several flags; `candidates` names them."),
    "no_identity": (2, "The command needs to know which agent is asking."),
    "unknown_target": (2, "The target is not in the catalog and `strict_targets` is on."),
    "read_only": (2, "The statement would write, and this command only reads."),
    "bad_sql": (2, "The SQL statement was refused or failed."),
    "unmappable": (2, "What would be imported has no place here; `violations` lists each record."),
    "sql_limit": (2, "The SQL statement would take too long or too much."),
    "unknown_flag": (3, "No flag of that id is visible in this clone."),
    "unknown_agent": (3, "The catalog has no agent of that name."),
    "unknown_rev": (3, "git knows no such revision here."),
    "no_merge_base": (3, "The two ends of a range share no commit."),
    "unknown_file": (3, "A file that the command was given does not exist."),
    "file_exists": (4, "The file that would be written exists already."),
    "agent_exists": (4, "The catalog has an agent of that name already."),
    "locked_by_other": (4, "Another holder has the flag's lock; the error names it."),
    "not_holder": (4, "Only the holder may release a lock that has not expired."),
    "lock_lost": (4, "The lock was yours and is now another's."),
    "not_committed": (4, "The flag is in no commit yet, so no commit can complete it."),
    "already_completed": (4, "The flag was completed by another; the error names who."),
    "not_completed": (4, "The flag is pending, so there is nothing to reopen."),
    "not_target": (4, "Only target, holder or source may do that to this flag."),
    "not_here": (4, "The flag's file is not in this worktree, and the command edits it here."),
    "changed_meanwhile": (4, "The file changed while the command ran; nothing was written."),
    "conflict": (4, "Both sides of a merge hold a decision that a person has to take."),
    "completion_not_staged": (
        4,
        "A message completes a flag, and the commit does not; `flaggit commit --completes` does.",
    ),
    "hook_in_the_way": (4, "A hook of another tool and one that flaggit moved aside are both there."),
    "nothing_to_commit": (4, "There is nothing staged that the command could commit."),
    "untrusted_repository": (5, "git does not open the repository, since it belongs to another user."),
    "no_terminal": (5, "The command shows itself on a terminal, and there is none."),
    "not_installed": (5, "The command needs a package that is not there; the hint installs it."),
    "no_repository": (5, "There is no git repository here."),
    "no_store": (5, "The repository has no `.flags/` yet; `flaggit init` makes it."),
    "bare_repository": (5, "The command writes files, and a bare repository has no work tree."),
    "shallow_clone": (5, "The clone is shallow and lacks history that the answer needs; the hint says what to fetch."),
    "hooks_off": (5, "core.hooksPath names something that is no folder, so git runs no hooks."),
    "hook_silent": (5, "git does not reach flaggit through an installed hook."),
    "git_missing": (5, "git is not installed or not on PATH."),
    "git_failed": (5, "git refused a step; the message holds its words."),
    "no_port": (5, "The page's port is taken or may not be used."),
    "unreadable": (5, "A file, a folder or the system cannot be read or written."),
    "over_limit": (5, "Something is larger than flaggit reads; the message names it and the limit."),
    "timeout": (5, "git or the remote did not answer in time."),
    "remote_unreachable": (5, "The remote that decides over locks cannot be reached."),
    "remote_refuses_locks": (5, "The remote refuses lock refs; the message says what to set."),
    "ambiguous_arbiter": (5, "Nothing says which of several remotes, or of a remote's URLs, decides over locks."),
    "arbiter_changed": (5, "A lock is held at another place than the one that would decide now."),
    "unknown_outcome": (5, "The remote did not say what became of a push; `flaggit sync` reads it."),
    "namespace_blocked": (5, "A branch named `flag` or `flags` blocks the names of locks."),
    "findings": (1, "`check`, `review` or `doctor` found something of error level."),
    "lock_limit": (1, "`next --lock` hands out nothing more while that many flags are held and not completed."),
    "empty": (1, "`next` has nothing to hand out."),
    "internal": (70, "A fault of flaggit itself."),
    "interrupted": (130, "The command was stopped from the keyboard."),
}
