"""Catalogs and their search indexes through the disposable cache, so that a hot command parses no YAML."""

from __future__ import annotations

import os

from flaggit.catalog.packing import pack, pack_problems, packed_form, unpack
from flaggit.core.version import __version__
from flaggit.git import cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.catalog.catalog import Catalog
    from flaggit.catalog.search.search_index import Index
    from flaggit.git.repo import Repo

    Files = list[tuple[str, bytes]]


OWN_INDEX = "search.cache"  # the file with the index of the repository's own catalog


def read_catalog(repo: Repo, files: Files) -> Catalog:
    """Return the catalog that files make, from the cache where they have not changed."""
    place = os.path.join(repo.own_state_dir, "catalog.cache")
    key = key_of(files, packed_form())
    kept = cache.load(place, key)
    if kept is not None:
        catalog = unpack(kept)
    else:
        catalog = _parse(files)
        cache.save(place, key, pack(catalog))
    catalog.read_index = lambda read: read_index(repo, files, read)
    return catalog


def read_index(repo: Repo, files: Files, catalog: Catalog | None = None, *, name: str = OWN_INDEX) -> Index:
    """Return the search index of the catalog that files make, from the cache where they have not changed.

    Args:
        repo: The repository, under whose git directory the cache lies.
        files: Path and bytes of each file of the catalog.
        catalog: What the files hold, where it is known already.
        name: Of the cache's file: another catalog than the repository's own has one of its own.
    """
    from flaggit.catalog.search.search_index import FORM

    place = os.path.join(repo.own_state_dir, name)
    key = key_of(files, FORM + b"+problems")
    index = cache.load(place, key)
    if not isinstance(index, dict):
        if catalog is None:
            catalog = read_catalog(repo, files) if name == OWN_INDEX else _parse(files)
        index = make_index(catalog)
        cache.save(place, key, index)
    return index


def make_index(catalog: Catalog) -> Index:
    """Return the search index of a catalog, which also tells under ``problems`` why agents are missing in it."""
    from flaggit.catalog.search.search_index import build_index

    errors = (problem for problem in catalog.problems if problem.level == "error")
    return {**build_index(catalog.agents.values()), "problems": pack_problems(errors)}


def _parse(files: Files) -> Catalog:
    from flaggit.catalog.parsing import parse_catalog

    return parse_catalog(files)


def key_of(files: Files, form: bytes) -> bytes:
    """Return the cache's key of files: it changes with their names and bytes, the form of what is kept, and flaggit."""
    parts = (part for path, data in files for part in (os.fsencode(path), data))
    return cache.digest(b"\0".join([form, __version__.encode(), *parts]))
