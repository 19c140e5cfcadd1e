import type { Finder } from '../databases/transaction.ts';
import type { Finding } from '../reject.ts';
import {
  enforcedReferences,
  isLookup,
  lookupName,
  type Reference,
  type RowGroup,
  type RowLookup,
} from '../schema/row-group.ts';
import { cell, type Row, type Table, type Value } from '../schema/table.ts';
import { findingOf } from './references.ts';

export interface Orphans {
  /** Groups that refer to a row which neither the database nor a group that is no orphan has. */
  readonly orphans: ReadonlyMap<RowGroup, Finding>;
  /** Of the others: those of the same batch whose rows they refer to, with one reference to each. */
  readonly needs: ReadonlyMap<RowGroup, ReadonlyMap<RowGroup, Reference>>;
}

/**
 * Looks up what foreign keys lead to, as the database will: in itself, and among the groups that come together, or in the group
 * itself where each comes alone.
 */
export async function findOrphans(
  groups: readonly RowGroup[],
  finder: Finder,
  company: 'together' | 'alone' = 'together',
): Promise<Orphans> {
  const orphans = new Map<RowGroup, Finding>();
  const missing = await notStored(groups, finder);
  const offered = offers(missing, groups);
  /** The references to rows of the batch, by each group that has such a row. */
  const dependents = new Map<RowGroup, { readonly group: RowGroup; readonly reference: Reference }[]>();
  const left = new Map<Reference, number>();
  const queue: RowGroup[] = [];
  const reject = (group: RowGroup, reference: Reference): void => {
    if (orphans.has(group)) return;
    orphans.set(group, findingOf(reference));
    queue.push(group);
  };
  for (const { group, reference } of missing) {
    const names = reference.lookups.map(({ table, by, key }) => rowName(table, by, key));
    const offering = names.flatMap((name) => offered.get(name) ?? []);
    const providers = new Set(offering.filter((each) => company === 'together' || each === group));
    left.set(reference, providers.size);
    if (providers.size === 0) reject(group, reference);
    for (const provider of providers)
      dependents.set(provider, [...(dependents.get(provider) ?? []), { group, reference }]);
  }
  for (const gone of queue) {
    for (const { group, reference } of dependents.get(gone) ?? []) {
      const others = (left.get(reference) ?? 0) - 1;
      left.set(reference, others);
      if (others === 0) reject(group, reference);
    }
  }
  const needs = new Map<RowGroup, Map<RowGroup, Reference>>();
  for (const [provider, all] of dependents) {
    for (const { group, reference } of all) {
      if (group === provider || orphans.has(group)) continue;
      needs.set(group, (needs.get(group) ?? new Map()).set(provider, reference));
    }
  }
  return { orphans, needs };
}

interface Missing {
  readonly group: RowGroup;
  readonly reference: Reference;
}

async function notStored(groups: readonly RowGroup[], finder: Finder): Promise<readonly Missing[]> {
  const all = groups.flatMap((group) => enforcedReferences(group).map((reference) => ({ group, reference })));
  const lookups = new Map(
    all.flatMap(({ reference }) => reference.lookups.map((each) => [lookupName(each), each] as const)),
  );
  if (lookups.size === 0) return [];
  const rows = await finder.find([...lookups.values()]);
  const found = new Set([...lookups.keys()].filter((_name, index) => rows[index] !== undefined));
  return all.filter(({ reference }) => !reference.lookups.some((lookup) => found.has(lookupName(lookup))));
}

/** The groups that have a row which is missing, by its name. */
function offers(missing: readonly Missing[], groups: readonly RowGroup[]): ReadonlyMap<string, readonly RowGroup[]> {
  const wanted = new Map<string, RowGroup[]>();
  const kinds = new Map<Table, Map<string, readonly string[]>>();
  for (const { table, by, key } of missing.flatMap(({ reference }) => reference.lookups)) {
    wanted.set(rowName(table, by, key), []);
    kinds.set(table, (kinds.get(table) ?? new Map()).set(String(by), by));
  }
  if (wanted.size === 0) return wanted;
  const add = (group: RowGroup, table: Table, row: Row): void => {
    for (const by of kinds.get(table)?.values() ?? []) {
      const name = rowName(
        table,
        by,
        by.map((each) => cell(table, row, each)),
      );
      wanted.get(name)?.push(group);
    }
  };
  for (const group of groups) {
    add(group, group.root, group.row);
    for (const { table, rows } of group.children) for (const row of rows) add(group, table, row);
  }
  return wanted;
}

function rowName(table: Table, by: readonly string[], key: readonly (Value | RowLookup)[]): string {
  return JSON.stringify([table.name, by, key.map((part) => (isLookup(part) ? lookupName(part) : String(part)))]);
}
