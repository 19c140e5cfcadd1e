import { type Column, column, type Table } from '../../schema/table.ts';
import type { LedgerRow } from '../ledger-query.ts';

/**
 * The ledger takes every text, whatever the database can store: names of files, members and owners are not of our making.
 * What PostgreSQL refuses (U+0000, half of a surrogate pair, and in a database of another encoding than UTF8 what is not
 * ASCII) is written as a mark and six digits, and so is the mark itself. The mark comes after all of ASCII, so that paths
 * keep their order.
 */
const MARK = '\u007f';
const NUL = '\0';
const MARKED = /\u007f([0-9a-f]{6})/g;

/** Whether a database of this encoding holds all characters. SQL_ASCII takes every byte as it is. */
export function holdsAllText(encoding: string): boolean {
  return encoding === 'UTF8' || encoding === 'SQL_ASCII';
}

export class LedgerText {
  private readonly refused: RegExp;

  constructor(encoding: string) {
    // With the flag u only halves of pairs are of \p{Cs}.
    const others = holdsAllText(encoding) ? '\\p{Cs}' : '\u0080-\u{10ffff}';
    this.refused = new RegExp(`[${NUL}${MARK}${others}]`, 'gu');
  }

  /** The row as it is written. */
  written<Value extends LedgerRow[string]>(table: Table, row: Readonly<Record<string, Value>>): Record<string, Value> {
    const values = Object.entries(row).map(([name, value]) => {
      return [name, typeof value === 'string' ? this.text(column(table, name), value) : value];
    });
    return Object.fromEntries(values);
  }

  /** A text, or the text of a JSON value, as it is written. */
  text({ type }: Pick<Column, 'type'>, value: string): string {
    const plain = type === 'json' ? value.replace(/\\(?:u([0-9a-f]{4})|[^u])/gi, unescaped) : value;
    return type === 'json' || type === 'text' ? plain.replace(this.refused, marked) : value;
  }
}

/** Of the escapes of JSON only those that PostgreSQL refuses. */
function unescaped(escaped: string, code: string | undefined): string {
  const character = code === undefined ? '' : String.fromCharCode(Number.parseInt(code, 16));
  return character === NUL || !character.isWellFormed() ? character : escaped;
}

function marked(character: string): string {
  return MARK + (character.codePointAt(0) ?? 0).toString(16).padStart(6, '0');
}

/** What was written, from the text that PostgreSQL gives back. */
export function readLedgerText({ type }: Pick<Column, 'type'>, text: string): string {
  if (!text.includes(MARK)) return text;
  return text.replace(MARKED, (_marked, code: string) => {
    const character = String.fromCodePoint(Number.parseInt(code, 16));
    return type === 'json' ? JSON.stringify(character).slice(1, -1) : character;
  });
}
