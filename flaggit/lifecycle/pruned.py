"""Which changes are ``prune``: flags that go together with their completions. Pure."""

from __future__ import annotations

from flaggit.core.layout import classify

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from flaggit.git.history import Commit


def find_pruned(deleted: Iterable[str]) -> set[str]:
    """Return the flags among the files that one change deletes whose completion it deletes too.

    Neither is such a flag lost, since it was done, nor is it reopened, since it is not there any more.
    """
    found: dict[str, set[str]] = {"flag": set(), "completion": set()}
    for place in map(classify, deleted):
        if place is not None and place.kind in found:
            found[place.kind].add(place.flag_id)
    return (found["flag"] & found["completion"]) - {""}


def find_pruned_in(commit: Commit) -> set[str]:
    """Return the flags that a commit prunes."""
    return find_pruned(commit.touches("D"))


def find_ended(commits: Sequence[Commit]) -> set[str]:
    """Return the flags that ``commits`` both complete and prune, which both ends of their range know nothing of."""
    completed = {
        place.flag_id
        for commit in commits
        for path in commit.touches("A")
        if (place := classify(path)) is not None and place.kind == "completion"
    }
    return {flag_id for commit in commits if completed for flag_id in find_pruned_in(commit)} & completed
