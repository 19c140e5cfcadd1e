import type { SourcePlace } from '../files/source-place.ts';
import { readFaithfully } from '../json/parse.ts';
import { isJsonObject } from '../json/value.ts';
import { HEADS, readHead } from './file-head.ts';

// Files of NeDB: one object a line, of which the last with an `_id` counts. https://github.com/louischatriot/nedb#persistence

/** Members of the lines that are no documents: what became of one, and of an index. */
export const NEDB_LINES = { deleted: '$$deleted', made: '$$indexCreated', removed: '$$indexRemoved' } as const;

const MEMBERS = ['_id', ...Object.values(NEDB_LINES)];
const ENDING = /\.(?:db|nedb)$/i;
const [LOOK] = HEADS;

/** Whether a file is called like one of NeDB. Databases of other kinds are, too. */
export function isCalledNedb(name: string): boolean {
  return ENDING.test(name);
}

/** Whether a file that is no JSON by its name is one of NeDB: its first line tells. */
export function isNedb(name: string, place: SourcePlace): boolean {
  if (!isCalledNedb(name)) return false;
  const head = readHead(place, 'utf-8', LOOK);
  if (head.finding !== undefined || head.packing !== 'none') return false;
  const [line = ''] = head.text.trimStart().split('\n', 1);
  const record = line.startsWith('{') ? readFaithfully(line) : undefined;
  // A line that is longer than the look begins with its members.
  if (record === undefined) return line.startsWith('{"') && line.includes('"_id":');
  return isJsonObject(record) && MEMBERS.some((name) => Object.hasOwn(record, name));
}
