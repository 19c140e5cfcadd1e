import type { MappedRecord } from '../checking/record.ts';
import type { StoredGroup } from '../databases/stored-rows.ts';
import { type Reject, rejectAt } from '../reject.ts';
import { NO_ROWS } from '../report/report.ts';
import { type RecordOutcome, tallyCopies } from '../report/tally.ts';
import type { DeclaredTables } from '../schema/declared-tables.ts';
import type { RowGroup } from '../schema/row-group.ts';
import type { RecordSteps } from './attempt-step.ts';
import { type LoadResult, type OpenPart, type PendingRecord, recordsIn } from './batch.ts';
import { ClaimList } from './claim-list.ts';
import { rowCounts } from './fate.ts';
import type { Fates } from './fates.ts';
import type { LookupRow } from './lookup-rows.ts';
import type { MemoryWriter, RememberedRow } from './memory.ts';

/** What an attempt knows when it is through. */
export interface Attempted {
  readonly steps: ReadonlyMap<PendingRecord, RecordSteps>;
  readonly fates: Fates;
  readonly createdOwners: ReadonlySet<string>;
  readonly declared: DeclaredTables;
  /** Rows that were made, by the record with which they count. */
  readonly made: ReadonlyMap<PendingRecord, readonly LookupRow[]>;
  /** Where it is remembered what was done. */
  readonly memory: MemoryWriter | undefined;
  /** What was stored of groups that were there. */
  readonly before: ReadonlyMap<RowGroup, StoredGroup>;
  /** What is stored of groups that were written, where it may be something else. */
  readonly written: ReadonlyMap<RowGroup, StoredGroup>;
}

/** What became of the records of a batch. */
export function resultOf(parts: readonly OpenPart[], attempted: Attempted): LoadResult {
  const owners = new Set(attempted.createdOwners);
  const claims = new ClaimList(recordsIn(parts));
  const remembered: RememberedRow[] = [];
  const warnings = [...attempted.fates.warnings];
  const copyOf = tallyCopies();
  const counted = parts.map((part) => {
    const tally = copyOf(part.tally);
    const { path } = tally.file;
    if (attempted.fates.unsettled.has(path)) tally.isUnsettled = true;
    const rejected = part.records.flatMap((record) => {
      const outcome = outcomeOf(record, attempted, owners);
      tally.addOutcome(outcome);
      if (outcome.loaded) {
        tally.addAccount(record.account);
        tally.addWarnings(record.number, record.account);
        for (const { key, content } of claimsOf(record, attempted)) claims.add(path, record.number, key, content);
        remembered.push(...memoriesOf(record, attempted));
      }
      const reject = rejectOf(record, attempted);
      return reject === undefined ? [] : [{ record, reject }];
    });
    if (part.collection) tally.addRecords(part.collection.dataset, part.count - rejected.length, rejected.length);
    if (part.last) warnings.push(...tally.warnings());
    return { part, tally, rejected };
  });
  const made = [...attempted.made.values()].flat().flatMap((each) => attempted.memory?.rememberLookup(each) ?? []);
  const memory = { owners: [...attempted.createdOwners], rows: remembered, ...(made.length > 0 && { made }) };
  const { displaced } = attempted.fates;
  return { isOpened: true, parts: counted, claims: claims.claims, memory, displaced, warnings };
}

/** A leading row that an earlier record describes stays that record's. */
function claimsOf(record: PendingRecord, { steps, fates }: Attempted): readonly MappedRecord[] {
  const lead = steps.get(record)?.lead;
  const isOwn = lead !== undefined && fates.get(lead)?.kind !== 'repeated';
  return record.lead && isOwn ? [record, record.lead] : [record];
}

function memoriesOf(
  record: PendingRecord,
  { steps, fates, memory, before, written }: Attempted,
): readonly RememberedRow[] {
  const { main, lead } = steps.get(record) ?? {};
  return [main, lead].flatMap((step) => {
    const fate = step && fates.get(step);
    if (!step || !memory || !fate || fate.kind === 'rejected') return [];
    const remembered = memory.remember(step, fate, {
      before: before.get(step.group),
      made: written.get(step.group),
    });
    return remembered === undefined ? [] : [remembered];
  });
}

function rejectOf(record: PendingRecord, { steps, fates }: Attempted): Reject | undefined {
  const main = steps.get(record)?.main;
  const fate = main && fates.get(main);
  if (fate?.kind !== 'rejected') return undefined;
  return rejectAt(record.place, { ...fate.finding, pointer: record.pointer + fate.finding.pointer });
}

function outcomeOf(
  record: PendingRecord,
  { steps, fates, declared, made }: Attempted,
  newOwners: Set<string>,
): RecordOutcome {
  const rows: RecordOutcome['rows'][number][] = [];
  const { main, lead } = steps.get(record) ?? {};
  for (const step of [main, lead]) {
    if (step === undefined) continue;
    const fate = fates.get(step);
    if (fate === undefined || fate.kind === 'rejected') return { loaded: false, rows: [] };
    // A leading row that is described anew stays a row of the record for which it was inserted.
    const counted = step.isLead && fate.kind === 'replace' ? { ...fate, kind: 'unchanged' as const } : fate;
    rows.push(...rowCounts(step.group, counted));
  }
  for (const { table } of made.get(record) ?? []) rows.push([table.name, { ...NO_ROWS, inserted: 1 }]);
  const { owner } = record.group;
  // The placeholder is counted with the record that made it necessary.
  if (declared.owners && owner !== null && newOwners.delete(owner))
    rows.push([declared.owners.name, { ...NO_ROWS, inserted: 1 }]);
  return { loaded: true, rows };
}
