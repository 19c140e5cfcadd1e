import type { Finder, FoundRow } from '../databases/transaction.ts';
import { compareValues } from '../json/value-order.ts';
import type { Finding } from '../reject.ts';
import {
  type ChildRows,
  isLookup,
  lookupName,
  type Reference,
  type RowGroup,
  type RowLookup,
  unknownReferences,
} from '../schema/row-group.ts';
import { cell, column, loadColumns, ownKey, type Row, type Table, type Value } from '../schema/table.ts';

/** The group with what its references name, or why one of them is not known. */
export type Resolved =
  | {
      readonly group: RowGroup /** References that found nothing, whose columns are NULL. */;
      readonly empty: readonly Reference[];
    }
  | { readonly finding: Finding };

/** By the name of a lookup. */
export type Found = ReadonlyMap<string, FoundRow>;

/** Fills the columns of references with what the rows hold that they name. Those that the row knows itself are left to the database. */
export async function resolveReferences(groups: readonly RowGroup[], finder: Finder): Promise<readonly Resolved[]> {
  const found = await findNamed(groups.flatMap(unknownReferences), finder);
  return groups.map((group) => resolve(group, found));
}

/** What references name. */
export async function findNamed(references: readonly Reference[], finder: Finder): Promise<Found> {
  const lookups = references.flatMap((reference) => reference.lookups);
  return lookups.length === 0 ? new Map() : findRows(lookups, finder);
}

/** Every distinct lookup once; those that others need for their key go first. */
async function findRows(lookups: readonly RowLookup[], finder: Finder): Promise<Found> {
  const inner = lookups.flatMap(({ key }) => key.filter(isLookup));
  const keys: Found = inner.length === 0 ? new Map() : await findRows(inner, finder);
  const distinct = new Map(lookups.map((lookup) => [lookupName(lookup), lookup]));
  const complete = [...distinct].map(([name, lookup]) => ({ name, lookup: withKeys(lookup, keys) }));
  const asked = complete.flatMap(({ name, lookup }) => (lookup === undefined ? [] : [{ name, lookup }]));
  const rows = await finder.find(asked.map(({ lookup }) => lookup));
  return new Map(asked.map(({ name }, index) => [name, rows[index]]));
}

/** The lookup with found keys in place of its inner lookups; nothing where one of them finds no row. */
function withKeys(lookup: RowLookup, keys: Found): RowLookup | undefined {
  const key = lookup.key.map((part) => (isLookup(part) ? keyOf(keys.get(lookupName(part))) : part));
  return key.some((part) => part === undefined) ? undefined : { ...lookup, key: key.map((part) => part ?? null) };
}

function keyOf(found: FoundRow): Value | undefined {
  return found === 'several' ? undefined : found?.value;
}

/** The first of its lookups that finds something. */
export function hitOf({ lookups }: Reference, found: Found): FoundRow {
  return lookups.map((lookup) => found.get(lookupName(lookup))).find((hit) => hit !== undefined);
}

export function resolve(group: RowGroup, found: Found): Resolved {
  const references = unknownReferences(group);
  if (references.length === 0) return { group, empty: [] };
  const empty: Reference[] = [];
  const filled = new FilledRows(group);
  for (const reference of references) {
    const hit = hitOf(reference, found);
    if (hit === 'several') return { finding: findingOf(reference, hit) };
    if (hit !== undefined) filled.fill(reference, hit.value);
    else if (reference.orphans === 'keep') filled.fill(reference, wantedBy(reference));
    else if (reference.orphans === 'set_null') empty.push(reference);
    else return { finding: findingOf(reference) };
  }
  return { group: filled.group, empty };
}

function wantedBy({ lookups }: Reference): Value {
  const [part = null] = lookups[0]?.key ?? [];
  return isLookup(part) ? null : part;
}

/** The rows of a group on their way to be complete. */
class FilledRows {
  private readonly of: RowGroup;
  private readonly row: Value[];
  private readonly children: Map<string, Value[][]> | undefined;

  constructor(group: RowGroup) {
    this.of = group;
    this.row = [...group.row];
    const hasOwn = group.references?.some(({ child }) => child !== undefined);
    if (hasOwn)
      this.children = new Map(group.children.map(({ table, rows }) => [table.name, rows.map((row) => [...row])]));
  }

  fill({ column: name, child }: Reference, value: Value): void {
    const { root, children } = this.of;
    const table = child === undefined ? root : children.find((each) => each.table.name === child.table)?.table;
    const row = child === undefined ? this.row : this.children?.get(child.table)?.[child.row];
    if (table && row) row[loadColumns(table).indexOf(name)] = value;
  }

  get group(): RowGroup {
    const { of, row, children } = this;
    if (children === undefined) return { ...of, row };
    const places = new Map<string, readonly number[]>();
    const filled = of.children.map(({ table }): ChildRows => {
      const rows = children.get(table.name) ?? [];
      const sorted = rows.toSorted(byOwnKey(table));
      places.set(
        table.name,
        rows.map((each) => sorted.indexOf(each)),
      );
      return { table, rows: sorted };
    });
    const fills = of.fills?.map(({ child, ...fill }) => {
      return child ? { ...fill, child: { ...child, row: places.get(child.table)?.[child.row] ?? -1 } } : fill;
    });
    return { ...of, row, children: filled, ...(fills && { fills }) };
  }
}

/** The order in which the database gives the child rows of one row. */
export function byOwnKey(table: Table): (one: Row, other: Row) => number {
  const names = ownKey(table);
  return (one, other) => {
    for (const name of names) {
      const order = compareValues(column(table, name), cell(table, one, name), cell(table, other, name));
      if (order !== 0) return order;
    }
    return 0;
  };
}

/** What lookups look for. */
export function wordsOf(lookups: readonly RowLookup[]): string {
  return [...new Set(lookups.map(({ words }) => words))].join(' or ');
}

/** Why a record is rejected of which a reference finds no row, or several. */
export function findingOf({ pointer, lookups }: Reference, hit?: 'several'): Finding {
  const named = wordsOf(lookups);
  return hit === undefined
    ? { code: 'unknown-reference', pointer, message: `neither a file nor the database has ${named}` }
    : { code: 'ambiguous-reference', pointer, message: `several rows of the database have ${named}` };
}
