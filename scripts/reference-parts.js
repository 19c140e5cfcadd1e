// What the sections of the reference are made of.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './commands.js';

/** Node leaves out the types. */
export function importSource(path) {
  return import(pathToFileURL(join(root, 'src', path)).href);
}

export function heading(text) {
  return `## ${text}`;
}

export function code(text) {
  return `\`${text}\``;
}

/** A Markdown table. What looks like an HTML element outside of code would vanish from the rendered page. */
export function table(columns, rows) {
  const line = (cells) => `| ${cells.map(cellText).join(' | ')} |`.replaceAll('|  |', '| |');
  return [line(columns), `|${columns.map(() => '---|').join('')}`, ...rows.map(line)].join('\n');
}

function cellText(text) {
  const parts = text.replaceAll('|', '\\|').split(/(`[^`]*`)/);
  return parts.map((part) => (part.startsWith('`') ? part : part.replaceAll('<', '&lt;'))).join('');
}
