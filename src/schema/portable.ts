import type { DeclaredTables } from './declared-tables.ts';
import type { Reference, RowGroup, RowLookup } from './row-group.ts';
import type { Row, Value } from './table.ts';

/** A row group that can go from one thread to another: tables by name. */
export interface PortableGroup extends Omit<RowGroup, 'root' | 'children' | 'references' | 'lead'> {
  readonly root: string;
  readonly children: readonly { readonly table: string; readonly rows: readonly Row[] }[];
  readonly references: readonly PortableReference[] | undefined;
  readonly lead: PortableGroup | undefined;
}

export interface PortableReference extends Omit<Reference, 'lookups'> {
  readonly lookups: readonly PortableLookup[];
}

interface PortableLookup extends Omit<RowLookup, 'table' | 'key'> {
  readonly table: string;
  readonly key: readonly (Value | PortableLookup)[];
}

export function packGroup(group: RowGroup): PortableGroup {
  return {
    ...group,
    root: group.root.name,
    children: group.children.map(({ table, rows }) => ({ table: table.name, rows })),
    references: group.references && packReferences(group.references),
    lead: group.lead && packGroup(group.lead),
  };
}

export function packReferences(references: readonly Reference[]): readonly PortableReference[] {
  return references.map((reference) => ({ ...reference, lookups: reference.lookups.map(packLookup) }));
}

function packLookup(lookup: RowLookup): PortableLookup {
  const key = lookup.key.map((part) => (typeof part === 'object' && part !== null ? packLookup(part) : part));
  return { ...lookup, table: lookup.table.name, key };
}

export function unpackGroup({ references, lead, ...group }: PortableGroup, declared: DeclaredTables): RowGroup {
  return {
    ...group,
    root: declared.get(group.root),
    children: group.children.map(({ table, rows }) => ({ table: declared.get(table), rows })),
    ...(references && { references: unpackReferences(references, declared) }),
    ...(lead && { lead: unpackGroup(lead, declared) }),
  };
}

export function unpackReferences(
  references: readonly PortableReference[],
  declared: DeclaredTables,
): readonly Reference[] {
  return references.map((reference) => ({
    ...reference,
    lookups: reference.lookups.map((lookup) => unpackLookup(lookup, declared)),
  }));
}

function unpackLookup(lookup: PortableLookup, declared: DeclaredTables): RowLookup {
  const table = declared.get(lookup.table);
  const key = lookup.key.map((part) =>
    typeof part === 'object' && part !== null ? unpackLookup(part, declared) : part,
  );
  return { ...lookup, table, key };
}
