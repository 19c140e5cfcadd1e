import { keyPrint } from '../checking/prints.ts';
import type { ColumnRepairName } from '../databases/column-repairs.ts';
import type { Database } from '../databases/database.ts';
import { rowCodec } from '../databases/open.ts';
import type { Finder } from '../databases/transaction.ts';
import type { PendingRecord } from '../load/batch.ts';
import { fitGroup } from '../load/fit-records.ts';
import { findOrphans } from '../load/orphans.ts';
import { resolveReferences } from '../load/references.ts';
import { keyOf } from '../load/stored-groups.ts';
import { uniqueHolderOf } from '../load/unique-holders.ts';
import { unpackRecords } from '../load/unpack-records.ts';
import { misfitOf } from '../load/unstorable-records.ts';
import type { RowGroup } from '../schema/row-group.ts';
import type { Comparison } from '../verification/comparison.ts';
import type { LoadedKeys } from '../verification/loaded-keys.ts';
import type { RejectedBefore } from '../verification/rejected-before.ts';
import { isKeyOpen, type Look, lookAgain, type SecondLook } from '../verification/second-look.ts';
import type { VerifiedSources } from './verified-sources.ts';

export interface CloserLook extends SecondLook {
  readonly loaded: LoadedKeys;
  readonly before: RejectedBefore;
  /** What a load may do to values that a table does not hold. */
  readonly repairs: readonly ColumnRepairName[];
}

/**
 * Compares the values of the records whose prints differ: some spell the same values differently. Resolves with how many of those
 * without a row the loader rejects.
 */
export async function lookCloser(
  sources: VerifiedSources,
  comparison: Comparison,
  context: CloserLook,
): Promise<number> {
  let rejected = 0;
  const { findings } = comparison;
  const { database, repairs } = context;
  const codec = rowCodec(database.rowFormat);
  for await (const { packed, slices } of sources.chunks((file) => comparison.hasSuspects(file))) {
    const records = unpackRecords(packed, codec, database.declared);
    for (const { file, first, count } of slices) {
      const suspects = records
        .slice(first, first + count)
        .flatMap((record) =>
          groupsOf(record).map((group) => ({
            number: record.number,
            group: fitGroup(group, database, repairs).group,
            own: record.group,
          })),
        )
        .filter(({ number, group }) => comparison.isSuspect(file, number, group.root));
      const path = sources.pathOf(file);
      for (const [root, some] of Map.groupBy(suspects, ({ group }) => group.root)) {
        for (const { number, look, kind } of await lookAtAll(path, some, context)) {
          const place = { path, record: number, key: null };
          if (kind === 'rejected') rejected++;
          else if (kind === 'missing') comparison.addMissing(root, file, number);
          else if (kind === 'equal') findings.count(root.name, 'equal');
          else if (kind === 'different') findings.add({ kind, table: root.name, ...place, pointers: look.pointers });
          for (const { table, rows, added } of kind === 'rejected' ? [] : look.surplus) {
            if (added > 0) findings.count(table, 'application', added);
            if (rows > added) findings.add({ kind: 'extra', table, ...place, pointers: [`/${table}`] }, rows - added);
          }
        }
      }
    }
  }
  return rejected;
}

/** The number of a record, and a row that it describes. */
interface Suspect {
  readonly number: number;
  readonly group: RowGroup;
  /** The row of the record itself: the other one may lead to it. */
  readonly own: RowGroup;
}

interface Looked extends Pick<Suspect, 'number'> {
  readonly look: Look;
  readonly kind: 'equal' | 'different' | 'missing' | 'rejected';
}

/** What is to be said of records of one file and one table. */
async function lookAtAll(path: string, suspects: readonly Suspect[], context: CloserLook): Promise<readonly Looked[]> {
  const groups = suspects.map(({ group }) => group);
  const looks = await lookAgain(groups, context);
  const absent = groups.filter((_group, index) => looks[index]?.isThere === false || looks[index]?.isUnresolved);
  const { orphans } = await findOrphans(absent, context.finder, 'alone');
  const looked: Looked[] = [];
  for (const [index, { number, group, own }] of suspects.entries()) {
    const look = looks[index];
    if (look === undefined) continue;
    const kind = kindOf(look, group);
    const place = { path, number };
    const verdict = await verdictOf(group, look, orphans.has(group), context);
    const isSeen =
      verdict === 'rejected' ||
      (verdict === 'doubtful' && !(await context.loaded.has(keyPrint(group).text, path, number)));
    if (isSeen) context.before.note(path, 1);
    const isRejected = isSeen || (kind !== 'equal' && (await wasRejected(own, place, verdict, context)));
    looked.push({ number, look, kind: isRejected ? 'rejected' : kind });
  }
  return looked;
}

function kindOf({ isThere, isUnresolved, pointers }: Look, group: RowGroup): 'equal' | 'different' | 'missing' {
  if (!isThere && !(isUnresolved && isKeyOpen(group))) return 'missing';
  return pointers.length === 0 ? 'equal' : 'different';
}

/**
 * What the loader does with a record now: `doubtful` where it rejects one that no run has loaded before, or one that was corrected
 * and brought by `retry`.
 */
type Verdict = 'rejected' | 'doubtful' | 'loads';

async function verdictOf(group: RowGroup, look: Look, isOrphan: boolean, context: CloserLook): Promise<Verdict> {
  const { database, finder, loaded } = context;
  if (look.isThere && !look.isUnresolved) {
    if (look.pointers.length === 0) return 'loads';
    if (await meetsNumber(group, context)) return 'rejected';
    return loaded.wasRetried(keyOf(group.root, group.row)) ? 'doubtful' : 'loads';
  }
  if (await hasNoPlace(group, database)) return 'rejected';
  return isOrphan || (await isDoubled(group, finder)) ? 'doubtful' : 'loads';
}

/** Whether a load has rejected the record, for a reason that only the database knew then, or after an earlier one had loaded it. */
async function wasRejected(
  own: RowGroup,
  { path, number }: { readonly path: string; readonly number: number },
  verdict: Verdict,
  { before, loaded }: CloserLook,
): Promise<boolean> {
  if (!before.has(path)) return false;
  if (verdict === 'loads' && (await loaded.has(keyPrint(own).text, path, number))) return false;
  return before.count(path, number);
}

/** Whether the loader rejects a record, because a row of the application has its number. */
async function meetsNumber({ root, row }: RowGroup, { database, known }: CloserLook): Promise<boolean> {
  return database.numbersRows(root) && (await known.originOf(keyOf(root, row))) === 'unknown';
}

/** Whether a table that is there has no place for the record, or for a row of its owner. */
async function hasNoPlace(group: RowGroup, database: Database): Promise<boolean> {
  if (misfitOf(group, database) !== undefined) return true;
  const { owners } = database.declared;
  if (owners === undefined || group.owner === null || database.holdsAll(owners) || !database.hasTable(owners))
    return false;
  return (await database.rowsByKey(owners, [[group.owner]])).length === 0;
}

/** Whether the loader rejects a record, because another row has what must be unique. */
async function isDoubled(group: RowGroup, finder: Finder): Promise<boolean> {
  const [resolved] = await resolveReferences([group], finder);
  return resolved !== undefined && 'group' in resolved && (await uniqueHolderOf(resolved.group, finder)) !== undefined;
}

/** A record and the row that leads to it. */
function groupsOf({ group }: PendingRecord): readonly RowGroup[] {
  return group.lead ? [group.lead, group] : [group];
}
