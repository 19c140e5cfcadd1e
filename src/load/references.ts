import type { Finder, FoundRow } from '../databases/database.ts';
import type { Finding } from '../reject.ts';
import {
  isLookup,
  lookupName,
  type Reference,
  type RowGroup,
  type RowLookup,
  unknownReferences,
} from '../schema/row-group.ts';
import { loadColumns, type Value } from '../schema/table.ts';

/** The group with its generated keys, or why one of them is not known. */
export type Resolved = { readonly group: RowGroup } | { readonly finding: Finding };

/** Fills the columns of references with what the rows hold that they name. Those that the row knows itself are left to the database. */
export async function resolveReferences(groups: readonly RowGroup[], finder: Finder): Promise<readonly Resolved[]> {
  const lookups = groups.flatMap((group) => unknownReferences(group).flatMap((reference) => reference.lookups));
  if (lookups.length === 0) return groups.map((group) => ({ group }));
  const found = await findRows(lookups, finder);
  return groups.map((group) => resolve(group, found));
}

type Found = ReadonlyMap<string, FoundRow>;

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

function resolve(group: RowGroup, found: Found): Resolved {
  const references = unknownReferences(group);
  if (references.length === 0) return { group };
  const row = [...group.row];
  const columns = loadColumns(group.root);
  for (const reference of references) {
    const hits = reference.lookups.map((lookup) => found.get(lookupName(lookup))).filter((hit) => hit !== undefined);
    const [hit] = hits;
    if (hit === undefined || hit === 'several') return { finding: findingOf(reference, hit) };
    row[columns.indexOf(reference.column)] = hit.value;
  }
  return { group: { ...group, row } };
}

/** Why a record is rejected of which a reference finds no row, or several. */
export function findingOf({ pointer, lookups }: Reference, hit?: 'several'): Finding {
  const named = lookups.map(({ words }) => words).join(' or ');
  return hit === undefined
    ? { code: 'unknown-reference', pointer, message: `neither a file nor the database has ${named}` }
    : { code: 'ambiguous-reference', pointer, message: `several rows of the database have ${named}` };
}
