import { counted } from '../../system/quantities.ts';
import { html, type Markup, NOTHING } from '../html/markup.ts';
import { BOX, type Edge, layOut, type Point } from './layout.ts';
import type { PageTable } from './page.ts';

/** More of them nobody reads in one picture. */
const MOST_DRAWN = 150;
const MARGIN = 12;
const LETTERS = 22;
/** How far a line leaves its box before it turns. */
const BEND = 40;

/** The tables as boxes, and a line from each table to those that it refers to. */
export function diagram(tables: readonly PageTable[]): Markup {
  if (tables.length === 0) return NOTHING;
  const { width, height, places, edges, ways } = layOut(tables, MOST_DRAWN);
  const boxes = [...places].toSorted(([a], [b]) => a - b).map(([at, place]) => box(tables[at], at, place));
  const lines = edges.map((edge) => line(edge, places, ways.get(edge) ?? []));
  const [wide, high] = [width + 2 * MARGIN + BEND, height + 2 * MARGIN];
  const hidden = tables.length - places.size;
  return html`<section id="diagram">
<h2>Tables</h2>
<p class="legend"><span class="key enforced">refers to</span> <span class="key kept">refers to, with values that name no row</span> <span class="key likely">may refer to</span> <span class="key child">lies in a record of</span></p>
<div class="scroll drawing" role="region" aria-label="Tables and references" tabindex="0">
<svg viewBox="${-MARGIN} ${-MARGIN} ${wide} ${high}" width="${wide}" height="${high}" role="group" aria-label="Tables and what they refer to">
<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto-start-reverse"><path d="M0 0L8 4L0 8Z"/></marker></defs>
${lines}${boxes}</svg></div>
${hidden > 0 ? html`<p>${counted(hidden, 'more table')} ${hidden === 1 ? 'is' : 'are'} not drawn.</p>` : NOTHING}
</section>
`;
}

function box(table: PageTable | undefined, at: number, { x, y }: Point): Markup {
  if (table === undefined) return NOTHING;
  const { name, rows, key } = table;
  const below = `${counted(rows, 'row')}${key === '' ? '' : `, key ${key}`}`;
  return html`<a href="#table-${at}" class="box"><title>${name}: ${below}</title><rect x="${x}" y="${y}" width="${BOX.width}" height="${BOX.height}" rx="4"/><text x="${x + 10}" y="${y + 19}">${cut(name)}</text><text class="soft" x="${x + 10}" y="${y + 35}">${cut(below, LETTERS + 8)}</text></a>
`;
}

/** From the left side of a table to the right side of the other one, through the gaps between others. */
function line({ from, to, kind }: Edge, places: ReadonlyMap<number, Point>, gaps: readonly Point[]): Markup {
  const [start, end] = [places.get(from), places.get(to)];
  if (start === undefined || end === undefined) return NOTHING;
  const right = end.x + BOX.width;
  const middle = BOX.height / 2;
  const head = html`<path class="${kind} from-${from} to-${to}" marker-end="url(#tip)" d="`;
  if (start.x <= end.x) {
    // Beside it, or in a circle: around the right side.
    const [y, last] = from === to ? [start.y + 10, end.y + BOX.height - 10] : [start.y + middle, end.y + middle];
    const begin = start.x + BOX.width;
    return html`${head}M${begin} ${y}C${begin + BEND} ${y} ${right + BEND} ${last} ${right} ${last}"/>
`;
  }
  let [x, y] = [start.x, start.y + middle];
  const parts = [`M${x} ${y}`];
  for (const gap of gaps) {
    parts.push(curve(x, y, gap.x + BOX.width, gap.y), `H${gap.x}`);
    [x, y] = [gap.x, gap.y];
  }
  parts.push(curve(x, y, right, end.y + middle));
  return html`${head}${parts.join('')}"/>
`;
}

function curve(x: number, y: number, right: number, last: number): string {
  const bend = Math.max(BEND, (x - right) / 2);
  return `C${x - bend} ${y} ${right + bend} ${last} ${right} ${last}`;
}

function cut(text: string, letters = LETTERS): string {
  const signs = [...text];
  return signs.length <= letters ? text : `${signs.slice(0, letters - 1).join('')}…`;
}

/** The lines of a table stand out while the reader is at its box. */
export function diagramStyle(tables: readonly PageTable[]): string {
  return tables
    .slice(0, MOST_DRAWN)
    .map((_, at) => `svg:has(a[href="#table-${at}"]:is(:hover, :focus-visible)) :is(.from-${at}, .to-${at})`)
    .join(',\n')
    .concat(' { stroke: var(--link); stroke-width: 3; opacity: 1; }\n');
}
