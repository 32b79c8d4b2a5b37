"""Coordination flags for coding agents and the people who work with them, held wholly in git.

The public names are those of ``flaggit.api``, loaded when one is first used, so that the command line
pays only for what it needs.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.api import (
        FLAG_TYPES,
        IMPACT_LEVELS,
        RESOLUTIONS,
        Completion,
        ConflictError,
        Flag,
        FlaggitError,
        Flags,
        InternalError,
        InvalidError,
        Lock,
        Note,
        NotFoundError,
        Problem,
        Row,
        UnavailableError,
        __version__,
    )

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

    globals().update({public: getattr(api, public) for public in __all__})
    return globals()[name]
