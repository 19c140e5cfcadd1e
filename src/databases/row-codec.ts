import type { Fingerprint } from '../hash/fingerprint.ts';
import {
  type Column,
  type ColumnType,
  column,
  type Digits,
  digitsOf,
  loadColumns,
  type Row,
  type Table,
  type Value,
} from '../schema/table.ts';

/**
 * Writes rows in the form in which their database takes them, so that a row that was encoded in one thread is neither
 * copied nor built again in the thread that loads it. Bytes of one row follow those of the row before.
 */
export interface RowEncoder {
  /** Begins a row with this many fields; each of the other methods writes one field. */
  begin(fields: number): void;
  null(): void;
  real(value: number): void;
  integer(value: number | bigint): void;
  boolean(value: boolean): void;
  /** As `normalDecimal` spells it, for a column of so many digits. */
  decimal(value: string, digits: Digits): void;
  text(value: string): void;
  /** In lower case, with dashes. */
  uuid(value: string): void;
  /** Canonical JSON. */
  json(value: string): void;
  /** `YYYY-MM-DD HH:MM:SS.ffffff`, UTC. */
  timestamp(value: string): void;
  /** `YYYY-MM-DD`. */
  date(value: string): void;
  /** `HH:MM:SS.ffffff`. */
  time(value: string): void;
  /** In base64. */
  base64(value: string): void;
  /** How many bytes are written. The position of the next row. */
  readonly length: number;
  /** Adds the bytes from a position on to a print. */
  print(print: Fingerprint, from: number): void;
  /** Rows that are encoded already. */
  append(rows: Uint8Array): void;
  /** Forgets what was written. */
  clear(): void;
  /** Everything that was written. The encoder begins anew. */
  take(): Uint8Array<ArrayBuffer>;
}

/** Reads rows back, one after the other. */
export interface RowDecoder {
  /** The next row, in the order of `loadColumns(table)`. */
  next(): Row;
}

export interface RowCodec {
  encoder(): RowEncoder;
  decoder(table: Table, bytes: Uint8Array): RowDecoder;
  /** What the encoder writes for NULL and for values of these types, as data: who writes many rows at once needs no encoder. */
  readonly fields: Readonly<Record<FieldType, FieldEncoding>>;
  readonly nullField: readonly number[];
}

export type FieldType = Extract<ColumnType, 'text' | 'integer' | 'real' | 'boolean' | 'timestamp' | 'date' | 'uuid'>;

/** Up to four bytes that begin a field, and the form of what follows. */
export interface FieldEncoding {
  readonly begin: readonly number[];
  readonly form: FieldForm;
}

/**
 * Numbers by their size and the order of their bytes: a time counts microseconds and a date days, both from 2000-01-01. A text, and a
 * time or date in the shared form, has its length before it in 32 bits.
 */
export type FieldForm = 'float64-le' | 'float64-be' | 'int64-be' | 'int32-be' | 'byte' | 'text-le' | 'text-be' | 'uuid';

/** Rows of one table, encoded one after the other. */
export interface Segment {
  readonly table: string;
  readonly rows: number;
  readonly bytes: Uint8Array;
}

export function rowsIn(segments: readonly Pick<Segment, 'rows'>[]): number {
  return segments.reduce((sum, { rows }) => sum + rows, 0);
}

/** Which codec rows are packed with: a database, or none where nothing is loaded. */
export type RowFormat = 'postgres' | 'sqlite';

/** Compiles the writer of a table's rows. */
export function rowWriter(table: Table): (encoder: RowEncoder, row: Row) => void {
  const fields = loadColumns(table).map((name) => fieldWriter(column(table, name)));
  return (encoder, row) => {
    encoder.begin(fields.length);
    for (let i = 0; i < fields.length; i++) writeField(encoder, fields[i] as FieldWriter, row[i] ?? null);
  };
}

/** The bytes of a row in which some fields are left open: those before each open field, and those after the last one. */
export function rowAround(
  encoder: RowEncoder,
  table: Table,
  row: Row,
  isOpen: (place: number) => boolean,
): { readonly before: ReadonlyMap<number, Uint8Array>; readonly after: Uint8Array } {
  const before = new Map<number, Uint8Array>();
  const names = loadColumns(table);
  encoder.begin(names.length);
  for (const [place, name] of names.entries()) {
    if (isOpen(place)) before.set(place, encoder.take());
    else writeField(encoder, fieldWriter(column(table, name)), row[place] ?? null);
  }
  return { before, after: encoder.take() };
}

function writeField(encoder: RowEncoder, write: FieldWriter, value: Value): void {
  if (value === null) encoder.null();
  else write(encoder, value);
}

type FieldWriter = (encoder: RowEncoder, value: Exclude<Value, null>) => void;

/** Values have the type that their column declares: the dataset's validation made them so. */
function fieldWriter(declared: Column): FieldWriter {
  switch (declared.type) {
    case 'real':
      return (encoder, value) => encoder.real(value as number);
    case 'integer':
    case 'identity':
      return (encoder, value) => encoder.integer(value as number | bigint);
    case 'boolean':
      return (encoder, value) => encoder.boolean(value as boolean);
    case 'timestamp':
      return (encoder, value) => encoder.timestamp(value as string);
    case 'date':
      return (encoder, value) => encoder.date(value as string);
    case 'time':
      return (encoder, value) => encoder.time(value as string);
    case 'decimal': {
      const digits = digitsOf(declared);
      return (encoder, value) => encoder.decimal(value as string, digits);
    }
    case 'json':
      return (encoder, value) => encoder.json(value as string);
    case 'uuid':
      return (encoder, value) => encoder.uuid(value as string);
    case 'bytes':
      return (encoder, value) => encoder.base64(value as string);
    default:
      return (encoder, value) => encoder.text(value as string);
  }
}
