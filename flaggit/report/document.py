"""The report as one file: figures first, then who owes what, how it is connected, every open flag, the latest done.

Its one script adds a search and is not needed to read it. The content policy allows that script and
the style by their hashes and lets nothing be fetched: whatever a flag says stays text.
"""

from __future__ import annotations

from flaggit.core.text import counted
from flaggit.report.figures import ages_and_weeks, chains, headline, loads, locks
from flaggit.report.flags import brief_list, flag_article, question_list
from flaggit.report.frame import as_of, frame
from flaggit.report.links import PageLinks, agent_anchor
from flaggit.report.markup import counted_levels, escape, section
from flaggit.report.style import CSS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.core.model import Row
    from flaggit.output.forge import Forge
    from flaggit.report.contents import Contents
    from flaggit.report.links import Links
    from flaggit.report.tally import Load, Tally

_FOOT = "Everything here was read from the repository when the page was made; nothing is fetched."
_FIRST = 5
_URGENT = ("critical", "high")
SEARCH = """\
const main = document.querySelector("main");
const articles = [...main.querySelectorAll("article")].map((node) => [node, node.textContent.toLowerCase()]);
const folds = [...new Set(articles.map(([node]) => node.closest("section > details")))];
const others = [...main.children].filter((node) => !node.querySelector("article"));
const form = document.createElement("form");
form.setAttribute("role", "search");
form.innerHTML = '<label for="search">Search the flags</label> <input id="search" type="search" autocomplete="off"' +
  ' spellcheck="false" placeholder="words, an agent, an id"> <output for="search" role="status"></output>';
const box = form.querySelector("input"), count = form.querySelector("output");
if (articles.length) main.prepend(form);
let opened = null;
function search() {
  const words = box.value.toLowerCase().split(/\\s+/).filter(Boolean), looking = words.length > 0;
  if (looking && !opened) opened = folds.map((fold) => fold.open);
  let found = 0;
  for (const [node, text] of articles) {
    const fits = words.every((word) => text.includes(word));
    node.hidden = !fits;
    found += fits;
  }
  folds.forEach((fold, place) => {
    const fits = !looking || fold.querySelector(":scope > article:not([hidden])") !== null;
    fold.hidden = !fits;
    if (looking) fold.open = fits;
    else if (opened) fold.open = opened[place];
  });
  for (const { parentElement: part } of folds) part.hidden = !part.querySelector(":scope > details:not([hidden])");
  for (const node of others) node.hidden = looking;
  if (!looking) opened = null;
  count.textContent = looking ? `${found} of ${articles.length} flags` : "";
}
box.addEventListener("input", search);
form.addEventListener("submit", (event) => event.preventDefault());
addEventListener("keydown", (event) => {
  if (event.key === "/" && !event.target.closest("input, select, textarea")) { event.preventDefault(); box.focus(); }
  else if (event.key === "Escape" && box.value) { box.value = ""; search(); }
});
main.addEventListener("click", (event) => {
  const link = event.target.closest("a");
  if (link && box.value) { box.value = ""; search(); }
});
"""


def build_page(contents: Contents, name: str, forge: Forge) -> str:
    """Return the whole document; ``name`` is the repository's, ``forge`` where it lies."""
    tally, links = contents.tally, PageLinks(contents.described, forge)
    return frame(
        f"Flags of {name}",
        head=[
            f'<meta http-equiv="Content-Security-Policy" content="{_policy()}">',
            f"<style>{CSS}</style>",
            f'<script type="module">{SEARCH}</script>',
        ],
        header=f"<h1>Flags of {escape(name)}</h1>{as_of(tally.now)}{headline(tally)}",
        main=[
            first_flags(tally, links),
            open_questions(contents, links),
            loads(tally, links),
            ages_and_weeks(tally),
            locks(tally, links),
            chains(tally, links),
            section("Every open flag", "".join(_load(load, contents, links) for load in contents.tally.loads)),
            _completed(contents, links),
        ],
        foot=_FOOT,
    )


def first_flags(tally: Tally, links: Links) -> str:
    """Return the most urgent open flags, where any is urgent."""
    urgent = [row for load in tally.loads for row in load.rows if row.flag.impact_level in _URGENT]
    urgent.sort(key=lambda row: row.order)
    return section("Look at first", brief_list(urgent[:_FIRST], links, tally.now))


def open_questions(contents: Contents, links: Links) -> str:
    """Return the questions that wait for an answer, where any does."""
    return section("Questions that wait", question_list(contents.questions, links, contents.tally.now))


def _policy() -> str:
    from base64 import b64encode
    from hashlib import sha256

    style, script = (b64encode(sha256(text.encode()).digest()).decode() for text in (CSS, SEARCH))
    allowed = f"style-src 'sha256-{style}'; script-src 'sha256-{script}'"
    return f"default-src 'none'; {allowed}; base-uri 'none'; form-action 'none'"


def _load(load: Load, contents: Contents, links: Links) -> str:
    rows = [row for row in load.rows if row.flag.id in contents.described]
    head = f"<code>{escape(load.agent)}</code> {counted_levels(load.counts)}"
    left = load.total - len(rows)
    more = f'<p class="soft">{left} more: <code>flaggit list</code> has them all.</p>' if left else ""
    articles = _articles(rows, contents, links)
    return f'<details id="{agent_anchor(load.agent)}"><summary>{head}</summary>{articles}{more}</details>'


def _completed(contents: Contents, links: Links) -> str:
    rows, total = contents.completed, contents.tally.completed
    if not rows:
        return ""
    left = total - len(rows)
    more = f'<p class="soft">{left} earlier: <code>flaggit list --status completed</code>.</p>' if left else ""
    head = f"The latest {len(rows)} of {total}" if left else counted(total, "flag")
    articles = _articles(rows, contents, links)
    return section("Completed", f"<details><summary>{head}</summary>{articles}{more}</details>")


def _articles(rows: list[Row] | tuple[Row, ...], contents: Contents, links: Links) -> str:
    return "".join(flag_article(contents.described[row.flag.id], links) for row in rows)
