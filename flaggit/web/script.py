"""What runs on the live page: it hears of changes and takes over the parts of the page that differ."""

from __future__ import annotations

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
