"""The style of an HTML report: light and dark, on paper too, wide formulas in their own scroll."""

STYLE = """
.backproof { --ink: #1c1c22; --quiet: #62626e; --line: #d9d9e0; --paper: #fdfdfb; --box: #f5f5f1; --link: #1f5fa8;
  --mark: #ffe9a8; color: var(--ink); background: var(--paper); max-width: 60rem; margin: 0 auto; padding: 2rem 1.25rem;
  font: 1rem/1.55 Charter, "Bitstream Charter", Cambria, Georgia, serif; }
.backproof math { font-size: 1.08em; }
.backproof math math { font-size: 1em; math-style: inherit; math-depth: inherit; }
.backproof h1, .backproof h2, .backproof h3 { line-height: 1.2; overflow-wrap: anywhere; }
.backproof h1 { font-size: 1.9rem; margin: 0 0 .5rem; }
.backproof h2 { font-size: 1.35rem; margin: 2.2rem 0 .7rem; }
.backproof p, .backproof td, .backproof dd { overflow-wrap: anywhere; }
.backproof .quiet, .backproof .reason, .backproof .legend { color: var(--quiet); font-size: .9rem; }
.backproof a { color: var(--link); text-decoration: none; }
.backproof a:hover, .backproof a:focus { text-decoration: underline;
  background: color-mix(in srgb, var(--link) 12%, transparent); }
.backproof details { border: 1px solid var(--line); border-radius: .5rem; margin: 1rem 0; padding: .6rem 1rem;
  background: var(--box); }
.backproof details:target { outline: 2px solid var(--link); }
.backproof summary { cursor: pointer; font-size: 1.1rem; }
.backproof .wide { overflow-x: auto; margin: .8rem 0; }
.backproof details .wide { margin: .3rem 0; }
.backproof table { border-collapse: collapse; }
.backproof caption { text-align: left; font-weight: bold; padding: .3rem 0; }
.backproof th, .backproof td { padding: .3rem .9rem .3rem 0; text-align: left; vertical-align: baseline; }
.backproof th { border-bottom: 1px solid var(--quiet); }
.backproof td { border-bottom: 1px solid var(--line); }
.backproof .number { text-align: right; font-variant-numeric: tabular-nums; }
.backproof table.lines { width: 100%; }
.backproof .lines td { border: 0; padding: .35rem .4rem .35rem 0; }
.backproof .lines math { padding: .15em 0; }
.backproof .lines math math { padding: 0; }
.backproof .lines td.left { text-align: right; white-space: nowrap; width: 1%; }
.backproof .lines td.reason { padding-left: 1.5rem; text-align: right; min-width: 11rem; }
.backproof .lines tr.local_derivatives, .backproof .lines tr.term { opacity: .85; }
.backproof .note, .backproof .warning { border-left: 3px solid var(--line); padding-left: .8rem; margin: .8rem 0; }
.backproof .warning { border-color: #d9822b; }
.backproof .marked { background: var(--mark); outline: 1px solid #d9a400; outline-offset: 1px; }
.backproof .whole { font-weight: bold; font-style: normal; }
.backproof .cases mtd { text-align: left; padding: .1em .5em .1em .2em; }
.backproof .legend { border-top: 1px solid var(--line); margin-top: 2.5rem; }
.backproof dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(17rem, 1fr));
  gap: .2rem 1.5rem; margin: 0; }
.backproof dl div { display: flex; gap: .6rem; }
.backproof dt { min-width: 2rem; }
.backproof dd { margin: 0; }
body { margin: 0; background: #fdfdfb; }
@media (max-width: 40rem) {
  .backproof .lines tr { display: block; margin-bottom: .6rem; }
  .backproof .lines td, .backproof .lines td.left { display: inline-block; width: auto; text-align: left; }
  .backproof .lines td, .backproof .lines td.left { padding: .1rem .5rem .1rem 0; }
  .backproof .lines td.left:empty { padding-right: 1rem; }
  .backproof .lines td.reason { display: block; padding-left: 0; text-align: left; min-width: 0; }
}
@media (prefers-color-scheme: dark) {
  .backproof { --ink: #e6e6ea; --quiet: #a0a0ac; --line: #3a3a44; --paper: #17171b; --box: #1f1f25; --link: #86b8f2;
    --mark: #5c4a10; }
  body { background: #17171b; }
}
@media print {
  body { background: none; }
  .backproof h2, .backproof h3 { break-after: avoid; }
  .backproof .page { break-before: page; }
  .backproof { color: #000; background: none; max-width: none; padding: 0; --paper: #fff; --box: #fff; --ink: #000; }
  .backproof details { break-inside: avoid; border: 0; border-top: 1px solid #999; border-radius: 0; padding: .4rem 0; }
  .backproof .wide { overflow: visible; }
  .backproof a { color: inherit; }
}
"""
