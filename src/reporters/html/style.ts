/** Light and dark follow the reader's system; on paper it is light. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --paper: #fdfdfc; --ink: #1c1e21; --soft: #5a6068; --line: #dcdedf; --shade: #f3f4f4; --link: #0b57a4;
  --good: #1d6b3c; --fair: #8a5a00; --bad: #a6231f; --good-fill: #4c9a6b; --bad-fill: #c94f4a; --chart: #4f7fb5;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --paper: #16181b; --ink: #e6e7e8; --soft: #a2a8b0; --line: #34383d; --shade: #1f2226; --link: #8fbcf0;
    --good: #7fcf9c; --fair: #e5b965; --bad: #f19490; --good-fill: #4c9a6b; --bad-fill: #d2615c; --chart: #6f9fd4;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 76rem; margin: 0 auto; padding: 2.5rem 1.25rem 4rem; }
p, h1, h2, h3, dl, dd, figure { margin: 0; }
p, h1, h2, h3, dd, figcaption { overflow-wrap: anywhere; }
code, tbody th { font-family: ui-monospace, monospace; font-size: .875em; }
.skip { position: absolute; left: -100vw; padding: .5rem 1rem; background: var(--paper); color: var(--link); }
.skip:focus { left: 0; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
.verdict { padding-left: 1.25rem; border-left: 6px solid var(--fair); }
.verdict > p { max-width: 62ch; }
.verdict > p:first-child { color: var(--soft); }
.verdict h1 { font-size: 2.5rem; line-height: 1.2; letter-spacing: -.02em; color: var(--fair); }
.verdict .sentence { font-size: 1.25rem; margin-bottom: .25rem; }
.verdict .error { margin: .5rem 0; }
.complete, .valid { border-color: var(--good); }
.complete h1, .valid h1 { color: var(--good); }
.failed { border-color: var(--bad); }
.failed h1 { color: var(--bad); }
dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(17rem, 1fr)); gap: .75rem 2rem; margin: 2rem 0 0; }
dt { font-size: .8125rem; color: var(--soft); }
section { margin-top: 3rem; }
section.reject { margin-top: 1.5rem; }
h2 { font-size: 1.375rem; letter-spacing: -.01em; margin-bottom: .75rem; }
h3 { font-size: 1rem; font-weight: 600; }
.scroll { overflow-x: auto; margin: .5rem 0 1.5rem; }
table { border-collapse: collapse; width: 100%; font-size: .875rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--soft); font-size: .8125rem; padding: .25rem 0; }
th, td { text-align: left; vertical-align: top; padding: .375rem .75rem .375rem 0; border-bottom: 1px solid var(--line); }
thead th { font-weight: 600; white-space: nowrap; }
tbody th { font-weight: 400; overflow-wrap: anywhere; min-width: 8rem; }
#file-table tbody th { min-width: 14rem; }
.reject table { table-layout: fixed; min-width: 34rem; }
.reject td { overflow-wrap: anywhere; }
.reject th:nth-child(1) { width: 36%; }
.reject th:nth-child(2) { width: 22%; }
td { overflow-wrap: break-word; }
.number { text-align: right; white-space: nowrap; }
.number + :not(.number) { padding-left: .75rem; }
th button { font: inherit; color: inherit; background: none; border: 0; padding: 0; cursor: pointer; }
th button:hover { text-decoration: underline; }
[aria-sort="ascending"] button::after { content: " \\2191"; }
[aria-sort="descending"] button::after { content: " \\2193"; }
.bar { display: block; width: 100%; min-width: 8rem; height: .75rem; margin: .3rem 0; }
.good { fill: var(--good-fill); }
.bad { fill: var(--bad-fill); }
.line { display: block; width: 100%; height: 10rem; background: var(--shade); border-bottom: 1px solid var(--soft); }
.line path { fill: var(--chart); }
.axis { display: flex; justify-content: space-between; font-size: .8125rem; color: var(--soft); }
figcaption { margin-bottom: .75rem; }
.controls { display: flex; flex-wrap: wrap; gap: .75rem 1.5rem; align-items: center; }
.controls p { color: var(--soft); }
input, select, .pages button {
  font: inherit; color: inherit; background: var(--shade); border: 1px solid var(--soft); border-radius: 4px; padding: .25rem .625rem;
}
input { width: min(22rem, 70vw); }
.pages { display: flex; gap: 1rem; align-items: center; }
.pages button { cursor: pointer; }
.pages [aria-disabled="true"] { color: var(--soft); border-color: var(--line); cursor: default; }
[hidden] { display: none; }
@media screen and (max-width: 40rem) {
  :is(.reject, #warnings) table { min-width: 0; }
  :is(.reject, #warnings) thead { position: absolute; left: -100vw; }
  :is(.reject, #warnings) :is(table, caption, tbody, tr, th, td) { display: block; width: auto; padding-right: 0; }
  :is(.reject, #warnings) tbody :is(th, td:not(:last-child)) { border-bottom: 0; padding-bottom: 0; }
  #file-table, #file-table :is(caption, thead, tbody) { display: block; }
  #file-table tr { display: flex; flex-wrap: wrap; gap: 0 1rem; border-bottom: 1px solid var(--line); padding: .25rem 0; }
  #file-table :is(th, td) { border: 0; padding: .125rem 0; }
  #file-table tbody :is(th, td:last-child) { flex-basis: 100%; }
  #file-table tbody td:nth-child(4)::before { content: "read "; }
  #file-table tbody td:nth-child(5)::before { content: "loaded "; }
  #file-table tbody td:nth-child(6)::before { content: "rejected "; }
}
@media print {
  main { max-width: none; padding: 0; }
  .skip, .controls, .pages { display: none; }
  .scroll { overflow: visible; }
  table { font-size: 8pt; }
  tr, figure, .verdict { break-inside: avoid; }
  h2, h3, caption { break-after: avoid; }
  * { print-color-adjust: exact; }
}
`;
