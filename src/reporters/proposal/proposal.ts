import { counted, formatCount } from '../../system/quantities.ts';
import { html, type Markup, NOTHING } from '../html/markup.ts';
import { pageHead } from '../html/page-head.ts';
import { STYLE } from '../html/style.ts';
import { table } from '../html/table.ts';
import { diagram, diagramStyle } from './diagram.ts';
import type { PageColumn, PageTable, ProposalPage } from './page.ts';
import { PROPOSAL_STYLE } from './style.ts';

/** A proposal as one page to review: it needs no network and no JavaScript, and the keyboard reaches all of it. */
export function* proposalPage(page: ProposalPage): Generator<string> {
  const style = `${STYLE}${PROPOSAL_STYLE}${diagramStyle(page.tables)}`;
  const start = { id: 'tables', label: 'To the tables' };
  yield pageHead({ title: `Proposal for ${page.root}`, style, start });
  yield head(page).text;
  yield questions(page).text;
  yield diagram(page.tables).text;
  yield left(page).text;
  yield '<section id="tables">\n<h2>Datasets</h2>\n';
  for (const [at, each] of page.tables.entries()) yield tableSection(each, at, page.tables).text;
  yield '</section>\n</main>\n</body>\n</html>\n';
}

function head({ root, config, files, tables, questions: asked, left: undeclared }: ProposalPage): Markup {
  const rows = tables.reduce((sum, each) => sum + each.rows, 0);
  const facts = [
    ['files that were read', formatCount(files)],
    ['tables', formatCount(tables.length)],
    ['rows', formatCount(rows)],
    ['questions', formatCount(asked.length)],
    ['files that are not declared', formatCount(undeclared.length)],
    ['config file', config],
  ];
  return html`<header class="verdict ${undeclared.length > 0 ? 'partial' : 'complete'}">
<p>migrate-json init</p>
<h1>Proposal</h1>
<p class="sentence">What <code>${root}</code> holds, as tables. The numbers of lines are those of the config file: correct it there.</p>
</header>
<dl>${facts.map(([name = '', value = '']) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
`;
}

function questions({ questions: asked, tables }: ProposalPage): Markup {
  if (asked.length === 0)
    return html`<section id="questions"><h2>Questions</h2><p>There are none.</p></section>
`;
  const places = new Map(tables.map(({ name }, at) => [name, at]));
  const rows = asked.map(({ line, of, text }) => [placeLink(of, places), line, coded(text)]);
  return html`<section id="questions">
<h2>Questions</h2>
<p>What only a person knows. Nothing is lost while they are open.</p>
${table('Questions, in the order of the config file', ['about', 'line', 'question'], rows)}</section>
`;
}

/** `orders.user_id` leads to the table orders. */
function placeLink(of: string, places: ReadonlyMap<string, number>): Markup {
  const at = places.get(of) ?? places.get(of.slice(0, of.lastIndexOf('.')));
  return at === undefined ? html`${of}` : html`<a href="#table-${at}">${of}</a>`;
}

/** What stands between backquotes is code. */
function coded(text: string): Markup {
  return html`${text.split('`').map((part, at) => (at % 2 === 0 ? html`${part}` : html`<code>${part}</code>`))}`;
}

function left({ left: undeclared }: ProposalPage): Markup {
  if (undeclared.length === 0) return NOTHING;
  const rows = undeclared.map(({ path, reason }) => [path, reason]);
  return html`<section id="left">
<h2>Not declared</h2>
${table('Files that cannot be read, or that no declaration takes', ['file', 'why'], rows)}</section>
`;
}

function tableSection(each: PageTable, at: number, tables: readonly PageTable[]): Markup {
  const { name, line, source, rows, key, columns, references, parent } = each;
  const around = parent === undefined ? undefined : tables[parent];
  const linked = [
    ...(around === undefined ? [] : [html`in <a href="#table-${parent ?? 0}">${around.name}</a>`]),
    ...references.map(({ column, to, kind }) => {
      const words = kind === 'likely' ? 'may refer to' : 'refers to';
      return html`<code>${column}</code> ${words} <a href="#table-${to}">${tables[to]?.name ?? ''}</a>${kind === 'kept' ? ', not for every value' : ''}`;
    }),
  ];
  return html`<section class="table" id="table-${at}">
<h3>${name}</h3>
<p class="soft">line ${line}, ${counted(rows, 'row')}, ${source}${key === '' ? '' : html`, key <code>${key}</code>`}</p>
${linked.length === 0 ? NOTHING : html`<ul>${linked.map((words) => html`<li>${words}</li>`)}</ul>`}
${table(
  `Columns of ${name}`,
  ['column', 'from', 'type', 'there in', 'what it holds', 'notes'],
  columns.map((column) => columnRow(column, rows)),
)}</section>
`;
}

function columnRow(
  { name, from, type, present, shape, notes }: PageColumn,
  rows: number,
): readonly (string | Markup)[] {
  return [
    name,
    html`<code>${from}</code>`,
    type,
    `${formatCount(present)} of ${formatCount(rows)}`,
    shape,
    coded(notes),
  ];
}
