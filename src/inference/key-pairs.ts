import type { DistinctStore, DistinctValues } from './distinct.ts';
import { isKey } from './keys.ts';
import { wordsOf } from './names.ts';
import { valueAt } from './note-record.ts';
import type { ProposedColumn, ProposedDataset } from './proposed.ts';
import type { PlacedValue } from './record-values.ts';

/** Fewer records differ in two columns by chance. */
const ENOUGH_ROWS = 10;
/** Columns that are tried with each other. */
const MOST_COLUMNS = 4;
/** Longer texts tell something, they name nothing. */
const LONGEST_NAME = 64;
const KEY_TYPES = new Set(['text', 'integer', 'uuid']);
const ID_WORDS = new Set(['id', 'uuid', 'guid', 'key', 'slug', 'code', 'number', 'no', 'nr']);

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

/**
 * A member that alone tells the records of a dataset apart which has no key: it is no key by its name, and may be unique by chance.
 * What is called like a key goes before other short texts; other numbers are not asked about.
 */
export function likelyKey(dataset: ProposedDataset): ProposedColumn | undefined {
  const { columns, draft } = dataset;
  if (!isWithoutKey(dataset)) return undefined;
  const candidates = columns.filter(({ draft: { source }, type, isSecret }) => {
    return source.of === 'member' && source.way.length === 1 && !isSecret && KEY_TYPES.has(type.type);
  });
  const isCalledSo = ({ draft: { source } }: ProposedColumn): boolean =>
    source.of === 'member' && isCalledLikeKey(source.way);
  const texts = candidates.filter(({ draft: { stats } }) => stats.isAll('text') && stats.longest <= LONGEST_NAME);
  return [...candidates.filter(isCalledSo), ...texts].find((column) => isKey(column.draft, draft.rows));
}

function isWithoutKey({ key, isOne, draft: { rows } }: ProposedDataset): boolean {
  return key.length === 0 && !isOne && rows >= ENOUGH_ROWS;
}

/** What names a row is tried first; a time alone names none. */
function pairsOf(dataset: ProposedDataset): readonly (readonly [ProposedColumn, ProposedColumn])[] {
  if (!isWithoutKey(dataset) || likelyKey(dataset) !== undefined) return [];
  const {
    draft: { rows },
    columns,
  } = dataset;
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
  return source.of === 'member' && isCalledLikeKey(source.way);
}

function isCalledLikeKey(way: readonly string[]): boolean {
  return ID_WORDS.has(wordsOf(way.at(-1) ?? '').at(-1) ?? '');
}
