"""The pages of the site: a path and a query in, a document out. They are made of what the report is made of."""

from __future__ import annotations

import time
from urllib.parse import parse_qs, urlencode

from flaggit.clone.matching import holds_words, search_words
from flaggit.clone.presence import find_presences
from flaggit.clone.session import Session
from flaggit.clone.value_cache import STEM
from flaggit.core.errors import REFUSALS, refusal_of
from flaggit.core.ids import is_flag_id
from flaggit.core.model import IMPACT_LEVELS
from flaggit.core.record import record
from flaggit.core.text import counted, visible
from flaggit.report.contents import Scene
from flaggit.report.document import first_flags
from flaggit.report.figures import ages_and_weeks, chain_figure, chains, headline, loads, locks, worktrees
from flaggit.report.flags import brief_list, flag_article, question_list
from flaggit.report.frame import as_of, frame
from flaggit.report.links import SiteLinks
from flaggit.report.markup import escape, section
from flaggit.report.style import CSS

TYPE_CHECKING = False
if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterable

    from flaggit.core.model import Row
    from flaggit.git.repo import Repo

_FRESH = 30.0  # seconds after which the clone is read again although nothing is known to have changed
_CACHED_PAGES = 64  # pages made from one snapshot that are kept for the next reader
_A_PAGE = 50  # flags in a list
_LATEST = 10  # completed flags on the first page
_LONGEST = 200  # characters of a search
_HEAD = (
    '<link rel="stylesheet" href="/style.css">',
    '<link rel="icon" href="/icon.svg" type="image/svg+xml">',
    '<script type="module" src="/live.js"></script>',
)
_FOOT = "Read-only, and for this machine alone. <code>flaggit</code> on the command line changes flags."
_STATES: dict[str, Callable[[Row], bool]] = {
    "open": lambda row: row.completion is None,
    "held": lambda row: row.locked,
    "waiting": lambda row: bool(row.waits_on),
    "completed": lambda row: row.completion is not None,
    "all": lambda row: True,  # noqa: ARG005
}
LIVE = """\
const main = document.querySelector("main"), line = document.querySelector("#live");
const markup = () => [...main.children].map((node) => node.outerHTML);
let parts = markup(), source = null, timer = 0, told = "";

const say = (text) => { if (line.textContent !== text) line.textContent = text; };
const folds = (node) => [...node.querySelectorAll("details")];
const places = () => [...main.querySelectorAll("a, summary, input, select, button, [tabindex]")];
const name = (node) => node.id || node.getAttribute("href") || node.textContent;

function takeOver(page) {
  const fresh = page.querySelector("main"), focused = document.activeElement;
  const lost = main.contains(focused) && focused !== main ? [name(focused), places().indexOf(focused)] : null;
  const latest = [...fresh.children].map((node) => node.outerHTML);
  [...main.children].slice(fresh.children.length).forEach((node) => node.remove());
  [...fresh.children].forEach((node, index) => {
    const old = main.children[index];
    if (!old) return main.append(node);
    if (latest[index] === parts[index]) return main.insertBefore(old, main.children[index]);
    folds(node).forEach((fold, place) => { fold.open = folds(old)[place]?.open ?? fold.open; });
    old.replaceWith(node);
  });
  parts = latest;
  main.dataset.seen = fresh.dataset.seen;
  document.title = page.title;
  if (lost && !main.contains(document.activeElement)) {
    const there = places();
    (there.find((node) => name(node) === lost[0]) ?? there[lost[1]] ?? main).focus({ preventScroll: true });
  }
}

async function refresh() {
  timer = 0;
  try {
    const answer = await fetch(location.href, { cache: "no-store" });
    if (answer.status >= 500) return say("The repository cannot be read just now.");
    takeOver(new DOMParser().parseFromString(await answer.text(), "text/html"));
    say(told || "Live.");
  } catch { say("Not connected; trying again."); }
}

function connect() {
  if (source || document.hidden) return;
  source = new EventSource(`/changes?seen=${encodeURIComponent(main.dataset.seen)}`);
  source.onopen = () => { if (!told) say("Live."); };
  source.addEventListener("change", (event) => {
    told = event.data;
    if (!timer) timer = setTimeout(refresh, 300);
  });
  source.onerror = () => {
    say("Not connected; trying again.");
    if (source.readyState === EventSource.CLOSED) { disconnect(); setTimeout(connect, 5000); }
  };
}
function disconnect() { source?.close(); source = null; }

// A browser keeps few connections to one place: a page that nobody sees gives its own back.
document.addEventListener("visibilitychange", () => { if (document.hidden) disconnect(); else connect(); });
addEventListener("pagehide", disconnect);
addEventListener("pageshow", connect);
setInterval(() => { if (!document.hidden && !timer) refresh(); }, 60000);  // ages grow
addEventListener("keydown", (event) => {
  const box = document.querySelector("input[type=search]");
  if (event.key !== "/" || !box || event.target.closest("input, select, textarea")) return;
  event.preventDefault();
  box.focus();
});
connect();
"""

ICON = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><path d="M4 15V2" stroke="#5a606b" stroke-width="2"/>\
<path d="M5 2h9l-3 4 3 4H5z" fill="#b04a00"/></svg>
"""


@record
class Answer:
    """What a browser gets."""

    body: str
    kind: str = "text/html"
    status: int = 200


_FILES = {
    "/style.css": Answer(CSS, "text/css"),
    "/live.js": Answer(LIVE, "text/javascript"),
    "/icon.svg": Answer(ICON, "image/svg+xml"),
}


class Site:
    """The pages of one clone, each made once from the same snapshot.

    Args:
        repo: The repository, as seen from the worktree that it is served from.
        turn: Held while the clone is looked at and a page is made.
        mark: Returns what names the clone's present state; another name asks for another snapshot.
    """

    def __init__(self, repo: Repo, turn: threading.Lock, mark: Callable[[], str]) -> None:
        self._repo = repo
        self._turn = turn
        self._mark = mark
        self._snapshot: _Snapshot | None = None
        self._made: dict[tuple[str, str], Answer] = {}

    def answer(self, path: str, query: str) -> Answer:
        """Return the document at a path, both as the request has them: nothing in them is decoded but the query."""
        if path in _FILES:
            return _FILES[path]
        with self._turn:
            try:
                snapshot = self._read()
                if (path, query) not in self._made:
                    if len(self._made) >= _CACHED_PAGES:
                        self._made.clear()
                    self._made[path, query] = snapshot.answer(path, query)
                return self._made[path, query]
            except REFUSALS as error:
                self._snapshot = None
                return Answer(_plain_page("Not now", visible(refusal_of(error).message)), status=503)

    def _read(self) -> _Snapshot:
        mark = self._mark()
        if self._snapshot is None or self._snapshot.mark != mark or time.monotonic() - self._snapshot.at >= _FRESH:
            self._snapshot = None  # so that two of a large store never lie in memory
            self._made.clear()
            self._snapshot = _Snapshot(Scene(Session(self._repo)), mark, time.monotonic())
        return self._snapshot


class _Snapshot:
    """The clone as it was read once, and the pages that show it."""

    def __init__(self, scene: Scene, mark: str, at: float) -> None:
        self.mark = mark
        self.at = at
        self._scene = scene
        self._links = SiteLinks(scene.known)
        self._now = scene.session.now
        self._name = scene.session.repo.name

    def answer(self, path: str, query: str) -> Answer:
        """Return the document at a path."""
        if path == "/":
            return self._page("Overview", self._overview(), path)
        if path == "/flags":
            return self._page("Flags", self._list(_Wanted(query)), path)
        flag_id = path.removeprefix("/flags/")
        row = self._scene.known.get(flag_id) if path.startswith("/flags/") and is_flag_id(flag_id) else None
        if row is None:
            return Answer(_plain_page("Not found", "There is no such page, or no such flag any more."), status=404)
        return self._page(f"Flag {flag_id}", self._flag(row), path)

    def _page(self, title: str, parts: Iterable[str], path: str) -> Answer:
        body = frame(
            f"{title}, {visible(self._name)}",
            head=_HEAD,
            header=_header(title, self._name, path),
            main=[as_of(self._now), *parts],
            foot=_FOOT,
            seen=self.mark,
        )
        return Answer(body)

    def _overview(self) -> list[str]:
        scene, links, now, tally = self._scene, self._links, self._now, self._scene.tally
        return [
            headline(tally),
            first_flags(tally, links),
            section("Questions that wait", question_list(scene.questions(), links, now)),
            loads(tally, links),
            worktrees(find_presences(scene.session), links, now),
            locks(tally, links),
            chains(tally, links),
            ages_and_weeks(tally),
            section("Completed last", brief_list(scene.latest(_LATEST), links, now)),
        ]

    def _list(self, wanted: _Wanted) -> list[str]:
        scene = self._scene
        first = (wanted.page - 1) * _A_PAGE
        if wanted.state == "completed":
            ids = [entry[STEM] for entry in scene.ended]
            fitting = [flag_id for flag_id in ids if any(map(wanted.fits, scene.known.all_of([flag_id])))]
            count, rows = len(fitting), scene.known.all_of(fitting[first : first + _A_PAGE])
        else:
            found = scene.rows.only(wanted.fits)
            count, rows = len(found), found.part(first, first + _A_PAGE)
        shown = brief_list(rows, self._links, self._now) or "<p>No flag fits.</p>"
        return [
            wanted.form(sorted(scene.targets)),
            section(counted(count, "flag"), shown + wanted.pager(count)),
        ]

    def _flag(self, row: Row) -> list[str]:
        told = self._scene.describe(row)
        chain = self._scene.chain_of(row.flag.id)
        picture = chain_figure(chain, self._links) if len(chain) > 1 else ""
        return [f"<section>{flag_article(told, self._links, level=2)}</section>", section("Chain", picture)]


class _Wanted:
    """Which flags a list is to show: what the query says, as far as it can be understood."""

    def __init__(self, query: str) -> None:
        try:
            values = {name: found[-1] for name, found in parse_qs(query, max_num_fields=20).items()}
        except ValueError:
            values = {}
        self.words = values.get("q", "")[:_LONGEST]
        self.agent = values.get("to", "")
        self.impact = values.get("impact", "") if values.get("impact") in IMPACT_LEVELS else ""
        self.state = values.get("state", "") if values.get("state") in _STATES else "open"
        page = values.get("page", "")
        self.page = max(1, int(page)) if page.isascii() and page.isdigit() and len(page) < 6 else 1
        self._words = search_words(self.words)

    def fits(self, row: Row) -> bool:
        """Return whether a flag is one of those."""
        flag = row.flag
        return (
            _STATES[self.state](row)
            and (not self.agent or flag.target_name == self.agent)
            and (not self.impact or flag.impact_level == self.impact)
            and (not self._words or holds_words(flag, self._words))
        )

    def form(self, agents: Iterable[str]) -> str:
        """Return the form that says it, to be changed."""
        words = f'<input id="q" name="q" type="search" value="{escape(self.words)}" maxlength="{_LONGEST}">'
        return (
            '<form role="search" action="/flags">'
            f'<p><label for="q">Words</label>{words}</p>'
            f"{_choice('to', 'For', {'': 'all agents', **{agent: agent for agent in agents}}, self.agent)}"
            f"{_choice('impact', 'Impact', {'': 'any', **{level: level for level in IMPACT_LEVELS}}, self.impact)}"
            f"{_choice('state', 'State', {state: state for state in _STATES}, self.state)}"
            "<p><button>Show</button></p></form>"
        )

    def pager(self, total: int) -> str:
        """Return links to the pages before and after this one."""
        pages = max(1, -(-total // _A_PAGE))
        if pages == 1:
            return ""
        before = f'<li><a rel="prev" href="{self._address(self.page - 1)}">Earlier</a></li>' if self.page > 1 else ""
        after = f'<li><a rel="next" href="{self._address(self.page + 1)}">Next</a></li>' if self.page < pages else ""
        here = f"<li>Page {self.page} of {pages}</li>"
        return f'<nav aria-label="Pages"><ul>{before}{here}{after}</ul></nav>'

    def _address(self, page: int) -> str:
        values = {"q": self.words, "to": self.agent, "impact": self.impact, "state": self.state, "page": str(page)}
        return escape("/flags?" + urlencode({name: value for name, value in values.items() if value}))


def _choice(name: str, label: str, choices: dict[str, str], chosen: str) -> str:
    options = "".join(
        f'<option value="{escape(value)}"{" selected" if value == chosen else ""}>{escape(words)}</option>'
        for value, words in choices.items()
    )
    return f'<p><label for="{name}">{label}</label><select id="{name}" name="{name}">{options}</select></p>'


def _header(title: str, name: str, path: str) -> str:
    here = ' aria-current="page"'
    links = "".join(
        f'<li><a href="{address}"{here if address == path else ""}>{words}</a></li>'
        for address, words in (("/", "Overview"), ("/flags", "Flags"))
    )
    search = (
        '<form role="search" action="/flags"><p><label for="q">Search the flags</label>'
        '<input id="q" name="q" type="search"></p><p><button>Search</button></p></form>'
    )
    return (
        f'<p class="soft">Flags of {escape(name)}</p><h1>{title}</h1>'
        f'<nav aria-label="Site"><ul>{links}</ul></nav>{"" if path == "/flags" else search}'
        '<p id="live" class="live soft" role="status"></p>'
    )


def _plain_page(title: str, words: str) -> str:
    main = [f"<section><p>{escape(words)}</p></section>"]
    return frame(title, head=_HEAD[:2], header=f"<h1>{title}</h1>", main=main, foot='<a href="/">Overview</a>')
