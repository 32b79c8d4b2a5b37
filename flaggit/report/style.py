"""How the page looks: light and dark by the reader's setting, from a phone's width on, readable when printed."""

from __future__ import annotations

CSS = """\
:root { color-scheme: light dark;
  --page: #f6f5f2; --card: #fff; --ink: #1d1f23; --soft: #5a606b; --line: #e3e0d9; --accent: #14599c; --shade: #0003;
  --critical: #b3001b; --high: #b04a00; --medium: #7a5d00; --low: #5a606b; --done: #1a7f4b; --raised: #8aa4c2; }
@media (prefers-color-scheme: dark) { :root {
  --page: #15171a; --card: #1e2126; --ink: #e8e6e1; --soft: #a3a9b4; --line: #343941; --accent: #82b7ee; --shade: #000a;
  --critical: #ff7b88; --high: #ffa25e; --medium: #e3c25b; --low: #a3a9b4; --done: #5fd095; --raised: #6d8cb0; } }
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; }
body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
header, main, footer { max-width: 68rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.7rem; margin: .5rem 0 0; line-height: 1.2; overflow-wrap: anywhere; }
h2 { font-size: 1.15rem; margin: 0 0 .6rem; }
h3 { font-size: 1rem; margin: 0; }
p { margin: .3rem 0; }
.soft { color: var(--soft); }
.skip { position: absolute; left: -99rem; }
.skip:focus { left: 1rem; top: .5rem; background: var(--card); padding: .3rem .6rem; }
a { color: var(--accent); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 3px; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(8rem, 1fr)); gap: .7rem; margin: 1rem 0;
  padding: 0; list-style: none; color: var(--soft); }
.figures li, section { background: var(--card); border: 1px solid var(--line); border-radius: 10px;
  box-shadow: 0 1px 2px #0000000d; }
.figures li { padding: .55rem .9rem; }
.figures b { display: block; font-size: 1.7rem; line-height: 1.2; color: var(--ink);
  font-variant-numeric: tabular-nums; }
.figures .critical { color: var(--critical); } .figures .high { color: var(--high); }
.figures .finished { color: var(--done); }
section { padding: 1rem 1.1rem; margin: 0 0 1rem; }
.pair { display: grid; gap: 0 1rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 22rem), 1fr)); }
.scroll { overflow-x: auto; background-color: var(--card); background-repeat: no-repeat;
  background-image: linear-gradient(90deg, var(--card) 40%, transparent), linear-gradient(270deg, var(--card) 40%,
  transparent), radial-gradient(farthest-side at 0 50%, var(--shade), transparent), radial-gradient(farthest-side at
  100% 50%, var(--shade), transparent); background-position: 0 0, 100% 0, 0 0, 100% 0;
  background-size: 2.5rem 100%, 2.5rem 100%, .7rem 100%, .7rem 100%;
  background-attachment: local, local, scroll, scroll; }
.brief { list-style: none; margin: 0; padding: 0; }
.brief > li, article { border-left: 4px solid currentColor; padding: .1rem 0 .1rem .8rem; margin: 0 0 .9rem; }
.brief > li:last-child { margin: 0; }
.brief > li > *, article > * { color: var(--ink); }
figure { margin: 0; padding: .7rem 0; border-top: 1px solid var(--line); }
h2 + figure { border: 0; padding-top: 0; }
figcaption { font-size: .85rem; margin: 0 0 .3rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .35rem 1rem .35rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
tbody tr:last-child > * { border-bottom: 0; }
th:last-child, td:last-child { padding-right: 0; }
thead th { font-size: .85rem; font-weight: 500; color: var(--soft); }
tbody th { font-weight: 500; }
td.n, th.n { text-align: right; white-space: nowrap; }
td.bar { width: 55%; } td.stacked { width: 50%; }
svg.meter { width: 100%; height: .8rem; margin-top: .35rem; border-radius: 3px; }
svg.meter rect { fill: var(--accent); } svg.stack rect { fill: currentColor; }
svg.stack { width: 100%; height: .6rem; margin: .45rem 0 .1rem; border-radius: 3px; }
.words { display: inline-block; margin-right: .5rem; font-size: .85rem; white-space: nowrap; }
.chip { display: inline-block; border: 1px solid currentColor; border-radius: 99px; padding: 0 .55rem;
  font-size: .8rem; font-weight: 500; line-height: 1.4; }
.critical { color: var(--critical); } .high { color: var(--high); } .medium { color: var(--medium); }
.low { color: var(--low); }
details { border-top: 1px solid var(--line); padding: .5rem 0; }
h2 + details { border: 0; }
summary { cursor: pointer; } details[open] > summary { margin-bottom: .8rem; }
article .soft, article dt { color: var(--soft); }
article:target { background: linear-gradient(90deg, var(--page), transparent); }
code { font: .92em ui-monospace, monospace; overflow-wrap: anywhere; }
th code { overflow-wrap: break-word; }
.scroll code { overflow-wrap: normal; } .scroll td:has(a + a) { min-width: 14rem; }
.text { white-space: pre-wrap; overflow-wrap: anywhere; margin: .15rem 0 .6rem; }
.brief .text { margin: 0; }
.state { font-size: .9rem; font-weight: 500; }
h3.soft, h4.soft { font-size: .85rem; font-weight: 500; margin: .6rem 0 .2rem; }
.said, .steps { list-style: none; margin: 0; padding: 0; font-size: .95rem; }
.said > li, .completion { border-left: 2px solid var(--line); padding-left: .7rem; margin: 0 0 .6rem; }
.answer { padding-left: .9rem; }
.steps > li { margin: 0 0 .4rem; }
.history { border: 0; font-size: .9rem; padding: .2rem 0; }
nav ul { list-style: none; display: flex; flex-wrap: wrap; gap: .3rem 1.2rem; margin: .4rem 0; padding: 0; }
nav a[aria-current] { color: var(--ink); font-weight: 600; text-decoration: none; }
form { display: flex; flex-wrap: wrap; gap: .5rem .8rem; align-items: end; margin: 0 0 1rem; }
form label { font-size: .85rem; color: var(--soft); } form p { margin: 0; display: grid; min-width: 0; }
input, select, button { font: inherit; color: inherit; background: var(--card); border: 1px solid var(--soft);
  border-radius: 6px; padding: .3rem .6rem; min-width: 0; max-width: 100%; }
input[type=search] { flex: 1 1 14rem; } button { cursor: pointer; }
.live { font-size: .9rem; min-height: 1.5em; }
[hidden] { display: none !important; }
dl { margin: .4rem 0 0; } dt { font-size: .85rem; } dd { margin: 0; }
svg { display: block; max-width: none; } svg.wide { width: 100%; height: auto; }
svg text { fill: var(--ink); font: 12px system-ui, sans-serif; }
svg.wide text { text-anchor: middle; }
svg .soft { fill: var(--soft); } svg rect.node { fill: var(--page); stroke: var(--line); stroke-width: 1.5; }
svg rect.node.critical { stroke: var(--critical); } svg rect.node.high { stroke: var(--high); }
svg rect.node.medium { stroke: var(--medium); } svg rect.node.low { stroke: var(--low); }
svg rect.node.finished { stroke-dasharray: 4 3; } svg rect.finished ~ text { fill: var(--soft); }
svg a:hover rect, svg a:focus rect { stroke-width: 3; }
svg path { fill: none; stroke: var(--soft); stroke-width: 1.5; } svg path.head { fill: var(--soft); stroke: none; }
svg .done { fill: var(--done); } svg .raised { fill: var(--raised); }
.key { display: inline-block; width: .8rem; height: .8rem; border-radius: 2px; }
.key.done { background: var(--done); } .key.raised { background: var(--raised); }
@media (max-width: 40rem) { svg.wide text { font-size: 20px; } header, main, footer { padding: .8rem; }
  section { padding: .9rem; } th, td { padding-right: .6rem; } }
@media print { section { break-inside: avoid; border: 0; padding: 0; box-shadow: none; } .skip { display: none; }
  details::details-content { content-visibility: visible; } }
"""
