import { hash } from 'node:crypto';
import type { Scratch, ScratchStatement } from '../files/scratch.ts';

/** Values of one column that memory holds. */
const IN_MEMORY = 1000;

/** Longer values are compared by their hash. */
const LONG = 80;

/** The values of all columns that do not fit into memory. */
export class DistinctStore {
  readonly scratch: Scratch;
  readonly insert: ScratchStatement<[number, string, number]>;
  /** The columns with values in it. */
  readonly spilt = new Set<DistinctValues>();
  private columns = 0;

  constructor(scratch: Scratch) {
    this.scratch = scratch;
    scratch.exec(
      `CREATE TABLE distinct_values (place INTEGER, value TEXT, times INTEGER, PRIMARY KEY (place, value)) WITHOUT ROWID`,
    );
    this.insert = scratch.prepare(
      `INSERT INTO distinct_values VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET times = times + excluded.times`,
    );
  }

  make(): DistinctValues {
    return new DistinctValues(this, this.columns++);
  }

  /** What is asked about the columns from now on is answered without the scratch file. */
  close(): void {
    for (const values of this.spilt) values.close();
    this.spilt.clear();
  }
}

/** Which values a column has and how often each, exactly and in bounded memory. */
export class DistinctValues {
  private readonly store: DistinctStore;
  private readonly place: number;
  private held = new Map<string, number>();
  private isSpilt = false;
  /** There are many, and nothing is known by them: they are not kept. */
  private isLeft = false;
  private tellsRows = true;
  private total = 0;
  /** Known of a column of a closed store. */
  private counted: number | undefined;

  constructor(store: DistinctStore, place: number) {
    this.store = store;
    this.place = place;
  }

  /** A value such as 0.5 by which no row is known, nor any other value of the column. */
  addMeasurement(value: string): void {
    this.tellsRows = false;
    this.add(value);
  }

  add(value: string): void {
    this.total++;
    if (this.isLeft) return;
    const token = value.length > LONG ? hash('sha256', value, 'base64') : value;
    this.held.set(token, (this.held.get(token) ?? 0) + 1);
    if (this.held.size > IN_MEMORY) this.spill();
  }

  /** At least so many where they are not kept. */
  get count(): number {
    if (this.isLeft) return IN_MEMORY;
    if (this.counted !== undefined) return this.counted;
    if (!this.isSpilt) return this.held.size;
    this.spill();
    const counted = this.store.scratch.prepare<[number], number>(
      'SELECT count(*) FROM distinct_values WHERE place = ?',
    );
    return counted.pluck().get(this.place) ?? 0;
  }

  /** The values and how often each occurs, where memory holds all of them. */
  get few(): ReadonlyMap<string, number> | undefined {
    return this.isSpilt || this.isLeft ? undefined : this.held;
  }

  close(): void {
    this.counted = this.count;
  }

  get isUnique(): boolean {
    return this.total > 0 && !this.isLeft && this.count === this.total;
  }

  /** How many of all values (each as often as it occurs) another column has too. */
  within(other: DistinctValues): number {
    if (this.isLeft || other.isLeft) return 0;
    if (!this.isSpilt && !other.isSpilt) {
      let found = 0;
      for (const [value, times] of this.held) if (other.held.has(value)) found += times;
      return found;
    }
    this.spill();
    other.spill();
    const counted = this.store.scratch.prepare<[number, number], number | null>(
      `SELECT sum(times) FROM distinct_values AS own WHERE place = ? AND EXISTS
        (SELECT 1 FROM distinct_values AS other WHERE other.place = ? AND other.value = own.value)`,
    );
    return counted.pluck().get(this.place, other.place) ?? 0;
  }

  private spill(): void {
    this.isLeft ||= !this.tellsRows && !this.isSpilt;
    this.isSpilt = !this.isLeft;
    if (this.isSpilt) this.store.spilt.add(this);
    if (this.isSpilt) for (const [value, times] of this.held) this.store.insert.run(this.place, value, times);
    this.held = new Map();
  }
}
