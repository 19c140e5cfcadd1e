import type { Scratch } from '../files/scratch.ts';
import type { Reject } from '../reject.ts';
import type { RowGroup } from '../schema/row-group.ts';
import { rowNames, soughtName } from '../schema/row-names.ts';
import { cell } from '../schema/table.ts';

interface RejectedRow {
  readonly path: string;
  readonly record: number;
  readonly code: string;
  readonly pointer: string;
}

/** The rows of rejected records, by what others may name them: whoever does is rejected for their sake. Kept in the scratch store. */
export class RejectedRows {
  private readonly insert;
  private readonly select;

  constructor(scratch: Scratch) {
    scratch.exec(
      'CREATE TABLE rejected_rows (name TEXT PRIMARY KEY, path TEXT, record INTEGER, code TEXT, pointer TEXT) WITHOUT ROWID',
    );
    this.insert = scratch.prepare<[string, string, number, string, string]>(
      'INSERT OR IGNORE INTO rejected_rows VALUES (?, ?, ?, ?, ?)',
    );
    this.select = scratch.prepare<[string], RejectedRow>(
      'SELECT path, record, code, pointer FROM rejected_rows WHERE name = ?',
    );
  }

  note(path: string, { code, record, pointer }: Reject, names: readonly string[]): void {
    for (const name of names) this.insert.run(name, path, record ?? 0, code, pointer);
  }

  noteGroup(path: string, reject: Reject, { root, row }: RowGroup): void {
    this.note(
      path,
      reject,
      rowNames(root, (name) => cell(root, row, name)),
    );
  }

  /** The reject of a record that names a row which nobody has: it says so where a record with that row was rejected itself. */
  explained(reject: Reject, { references = [] }: RowGroup, { path, pointer }: RecordPlace): Reject {
    if (reject.code !== 'unknown-reference') return reject;
    const lookups = references
      .filter((reference) => pointer + reference.pointer === reject.pointer)
      .flatMap((reference) => reference.lookups);
    for (const name of lookups.map(soughtName)) {
      const found = name === undefined ? undefined : this.select.get(name);
      if (found) return isItself(reject, path, found) ? namingItself(reject) : withCause(reject, found);
    }
    return reject;
  }
}

/** Where the rejected record lies: its file, and its pointer in it. */
interface RecordPlace {
  readonly path: string;
  readonly pointer: string;
}

function isItself({ record }: Reject, path: string, found: RejectedRow): boolean {
  return found.path === path && found.record === record;
}

/** Its rows come together: none of them finds another one that is not there yet. */
function namingItself(reject: Reject): Reject {
  return {
    ...reject,
    message: `${reject.message}: that is a row of this record itself, and its key is not known before it is stored`,
    hint: 'Declare these rows as a dataset of the same files in place of children.',
  };
}

function withCause(reject: Reject, { path, record, code, pointer }: RejectedRow): Reject {
  const place = `record ${record} of ${path}${pointer === '' ? '' : ` at ${pointer}`}`;
  return {
    ...reject,
    message: `${reject.message}: ${place} would be it, and was rejected (${code})`,
    hint: 'Correct the record that it refers to, then load both.',
  };
}
