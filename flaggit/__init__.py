"""Coordination flags for coding agents and the people who work with them, held wholly in git.

The public names are loaded when one is first used, so that the command line
pays only for what it needs.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.api import Flags
    from flaggit.core.errors import (
        ConflictError,
        FlaggitError,
        InternalError,
        InvalidError,
        NotFoundError,
        UnavailableError,
    )
    from flaggit.core.model import FLAG_TYPES, IMPACT_LEVELS, RESOLUTIONS, Completion, Flag, Lock, Note, Problem, Row
    from flaggit.core.version import __version__

__all__ = [
    "FLAG_TYPES",
    "IMPACT_LEVELS",
    "RESOLUTIONS",
    "Completion",
    "ConflictError",
    "Flag",
    "FlaggitError",
    "Flags",
    "InternalError",
    "InvalidError",
    "Lock",
    "NotFoundError",
    "Note",
    "Problem",
    "Row",
    "UnavailableError",
    "__version__",
]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module 'flaggit' has no attribute {name!r}")
    from flaggit import api
    from flaggit.core import errors, model, version

    return next(vars(module)[name] for module in (api, errors, model, version) if name in vars(module))
