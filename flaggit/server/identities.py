"""What only integrators may change on HEAD's branch: who is who, the settings, flags that wait.

Judged on HEAD's branch alone, so that proposals on other branches pass. The catalog that judges is the one before
the push; who an agent is (its identities, aliases, members, its successor, its name) is one right.
"""

from __future__ import annotations

from flaggit.core.layout import SETTINGS, classify, completion_path
from flaggit.core.limits import LISTING
from flaggit.git.history import read_commits
from flaggit.git.objects import list_tree
from flaggit.server.claims import judge_losses

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from flaggit.catalog.catalog import Catalog
    from flaggit.core.model import Agent
    from flaggit.git.changes import RawEntry
    from flaggit.server.state import Server, Update

_FIELDS = ("aliases", "members", "replaced_by")
_MARKS = ("email", "signing_key", "login")
_HOW = "on the server an integrator is named with: git config --add flaggit.integrators @handle"


def judge_branch_loss(server: Server, update: Update, entries: list[RawEntry]) -> Iterator[str]:
    """Yield why a branch may not lose what its new tip lacks: flags that wait, and what others wrote.

    Args:
        server: The server.
        update: The branch.
        entries: What differs in the store between the branch before (empty where it was not there) and after.
    """
    is_head = update.ref == server.head_ref
    gone = [(entry, found) for entry in entries if entry.status == "D" and (found := classify(entry.path))]
    if is_head:
        lost = [(found.flag_id, entry.path) for entry, found in gone if found.kind == "flag" and found.flag_id]
        yield from _judge_lost_flags(server, update, lost)
    if server.settings.require_identity and not server.is_integrator and (is_head or _is_ahead(server, update)):
        yield from judge_losses(server, update, entries)


def judge_head(server: Server, update: Update, entries: list[RawEntry]) -> Iterator[str]:
    """Yield why a push may not change the settings or the catalog of HEAD's branch.

    Args:
        server: The server, which requires identities.
        update: HEAD's branch.
        entries: What differs in the store.
    """
    if server.is_integrator:
        return
    if any(entry.path == SETTINGS for entry in entries):
        yield f"{SETTINGS} is for integrators to change, and {server.pusher.claim} is none; {_HOW}"
    if any((found := classify(entry.path)) and found.kind == "catalog" for entry in entries):
        from flaggit.catalog.parsing import parse_catalog
        from flaggit.clone.trees import read_catalog_files_at

        after = parse_catalog(read_catalog_files_at(server.repo, update.new)) if update.new else None
        yield from judge_identities(server.catalog, after, server.pusher.handles)


def judge_identities(before: Catalog, after: Catalog | None, own: tuple[str, ...]) -> Iterator[str]:
    """Yield why somebody who is no integrator may not change who is who in this way. Pure.

    Args:
        before: The agents before.
        after: The agents as they would be; None: no catalog is left.
        own: The handles of whoever changes them.
    """
    agents = after.agents if after is not None else {}
    for name, agent in before.agents.items():
        changed = agents.get(name)
        if changed is None:
            yield f"{name} would be removed from the catalog, which is for integrators; {_HOW}"
            continue
        for field in _FIELDS:
            if getattr(changed, field) != getattr(agent, field):
                yield f"{field} of {name} is for integrators to change; {_HOW}"
        if changed.identities != agent.identities:
            yield from _judge_own(before, agent, changed, own)
    for name in agents:
        if name not in before.agents:
            yield f"{name} is new in the catalog, and new agents are for integrators to add; {_HOW}"


def _judge_own(before: Catalog, agent: Agent, changed: Agent, own: tuple[str, ...]) -> Iterator[str]:
    """Yield why an agent's identities may not become these: its own it may change, but take no other agent's."""
    if agent.name not in own:
        yield f"identities of {agent.name} are for itself or an integrator to change; {_HOW}"
        return
    for identity in changed.identities:
        for field in _MARKS:
            value = getattr(identity, field)
            # In whatever field: a server that says who pushes does not say which of them it means.
            others = [other for mark in _MARKS if value for other in before.identify_all(**{mark: value})]
            if any(other.name != agent.name for other in others) and agent.name not in {one.name for one in others}:
                yield f"{agent.name} would take {field} {value!r}, which is {others[0].name}'s; {_HOW}"


def _judge_lost_flags(server: Server, update: Update, lost: list[tuple[str, str]]) -> Iterator[str]:
    """Yield a sentence for each flag that waited on the branch and is not there any more, under whatever path."""
    if not lost:
        return
    from flaggit.lifecycle.pruned import find_ended

    def ids(rev: str, kind: str) -> set[str]:
        places = (classify(entry.path) for entry in list_tree(server.repo, rev)) if rev else ()
        return {place.flag_id for place in places if place is not None and place.kind == kind}

    there, done = ids(update.new, "flag"), ids(update.old, "completion") | ids(update.new, "completion")
    missing = [(flag_id, path) for flag_id, path in lost if flag_id not in there and flag_id not in done]
    if missing and update.new:  # completed and pruned since
        files = [file for flag_id, path in missing for file in (path, completion_path(flag_id))]
        paths = [f":(literal){file}" for file in files]
        commits = read_commits(server.repo, f"^{update.old}", update.new, paths=paths, most=LISTING)
        done |= find_ended(commits)
    for flag_id, path in missing:
        if flag_id not in done:
            yield f"{path}: the flag {flag_id} waits, and a flag that waits is never deleted: say how it ended"


def _is_ahead(server: Server, update: Update) -> bool:
    """Return whether the branch only grew; one that was rebased or set back is its owner's to shape."""
    if not update.old or not update.new:
        return False
    return server.repo.run("merge-base", "--is-ancestor", update.old, update.new, check=False).status == 0
