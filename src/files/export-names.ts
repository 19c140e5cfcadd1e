import { isToolDirectory, isToolFile } from './tool-files.ts';

/** Longest name of a file or directory, in bytes, which file systems allow; a name that is longer is cut. */
const LONGEST_NAME = 255;

/** A byte as it is escaped, and what would be taken for one. */
const ESCAPED = /%[0-9A-F]{2}/;

/**
 * The names of directories and of a file of an export, without its ending: what cannot be such a name, and what the name
 * of a file of tools would be, is escaped as in a URL. `originalName` is the way back.
 */
export function exportNames(segments: readonly string[], ending = '.json'): readonly string[] {
  return segments.map((segment, index) => {
    const isFile = index === segments.length - 1;
    const name = cut(safeName(segment), isFile ? ending.length : 0);
    const isTool = isFile ? isToolFile(`${name}.json`) : isToolDirectory(name, segments[index - 1] ?? '');
    return isTool ? cut(name.replace(/^./su, escapeAll), isFile ? ending.length : 0) : name;
  });
}

/** A name that leaves room for so many bytes more. */
export function cut(name: string, room: number): string {
  if (Buffer.byteLength(name) + room <= LONGEST_NAME) return name;
  return Buffer.from(name)
    .subarray(0, LONGEST_NAME - room)
    .toString('utf8')
    .replace(/\ufffd+$/, '');
}

/**
 * The names of a path as they were before an export wrote them, the last without its ending. A name that no export writes is taken as
 * it is: `a%20b` and `50%` are names like others.
 */
export function namesBefore(segments: readonly string[], ending?: string): readonly string[] {
  const names: string[] = [];
  for (const [index, segment] of segments.entries()) {
    const name = unescaped(segment);
    const rest = index === segments.length - 1 ? [] : [''];
    const isWritten = name !== segment && exportNames([...names, name, ...rest], ending)[index] === segment;
    names.push(isWritten ? name : segment);
  }
  return names;
}

/** What was escaped in a name of an export. Any other name is returned as it is. */
export function originalName(name: string): string {
  return name === '%' ? '' : unescaped(name);
}

function unescaped(name: string): string {
  const bytes = name.replace(/(?:%[0-9A-F]{2})+/g, (escaped) => {
    return Buffer.from(escaped.replaceAll('%', ''), 'hex').toString('utf8');
  });
  return bytes.includes('\ufffd') ? name : bytes;
}

function safeName(name: string): string {
  if (name === '') return '%';
  const escaped = (ESCAPED.test(name) ? name.replaceAll('%', '%25') : name).replace(/[/\0]/g, escapeAll);
  return /^\.{1,2}$/.test(escaped) ? escapeAll(escaped) : escaped;
}

function escapeAll(text: string): string {
  return Buffer.from(text).toString('hex').toUpperCase().replace(/../g, '%$&');
}
