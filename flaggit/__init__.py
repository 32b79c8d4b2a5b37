"""Coordination flags for coding agents and the people who work with them, held wholly in git.

The public names are listed in ``__all__`` and loaded when they are first used, so that the command
line pays only for what it needs.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.api import Flags
    from flaggit.errors import (
        ConflictError,
        FlaggitError,
        InternalError,
        InvalidError,
        NotFoundError,
        UnavailableError,
    )
    from flaggit.model import FLAG_TYPES, IMPACT_LEVELS, RESOLUTIONS, Completion, Flag, Lock, Note, Problem, Row
    from flaggit.version import __version__

_HOMES = {
    "Flags": "api",
    "ConflictError": "errors",
    "FlaggitError": "errors",
    "InternalError": "errors",
    "InvalidError": "errors",
    "NotFoundError": "errors",
    "UnavailableError": "errors",
    "FLAG_TYPES": "model",
    "IMPACT_LEVELS": "model",
    "RESOLUTIONS": "model",
    "Completion": "model",
    "Flag": "model",
    "Lock": "model",
    "Note": "model",
    "Problem": "model",
    "Row": "model",
    "__version__": "version",
}
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
    if name not in _HOMES:
        raise AttributeError(f"module 'flaggit' has no attribute {name!r}")
    module = __import__(f"flaggit.{_HOMES[name]}", fromlist=[name])
    value: object = getattr(module, name)
    globals()[name] = value
    return value
