"""The report's figures and page: in a real browser too, with flags that try to get out of their place."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import sys
import threading
from html.parser import HTMLParser
from pathlib import Path

import pytest
from repositories import LONG_ACTION, LONG_CHANGE, Work
from review_samples import HOSTILE, flag

from flaggit.core.model import Completion, Lock, Place, Row
from flaggit.core.times import parse_time
from flaggit.report.document import build_page
from flaggit.report.tally import count_flags

NOW = parse_time("2026-11-24T12:00:00Z")
HERE = Place("here", "")


def row(flag_id: str, done: str = "", lock: str | None = None, **changes: object) -> Row:
    completion = Completion(flag_id, "@frontend.web", done) if done else None
    held = Lock(flag_id, "@frontend.web", "i", "t", "2026-11-24T11:00:00Z", "2026-11-24T13:00:00Z", reason=lock or "")
    return Row(flag(flag_id, **changes), "", HERE, completion, lock=held if lock is not None else None)


ROWS = [
    row("a000001", chain_origin_id=None, created_at="2026-09-01T10:00:00Z", done="2026-09-20T10:00:00Z"),
    row("a000002", chain_origin_id="a000001", created_at="2026-11-01T10:00:00Z", lock="on it"),
    row("a000003", chain_origin_id="a000001", target_agent="@backend.queue", impact_level="critical"),
    row("a000004", chain_origin_id="a000003", target_agent=None, flag_type="change", impact_level="low"),
    row("a000005", target_agent="@data.store", flag_type="change", impact_level="medium"),
]


def hostile_rows(text: str) -> list[Row]:
    changes: dict = dict.fromkeys(("change_description", "action_required", "code_location", "notes"), text)
    return [
        row("a000001", lock=text, related_files=(text, text), **changes),
        row("a000002", chain_origin_id="a000001", related_files=(text,), **changes),
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
    tally = count_flags(ROWS, NOW)
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
    tally = count_flags([*circle, row("a000003", chain_origin_id="a000003")], NOW)
    assert "<svg" in build_page(tally, "x")


def test_the_page_stands_alone() -> None:
    page = build_page(count_flags(ROWS, NOW), "shop")
    elements = Elements(page)
    tags = {tag for tag, _ in elements.found}
    assert not tags & {"script", "link", "img", "iframe", "object", "embed", "form", "base", "input"}
    for _, attributes in elements.found:
        for name, value in attributes:
            assert not name.startswith("on")
            assert name not in ("src", "srcset", "action") and (name != "href" or str(value).startswith("#"))
    policy = next(
        dict(attrs)["content"] for tag, attrs in elements.found if ("http-equiv", "Content-Security-Policy") in attrs
    )
    assert policy.startswith("default-src 'none'") and "script" not in policy
    assert "url(" not in page and "@import" not in page


def test_everything_that_is_linked_exists_and_every_picture_has_a_name() -> None:
    elements = Elements(build_page(count_flags(ROWS, NOW), "shop")).found
    ids = {value for _, attrs in elements for name, value in attrs if name == "id"}
    links = {str(value)[1:] for _, attrs in elements for name, value in attrs if name == "href"}
    assert links <= ids
    assert all(dict(attrs).get("aria-label") for tag, attrs in elements if tag == "svg" or ("role", "region") in attrs)
    assert all("scope" in dict(attrs) for tag, attrs in elements if tag == "th")


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_no_element_comes_from_data(text: str) -> None:
    """With any text in every place the page has the elements and attributes that it has with a plain one."""
    made = Elements(build_page(count_flags(hostile_rows(text or "."), NOW), "shop"))
    plain = Elements(build_page(count_flags(hostile_rows("plain"), NOW), "shop"))
    assert made.found == plain.found
    assert made.comments == []


def test_the_repositorys_name_is_data_too() -> None:
    page = build_page(count_flags([], NOW), "</title><script>alert(1)</script>")
    assert "<script" not in page


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


# Prose for git diff


def test_git_shows_flags_as_prose(work: Work) -> None:
    work.write("bin/flaggit", f'#!/bin/sh\nexec "{sys.executable}" -m flaggit "$@"\n').chmod(0o755)
    work.flaggit("init", "--yes")
    flag_id = work.raise_flag()
    work.commit("Raise", ".flags")
    work.flaggit("edit", flag_id, "--impact", "high", agent="@backend.api")
    env = {"PATH": f"{work.path / 'bin'}:/usr/bin:/bin"}
    diff = work.git("diff", "HEAD", "--", ".flags/frontend.web", env=env)
    assert "-Impact: medium" in diff and "+Impact: high" in diff
    shown = work.git("show", "HEAD", "--", ".flags/frontend.web", env=env)
    assert "+What changed\n+  " + LONG_CHANGE in shown and LONG_ACTION in shown
    work.flaggit("complete", flag_id, "--note", "All of it.", agent="@frontend.web")
    assert "+Completion of flag" in work.git("diff", "--cached", "--", ".flags/done", env=env)


def test_diffs_of_flags_go_on_where_flaggit_is_not_found(work: Work) -> None:
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


@pytest.fixture(scope="module")
def chromium() -> str:
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not found:
        pytest.skip("no Chromium is installed")
    return found


class Listener:
    """A port on loopback that counts who connects."""

    def __init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.connections = 0
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            self.connections += 1
            connection.close()


def browse(chromium: str, page: Path, folder: Path, *options: str) -> str:
    """Open a page in headless Chromium and return what it printed."""
    command = [chromium, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run"]
    command += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
    command += [f"--user-data-dir={folder / 'profile'}", *options, page.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_hostile_flags_in_a_real_browser(chromium: str, tmp_path: Path) -> None:
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
    pages = {}
    listener = Listener()
    for name, shown in (("hostile", text), ("plain", "plain")):
        path = tmp_path / f"{name}.html"
        path.write_text(build_page(count_flags(hostile_rows(shown), NOW), "shop"))
        rules = f"--host-resolver-rules=MAP *.example 127.0.0.1:{listener.port}"
        pages[name] = browse(chromium, path, tmp_path, rules, "--virtual-time-budget=2000", "--dump-dom")
    assert "<title>Flags of shop</title>" in pages["hostile"]
    assert Elements(pages["hostile"]).found == Elements(pages["plain"]).found
    assert "&lt;script&gt;document.title" in pages["hostile"]
    assert listener.connections == 0


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1200, "dark")])
def test_the_page_fits_a_phone_and_has_a_dark_side(chromium: str, tmp_path: Path, width: int, scheme: str) -> None:
    """Asks the browser how wide the page lies and which colours it has, by a probe beside the page."""
    page = build_page(count_flags(ROWS, NOW), "shop")
    policy = re.search(r'<meta http-equiv="Content-Security-Policy"[^>]*>', page)
    assert policy is not None
    probe = (
        "<script>addEventListener('load',()=>{document.title=[document.documentElement.scrollWidth,innerWidth,"
        "getComputedStyle(document.body).backgroundColor].join(' ')})</script></body>"
    )
    path = tmp_path / "page.html"
    path.write_text(page.replace(policy[0], "").replace("</body>", probe))
    dark = ["--blink-settings=preferredColorScheme=0"] if scheme == "dark" else []
    shot = [f"--screenshot={tmp_path / 'shot.png'}", f"--window-size={width},900"]
    browse(chromium, path, tmp_path, *dark, *shot)
    assert (tmp_path / "shot.png").stat().st_size > 10_000
    dom = browse(chromium, path, tmp_path, *dark, f"--window-size={width},900", "--dump-dom")
    lies, inner, colour = re.search(r"<title>(\d+) (\d+) (.*?)</title>", dom).groups()
    assert int(lies) <= int(inner)
    assert colour == ("rgb(246, 245, 242)" if scheme == "light" else "rgb(21, 23, 26)")
