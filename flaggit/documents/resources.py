"""Where the schemas and hook stubs lie: inside the installed package, or beside it in a checkout."""

from __future__ import annotations

import os

from flaggit.core.errors import InternalError

REPLIES = "replies.json"  # the schema of what commands answer; the others are of files
_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def find_folder(name: str) -> str:
    """Return the folder of data called ``name`` (``schemas``, ``hooks``).

    Raises:
        InternalError: ``internal``, where the installation is incomplete.
    """
    for folder in (os.path.join(_PACKAGE, "data", name), os.path.join(os.path.dirname(_PACKAGE), name)):
        try:
            os.stat(folder)
        except (FileNotFoundError, NotADirectoryError):  # any other error says nothing about the installation
            continue
        return folder
    raise InternalError("internal", f"This installation of flaggit lacks its {name}.", hint="Install flaggit again.")


def list_schemas() -> list[str]:
    """Return the names of the published schemas of the store's files, sorted."""
    return sorted(name for name in os.listdir(find_folder("schemas")) if name.endswith(".schema.json"))


def read_schema(name: str) -> bytes:
    """Return the bytes of a published schema; ``name`` is one of ``list_schemas()`` or ``REPLIES``."""
    with open(os.path.join(find_folder("schemas"), name), "rb") as file:
        return file.read()
