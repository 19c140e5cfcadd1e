import type { Fingerprint } from '../hash/fingerprint.ts';
import { type Row, rowLayout, type Table, type Value } from '../schema/table.ts';
import type { ExactCells } from './exact-cells.ts';
import { type RowCodec, type RowEncoder, rowWriter } from './row-codec.ts';

/** A row of the database on its way past: valid until the next one. Generated keys are as they are stored. */
export interface StoredRow {
  readonly table: Table;
  value(column: string): Value;
  /** Adds the row, encoded as `append` takes it, to a print. */
  addTo(print: Fingerprint): void;
}

/** A root row with one of its child rows, or without any. A root with several comes several times, one after the other. */
export interface StoredPair {
  readonly root: StoredRow;
  readonly child: StoredRow | undefined;
}

/** Rows that are stored together. */
export interface StoredGroup {
  readonly root: Table;
  readonly row: Row;
  readonly children: readonly { readonly table: Table; readonly rows: readonly Row[] }[];
  /** Of these rows what would not come back with their values, where that was asked. */
  readonly exact?: ReadonlyMap<Row, ExactCells>;
}

/** A stored row whose values were read one by one. */
export class ReadRow implements StoredRow {
  row: Row = [];
  readonly table: Table;
  private readonly write: (encoder: RowEncoder, row: Row) => void;
  private readonly encoder: RowEncoder;

  constructor(table: Table, codec: RowCodec) {
    this.table = table;
    this.write = rowWriter(table);
    this.encoder = codec.encoder();
  }

  value(column: string): Value {
    return this.row[rowLayout(this.table).places.get(column) ?? -1] ?? null;
  }

  addTo(print: Fingerprint): void {
    this.write(this.encoder, this.row);
    this.encoder.print(print, 0);
    this.encoder.clear();
  }
}
