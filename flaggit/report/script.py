"""What runs on the report: a search over the flags that it tells in full. Without it the page is read all the same."""

from __future__ import annotations

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
