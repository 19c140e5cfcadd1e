import type { Row, RowLayout, Value } from './table.ts';

/** The values of one row by column; NULL where nothing is known. They do not change: `with` answers other ones. */
export class Cells {
  readonly row: Row;
  private readonly layout: RowLayout;

  constructor(layout: RowLayout, row: Row) {
    this.layout = layout;
    this.row = row;
  }

  get(name: string): Value {
    return this.row[this.place(name)] ?? null;
  }

  with(values: Readonly<Record<string, Value | undefined>>): Cells {
    let row: Value[] | undefined;
    for (const name of Object.keys(values)) {
      const value = values[name] ?? null;
      const place = this.place(name);
      if (this.row[place] === value) continue;
      row ??= this.row.slice();
      row[place] = value;
    }
    return row === undefined ? this : new Cells(this.layout, row);
  }

  /** By name, as a database answers a row. */
  named(): Record<string, Value> {
    return Object.fromEntries(this.layout.names.map((name) => [name, this.get(name)]));
  }

  private place(name: string): number {
    const place = this.layout.places.get(name);
    if (place === undefined) throw new TypeError(`the row has no column ${name}`);
    return place;
  }
}
