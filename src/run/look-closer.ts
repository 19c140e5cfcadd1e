import { keyPrint } from '../checking/prints.ts';
import type { ColumnRepairName } from '../databases/column-repairs.ts';
import type { Database } from '../databases/database.ts';
import { rowCodec } from '../databases/open.ts';
import type { Finder } from '../databases/transaction.ts';
import type { PendingRecord } from '../load/batch.ts';
import { fitGroup } from '../load/fit-records.ts';
import { findOrphans } from '../load/orphans.ts';
import { resolveReferences } from '../load/references.ts';
import { uniqueHolderOf } from '../load/unique-holders.ts';
import { unpackRecords } from '../load/unpack-records.ts';
import { misfitOf } from '../load/unstorable-records.ts';
import type { RowGroup } from '../schema/row-group.ts';
import type { Comparison } from '../verification/comparison.ts';
import type { LoadedKeys } from '../verification/loaded-keys.ts';
import { lookAgain } from '../verification/second-look.ts';
import type { VerifiedSources } from './verified-sources.ts';

export interface CloserLook {
  readonly database: Database;
  readonly finder: Finder;
  readonly loaded: LoadedKeys;
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
  { database, finder, loaded, repairs }: CloserLook,
): Promise<number> {
  let rejected = 0;
  const { findings } = comparison;
  const codec = rowCodec(database.rowFormat);
  for await (const { packed, slices } of sources.chunks((file) => comparison.hasSuspects(file))) {
    const records = unpackRecords(packed, codec, database.declared);
    for (const { file, first, count } of slices) {
      const suspects = records
        .slice(first, first + count)
        .flatMap((record) =>
          groupsOf(record).map((group) => ({ record, group: fitGroup(group, database, repairs).group })),
        )
        .filter(({ record, group }) => comparison.isSuspect(file, record.number, group.root));
      for (const [root, some] of Map.groupBy(suspects, ({ group }) => group.root)) {
        const groups = some.map(({ group }) => group);
        const looks = await lookAgain(groups, database, finder);
        const absent = groups.filter((_group, index) => looks[index]?.isThere === false);
        const { orphans } = await findOrphans(absent, finder, 'alone');
        for (const [index, { isThere, isUnresolved, pointers, surplus }] of looks.entries()) {
          const place = { path: sources.pathOf(file), record: some[index]?.record.number ?? 0, key: null };
          const group = groups[index];
          const isAbsent = !isThere && group !== undefined;
          const isWithoutPlace = isAbsent && (await hasNoPlace(group, database));
          const isRefused = isAbsent && (orphans.has(group) || (await isDoubled(group, finder)));
          const wasLoaded = isRefused && (await loaded.has(keyPrint(group).text, place.path, place.record));
          if (isWithoutPlace || (isRefused && !wasLoaded)) rejected++;
          else if (isAbsent && !isUnresolved) comparison.addMissing(root, file, place.record);
          else if (pointers.length === 0) findings.count(root.name, 'equal');
          else findings.add({ kind: 'different', table: root.name, ...place, pointers });
          for (const { table, rows } of surplus)
            findings.add({ kind: 'extra', table, ...place, pointers: [`/${table}`] }, rows);
        }
      }
    }
  }
  return rejected;
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
