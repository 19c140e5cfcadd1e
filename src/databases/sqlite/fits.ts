import type { Fit } from '../../schema/adoption/shape.ts';
import { type Column, type ColumnType, digitsOf } from '../../schema/table.ts';
import { converted } from './conversions.ts';
import { storedAs } from './ddl.ts';

type Affinity = 'TEXT' | 'INTEGER' | 'REAL' | 'NUMERIC' | 'BLOB';

/** https://www.sqlite.org/datatype3.html#determination_of_column_affinity */
function affinityOf(type: string): Affinity {
  if (/INT/i.test(type)) return 'INTEGER';
  if (/CHAR|CLOB|TEXT/i.test(type)) return 'TEXT';
  if (type === '' || /BLOB/i.test(type)) return 'BLOB';
  return /REAL|FLOA|DOUB/i.test(type) ? 'REAL' : 'NUMERIC';
}

/** What SQLite may do to a value that the loader binds, by declared type: these affinities leave it as it is. */
const KEEPING: Readonly<Record<Exclude<ColumnType, 'decimal'>, readonly Affinity[]>> = {
  text: ['TEXT', 'BLOB'],
  // A UUID, a date and a time never look like a number.
  uuid: ['TEXT', 'BLOB', 'NUMERIC'],
  timestamp: ['TEXT', 'BLOB', 'NUMERIC'],
  date: ['TEXT', 'BLOB', 'NUMERIC'],
  time: ['TEXT', 'BLOB', 'NUMERIC'],
  json: ['TEXT', 'BLOB', 'NUMERIC'],
  integer: ['INTEGER', 'NUMERIC', 'BLOB'],
  boolean: ['INTEGER', 'NUMERIC', 'BLOB'],
  real: ['REAL', 'NUMERIC', 'INTEGER', 'BLOB'],
  identity: ['INTEGER'],
  bytes: ['BLOB'],
};

function keeping(declared: Column): readonly Affinity[] {
  if (declared.type !== 'decimal') return KEEPING[declared.type];
  return KEEPING[digitsOf(declared).fitsDouble ? 'real' : 'text'];
}

const NOTES: Readonly<Partial<Record<Column['type'], string>>> = {
  timestamp: 'its times have no zone and are taken as UTC',
  json: 'a number that is the whole value may lose digits',
};

const digits = (count: number): string => '[0-9]'.repeat(count);
const hex = (count: number): string => '[0-9a-f]'.repeat(count);
const CLOCK = [2, 2, 2].map(digits).join(':');
const SECONDS = `${digits(4)}-${digits(2)}-${digits(2)} ${CLOCK}`;
const UUID = [8, 4, 4, 4, 12].map(hex).join('-');

/** An SQL condition: the value is not as the loader would have written it. `name` is quoted. It may call `defineConversions`. */
export function isOdd(declared: Column, name: string, isKey: boolean): string {
  const notLike = (pattern: string): string => `typeof(${name}) <> 'text' OR ${name} NOT GLOB '${pattern}'`;
  switch (declared.type) {
    case 'text':
      return `typeof(${name}) <> 'text'`;
    case 'integer':
    case 'identity':
      return `typeof(${name}) <> 'integer'`;
    case 'real':
      return `typeof(${name}) NOT IN ('integer', 'real')`;
    case 'boolean':
      return `typeof(${name}) <> 'integer' OR ${name} NOT IN (0, 1)`;
    case 'decimal': {
      if (digitsOf(declared).fitsDouble) return `typeof(${name}) NOT IN ('integer', 'real')`;
      const value = converted(declared, name, 'utc');
      return isKey ? `${value} IS NOT ${name}` : `${value} IS NULL`;
    }
    case 'timestamp':
    case 'time': {
      const seconds = declared.type === 'time' ? CLOCK : SECONDS;
      const micros = `${seconds}.${digits(6)}`;
      // CURRENT_TIMESTAMP has no fraction: it reads well, but as part of a key it would not be found.
      return isKey ? notLike(micros) : `(${notLike(micros)}) AND (${notLike(seconds)})`;
    }
    case 'date':
      return notLike(`${digits(4)}-${digits(2)}-${digits(2)}`);
    case 'uuid':
      return notLike(UUID);
    case 'bytes':
      return `typeof(${name}) <> 'blob'`;
    default:
      return `typeof(${name}) = 'blob'`;
  }
}

export interface StoredColumn {
  readonly type: string;
  readonly isStrict: boolean;
  /** Rows whose value `isOdd`. */
  readonly odd: number;
  /** Times of this column are in a zone other than UTC. */
  readonly isShifted: boolean;
}

/** How a stored column suits a declared one; `lost` is asked for only where values must change. */
export function fitOf(declared: Column, stored: StoredColumn, lost: () => number): Fit {
  const affinity = affinityOf(stored.type);
  if (declared.type === 'identity' && affinity !== 'INTEGER') return { kind: 'impossible' };
  const keeps = stored.isStrict ? strictlyKeeps(declared, stored.type) : keeping(declared).includes(affinity);
  const isOtherInteger = declared.type === 'identity' && stored.type.toUpperCase() !== 'INTEGER';
  if (!keeps || isOtherInteger || stored.isShifted) return { kind: 'convertible', lost: lost() };
  if (stored.odd > 0) return { kind: 'convertible', lost: lost(), odd: stored.odd };
  const note = NOTES[declared.type];
  return note !== undefined && affinity === 'NUMERIC' ? { kind: 'tolerated', note } : { kind: 'fits' };
}

/** A STRICT table refuses what it cannot convert. */
function strictlyKeeps(declared: Column, type: string): boolean {
  const strict = type.toUpperCase().replace(/^INT$/, 'INTEGER');
  return strict === 'ANY' || strict === storedAs(declared);
}
