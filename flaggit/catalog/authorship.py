"""Whether a commit bears out that an agent did something: ``verified``, ``unverified`` or ``mismatch``.

Pure. Names and addresses in a commit are claims that anybody can type; a signature proves who
signed, and not who is named as author (git verifies a commit *authored* by one and signed by
another without complaint). So the signer is held against the identities that the catalog gives
to the agent, and the author only serves to contradict.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from flaggit.catalog.catalog import Catalog
    from flaggit.core.model import Identity
    from flaggit.git.history import Commit, Signature

VERIFIED, UNVERIFIED, MISMATCH = "verified", "unverified", "mismatch"
_GOOD = frozenset("GU")
_BROKEN = frozenset("BR")
_SHORTEST_KEY = 16  # hexadecimal digits of a long OpenPGP key id


def judge_authorship(catalog: Catalog, handle: str, commit: Commit, signature: Signature | None = None) -> str:
    """Return whether ``commit`` bears out that ``handle`` made it.

    ``verified``: signed, and the key, or the signer's address on the verifier's own list, is one
    that the catalog gives to the agent (or to a member of the team). ``mismatch``: signed by
    somebody else, a signature that is broken or revoked, or an author who is known not to be the agent.
    ``unverified``: everything else, an unsigned commit with the agent's address included.

    Args:
        catalog: The catalog that is trusted, so of the base where a change is under review.
        handle: Who is said to have done it.
        commit: The commit that did it.
        signature: What git says of its signature; None where it was not asked.
    """
    known = tuple(identities_of(catalog, handle))
    if not known:
        return UNVERIFIED
    status = signature.status if signature else "N"
    if signature and status in _GOOD:
        return _judge_signer(known, signature)
    if status in _BROKEN:
        return MISMATCH
    addresses = {identity.email.casefold() for identity in known if identity.email}
    if addresses and commit.author_email.casefold() not in addresses:
        return MISMATCH
    return UNVERIFIED


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


def _judge_signer(known: tuple[Identity, ...], signature: Signature) -> str:
    if any(_is_key(identity.signing_key, found) for identity in known for found in signature.fingerprints):
        return VERIFIED
    addresses = {identity.email.casefold() for identity in known if identity.email}
    if signature.status == "G" and signature.signer:  # the verifier's own list names the signer
        return VERIFIED if _address(signature.signer) in addresses else MISMATCH
    return MISMATCH if any(identity.signing_key for identity in known) else UNVERIFIED


def _is_key(listed: str, found: str) -> bool:
    """Tell whether a listed key is the one found; an OpenPGP key may be listed by its long id."""
    if listed.startswith("SHA256:") or found.startswith("SHA256:"):
        return bool(listed) and listed == found
    short = listed.replace(" ", "").removeprefix("0x").upper()
    return len(short) >= _SHORTEST_KEY and found.upper().endswith(short)


def _address(signer: str) -> str:
    """Return the address in a signer's name: ``ann@x`` of ``ann@x`` and of ``Ann <ann@x>``."""
    inner = signer.rpartition("<")[2].partition(">")[0]
    return inner.strip().casefold()
