"""How a report in HTML looks, in light and dark; its figures take their colours from here."""

STYLE = """
:root {
  color-scheme: light dark;
  --back: #ffffff; --text: #1c1c1c; --dim: #5c5c5c; --rule: #8c8c8c; --line: #dcdcdc;
  --track: #ececec; --mark: #2f5f96; --control: #a8480f; --review: #1c1c1c;
}
@media (prefers-color-scheme: dark) {
  :root {
    --back: #1a1a1a; --text: #e6e6e6; --dim: #a8a8a8; --rule: #7a7a7a; --line: #3a3a3a;
    --track: #2c2c2c; --mark: #86b4e6; --control: #f0985e; --review: #e6e6e6;
  }
}
body { font: 15px/1.5 system-ui, sans-serif; max-width: 74rem; margin: 2rem auto; padding: 0 1rem;
  background: var(--back); color: var(--text); }
p, figcaption { max-width: 62rem; }
h2 { margin: 2.5rem 0 .25rem; }
h1, h2 { overflow-wrap: anywhere; }
header p { margin: .25rem 0; }
a { color: var(--mark); }
a:focus-visible, .scroll:focus-visible { outline: 2px solid var(--mark); outline-offset: 2px; }
nav ul { padding-left: 1.2rem; overflow-wrap: anywhere; }
.head { display: flex; flex-wrap: wrap; align-items: baseline; justify-content: space-between;
  gap: 0 1rem; margin: 2rem 0 .25rem; border-top: 1px solid var(--line); padding-top: 1rem; }
h3 { margin: 0; }
:target { scroll-margin-top: .5rem; }
.head:target { border-top: 3px solid var(--mark); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; margin: .5rem 0 1rem; }
th, td { text-align: left; vertical-align: top; padding: .2rem .9rem .2rem 0; }
th { border-bottom: 1px solid var(--rule); font-weight: 600; }
td { border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
td.text { min-width: 5.6em; }
.number { text-align: right; font-variant-numeric: tabular-nums; }
th.number, td.number { white-space: nowrap; }
caption, figcaption { text-align: left; color: var(--dim); padding: .2rem 0;
  overflow-wrap: anywhere; }
figure { margin: 1rem 0; }
.text { white-space: pre-wrap; overflow-wrap: anywhere; }
.dim { color: var(--dim); overflow-wrap: anywhere; }
.note { border-left: 3px solid var(--line); padding-left: .8rem; }
svg { display: block; max-width: 100%; min-width: 38rem; height: auto;
  font: 12px system-ui, sans-serif; }
svg text { fill: var(--text); }
svg .dim { fill: var(--dim); }
svg .small { font-size: 11px; }
svg .strong { font-weight: 600; }
svg .inside { fill: #ffffff; }
.track { fill: var(--track); }
.grid { stroke: var(--line); }
.interval { stroke: var(--mark); stroke-width: 2; }
.control { stroke: var(--control); stroke-width: 3; }
.passes { fill: var(--mark); stroke: var(--mark); stroke-width: 2; }
.fails, .untestable { fill: var(--back); stroke: var(--mark); stroke-width: 2; }
.in-review { fill: var(--review); }
.undescribed { fill: #6b6b6b; }
.drafted { fill: #3b6ea5; }
.accepted { fill: #2b7a4b; }
.edited { fill: #17767f; }
.rejected { fill: #b04a17; }
.unclear { fill: #82539a; }
@media (max-width: 40rem) {
  body { margin: 1rem auto; }
  th, td { padding-right: .6rem; }
  td.text { min-width: 0; }
  .scroll td.text { min-width: 6.5em; }
  .scroll table { width: max-content; max-width: 60rem; }
}
@media print {
  .scroll { overflow: visible; }
  svg { min-width: 0; }
  nav, .head a { display: none; }
}
"""
