"""Words that go together, though no letter of them is the same."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Set


def find_related(vocabulary: Set[str]) -> Mapping[str, tuple[tuple[str, float], ...]]:  # noqa: ARG001
    """Return stem -> related stems of a catalog's vocabulary and how near each is."""
    return {}
