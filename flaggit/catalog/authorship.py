"""Whether a commit bears out that an agent did something: ``verified``, ``unverified`` or ``mismatch``.

Pure. Names and addresses in a commit are claims that anybody can type; a signature proves who
signed, and not who is named as author (git verifies a commit *authored* by one and signed by
another without complaint). So the signer is held against the identities that the catalog gives
to the agent, and the author only serves to contradict.
"""

from __future__ import annotations

from flaggit.core.record import record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from flaggit.catalog.catalog import Catalog
    from flaggit.core.model import Agent, Identity
    from flaggit.git.history import Commit, Signature

VERIFIED, UNVERIFIED, MISMATCH = "verified", "unverified", "mismatch"
_GOOD = frozenset("GU")
_BROKEN = frozenset("BR")
_SHORTEST_KEY = 16  # hexadecimal digits of a long OpenPGP key id


@record
class Authorship:
    """Whether a commit bears out a claim: ``verdict`` is one of the three, ``doubt`` why it is not verified.

    Doubts: ``no_identity`` (nothing is known that a commit could be held against), ``no_signature``,
    ``unknown_key``, ``unchecked`` (expired, or not to be checked here), ``unknown_author``, ``integrator`` (made by
    somebody who may do for others what maintainers do), ``other_agent``, ``bad_signature``.
    """

    verdict: str
    doubt: str = ""


def judge_authorship(
    catalog: Catalog,
    handle: str,
    commit: Commit,
    signature: Signature | None = None,
    *,
    integrators: Collection[str] = (),
    strict: bool = False,
    signed: bool = False,
) -> Authorship:
    """Return whether ``commit`` bears out that ``handle`` made it.

    ``verified``: signed, and the key, or the signer's address on the verifier's own list, is one
    that the catalog gives to the agent (or to a member of the team). ``mismatch``: a signature that is broken or
    revoked, or the makers of the commit are agents that the catalog knows and none of them is the one.
    ``unverified``: everything else. An author who is nobody in the catalog contradicts nothing: whoever squashes,
    rebases or mirrors makes commits of other people's work.

    Args:
        catalog: The catalog that is trusted, so of the base where a change is under review.
        handle: Who is said to have done it.
        commit: The commit that did it.
        signature: What git says of its signature; None where it was not asked.
        integrators: Handles that may make commits of others' work.
        strict: Co-authors that the message names do not count: anybody can type them.
        signed: An integrator counts by its key alone, since anybody can type its address.
    """
    status = signature.status if signature else "N"
    if status in _BROKEN:
        return Authorship(MISMATCH, "bad_signature")
    known = [one for one in identities_of(catalog, handle) if one.email or one.signing_key]
    doubt = "no_signature" if status == "N" else "unknown_key" if status in _GOOD else "unchecked"
    if not known:
        return Authorship(UNVERIFIED, "no_identity")
    addresses = {identity.email.casefold() for identity in known if identity.email}
    makers: list[str] = []
    if signature and status in _GOOD:
        keys = [key for key in signature.fingerprints if key]
        signer = _address(signature.signer) if status == "G" else ""
        if signer in addresses or any(_is_key(identity.signing_key, key) for identity in known for key in keys):
            return Authorship(VERIFIED)
        makers = [agent.name for agent in _signers(catalog, keys, signer)]
    author = commit.author_email.casefold()
    if author in addresses:
        return Authorship(UNVERIFIED, doubt)
    authors = [agent.name for agent in catalog.identify_all(email=author)]
    if any(name in integrators for name in (makers if signed else [*makers, *authors])):
        return Authorship(UNVERIFIED, "integrator")
    if any(name in integrators for name in authors):
        return Authorship(UNVERIFIED, doubt)
    makers += authors
    if not strict and addresses.intersection(makers_of(commit)):
        return Authorship(UNVERIFIED, doubt)
    return Authorship(MISMATCH, "other_agent") if makers else Authorship(UNVERIFIED, "unknown_author")


def identities_of(catalog: Catalog, handle: str) -> Iterable[Identity]:
    """Yield the identities of an agent; for a team also those of its members."""
    agent = catalog.find(handle)
    if agent is None:
        return
    yield from agent.identities
    for member in catalog.members(agent.name):
        found = catalog.find(member)
        if found is not None:
            yield from found.identities


def makers_of(commit: Commit) -> tuple[str, ...]:
    """Return the addresses of everybody who claims a part in a commit, the author's first, each once.

    Next to the author those are the co-authors that a message names, and the authors of the commits that
    ``git merge --squash`` lists in it: the one who squashes is often not the one who did the work.
    """
    found = {commit.author_email.casefold(): None}
    for line in commit.message.split("\n"):
        key, _, value = line.strip().partition(":")
        if key.casefold() in ("co-authored-by", "author") and "<" in value:
            found[_address(value)] = None
    return tuple(address for address in found if address)


def _signers(catalog: Catalog, keys: Sequence[str], address: str) -> list[Agent]:
    """Return the agents whose key, or whose address on the verifier's own list, a signature has."""
    found = [
        agent
        for agent in catalog.agents.values()
        if any(_is_key(identity.signing_key, key) for identity in agent.identities for key in keys)
    ]
    return found or list(catalog.identify_all(email=address))


def _is_key(listed: str, found: str) -> bool:
    """Return whether a listed key is the one found; an OpenPGP key may be listed by its long id."""
    if listed.startswith("SHA256:") or found.startswith("SHA256:"):
        return bool(listed) and listed == found
    short = listed.replace(" ", "").removeprefix("0x").upper()
    return len(short) >= _SHORTEST_KEY and found.upper().endswith(short)


def _address(signer: str) -> str:
    """Return the address in a signer's name: ``ann@x`` of ``ann@x`` and of ``Ann <ann@x>``."""
    inner = signer.rpartition("<")[2].partition(">")[0]
    return inner.strip().casefold()
