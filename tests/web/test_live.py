"""The live page in a real browser: keyboard, axe, a phone, the dark, hostile flags, and changes as they come."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import AXE, CHROMIUM, Page, open_page
from repositories import Work
from review_samples import HOSTILE
from web_readers import Site

pytestmark = [pytest.mark.server, pytest.mark.skipif(not CHROMIUM, reason="no Chromium is installed")]
API, WEB, QUEUE = "@backend.api", "@frontend.web", "@backend.queue"
FOCUSED = "document.activeElement.textContent.trim() || document.activeElement.id"


class Shop:
    """A clone in which something goes on, served."""

    def __init__(self, work: Work) -> None:
        self.work = work
        text = "".join(char for char in "\n".join(HOSTILE) if char.isprintable() or char == "\n")[:4000]
        self.flag = work.raise_flag(API, WEB, impact_level="high", related_files=("src/" + "long/" * 40 + "a.ts",))
        self.next = work.raise_flag(WEB, QUEUE, chain_origin_id=self.flag)
        self.hostile = work.raise_flag(API, QUEUE, impact_level="low", change_description=text, action_required=text)
        work.commit("Raise")
        work.flaggit("lock", self.flag, agent=WEB)
        work.flaggit("note", self.flag, text, agent=API)
        work.flaggit("ask", self.flag, "Until when?", agent=WEB)
        self.site = Site(work)


@pytest.fixture(scope="module")
def shop(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    path = tmp_path_factory.mktemp("live") / "shop"
    shutil.copytree(template, path, symlinks=True)  # with no remote that locks would be taken at
    for name, value in (("user.name", "Ann Example"), ("user.email", "ann@example.org")):
        Work(path).git("config", name, value)
    shop = Shop(Work(path))
    with shop.site:
        yield shop


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with open_page(tmp_path_factory.mktemp("browser")) as page:
        yield page


def test_hostile_flags_are_text(shop: Shop, page: Page) -> None:
    for path in ("", "flags", f"flags/{shop.hostile}", f"flags/{shop.flag}"):
        page.open(shop.site.url + path)
        page.wait_for("document.querySelector('#live').textContent")
        assert page.complaints() == [], path
        assert all(asked.startswith(shop.site.url) for asked in page.requests())
        assert page.ask("document.querySelectorAll('script').length") == 1
        assert page.ask("document.querySelectorAll('img, iframe, main script, main style').length") == 0
    assert "<script>alert(1)</script>" in page.ask("document.body.textContent")


def test_changes_come_in_while_it_is_read(shop: Shop, page: Page) -> None:
    """A part that changes is taken over; the folds that are open, the focus and what is being typed stay."""
    page.resize(1000)
    page.open(f"{shop.site.url}flags/{shop.flag}")
    page.wait_for("document.querySelector('#live').textContent === 'Live.'")
    page.ask("document.querySelector('details.history').open = true")
    page.ask("document.querySelector('details.history summary').focus()")
    shop.work.flaggit("note", shop.flag, "Half of it is done.", agent=WEB)
    page.wait_for("document.querySelector('main').textContent.includes('Half of it is done.')")
    page.wait_for("document.querySelector('#live').textContent.includes('noted')")
    assert page.ask("document.querySelector('details.history').open")
    assert page.ask("document.activeElement.localName") == "summary"
    page.open(f"{shop.site.url}flags")
    page.wait_for("document.querySelector('#live').textContent === 'Live.'")
    page.press("/")
    page.type("half typed")
    new = shop.work.raise_flag(API, WEB)
    page.wait_for(f"document.querySelector('main').textContent.includes('{new}')")
    assert page.ask("document.querySelector('#q').value") == "half typed"
    assert page.ask("document.activeElement.id") == "q"


def test_everything_is_reached_by_keyboard(shop: Shop, page: Page) -> None:
    page.open(shop.site.url)
    page.press("Tab")
    assert page.ask(FOCUSED) == "To the content" and page.ask(
        "document.activeElement.getBoundingClientRect().left >= 0"
    )
    page.press("Enter")
    assert page.ask("document.activeElement.id") == "main"
    page.press("Tab")
    assert page.ask(FOCUSED) == shop.flag
    assert page.ask("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.press("Enter")
    page.wait_for(f"document.querySelector('h1')?.textContent === 'Flag {shop.flag}'")
    page.wait_for("document.readyState === 'complete'")  # its script hears keys from now on
    page.press("/")
    page.type("midnight")
    page.press("Enter")
    page.wait_for("document.querySelector('main').textContent.includes('No flag fits.')")


def test_it_is_read_without_its_script(shop: Shop, page: Page) -> None:
    page.call("Emulation.setScriptExecutionDisabled", value=True)
    page.open(f"{shop.site.url}flags?q=basket")
    page.open(f"{shop.site.url}flags/{shop.flag}")
    page.call("Emulation.setScriptExecutionDisabled", value=False)
    assert page.ask("document.querySelector('h1').textContent") == f"Flag {shop.flag}"
    assert page.ask("document.querySelector('#live').textContent") == ""


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1200, "light")])
def test_it_fits_a_phone_and_has_a_dark_side(shop: Shop, page: Page, width: int, scheme: str) -> None:
    page.resize(width)
    page.prefer(scheme)
    for path in ("", "flags?state=all", f"flags/{shop.flag}", f"flags/{shop.hostile}"):
        page.open(shop.site.url + path)
        page.ask("document.querySelectorAll('details').forEach((node) => { node.open = true; })")
        assert page.ask("document.documentElement.scrollWidth <= innerWidth"), path
    colour = "rgb(246, 245, 242)" if scheme == "light" else "rgb(21, 23, 26)"
    assert page.ask("getComputedStyle(document.body).backgroundColor") == colour


@pytest.mark.skipif(not AXE, reason="axe-core is not here: FLAGGIT_AXE names its file")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(shop: Shop, page: Page, scheme: str) -> None:
    page.prefer(scheme)
    for path in ("", "flags?q=orders", f"flags/{shop.flag}", "none"):
        page.open(shop.site.url + path)
        page.ask("document.querySelectorAll('details').forEach((node) => { node.open = true; })")
        assert page.faults() == [], path
