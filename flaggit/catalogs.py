"""Catalogs and their search indexes through the disposable cache, so that a hot command parses no YAML."""

from __future__ import annotations

import os

from flaggit import cache
from flaggit.catalog import PACKED_FORMAT, Catalog, pack, parse_catalog, unpack

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.repo import Repo

    Files = list[tuple[str, bytes]]


def read_catalog(repo: Repo, files: Files) -> Catalog:
    """Return the catalog that files make, from the cache where they have not changed."""
    place = os.path.join(repo.own_state_dir, "catalog.cache")
    key = key_of(files, PACKED_FORMAT)
    kept = cache.load(place, key)
    if kept is not None:
        return unpack(kept)
    catalog = parse_catalog(files)
    cache.save(place, key, pack(catalog))
    return catalog


def key_of(files: Files, form: bytes) -> bytes:
    """Return the cache's key of files, which changes with their names, bytes and the form of what is kept."""
    return cache.digest(b"\0".join([form, *(part for path, data in files for part in (path.encode(), data))]))
