import { isUtf8 } from 'node:buffer';
import { type Entry, getFileNameLowLevel } from 'yauzl';
import type { Trouble } from './source-tree.ts';

/** General purpose bit 11: the name is UTF-8. */
const IS_UTF8 = 0x800;

const UNSAFE: Trouble = { code: 'unsafe-name', message: 'the name of the entry leads out of the zip file' };
const NOT_UTF8: Trouble = { code: 'file-name-not-utf8', message: 'the name of the entry is not UTF-8' };

export interface EntryName {
  /** Below the root, with `/`; that of a directory ends with one. */
  readonly path: string;
  /** The name is spelled otherwise than the path. */
  readonly isRespelled?: boolean;
  readonly trouble?: Trouble;
}

/**
 * The name of an entry as a path. It is UTF-8 where its flag, an extra field or its bytes say so, because macOS sets no flag, and
 * else CP437. Backslashes are those of Windows. A name that leads out of the root is spelled so that it does not.
 */
export function entryName({ generalPurposeBitFlag: flags, fileNameRaw: raw, extraFields }: Named): EntryName {
  const name = getFileNameLowLevel(isUtf8(raw) ? flags | IS_UTF8 : flags, raw, extraFields, false);
  const segments = name.split('/').filter((segment, index) => segment !== '.' && (segment !== '' || index === 0));
  const isDirectory = /\/\.?$/.test(name);
  const path = `${segments.map(harmless).filter(Boolean).join('/')}${isDirectory ? '/' : ''}`;
  if (segments.some((segment) => segment !== harmless(segment)) || segments[0] === '')
    return { path: path || '%', trouble: UNSAFE };
  if (name.includes('\ufffd') && !isUtf8(raw)) return { path, trouble: NOT_UTF8 };
  return { path, isRespelled: !raw.equals(Buffer.from(path)) };
}

type Named = Pick<Entry, 'generalPurposeBitFlag' | 'fileNameRaw' | 'extraFields'>;

function harmless(segment: string, index = 0): string {
  if (segment === '..') return '%2E%2E';
  const drive = index === 0 ? segment.replace(/^([a-z]):/i, '$1%3A') : segment;
  return drive.replaceAll('\0', '%00');
}
