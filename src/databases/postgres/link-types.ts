import type { DeclaredTables } from '../../schema/declared-tables.ts';
import type { Column } from '../../schema/table.ts';
import { placeIn } from '../../schema/table-place.ts';
import { binaryTypes } from './ddl.ts';
import { matchedColumns, storedForm } from './known-table.ts';
import { keyOf, type Relation, type RelationColumn } from './relations.ts';

/**
 * A column of a new table that refers to one of an application has its type, which need not be the declared one: PostgreSQL has no
 * foreign keys between texts and numbers or UUIDs.
 */
export function linkTypes(
  declared: DeclaredTables,
  relations: ReadonlyMap<string, Relation>,
  schema: string,
): (link: Column) => RelationColumn | undefined {
  return (link) => {
    const target = link.references && declared.find(link.references.table);
    const relation = target && relations.get(keyOf(placeIn(schema, target.name)));
    if (target === undefined || relation === undefined) return undefined;
    const [key = ''] = link.references?.column === undefined ? target.primaryKey : [link.references.column];
    const stored = matchedColumns(target, relation).get(key);
    if (stored === undefined || binaryTypes(link).includes(stored.plain)) return undefined;
    return storedForm(link, stored) === undefined ? undefined : stored;
  };
}
