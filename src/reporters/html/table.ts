import { formatCount } from '../../system/quantities.ts';
import { html, type Markup, NOTHING } from './markup.ts';

type Cell = string | number | Markup;

/** A table whose first column names the row. Numbers stand to the right. */
export function table(caption: string, columns: readonly string[], rows: readonly (readonly Cell[])[]): Markup {
  if (rows.length === 0) return NOTHING;
  const isNumber = (at: number): boolean => typeof rows[0]?.[at] === 'number';
  const head = columns.map((name, at) => html`<th scope="col"${numeric(isNumber(at))}>${name}</th>`);
  const body = rows.map(
    (cells) => html`<tr>${cells.map((cell, at) => cellOf(cell, at === 0))}</tr>
`,
  );
  return html`<div class="scroll" role="region" aria-label="${caption}" tabindex="0"><table>
<caption>${caption}</caption>
<thead><tr>${head}</tr></thead>
<tbody>
${body}</tbody></table></div>
`;
}

function cellOf(cell: Cell, isName: boolean): Markup {
  if (isName) return html`<th scope="row">${cell}</th>`;
  return typeof cell === 'number' ? html`<td class="number">${formatCount(cell)}</td>` : html`<td>${cell}</td>`;
}

function numeric(isNumber: boolean): Markup {
  return isNumber ? html` class="number"` : NOTHING;
}
