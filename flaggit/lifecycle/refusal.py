"""Why a flag was not raised: fields and violations in, one error that names them all out."""

from __future__ import annotations

from flaggit.core.errors import InvalidError, NotFoundError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from flaggit.clone.session import Session
    from flaggit.core.errors import FlaggitError
    from flaggit.core.model import Problem


def refusal(
    session: Session, fields: dict[str, Any], violations: list[Problem], warnings: list[Problem], *, dry_run: bool
) -> FlaggitError:
    """Return the one error that names every violation, the texts kept as a draft.

    Args:
        session: The call.
        fields: As they were given.
        violations: What stands against the flag.
        warnings: What else was remarked; placeholders in its texts are told along.
        dry_run: Keep no draft.
    """
    violations = _without_echo(violations, fields)
    violations += [problem for problem in warnings if problem.code == "placeholder_text"]
    codes = {problem.code for problem in violations}
    code = codes.pop() if len(codes) == 1 else "invalid"
    message = violations[0].message
    if len(violations) > 1:
        message = f"The flag was not raised; {len(violations)} things are wrong with it."
    details: dict[str, object] = dict(next((p.data for p in violations if p.code == "too_short"), ()))
    details.update(dict(violations[0].data) if len(violations) == 1 else {})
    hint = ""
    if not dry_run and any(fields.get(name) for name in ("change_description", "action_required")):
        from flaggit.lifecycle.drafts import keep_draft

        details["draft"] = keep_draft(session, fields, violations)
        hint = f"Your text is kept: `flaggit create --draft {details['draft']}` after mending it there."
    shown = violations if len(violations) > 1 or violations[0].field else []
    kind = NotFoundError if code == "unknown_flag" else InvalidError
    return kind(code, message, hint=hint, details=details, violations=shown)


def _without_echo(violations: list[Problem], fields: dict[str, Any]) -> list[Problem]:
    """Leave out what only repeats another fault: a missing text is short too, a target that is no handle is none.

    A text of blanks was given, so it is too short rather than missing.
    """
    short = {problem.field for problem in violations if problem.code == "too_short" and fields.get(problem.field)}
    violations = [problem for problem in violations if problem.code != "missing" or problem.field not in short]
    missing = {problem.field for problem in violations if problem.code == "missing"}
    if any(problem.field == "target_agent" and problem.code == "bad_handle" for problem in violations):
        violations = [problem for problem in violations if problem.code != "target_required"]
    return [problem for problem in violations if problem.field not in missing or problem.code == "missing"]
