"""What git's hooks run: one function a hook, silent where there is nothing to say.

No hook touches the network, the work tree or, outside ``.flags/``, the index; none rewrites history.
"""

from __future__ import annotations

import os

from flaggit.clone.session import Reply
from flaggit.core.errors import ConflictError, FlaggitError, InvalidError, NotFoundError
from flaggit.core.model import LEVEL_OF_SETTING, Problem
from flaggit.core.text import visible
from flaggit.hooks import PROBE, REFUSED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from flaggit.clone.session import Session


def run_hook(session: Session, *, name: str, words: tuple[str, ...] = ()) -> Reply[None]:
    """Run one of git's hooks; exit status 0 lets git go on, ``REFUSED`` stops it.

    Any other status is a failure of flaggit's own or of the system, and whoever called it goes on.

    Args:
        session: The call; the network is never used, whatever it allows.
        name: The hook.
        words: What git hands to it.

    Raises:
        InvalidError: ``usage``, where flaggit has nothing to do in such a hook.
    """
    hook = _HOOKS.get(name)
    if hook is None:
        raise InvalidError("usage", f"flaggit has no {name} hook.", hint=f"It has {', '.join(_HOOKS)}.")
    if PROBE in os.environ:
        return _answer_probe(name)
    session.offline = True
    try:
        return hook(session, words[1:] if words[:1] == ("--",) else words)
    except (InvalidError, NotFoundError, ConflictError) as error:  # what is to be committed is wrong
        return Reply(None, status=REFUSED, notes=_error_lines(error))
    except FlaggitError as error:
        return Reply(None, status=error.status, notes=_error_lines(error))


def _pre_commit(session: Session, words: Sequence[str]) -> Reply[None]:  # noqa: ARG001 - git hands nothing to it
    from flaggit.checking.judging import judge_staged
    from flaggit.hooks.staged import decides, read_stub_report, report_undecided

    snapshot, problems = judge_staged(session, read_stub_report())
    problems += [*_locked_paths(session), *_unflagged(session)]
    status = _status(problems)
    if not status:
        report_undecided(session.repo, so=not any(map(decides, (*snapshot.files, *snapshot.removed))))
    elsewhere = _beyond_commit(session)
    problems += [problem for problem in elsewhere if problem not in problems]
    advice = _advice(status) if status else _advice_elsewhere(_status(elsewhere))
    return Reply(None, status=_status(problems), notes=(*map(_finding, problems), *advice))


def _beyond_commit(session: Session) -> list[Problem]:
    """Return the findings where pre-commit runs the hook outside a commit: over a range, or over all files.

    It says the range in variables. Of ``--all-files`` it says nothing, and nothing has to be staged then; a
    commit is told by the index that git names to its hooks.
    """
    if "PRE_COMMIT" not in os.environ:
        return []
    ends = [os.environ.get(name, "") for name in ("PRE_COMMIT_FROM_REF", "PRE_COMMIT_TO_REF")]
    if all(ends):
        from flaggit.checking.range_check import judge_range

        return list(judge_range(session, "..".join(ends)).problems)
    if "GIT_INDEX_FILE" in os.environ or session.repo.bare or not session.store.exists():
        return []
    from flaggit.checking.judging import judge_worktree

    return judge_worktree(session)[1]


def _unflagged(session: Session) -> list[Problem]:
    """Return a finding for each owner of staged paths whom no flag tells, at the level of ``unflagged.hook``."""
    try:
        if session.settings.unflagged_hook == "off":
            return []
    except FlaggitError:  # the check says what is wrong with the settings
        return []
    from flaggit.hooks.unflagged import judge_unflagged

    return judge_unflagged(session)


def _locked_paths(session: Session) -> list[Problem]:
    """Return a finding for each staged path that another has locked, at the level of ``lock.paths_hook``."""
    try:
        level = LEVEL_OF_SETTING[session.settings.lock_paths_hook]
        if not level:
            return []
        actor = session.find_actor()
    except FlaggitError:  # the check says what is wrong with the settings
        return []
    from flaggit.hooks.staged import read_staged
    from flaggit.locks.paths import find_locked_paths

    paths = [entry.path for entry in read_staged(session.repo)]
    return [
        Problem(
            "F040",
            "locked_path",
            f"{path} is locked by {lock.holder} until {lock.expires}.",
            level=level,
            path=path,
            fix="Talk to the holder, or leave the path out of the commit.",
        )
        for path, lock in find_locked_paths(session, paths, actor)
    ]


def _prepare_commit_msg(session: Session, words: Sequence[str]) -> Reply[None]:
    from flaggit.hooks.messages import prepare_commit_msg

    words = _file_first("prepare-commit-msg", words)
    if len(words) == 1:  # pre-commit hands on the file alone, and the rest in variables
        words = [*words, os.environ.get("PRE_COMMIT_COMMIT_MSG_SOURCE", "")]
    return Reply(None, status=prepare_commit_msg(session, words))


def _commit_msg(session: Session, words: Sequence[str]) -> Reply[None]:
    from flaggit.hooks.messages import commit_msg

    return Reply(None, status=commit_msg(session, _file_first("commit-msg", words)))


def _edit_message(session: Session, words: Sequence[str]) -> Reply[None]:
    """Write the trailers of ``flaggit commit`` into the message, then open the user's own editor on it."""
    from flaggit.git.process import run_attached
    from flaggit.hooks.messages import drop_lonely_trailers, write_trailers

    path = _file_first("the editor", words)[0]
    pairs = [line.split(": ", 1) for line in os.environ.get("FLAGGIT_TRAILERS", "").split("\n") if line]
    write_trailers(session, path, [(pair[0], pair[-1]) for pair in pairs])
    editor = os.environ.get("FLAGGIT_EDITOR", "")
    # git itself runs an editor through the shell in this way.
    status = run_attached(["sh", "-c", f'{editor} "$@"', editor, path]) if editor else 0
    drop_lonely_trailers(session, path)
    return Reply(None, status=status)


def _post_checkout(session: Session, words: Sequence[str]) -> Reply[None]:
    from flaggit.hooks.work_branches import follow_switch

    kind = words[2] if len(words) > 2 else os.environ.get("PRE_COMMIT_CHECKOUT_TYPE", "")
    if kind != "1":  # 1: branches were switched, 0: files taken out
        return Reply(None)
    return Reply(None, notes=tuple(follow_switch(session)))


def _pre_receive(session: Session, words: Sequence[str]) -> Reply[None]:  # noqa: ARG001 - a server is no worktree
    import sys

    from flaggit.server.receive import pre_receive

    status, lines = pre_receive(sys.stdin, os.environ, now=session.now)
    return Reply(None, status=REFUSED if status else 0, notes=tuple(lines))


_HOOKS: dict[str, Callable[[Session, Sequence[str]], Reply[None]]] = {
    "pre-commit": _pre_commit,
    "pre-merge-commit": _pre_commit,
    "prepare-commit-msg": _prepare_commit_msg,
    "commit-msg": _commit_msg,
    "post-checkout": _post_checkout,
    "pre-receive": _pre_receive,
    "edit-message": _edit_message,  # not git's: the editor that `flaggit commit` hands to git
}


def _file_first(name: str, words: Sequence[str]) -> Sequence[str]:
    if not words:
        raise InvalidError("usage", f"git hands the message's file to {name}; it is missing here.")
    return words


def _answer_probe(name: str) -> Reply[None]:
    """Say that the hook was reached, and stop the script that called before its other commands run."""
    with open(os.environ[PROBE], "a", encoding="utf-8") as file:
        file.write(f"{name}\n")
    return Reply(None, status=REFUSED)


def _finding(problem: Problem) -> str:
    """Return a finding on one line: where, what, by which rule, and the next safe step."""
    where = f"{problem.where}: " if problem.path else ""
    fix = f" ({problem.fix})" if problem.fix else ""
    return visible(f"{where}{problem.level}: {problem.message} [{problem.rule}]{fix}")


def _status(problems: Sequence[Problem]) -> int:
    return REFUSED if any(problem.is_error for problem in problems) else 0


def _advice_elsewhere(status: int) -> tuple[str, ...]:
    words = "`flaggit check` judges the same; `flaggit check --fix` mends what has one right answer."
    return (words,) if status else ()


def _advice(status: int) -> tuple[str, ...]:
    return ("Nothing was committed: mend that, stage it, and commit again.",) if status else ()


def _error_lines(error: FlaggitError) -> tuple[str, ...]:
    from flaggit.output.text import Style, error_text

    return tuple(error_text(error, Style(), "flaggit:").split("\n"))
