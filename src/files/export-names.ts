import { isToolDirectory, isToolFile } from './tool-files.ts';

/** Longest name of a file or directory, in bytes; a name that is longer is cut. */
const LONGEST_NAME = 200;

/** A byte as it is escaped, and what would be taken for one. */
const ESCAPED = /%[0-9A-F]{2}/;

/**
 * The names of directories and of a file of an export, without its ending: what cannot be such a name, and what the name
 * of a file of tools would be, is escaped as in a URL. `originalName` is the way back.
 */
export function exportNames(segments: readonly string[]): readonly string[] {
  return segments.map((segment, index) => {
    const name = safeName(segment);
    const isFile = index === segments.length - 1;
    const isTool = isFile ? isToolFile(`${name}.json`) : isToolDirectory(name, segments[index - 1] ?? '');
    return isTool ? name.replace(/^./su, escapeAll) : name;
  });
}

/** What was escaped in a name of an export. Any other name is returned as it is. */
export function originalName(name: string): string {
  if (name === '%') return '';
  const bytes = name.replace(/(?:%[0-9A-F]{2})+/g, (escaped) => {
    return Buffer.from(escaped.replaceAll('%', ''), 'hex').toString('utf8');
  });
  return bytes.includes('\ufffd') ? name : bytes;
}

function safeName(name: string): string {
  if (name === '') return '%';
  const escaped = (ESCAPED.test(name) ? name.replaceAll('%', '%25') : name).replace(/[/\0]/g, escapeAll);
  if (/^\.{1,2}$/.test(escaped)) return escapeAll(escaped);
  if (Buffer.byteLength(escaped) <= LONGEST_NAME) return escaped;
  return Buffer.from(escaped)
    .subarray(0, LONGEST_NAME)
    .toString('utf8')
    .replace(/\ufffd+$/, '');
}

function escapeAll(text: string): string {
  return Buffer.from(text).toString('hex').toUpperCase().replace(/../g, '%$&');
}
