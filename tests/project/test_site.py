"""The documentation as a site: all pages are in its menu, and dead links are found. `make site` builds it."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest
from repositories import PROJECT


@pytest.fixture(scope="module")
def builder() -> ModuleType:
    spec = importlib.util.spec_from_file_location("build_site", PROJECT / ".ci" / "build_site.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_link_of_every_page_leads_to_a_file(builder: ModuleType) -> None:
    pages = builder.find_pages()
    faults: list[str] = []
    for name in pages:
        if name.endswith(".md"):
            builder.moved((PROJECT / name).read_text(), name, pages, faults)
    assert faults == []
    builder.moved("[there](nowhere.md) and [here](../README.md)", "docs/agents.md", pages, faults)
    assert faults == ["docs/agents.md: nowhere.md leads nowhere"]


def test_links_lead_to_where_pages_are_on_the_site(builder: ModuleType) -> None:
    pages = builder.find_pages()
    text = "[a](docs/agents.md#a-day) ![p](docs/pictures/page.png) [code](flaggit/api.py)\n```\n[b](docs/x.md)\n```\n"
    assert builder.moved(text, "README.md", pages, []) == (
        "[a](agents.md#a-day) ![p](pictures/page.png) code\n```\n[b](docs/x.md)\n```\n"
    )
    assert builder.moved("[r](../README.md)", "docs/ci.md", pages, []) == "[r](index.md)"


def test_dead_links_of_a_built_site_are_found(builder: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text('<a href="b.html#there">1</a><a href="b.html#gone">2</a><img src="c.png">')
    (tmp_path / "b.html").write_text('<h2 id="there">x</h2><a href="#there">3</a><a href="https://example.org">4</a>')
    assert builder.find_dead_links(tmp_path) == [
        "a.html: b.html#gone leads nowhere",
        "a.html: c.png leads nowhere",
    ]


def test_every_page_is_in_the_menu(builder: ModuleType) -> None:
    menu = (PROJECT / "mkdocs.yml").read_text()
    pages = [place for place in builder.find_pages().values() if place.endswith(".md")]
    assert [place for place in pages if f": {place}\n" not in menu] == []
