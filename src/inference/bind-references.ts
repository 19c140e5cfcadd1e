import { declaredColumn } from './declared-columns.ts';
import type { FileGroup } from './file-groups.ts';
import { allRecords, type ProposedColumn, type ProposedDataset, type ProposedRecord } from './proposed.ts';
import { isLog } from './state-log.ts';

/** Up to this size the rows of a file come in one transaction. */
const ONE_BATCH = 4 * 1024 * 1024;

/** Decides which references a foreign key can check: those whose rows are all there, and load in an order. */
export function bindReferences(datasets: readonly ProposedDataset[]): void {
  const tables = new Ways<ProposedRecord>();
  const order = new Ways<ProposedRecord>();
  const records = allRecords(datasets);
  for (const record of records) if (record.parent) tables.add(record, record.parent);
  for (const record of records) {
    for (const named of declaredReferences(record, records)) {
      tables.add(record, named);
      if (rootOf(named) !== rootOf(record)) order.add(rootOf(record), rootOf(named));
    }
  }
  for (const dataset of datasets) {
    for (const record of allRecords([dataset])) {
      for (const column of record.columns) {
        const { reference, lookup } = column;
        if (lookup?.feeds !== undefined) {
          const root = rootOf(lookup.feeds);
          // Rows that are called so come before, or nothing is looked up.
          if (root === dataset || tables.leads(lookup.feeds, record) || order.leads(root, dataset))
            column.lookup = undefined;
          else {
            tables.add(record, lookup.feeds);
            order.add(dataset, root);
          }
        }
        if (reference === undefined || !reference.isWritten || reference.found < reference.of) continue;
        const { table, column: target } = reference;
        if (table.declared.length > 0 && !isDeclaredKey(table, target)) {
          // The config has no such column, or no row is known by it.
          if (declaredColumn(table, target) === undefined) column.reference = undefined;
          continue;
        }
        const root = rootOf(table);
        // What a file of states names may be deleted further below.
        if (isLog(dataset.group) || isLog((root as ProposedDataset).group)) continue;
        if (table === record) {
          if (!isOneBatch(dataset.group)) continue;
          reference.bond = 'deferred';
        } else {
          if (tables.leads(table, record) || (root !== dataset && order.leads(root, dataset))) continue;
          tables.add(record, table);
          if (root !== dataset) order.add(dataset, root);
          reference.bond = 'enforced';
        }
        column.type = target.type.type === 'identity' ? { ...target.type, type: 'integer' } : target.type;
        target.isUnique ||= !(table.key.length === 1 && table.key[0] === target);
      }
    }
  }
}

/** What a config says the rows of a table refer to. */
function declaredReferences(
  { declared }: ProposedRecord,
  records: readonly ProposedRecord[],
): readonly ProposedRecord[] {
  const named = new Set(declared.flatMap(({ plan }) => plan.references.map(({ table }) => table.name)));
  return records.filter(({ table }) => named.has(table));
}

function isDeclaredKey(table: ProposedRecord, target: ProposedColumn): boolean {
  const column = declaredColumn(table, target);
  const key = table.declared[0]?.plan.table.naturalKey ?? [];
  return key.length === 1 && key[0] === column?.name && column?.declaration.type === target.type.type;
}

function rootOf(record: ProposedRecord): ProposedRecord {
  return record.parent === undefined ? record : rootOf(record.parent);
}

function isOneBatch({ paths, largest }: FileGroup): boolean {
  return paths.count === 1 && largest < ONE_BATCH;
}

/** What leads to what. */
class Ways<T> {
  private readonly next = new Map<T, Set<T>>();

  add(from: T, to: T): void {
    const known = this.next.get(from) ?? new Set();
    this.next.set(from, known);
    known.add(to);
  }

  leads(from: T, to: T, seen = new Set<T>()): boolean {
    if (from === to) return true;
    if (seen.has(from)) return false;
    seen.add(from);
    return [...(this.next.get(from) ?? [])].some((each) => this.leads(each, to, seen));
  }
}
