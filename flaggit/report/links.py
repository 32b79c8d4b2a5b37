"""Addresses of what is shown in full: anchors on one page, or pages of a site."""

from __future__ import annotations

from urllib.parse import quote

from flaggit.output.forge import Forge
from flaggit.report.markup import escape

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Container
    from typing import Protocol

    class Links(Protocol):
        """Where flags and agents are told in full."""

        def flag(self, flag_id: str) -> str:
            """Return a flag's address, ready for an attribute; empty where it is not told in full."""

        def agent(self, handle: str) -> str:
            """Return the address of an agent's open flags, ready for an attribute."""

        @property
        def forge(self) -> Forge:
            """Return where files and commits are shown."""


class PageLinks:
    """Anchors on one page, which tells the flags of ``shown`` in full; files and commits lead to a forge."""

    def __init__(self, shown: Collection[str], forge: Forge) -> None:
        self._shown, self.forge = shown, forge

    def flag(self, flag_id: str) -> str:
        """Return a flag's anchor, or nothing."""
        return f"#{flag_anchor(flag_id)}" if flag_id in self._shown else ""

    def agent(self, handle: str) -> str:
        """Return an agent's anchor."""
        return f"#{agent_anchor(handle)}"


class SiteLinks:
    """Paths of a site that tells each flag of ``known`` on a page of its own, and leads nowhere else."""

    forge = Forge()

    def __init__(self, known: Container[str]) -> None:
        self._known = known

    def flag(self, flag_id: str) -> str:
        """Return the path of a flag's page, or nothing."""
        return f"/flags/{quote(flag_id, safe='')}" if flag_id in self._known else ""

    def agent(self, handle: str) -> str:
        """Return the path of the list of an agent's open flags."""
        return f"/flags?to={quote(handle, safe='')}"


def flag_anchor(flag_id: str) -> str:
    """Return the anchor of a flag's full text."""
    return f"flag-{escape(flag_id)}"


def agent_anchor(agent: str) -> str:
    """Return the anchor of an agent's open flags."""
    return "to-" + "".join(char if char.isalnum() else "-" for char in agent.lstrip("@"))


def flag_link(flag_id: str, links: Links) -> str:
    """Return a flag's id, as a link where it is told in full."""
    return linked(f"<code>{escape(flag_id)}</code>", links.flag(flag_id))


def linked(markup: str, address: str) -> str:
    """Return markup as a link; without an address, which is ready for an attribute, the markup itself."""
    return f'<a href="{address}">{markup}</a>' if address else markup
