"""Addresses on a forge, for links: GitHub's paths, which GitLab leads on to its own."""

from __future__ import annotations

from flaggit.core.errors import InvalidError
from flaggit.core.record import record
from flaggit.output.markup import uri_path


@record
class Forge:
    """A repository's place on a forge; without an address nothing has a link.

    Attributes:
        address: ``https://HOST/OWNER/NAME``, or nothing.
    """

    address: str = ""

    def file(self, path: str, rev: str = "HEAD") -> str:
        """Return the address of a file at a commit (HEAD: the default branch), or nothing."""
        return f"{self.address}/blob/{rev}/{uri_path(path)}" if self.address else ""

    def commit(self, oid: str) -> str:
        """Return the address of a commit, or nothing."""
        return f"{self.address}/commit/{oid}" if self.address else ""


def parse_forge(given: str | None) -> Forge:
    """Return the forge whose address ``--link-base`` gave.

    Raises:
        InvalidError: ``usage``, where it is no http(s) address that links can begin with.
    """
    address = (given or "").rstrip("/")
    is_plain = address.isascii() and address.isprintable() and not set(address) & set(" \"'<>()[]`\\|")
    if address and not (is_plain and address.startswith(("https://", "http://"))):
        raise InvalidError("usage", "--link-base is the repository's address on its forge: https://HOST/OWNER/NAME.")
    return Forge(address)
