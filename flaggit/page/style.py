"""How the page looks: light and dark by the reader's setting, from a phone's width on, readable when printed."""

from __future__ import annotations

CSS = """\
:root { color-scheme: light dark;
  --page: #fbfaf8; --card: #fff; --ink: #1d1f23; --soft: #5a606b; --line: #dcdad4; --accent: #14599c;
  --critical: #b3001b; --high: #b04a00; --medium: #7a5d00; --low: #5a606b; --done: #1a7f4b; --raised: #8aa4c2; }
@media (prefers-color-scheme: dark) { :root {
  --page: #15171a; --card: #1e2126; --ink: #e8e6e1; --soft: #a3a9b4; --line: #363b43; --accent: #82b7ee;
  --critical: #ff7b88; --high: #ffa25e; --medium: #e3c25b; --low: #a3a9b4; --done: #5fd095; --raised: #5b7796; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
header, main, footer { max-width: 68rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.6rem; margin: .5rem 0 0; line-height: 1.2; }
h2 { font-size: 1.15rem; margin: 0 0 .6rem; }
h3 { font-size: 1rem; margin: 0; }
p { margin: .3rem 0; }
.soft { color: var(--soft); }
.skip { position: absolute; left: -99rem; }
.skip:focus { left: 1rem; top: .5rem; background: var(--card); padding: .3rem .6rem; }
a { color: var(--accent); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 3px; }
.figures { display: flex; flex-wrap: wrap; gap: .7rem; margin: 1rem 0 0; padding: 0; list-style: none; }
.figures li { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: .5rem .9rem; }
.figures b { display: block; font-size: 1.5rem; line-height: 1.2; font-variant-numeric: tabular-nums; }
section { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 1rem; margin: 0 0 1rem; }
.pair { display: grid; gap: 0 1rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 22rem), 1fr)); }
.scroll { overflow-x: auto; }
.chains { display: flex; flex-wrap: wrap; gap: 1.2rem; } .chains > .scroll { max-width: 100%; }
th code { white-space: nowrap; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .3rem .6rem .3rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
td.n, th.n { text-align: right; }
td.bar { width: 55%; }
.bar span { display: block; height: .8rem; margin-top: .35rem; background: var(--accent);
  border-radius: 3px; min-width: 1px; }
.critical { color: var(--critical); } .high { color: var(--high); } .medium { color: var(--medium); }
.low { color: var(--low); } .zero { color: var(--soft); opacity: .6; }
details { border-bottom: 1px solid var(--line); padding: .45rem 0; }
summary { cursor: pointer; }
article { border-left: 4px solid currentColor; padding: .2rem 0 .2rem .8rem; margin: .9rem 0; }
article > * { color: var(--ink); }
article .soft, article dt { color: var(--soft); }
code { font: .92em ui-monospace, monospace; overflow-wrap: anywhere; }
.text { white-space: pre-wrap; overflow-wrap: anywhere; margin: .15rem 0 .6rem; }
dl { margin: .4rem 0 0; } dt { font-size: .85rem; } dd { margin: 0; }
svg { display: block; max-width: none; } svg.wide { width: 100%; height: auto; }
svg text { fill: var(--ink); font: 12px system-ui, sans-serif; }
svg .soft { fill: var(--soft); } svg rect.node { fill: var(--page); stroke: var(--line); stroke-width: 1.5; }
svg rect.node.critical { stroke: var(--critical); } svg rect.node.high { stroke: var(--high); }
svg rect.node.medium { stroke: var(--medium); } svg rect.node.finished { stroke-dasharray: 4 3; }
svg path { fill: none; stroke: var(--soft); stroke-width: 1.5; } svg .done { fill: var(--done); }
svg .raised { fill: var(--raised); } .key { display: inline-block; width: .8rem; height: .8rem; border-radius: 2px; }
.key.done { background: var(--done); } .key.raised { background: var(--raised); }
@media print { section { break-inside: avoid; border: 0; padding: 0; } .skip { display: none; } }
"""
