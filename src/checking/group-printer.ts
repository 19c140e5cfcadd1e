import { type RowCodec, type RowEncoder, rowWriter } from '../databases/row-codec.ts';
import type { StoredGroup } from '../databases/stored-rows.ts';
import { Fingerprint } from '../hash/fingerprint.ts';
import type { Row, Table } from '../schema/table.ts';

/** Prints groups as they are stored: with their generated keys. Equal to what `RecordPacker` makes of groups without any. */
export class GroupPrinter {
  private readonly encoder: RowEncoder;
  private readonly print = new Fingerprint();
  private readonly writers = new Map<Table, (encoder: RowEncoder, row: Row) => void>();

  constructor(codec: RowCodec) {
    this.encoder = codec.encoder();
  }

  /** Valid until the next one. */
  content({ root, row, children }: StoredGroup): Readonly<Fingerprint> {
    this.print.begin();
    this.addTo(this.print, root, row);
    for (const { table, rows } of children) for (const each of rows) this.addTo(this.print, table, each);
    this.print.end();
    return this.print;
  }

  /** The prints of the row with none, one, two, … of those below it. */
  *growing({ root, row, children }: StoredGroup): Generator<string> {
    const print = new Fingerprint();
    print.begin();
    this.addTo(print, root, row);
    yield print.ended().text;
    for (const { table, rows } of children) {
      for (const each of rows) {
        this.addTo(print, table, each);
        yield print.ended().text;
      }
    }
  }

  private addTo(print: Fingerprint, table: Table, row: Row): void {
    const write = this.writers.get(table) ?? rowWriter(table);
    this.writers.set(table, write);
    write(this.encoder, row);
    this.encoder.print(print, 0);
    this.encoder.clear();
  }
}
