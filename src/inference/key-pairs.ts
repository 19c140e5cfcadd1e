import type { DistinctStore, DistinctValues } from './distinct.ts';
import { wordsOf } from './names.ts';
import { valueAt } from './note-record.ts';
import type { ProposedColumn, ProposedDataset } from './proposed.ts';
import type { PlacedValue } from './record-values.ts';

/** Fewer records differ in two columns by chance. */
const ENOUGH_ROWS = 10;
/** Columns that are tried with each other. */
const MOST_COLUMNS = 4;
const ID_WORDS = new Set(['id', 'uuid', 'guid', 'key', 'slug', 'code', 'number']);

interface Pair {
  readonly columns: readonly [ProposedColumn, ProposedColumn];
  readonly distinct: DistinctValues;
}

/** Looks for two columns that together tell the records of a dataset apart which has no key. */
export class PairFinder {
  private readonly dataset: ProposedDataset;
  private readonly pairs: readonly Pair[];

  constructor(dataset: ProposedDataset, store: DistinctStore) {
    this.dataset = dataset;
    this.pairs = pairsOf(dataset).map((columns) => ({ columns, distinct: store.make() }));
  }

  get hasNone(): boolean {
    return this.pairs.length === 0;
  }

  add(record: PlacedValue): void {
    for (const { columns, distinct } of this.pairs)
      distinct.add(JSON.stringify(columns.map((column) => String(this.valueOf(column, record)))));
  }

  finish(): void {
    const found = this.pairs.find(({ distinct }) => distinct.isUnique);
    if (found !== undefined) this.dataset.pair = found.columns;
  }

  private valueOf({ draft: { source } }: ProposedColumn, { value, captures }: PlacedValue): unknown {
    if (source.of === 'member') return valueAt(value, source.way);
    const named = this.dataset.draft.columns.filter((column) => column.source.of === 'capture');
    return captures[named.findIndex((column) => column.source === source)];
  }
}

/** What names a row is tried first; a time alone names none. */
function pairsOf({
  key,
  isOne,
  draft: { rows },
  columns,
}: ProposedDataset): readonly (readonly [ProposedColumn, ProposedColumn])[] {
  if (key.length > 0 || isOne || rows < ENOUGH_ROWS) return [];
  const complete = columns.filter(({ draft: { stats, isJson } }) => !isJson && stats.present === rows);
  const naming = complete.filter(namesRow).slice(0, MOST_COLUMNS);
  const times = complete.filter(({ type }) => type.type === 'date' || type.type === 'timestamp').slice(0, MOST_COLUMNS);
  return naming.flatMap((one, at) =>
    [...naming.slice(at + 1), ...times].flatMap((other) => {
      const most = one.draft.stats.distinct.count * other.draft.stats.distinct.count;
      return one === other || most < rows ? [] : [[one, other] as const];
    }),
  );
}

function namesRow({ draft: { source }, reference }: ProposedColumn): boolean {
  if (source.of === 'capture' || reference?.isWritten === true) return true;
  return source.of === 'member' && ID_WORDS.has(wordsOf(source.way.at(-1) ?? '').at(-1) ?? '');
}
