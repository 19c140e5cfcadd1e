import { readFaithfully } from '../json/parse.ts';
import { isJsonObject } from '../json/value.ts';
import { loadColumns, type Row, type Table, type Value } from '../schema/table.ts';
import type { Misfit } from './database.ts';

/** Which values of a declared table a table that is there has a place for. */
export interface Holding {
  readonly isAsDeclared: boolean;
  /** By declared column. */
  readonly columns: ReadonlyMap<string, HoldingColumn>;
  readonly absent: readonly string[];
  /** Columns that the database computes. */
  readonly computed: ReadonlySet<string>;
  /** Columns that must not be NULL, and are left to the default of the table where a record has no value, as SQL. */
  readonly filled: ReadonlyMap<string, string>;
}

interface HoldingColumn {
  readonly words: string;
  readonly notNull: boolean;
  readonly form: { readonly refuses?: (value: Value) => string | undefined };
}

/** The first value of a row that the table has no place for. `open` are columns that get their value later. */
export function misfitOf(holding: Holding, table: Table, row: Row, open: ReadonlySet<string>): Misfit | undefined {
  if (holding.isAsDeclared) return undefined;
  for (const [index, name] of loadColumns(table).entries()) {
    const misfit = misfitIn(holding, table, name, row[index] ?? null);
    if (misfit !== undefined && !(open.has(name) && row[index] === null)) return misfit;
  }
  return undefined;
}

function misfitIn(
  { columns, absent, computed, filled }: Holding,
  table: Table,
  name: string,
  value: Value,
): Misfit | undefined {
  const stored = columns.get(name);
  if (value === null) {
    const isLacking = stored?.notNull === true && !computed.has(name) && !filled.has(name);
    return isLacking ? { column: name, words: stored.words, why: 'must not be NULL' } : undefined;
  }
  if (stored !== undefined) {
    const why = stored.form.refuses?.(value);
    return why === undefined ? undefined : { column: name, words: stored.words, why };
  }
  const isKept = !absent.includes(name);
  const lost = name === table.rest && !(isKept && table.keepsRest) ? membersOf(String(value), isKept) : [];
  if (lost.length > 0) return { column: name, words: undefined, why: 'is not there', members: lost };
  return absent.includes(name) ? { column: name, words: undefined, why: 'is not there' } : undefined;
}

/** What the column for the rest holds, without the id that the row had in the old database where the ledger keeps that. */
function membersOf(rest: string, isIdKept: boolean): readonly string[] {
  const value = readFaithfully(rest);
  return isJsonObject(value) ? Object.keys(value).filter((name) => !(isIdKept && name === 'id')) : [];
}
