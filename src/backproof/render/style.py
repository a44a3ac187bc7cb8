"""The style of an HTML report: light and dark, on paper and on a phone; long lines scroll in a box of their own.

A fragment stands in a page of somebody else's, such as a notebook, whose styles for tables reach into it. What
alignment depends on is therefore marked `!important`, and colours are mixed from those of the page around it.
"""

STYLE = """
.backproof { --ink: #1c1c22; --quiet: #5d5d69; --line: #d9d9e0; --paper: #fdfdfb; --box: #f5f5f1; --link: #1f5fa8;
  --mark: #ffe9a8; --right: #1b6e3c; --rounded: #4c6a14; --carried: #8a5a00; --wrong: #b3261e; --undecided: #5d5d69;
  color: var(--ink); background: var(--paper); max-width: 62rem; margin: 0 auto; padding: 2rem 1.25rem;
  white-space: normal; text-align: left; font: 1rem/1.55 Charter, "Bitstream Charter", Cambria, Georgia, serif; }
.backproof math { font-size: 1.08em; }
.backproof math math { font-size: 1em; math-style: inherit; math-depth: inherit; }
.backproof h1, .backproof h2, .backproof h3 { line-height: 1.2; font-weight: bold; overflow-wrap: break-word; }
.backproof h1 { font-size: 1.9em; margin: 0 0 .5rem; }
.backproof h2 { font-size: 1.35em; margin: 2.2rem 0 .7rem; }
.backproof h3 { font-size: 1.17em; margin: 1.6rem 0 .6rem; }
.backproof p, .backproof dd, .backproof .reason { overflow-wrap: break-word; }
.backproof .quiet, .backproof .reason, .backproof .legend { color: var(--quiet); font-size: .9em; }
.backproof a { color: var(--link); text-decoration: none; }
.backproof a:hover, .backproof a:focus { text-decoration: underline;
  background: color-mix(in srgb, var(--link) 12%, transparent); }
.backproof .contents ol { display: flex; flex-wrap: wrap; gap: .3rem 1.4rem; margin: 1rem 0; padding: 0;
  list-style: none; }
.backproof .contents a { display: inline-block; padding: .35rem 0; }
.backproof figure { margin: 1.2rem 0; }
.backproof figure.network .drawing { width: 100%; max-width: var(--wide);
  min-width: min(var(--wide), max(40rem, .7 * var(--wide))); }
.backproof figure.network .upright { display: none; }
.backproof figure.chart img { display: block; max-width: 100%; max-height: 34rem; height: auto; border-radius: .4rem; }
.backproof details { border: 1px solid var(--line); border-radius: .5rem; margin: 1rem 0; padding: .6rem 1rem;
  background: var(--box); }
.backproof details:target, .backproof :target { outline: 2px solid var(--link); outline-offset: 3px; }
.backproof summary { display: list-item; cursor: pointer; font-size: 1.1em; }
.backproof .wide { overflow-x: auto; margin: .8rem 0; }
.backproof details .wide { margin: .3rem 0; }
.backproof table { border-collapse: collapse !important; border: 0 !important; margin: 0 !important;
  table-layout: auto !important; color: inherit !important; font-size: inherit !important; }
.backproof caption { text-align: left; font-weight: bold; padding: .3rem 0; color: inherit; }
@media (min-width: 48rem) {
  .backproof caption { width: max-content; max-width: 42rem; }
}
.backproof thead, .backproof tbody, .backproof tr { background: none !important; border: 0 !important; }
.backproof th, .backproof td { padding: .3rem .9rem .3rem 0 !important; text-align: left !important;
  vertical-align: baseline !important; background: none !important; border: 0 solid var(--line) !important;
  max-width: none !important; white-space: normal !important; color: inherit; }
.backproof th { border-bottom: 1px solid var(--quiet) !important; font-weight: bold; }
.backproof td { border-bottom: 1px solid var(--line) !important; }
.backproof td math, .backproof .verdict { white-space: nowrap; }
.backproof th.number, .backproof td.number { text-align: right !important; font-variant-numeric: tabular-nums; }
.backproof td.number { white-space: nowrap !important; }
.backproof .pad { visibility: hidden; font: 1.08em math; }
.backproof .pad::before { content: attr(data-pad); }
.backproof .verdict { font-weight: bold; }
.backproof [data-verdict="right"] { color: var(--right); }
.backproof [data-verdict="rounded"] { color: var(--rounded); }
.backproof [data-verdict="carried"] { color: var(--carried); }
.backproof [data-verdict="wrong"] { color: var(--wrong); }
.backproof [data-verdict="undecided"], .backproof [data-verdict="blank"] { color: var(--undecided); }
.backproof .marks th, .backproof .marks td { text-align: center !important; padding: .3rem .45rem !important; }
.backproof .marks th:first-child, .backproof .marks td:first-child { position: sticky; left: 0;
  max-width: 9rem !important; text-align: left !important; overflow-wrap: break-word; padding-left: 0 !important;
  background: var(--paper) !important; }
.backproof table.lines { width: 100% !important; }
.backproof .lines td { border: 0 !important; padding: .35rem .4rem .35rem 0 !important; }
.backproof .lines math { padding: .15em 0; }
.backproof .lines math math { padding: 0; }
.backproof .lines td.left { text-align: right !important; white-space: nowrap !important; width: 1% !important; }
.backproof .lines td.reason { padding-left: 1.5rem !important; text-align: right !important; min-width: 11rem; }
.backproof .lines tr.local_derivatives, .backproof .lines tr.term { opacity: .85; }
.backproof .note, .backproof .warning { border-left: 3px solid var(--line); padding-left: .8rem; margin: .8rem 0; }
.backproof .warning { border-color: #d9822b; }
.backproof .marked { background: var(--mark); outline: 1px solid #d9a400; outline-offset: 1px; }
.backproof .whole { font-weight: bold; font-style: normal; }
.backproof .cases mtd { text-align: left; padding: .1em .5em .1em .2em; }
.backproof .legend { border: 1px solid var(--line); border-width: 1px 0; margin: 1.5rem 0; padding: .3rem 0 .8rem; }
.backproof .legend p { margin: .5rem 0; }
.backproof dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(17rem, 100%), 1fr));
  gap: .2rem 1.5rem; margin: 0; }
.backproof dl div { display: flex; align-items: baseline; gap: .6rem; }
.backproof dt { flex: none; width: auto !important; min-width: 2rem; margin: 0; padding: 0; font-weight: normal; }
.backproof dd { width: auto !important; margin: 0 !important; padding: 0; }
.backproof .title { font-weight: bold; font-size: 1.1em; margin: 0 0 .5rem; }
@media (max-width: 40rem) {
  .backproof { padding: 1rem .8rem; }
  .backproof h1 { font-size: 1.5em; }
  .backproof details { padding: .5rem .6rem; }
  .backproof figure.network .across { display: none; }
  .backproof figure.network .upright { display: block; }
  .backproof figure.network .upright .drawing { min-width: min(var(--wide), 21rem); }
  .backproof .lines, .backproof .lines tbody { display: block; }
  .backproof .lines tr { display: grid; grid-template-columns: max-content minmax(0, 1fr); margin-bottom: .7rem;
    align-items: baseline; }
  .backproof .lines td { padding: .1rem 0 !important; }
  .backproof .lines td.left { width: auto !important; max-width: 45vw !important; overflow-x: auto; }
  .backproof .lines td.right { padding-left: .35rem !important; overflow-x: auto; overflow-y: hidden; }
  .backproof .lines td.left:empty { padding-left: 1rem !important; }
  .backproof .lines td.reason { grid-column: 1 / -1; padding-left: 1.35rem !important; text-align: left !important;
    min-width: 0; }
  .backproof .cells, .backproof .cells tbody, .backproof .cells tr, .backproof .cells caption { display: block; }
  .backproof .cells thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .backproof .cells tr { border: 1px solid var(--line) !important; border-radius: .5rem; padding: .4rem .7rem;
    margin: 0 0 .6rem; }
  .backproof .cells td { display: grid; grid-template-columns: minmax(5.5rem, 30%) minmax(0, 1fr); gap: .6rem;
    border: 0 !important; padding: .15rem 0 !important; text-align: left !important; }
  .backproof .cells td > span { overflow-x: auto; overflow-y: hidden; }
  .backproof .cells td:has(> span:empty) { display: none; }
  .backproof .cells td:not([data-label]) { display: block; font-weight: bold; }
  .backproof .cells td[data-label]::before { content: attr(data-label); color: var(--quiet); font-size: .9em;
    white-space: normal; }
  .backproof .cells .pad { display: none; }
}
"""

#: What a page of its own has besides: the page around the report, its dark colours, and paper.
PAGE_STYLE = """
body { margin: 0; background: #fdfdfb; }
@media (prefers-color-scheme: dark) { body { background: #17171b; } }
@media print { body { background: none; } }
@media (prefers-color-scheme: dark) {
  .backproof { --ink: #e6e6ea; --quiet: #a6a6b2; --line: #3a3a44; --paper: #17171b; --box: #1f1f25; --link: #86b8f2;
    --mark: #5c4a10; --right: #7bd19b; --rounded: #b5cf6b; --carried: #f0b65c; --wrong: #ff8f85;
    --undecided: #a6a6b2; }
}
@media print {
  .backproof h2, .backproof h3, .backproof summary { break-after: avoid; }
  .backproof .page { break-before: page; }
  .backproof { color: #000; background: none; max-width: none; padding: 0; --paper: #fff; --box: #fff; --ink: #000;
    --quiet: #444; --line: #bbb; --right: #000; --rounded: #000; --carried: #000; --wrong: #000; --undecided: #000; }
  .backproof details { break-inside: avoid; border: 0; border-top: 1px solid #999; border-radius: 0; padding: .4rem 0; }
  .backproof figure, .backproof tr { break-inside: avoid; }
  .backproof .wide { overflow: visible; }
  .backproof figure.network .drawing { min-width: 0; }
  .backproof .contents { display: none; }
  .backproof a { color: inherit; }
}
"""

#: A fragment takes its colours from the page that it stands in, whatever that page's theme is.
INSIDE_STYLE = """
.backproof.inside { --ink: inherit; --quiet: color-mix(in srgb, currentColor 72%, transparent);
  --line: color-mix(in srgb, currentColor 22%, transparent); --paper: transparent;
  --box: color-mix(in srgb, currentColor 4%, transparent); --link: color-mix(in srgb, #2b7bd6 70%, currentColor);
  --mark: color-mix(in srgb, #e0a800 30%, transparent); --right: color-mix(in srgb, #1f9d55 75%, currentColor);
  --rounded: color-mix(in srgb, #7a9a1f 75%, currentColor); --carried: color-mix(in srgb, #c98200 75%, currentColor);
  --wrong: color-mix(in srgb, #e0443a 75%, currentColor); --undecided: var(--quiet);
  color: inherit; background: none; margin: 0; padding: .3rem .1rem; max-width: 62em;
  font-size: max(1em, 13px); }
.backproof.inside .drawing { --plus: #3f8fd6; --minus: #d9741f; --text: currentColor; --rule: #8a8a96;
  --soft: color-mix(in srgb, currentColor 72%, transparent);
  --node: var(--jp-layout-color0, var(--vscode-editor-background, Canvas)); --halo: var(--node); }
"""
