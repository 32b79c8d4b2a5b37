"""The report's figures and page: in a real browser too, with flags that try to get out of their place."""

from __future__ import annotations

import os
import re
import shutil
import sys
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path

import pytest
from browser import AXE, CHROMIUM, Page, open_page
from repositories import LONG_ACTION, LONG_CHANGE, Work
from review_samples import HOSTILE, flag

from flaggit.clone.discussion import Answer, Question
from flaggit.clone.view import View
from flaggit.core.model import Completion, Lock, Note, Place, Row
from flaggit.core.times import parse_time
from flaggit.lifecycle.history import Seen, Step
from flaggit.output.forge import Forge
from flaggit.report.contents import Contents, FullFlag
from flaggit.report.document import build_page
from flaggit.report.tally import Tally, count_flags

NOW = parse_time("2026-11-24T12:00:00Z")
HERE = Place("here", "")


def row(flag_id: str, done: str = "", lock: str | None = None, note: str | None = None, **changes: object) -> Row:
    completion = Completion(flag_id, "@frontend.web", done, notes=note) if done else None
    held = Lock(flag_id, "@frontend.web", "i", "t", "2026-11-24T11:00:00Z", "2026-11-24T13:00:00Z", reason=lock or "")
    return Row(flag(flag_id, **changes), "", HERE, completion, lock=held if lock is not None else None)


ROWS = [
    row("a000001", chain_origin_id=None, created_at="2026-09-01T10:00:00Z", done="2026-09-20T10:00:00Z"),
    row("a000002", chain_origin_id="a000001", created_at="2026-11-01T10:00:00Z", lock="on it"),
    row("a000003", chain_origin_id="a000001", target_agent="@backend.queue", impact_level="critical"),
    row("a000004", chain_origin_id="a000003", target_agent=None, flag_type="change", impact_level="low"),
    row("a000005", target_agent="@data.store", flag_type="change", impact_level="medium"),
]


def tally_of(rows: list[Row]) -> Tally:
    by_id = {found.flag.id: found for found in rows}
    return count_flags(rows, NOW, lambda ids: [by_id[flag_id] for flag_id in ids if flag_id in by_id])


def page_of(rows: list[Row], name: str, *, said: str = "Fine.", forge: str = "") -> str:
    """Return the report on rows; each flag was noted on, asked about, and went through a step with these words."""
    told = {found.flag.id: FullFlag(view_of(found, said), (step_of(said),)) for found in rows}
    done = tuple(found for found in rows if found.completion is not None)
    asked = Question(row("q000001", flag_type="information_request", re="a000001", change_description=said), "open")
    return build_page(Contents(tally_of(rows), (asked,) if rows else (), done, told), name, Forge(forge))


def view_of(found: Row, said: str) -> View:
    note = Note(f"{found.flag.id}-1", said, "2026-11-24T11:30:00Z", said)
    asked = row("q000002", flag_type="information_request", re=found.flag.id, change_description=said)
    question = Question(asked, "answered", Answer(asked, said, "2026-11-24T11:40:00Z", said))
    return View(found, (note,), ((question, (note,)),), None, None, None, None, NOW)


def step_of(said: str) -> Step:
    seen = Seen("1" * 40, said, said, "2026-11-24T10:00:00Z", said, True, "verified", "N", "")
    return Step("edited", said, "2026-11-24T10:00:00Z", said, (said,), said, "verified", (seen,))


def hostile_rows(text: str) -> list[Row]:
    changes: dict = dict.fromkeys(("change_description", "action_required", "code_location", "notes"), text)
    return [
        row("a000001", lock=text, related_files=(text, text), **changes),
        row("a000002", chain_origin_id="a000001", related_files=(text,), **changes),
        row("a000003", done="2026-11-24T10:00:00Z", note=text, **changes),
    ]


class Elements(HTMLParser):
    """The elements of a document with their attributes' names, and the values of those that are not style."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.found: list[tuple[str, tuple[tuple[str, str | None], ...]]] = []
        self.comments: list[str] = []
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs) -> None:
        self.found.append((tag, tuple(attrs)))

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)


def test_figures() -> None:
    tally = tally_of(ROWS)
    assert (tally.pending, tally.completed, len(tally.locks)) == (4, 1, 1)
    assert [(load.agent, load.counts) for load in tally.loads] == [
        ("@backend.queue", (1, 0, 0, 0)),
        ("@frontend.web", (0, 1, 0, 0)),
        ("@data.store", (0, 0, 1, 0)),
        ("anyone", (0, 0, 0, 1)),
    ]
    assert dict(tally.ages) == {
        "under a day": 3,
        "1 to 7 days": 0,
        "7 to 30 days": 1,
        "30 to 90 days": 0,
        "over 90 days": 0,
    }
    assert sum(week.raised for week in tally.weeks) == 5
    assert sum(week.completed for week in tally.weeks) == 1
    assert tally.weeks[-1].raised == 3
    assert [[link.flag_id for link in chain] for chain in tally.chains] == [
        ["a000001", "a000002", "a000003", "a000004"]
    ]


def test_a_chain_that_runs_in_a_circle_is_drawn_all_the_same() -> None:
    circle = [row("a000001", chain_origin_id="a000002"), row("a000002", chain_origin_id="a000001")]
    assert "<svg" in page_of([*circle, row("a000003", chain_origin_id="a000003")], "x")


def test_the_page_stands_alone() -> None:
    page = page_of(ROWS, "shop")
    elements = Elements(page)
    tags = {tag for tag, _ in elements.found}
    assert not tags & {"link", "img", "iframe", "object", "embed", "form", "base", "input"}
    for _, attributes in elements.found:
        for name, value in attributes:
            assert not name.startswith("on") and name != "style"
            assert name not in ("src", "srcset", "action") and (name != "href" or str(value).startswith("#"))
    policy = next(
        dict(attrs)["content"] for tag, attrs in elements.found if ("http-equiv", "Content-Security-Policy") in attrs
    )
    assert policy.startswith("default-src 'none'") and "unsafe" not in policy
    for tag in ("style", "script"):  # the policy knows each by its hash, so no other one runs
        (text,) = re.findall(f"<{tag}[^>]*>(.*?)</{tag}>", page, re.DOTALL)
        assert f"{tag}-src 'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'" in policy
    assert "url(" not in page and "@import" not in page


def test_files_and_commits_lead_to_the_forge_that_is_named() -> None:
    leads = {
        str(dict(attributes)["href"])
        for tag, attributes in Elements(page_of(ROWS, "shop", forge="https://forge.example/o/shop")).found
        if tag == "a" and not str(dict(attributes)["href"]).startswith("#")
    }
    assert leads == {
        "https://forge.example/o/shop/blob/HEAD/src/orders/client.ts",
        f"https://forge.example/o/shop/commit/{'1' * 40}",
    }


def test_everything_that_is_linked_exists_and_every_picture_has_a_name() -> None:
    elements = Elements(page_of(ROWS, "shop")).found
    ids = {value for _, attrs in elements for name, value in attrs if name == "id"}
    links = {str(value)[1:] for _, attrs in elements for name, value in attrs if name == "href"}
    assert links <= ids
    named = [dict(attrs) for tag, attrs in elements if tag == "svg" or ("role", "region") in attrs]
    assert all(attrs.get("aria-label") or attrs.get("aria-hidden") for attrs in named)
    assert all("scope" in dict(attrs) for tag, attrs in elements if tag == "th")


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_no_element_comes_from_data(text: str) -> None:
    """With any text in every place the page has the elements and attributes that it has with a plain one."""
    made = Elements(page_of(hostile_rows(text or "."), "shop", said=text or "."))
    plain = Elements(page_of(hostile_rows("plain"), "shop", said="plain"))
    assert made.found == plain.found
    assert made.comments == []


def test_the_repositorys_name_is_data_too() -> None:
    made = Elements(page_of([], "</title><script>alert(1)</script>")).found
    assert made == Elements(page_of([], "shop")).found


# The command


def test_report_on_a_terminal_and_as_a_page(work: Work) -> None:
    first = work.raise_flag(impact_level="high")
    work.raise_flag("@frontend.web", "@backend.queue")
    work.commit("Raise")
    work.flaggit("complete", first, agent="@frontend.web")
    out = work.flaggit("report").out
    assert "1 open, 0 being worked on, 1 completed." in out and "@backend.queue  1 medium" in out
    data = work.flaggit("report", "--html", "flags.html", "--json").data
    assert (data["pending"], data["completed"], data["file"]) == (1, 1, "flags.html")
    assert work.read("flags.html").startswith("<!DOCTYPE html>")
    work.flaggit("report", "--html", "flags.html")  # an earlier report is replaced


def test_no_other_file_is_replaced(work: Work) -> None:
    before = work.read("README.md")
    assert work.flaggit("report", "--html", "README.md", "--json", status=4).json["code"] == "file_exists"
    assert work.read("README.md") == before
    (work.path / "link.html").symlink_to("README.md")
    work.flaggit("report", "--html", "link.html", status=4)
    assert work.flaggit("report", "--html", "src", status=2)
    assert work.flaggit("report", "--html", "no/where.html", status=3)


def test_a_bare_repository_is_reported_on(work: Work, tmp_path: Path) -> None:
    work.raise_flag()
    work.commit("Raise")
    work.git("clone", "-q", "--bare", ".", str(tmp_path / "bare.git"))
    page = tmp_path / "page.html"
    Work(tmp_path / "bare.git").flaggit("report", "--html", str(page))
    assert "<title>Flags of bare.git</title>" in page.read_text()


def test_the_page_tells_conversation_history_and_what_is_done(work: Work) -> None:
    first, second = work.raise_flag(), work.raise_flag("@frontend.web", "@backend.queue")
    work.commit("Raise two")
    work.flaggit("note", first, "Staging has it.", agent="@backend.api")
    work.flaggit("ask", first, "Until when does it stay?", agent="@frontend.web")
    answered = work.flaggit("ask", second, "Which table?", "--json", agent="@backend.queue").data["id"]
    work.flaggit("answer", answered, "The one of jobs.", agent="@frontend.web")
    work.commit("Say something", ".flags")
    work.flaggit("complete", second, "--note", "Polls.", agent="@backend.queue")
    work.flaggit("report", "--html", "flags.html")
    read = re.sub(r"<(style|script).*?</\1>", "", work.read("flags.html"), flags=re.DOTALL)
    texts = " ".join(re.sub(r"<[^>]*>", " ", read).split())
    for said in (
        "Questions that wait",
        "noted, 20",
        "Staging has it.",
        "answered by @frontend.web",
        "The one of jobs.",
    ):
        assert said in texts, said
    assert "raised by @backend.api, authorship" in texts and "Raise two" in texts
    assert "completed by @backend.queue (done) not committed yet" in texts and "Polls." in texts


# Prose for git diff


def test_git_shows_flags_as_prose(work: Work, program: Path) -> None:
    work.write("bin/flaggit", f'#!/bin/sh\nexec "{sys.executable}" -m flaggit "$@"\n').chmod(0o755)
    work.flaggit("init", "--yes")
    flag_id = work.raise_flag()
    work.commit("Raise", ".flags")
    work.flaggit("edit", flag_id, "--impact", "high", agent="@backend.api")
    env = {"PATH": f"{work.path / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    diff = work.git("diff", "HEAD", "--", ".flags/frontend.web", env=env)
    assert "-Impact: medium" in diff and "+Impact: high" in diff
    shown = work.git("show", "HEAD", "--", ".flags/frontend.web", env=env)
    assert "+What changed\n+  " + LONG_CHANGE in shown and LONG_ACTION in shown
    work.flaggit("complete", flag_id, "--note", "All of it.", agent="@frontend.web")
    assert "+Completion of flag" in work.git("diff", "--cached", "--", ".flags/done", env=env)


def test_diffs_of_flags_go_on_where_flaggit_is_not_found(work: Work, program: Path) -> None:
    work.flaggit("init", "--yes")
    flag_id = work.raise_flag()
    work.commit("Raise", ".flags")
    env = {"PATH": f"{Path(shutil.which('git') or '').parent}:/usr/bin:/bin"}
    for command in (("show", "HEAD"), ("log", "-p", "-1"), ("diff", "HEAD~1")):
        assert f'+id: "{flag_id}"' in work.git(*command, env=env)


@pytest.mark.parametrize("text", ["broken: [\n", "", "a: 1\n", "\x1b[31m\u202e\n", "<<<<<<< ours\nid: x\n"])
def test_what_is_no_flag_is_shown_as_it_is(work: Work, text: str) -> None:
    path = work.write("x.yaml", text)
    out = work.flaggit("textconv", str(path)).out
    assert "\x1b" not in out and "\u202e" not in out
    assert text.strip().isprintable() is False or text.strip() in out


def test_textconv_of_no_file(work: Work) -> None:
    assert work.flaggit("textconv", "nothing.yaml", status=3)
    assert work.flaggit("textconv", ".", status=3)


# A real browser


needs_browser = pytest.mark.skipif(not CHROMIUM, reason="no Chromium is installed")


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with open_page(tmp_path_factory.mktemp("browser")) as page:
        yield page


@needs_browser
def test_hostile_flags_in_a_real_browser(page: Page, tmp_path: Path) -> None:
    """The browser's own view of the page: no element, no script and no request that came from data."""
    active = [
        "<script>document.title='owned';new Image().src='https://evil.example/x'</script>",
        '"><img src="https://evil.example/x.png" onerror="document.title=\'owned\'">',
        "<svg><script>document.title='owned'</script></svg><style>@import 'https://evil.example/x.css';</style>",
        "</style><link rel=stylesheet href=https://evil.example/x.css><iframe src=https://evil.example></iframe>",
        "<meta http-equiv=refresh content='0;url=https://evil.example'><base href=https://evil.example/>",
        "<details open ontoggle=document.title='owned'><summary>x</summary></details>",
    ]
    text = "\n".join([*active, *(item for item in HOSTILE if "\ud83d" not in item)])
    found = {}
    for name, shown in (("hostile", text), ("plain", "plain")):
        path = tmp_path / f"{name}.html"
        path.write_text(page_of(hostile_rows(shown), "shop", said=shown))
        page.open(path.as_uri())
        found[name] = Elements(page.ask("document.documentElement.outerHTML")).found
        assert page.requests() == [path.as_uri()]
        assert page.complaints() == []
        assert page.ask("document.title") == "Flags of shop"
    assert found["hostile"] == found["plain"]
    assert "<script>document.title" in page.ask("document.body.textContent") or shown == "plain"


@needs_browser
def test_the_page_is_read_without_its_script_and_searched_with_it(page: Page, tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text(page_of(ROWS, "shop"))
    page.call("Emulation.setScriptExecutionDisabled", value=True)
    page.open(path.as_uri())
    page.call("Emulation.setScriptExecutionDisabled", value=False)
    assert page.ask("document.querySelectorAll('article').length") == len(ROWS)
    assert page.ask("document.querySelector('form')") is None
    page.open(path.as_uri())
    shown = "[...document.querySelectorAll('article')].filter((n) => n.checkVisibility()).map((n) => n.id).join(' ')"
    assert page.ask(shown) == ""
    page.press("/")
    page.type("critical @backend.queue")
    assert page.ask(shown) == "flag-a000003"
    assert page.ask("document.querySelector('output').textContent") == f"1 of {len(ROWS)} flags"
    page.press("Escape")
    assert page.ask(shown) == ""


@needs_browser
@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1200, "dark")])
def test_the_page_fits_a_phone_and_has_a_dark_side(page: Page, tmp_path: Path, width: int, scheme: str) -> None:
    path = tmp_path / "page.html"
    path.write_text(page_of(ROWS, "shop"))
    page.resize(width)
    page.prefer(scheme)
    page.open(path.as_uri())
    page.ask("document.querySelectorAll('details').forEach((node) => { node.open = true; })")
    assert page.ask("document.documentElement.scrollWidth <= innerWidth")
    colour = "rgb(246, 245, 242)" if scheme == "light" else "rgb(21, 23, 26)"
    assert page.ask("getComputedStyle(document.body).backgroundColor") == colour
    if AXE:
        assert page.faults() == []
