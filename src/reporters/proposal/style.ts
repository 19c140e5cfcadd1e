/** What a proposal has beside what a report has. */
export const PROPOSAL_STYLE = `
a { color: var(--link); }
.soft { color: var(--soft); }
.partial { border-color: var(--fair); }
section.table { margin-top: 2rem; padding-top: .5rem; border-top: 1px solid var(--line); scroll-margin-top: 1rem; }
section.table:target h3 { text-decoration: underline 2px var(--link); text-underline-offset: 4px; }
section.table p, section.table ul { max-width: 76ch; overflow-wrap: anywhere; }
ul { margin: .25rem 0; padding-left: 1.25rem; }
section.table table { min-width: 46rem; }
#questions table { min-width: 0; }
#questions tbody th { min-width: 10rem; }
.legend { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; font-size: .8125rem; color: var(--soft); }
.key::before { content: ""; display: inline-block; width: 2rem; margin-right: .5rem; vertical-align: middle; border-top: 2px solid var(--chart); }
.key.kept::before { border-top-style: dashed; }
.key.likely::before { border-top-style: dotted; }
.key.child::before { border-color: var(--soft); }
.drawing { border: 1px solid var(--line); max-height: 80vh; overflow: auto; }
.drawing svg { display: block; }
.drawing rect { fill: var(--shade); stroke: var(--soft); }
.drawing text { fill: var(--ink); font: 13px ui-monospace, monospace; }
.drawing text.soft { fill: var(--soft); font: 11px system-ui, sans-serif; }
.drawing .box { text-decoration: none; outline: none; }
.drawing .box:is(:hover, :focus-visible) rect { stroke: var(--link); stroke-width: 3; }
.drawing path { fill: none; stroke: var(--chart); stroke-width: 1.5; opacity: .85; }
.drawing marker path { fill: var(--soft); stroke: none; }
.drawing .kept { stroke-dasharray: 7 4; }
.drawing .likely { stroke-dasharray: 2 4; }
.drawing .child { stroke: var(--soft); }
@media screen and (max-width: 40rem) {
  main { padding: 1.5rem .75rem 3rem; }
  .verdict h1 { font-size: 2rem; }
  #questions thead { position: absolute; left: -100vw; }
  #questions :is(table, caption, tbody, tr, th, td) { display: block; width: auto; padding-right: 0; text-align: left; }
  #questions tbody :is(th, td:not(:last-child)) { border-bottom: 0; padding-bottom: 0; }
  #questions .number + :not(.number) { padding-left: 0; }
  #questions td.number::before { content: "line "; }
}
@media print {
  .drawing { max-height: none; border: 0; }
  .drawing svg { width: 100%; height: auto; }
}
`;
