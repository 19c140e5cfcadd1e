import { type Layout, NOBODY, type PackedRecords, PLACE, PLACES, WORD, WORDS } from '../checking/packed-records.ts';
import type { Segment } from '../databases/row-codec.ts';
import type { AccountSummary } from '../datasets/account.ts';
import { printText } from '../hash/fingerprint.ts';
import { NO_ROWS } from '../report/report.ts';
import { tallyCopies } from '../report/tally.ts';
import type { DeclaredTables } from '../schema/declared-tables.ts';
import { type FilePart, type LoadResult, recordsIn } from './batch.ts';
import { ClaimList } from './claim-list.ts';
import type { RememberedRow } from './memory.ts';

/** The different packs of a batch, in order. */
export function packsOf(parts: readonly FilePart[]): readonly PackedRecords[] {
  return [...new Set(parts.map(({ packed }) => packed))];
}

/** All rows of a batch, table after table, so that every row finds what it refers to. */
export function segmentsOf(packs: readonly PackedRecords[], { list }: DeclaredTables): readonly Segment[] {
  const segments = Map.groupBy(
    packs.flatMap((pack) => pack.segments),
    ({ table }) => table,
  );
  return list.flatMap(({ name }) => segments.get(name) ?? []);
}

/** What became of all rows of a batch: they were inserted, or all were there as they are given. */
export type WholeFate = 'inserted' | 'unchanged';

/** What became of a batch as a whole. */
export function wholeResult(
  parts: readonly FilePart[],
  fate: WholeFate,
  createdOwners: readonly string[],
  { owners }: DeclaredTables,
): LoadResult {
  const placeholders = new Set(createdOwners);
  const claims = new ClaimList(recordsIn(parts));
  const copyOf = tallyCopies();
  const warnings: LoadResult['warnings'][number][] = [];
  const rows: RememberedRow[] = [];
  let childrenAt = 0;
  const counted = parts.map((part, index) => {
    const tally = copyOf(part.tally);
    if (part.packed !== parts[index - 1]?.packed) childrenAt = 0;
    const counts = countRecords(part, childrenAt);
    childrenAt = counts.childrenTo;
    claims.addPacked(tally.file.path, part.packed, part.first, part.count);
    rows.push(...remembered(part, fate));
    tally.loaded += part.count;
    if (part.collection) tally.addRecords(part.collection.dataset, part.count, 0);
    for (const [table, number] of counts.rows) tally.addRows(table, { ...NO_ROWS, [fate]: number });
    counts.accounts.forEach(({ records, first }, number) => {
      const account = part.packed.accounts[number] as AccountSummary;
      tally.addAccount(account, records);
      tally.addWarnings(first, account, records);
    });
    // A placeholder is counted with the file that made it necessary.
    const created =
      placeholders.size === 0 ? 0 : [...counts.owners].filter((owner) => placeholders.delete(owner)).length;
    if (owners && created > 0) tally.addRows(owners.name, { ...NO_ROWS, inserted: created });
    if (part.last) warnings.push(...tally.warnings());
    return { part, tally, rejected: [] };
  });
  return {
    isOpened: false,
    parts: counted,
    claims: claims.claims,
    memory: { owners: createdOwners, rows, ...(fate === 'unchanged' && { werePresent: true }) },
    displaced: [],
    warnings,
  };
}

/** What the claims do not say of records. */
function remembered(
  { packed: { childKeys, words }, first, count }: FilePart,
  whole: WholeFate,
): readonly RememberedRow[] {
  const rows: RememberedRow[] = [];
  const fate = whole === 'inserted' ? 'inserted' : 'present';
  for (let record = first; childKeys.size > 0 && record < first + count; record++) {
    const keys = childKeys.get(record)?.join(' ');
    if (keys === undefined) continue;
    const key = printText(words, WORDS * record + WORD.key);
    const content = printText(words, WORDS * record + WORD.content);
    rows.push({ key, fate, content, childKeys: keys });
  }
  return rows;
}

interface Counted {
  records: number;
  /** The number of the first of them. */
  readonly first: number;
}

interface Counts {
  readonly rows: Map<string, number>;
  /** By number of the account, for those that occur. */
  readonly accounts: readonly Counted[];
  readonly owners: Set<string>;
  /** Where the child rows of the next part begin. */
  childrenTo: number;
}

function countRecords({ packed, first, count }: FilePart, childrenFrom: number): Counts {
  const { words, places, layouts, childRows, owners } = packed;
  // By number of the layout: this loop sees every record, and a list is many times faster than a map.
  const roots: number[] = [];
  const accounts: Counted[] = [];
  const counts: Counts = { rows: new Map(), accounts, owners: new Set(), childrenTo: childrenFrom };
  const addRows = (table: string, rows: number): unknown =>
    counts.rows.set(table, (counts.rows.get(table) ?? 0) + rows);
  for (let record = first; record < first + count; record++) {
    const at = WORDS * record;
    const number = words[at + WORD.layout] as number;
    const { root, children } = layouts[number] as Layout;
    // A root stands before its children in the report.
    if (roots[number] === undefined) addRows(root, 0);
    roots[number] = (roots[number] ?? 0) + 1;
    for (const child of children) addRows(child, childRows[counts.childrenTo++] ?? 0);
    const account = words[at + WORD.account] as number;
    const counted = accounts[account];
    if (counted) counted.records++;
    else accounts[account] = { records: 1, first: places[PLACES * record + PLACE.number] ?? 0 };
    const owner = words[at + WORD.owner] as number;
    if (owner !== NOBODY) counts.owners.add(owners[owner] as string);
  }
  roots.forEach((records, number) => {
    addRows((layouts[number] as Layout).root, records);
  });
  return counts;
}
