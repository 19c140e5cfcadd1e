import { GroupPrinter } from '../checking/group-printer.ts';
import { linkedPrint } from '../checking/prints.ts';
import type { MappedRecord } from '../checking/record.ts';
import type { ColumnRepairName } from '../databases/column-repairs.ts';
import type { Database } from '../databases/database.ts';
import type { RowCodec } from '../databases/row-codec.ts';
import { isOpen, type RowGroup } from '../schema/row-group.ts';
import type { Row, Table } from '../schema/table.ts';
import type { OpenPart, PendingRecord } from './batch.ts';

/** What tells how tables hold values. */
type Fitting = Pick<Database, 'fitted' | 'holdsAll'>;

/** A group as tables that are there hold it, with the repairs that changed its values. */
export interface FittedGroup {
  readonly group: RowGroup;
  readonly repairs: readonly ColumnRepairName[];
}

export function fitGroup(group: RowGroup, database: Fitting, allowed: readonly ColumnRepairName[]): FittedGroup {
  const repairs: ColumnRepairName[] = [];
  const held = (table: Table, row: Row): Row => {
    const fitted = database.fitted(table, row, allowed);
    repairs.push(...(fitted?.repairs ?? []));
    return fitted?.row ?? row;
  };
  const row = held(group.root, group.row);
  const children = group.children.map((child) => ({
    ...child,
    rows: child.rows.map((each) => held(child.table, each)),
  }));
  const lead = group.lead && fitGroup(group.lead, database, allowed);
  repairs.push(...(lead?.repairs ?? []));
  if (repairs.length === 0) return { group, repairs };
  return { group: { ...group, row, children, ...(lead && { lead: lead.group }) }, repairs };
}

/** The records of parts with their values as tables hold them: counted, and printed anew. */
export function fitRecords(
  parts: readonly OpenPart[],
  database: Fitting,
  codec: RowCodec,
  allowed: readonly ColumnRepairName[],
): readonly OpenPart[] {
  if (allowed.length === 0) return parts;
  const printer = new GroupPrinter(codec);
  return parts.map((part) => ({ ...part, records: part.records.map((record) => fitRecord(record)) }));

  function fitRecord(record: PendingRecord): PendingRecord {
    const { group, repairs } = fitGroup(record.group, database, allowed);
    if (repairs.length === 0) return record;
    const counted = new Map(record.account.repairs);
    for (const name of repairs) counted.set(name, (counted.get(name) ?? 0) + 1);
    const { lead } = record;
    return {
      ...record,
      ...printed(record, group),
      account: { ...record.account, repairs: counted },
      ...(lead && group.lead && { lead: printed(lead, group.lead) }),
    };
  }

  function printed(mapped: MappedRecord, group: RowGroup): MappedRecord {
    const content = isOpen(group) ? linkedPrint(group) : printer.content(group);
    return { ...mapped, group, content: content.text };
  }
}
