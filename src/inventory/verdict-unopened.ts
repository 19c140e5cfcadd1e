import type { Registry } from '../datasets/registry.ts';
import type { FileStamp } from '../files/file-stamp.ts';
import { isZipName } from '../files/open-tree.ts';
import { isEntry } from '../files/source-place.ts';
import type { Entry } from '../files/walk.ts';
import { isReadable } from '../files/zip-entry.ts';
import type { Listing } from './list.ts';
import { isNedb } from './nedb.ts';
import { failed, nameOf } from './recognise-file.ts';
import { fileType, looksLikeJson, type Verdict } from './source.ts';

type Rules = Pick<Listing, 'leftOutBy' | 'isNamed'> & { readonly registry: Registry };

/** What is known of a file without looking into it; undefined where its bytes have to tell. */
export function verdictUnopened(
  entry: Entry,
  stamp: FileStamp | null,
  { registry: { datasets }, leftOutBy, isNamed }: Rules,
): Verdict | undefined {
  const { path, kind, trouble } = entry;
  if (kind === 'unreadable-directory')
    return failed(trouble?.code ?? 'unreadable-file', trouble?.message ?? 'the directory cannot be read');
  if (stamp === null && kind === 'file' && path.includes('\ufffd')) {
    return failed('file-name-not-utf8', 'the name of the file is not UTF-8');
  }
  const leftOut = leftOutBy(path);
  const isDeclared = datasets.some((dataset) => dataset.namesFile?.(path));
  const isInput = (entry.noInput === 'tool-files' && isNamed(path)) || (entry.noInput !== 'own-output' && isDeclared);
  if (entry.noInput !== undefined && !isInput) return unrecognised(entry.noInput);
  if (leftOut === 'ignore') return unrecognised('excluded', leftOut);
  if (isOwnConfig(path)) return unrecognised('config-file');
  if (leftOut !== undefined) return unrecognised('excluded', leftOut);
  if (kind === 'symlink') return unrecognised('symlink');
  if (kind === 'special') return unrecognised('not-a-regular-file');
  if (trouble) return failed(trouble.code, trouble.message);
  if (fileType(nameOf(path)) || datasets.some((dataset) => dataset.takesFile?.(path)))
    return isEntry(entry.place) && !isReadable(entry.place.method) ? unrecognised('unknown-compression') : undefined;
  if (isNedb(nameOf(path), entry.place)) return unrecognised('nedb');
  if (isZipName(nameOf(path))) return unrecognised('zip-file');
  return unrecognised(looksLikeJson(nameOf(path)) ? 'unknown-ending' : 'not-json');
}

/** The configuration of this program, in the directory of the sources. */
function isOwnConfig(path: string): boolean {
  return /^migrate-json\.config\.[a-z]+$/.test(path);
}

export function unrecognised(reason: string, skippedBy: string | null = null): Verdict {
  return { kind: 'unrecognised', reason, skippedBy };
}
