import { isCalledNedb, NEDB_LINES } from '../inventory/nedb.ts';
import { isJsonObject, type JsonValue } from '../json/value.ts';
import type { FileGroup } from './file-groups.ts';
import type { Line } from './yaml-text.ts';

// Files of NeDB, whatever they are called: each line is a state of a document, or tells that one is gone.

const OWN = Object.values(NEDB_LINES);

/** Members of lines that are no documents. */
export const LOG_MEMBERS: ReadonlySet<string> = new Set(OWN);

export function isLog({ begins, ending, shape }: FileGroup): boolean {
  if (begins !== 'lines') return false;
  return isCalledNedb(ending) || OWN.some((name) => shape.elements?.members.has(name));
}

/** Whether a line of such a file is a document. */
export function isDocument(value: JsonValue): boolean {
  return isJsonObject(value) && !OWN.some((name) => Object.hasOwn(value, name));
}

/** What a declaration says of them. */
export function logLines(): readonly Line[] {
  const { deleted, made, removed } = NEDB_LINES;
  const index = { any: [`/${made}`, `/${removed}`] };
  return [
    { name: 'duplicates', value: 'last', comment: 'lines of NeDB: the last state of a document counts' },
    { name: 'skip', value: { deleted: { [`/${deleted}`]: true }, index } },
  ];
}
