"""Coordination flags for coding agents and the people who work with them, held wholly in git.

The public names are listed in ``__all__`` and loaded when they are first used, so that the command
line pays only for what it needs.
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

_HOMES = {
    "Flags": "api",
    "ConflictError": "core.errors",
    "FlaggitError": "core.errors",
    "InternalError": "core.errors",
    "InvalidError": "core.errors",
    "NotFoundError": "core.errors",
    "UnavailableError": "core.errors",
    "FLAG_TYPES": "core.model",
    "IMPACT_LEVELS": "core.model",
    "RESOLUTIONS": "core.model",
    "Completion": "core.model",
    "Flag": "core.model",
    "Lock": "core.model",
    "Note": "core.model",
    "Problem": "core.model",
    "Row": "core.model",
    "__version__": "core.version",
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
