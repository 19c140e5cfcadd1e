import { column, type Table } from '../schema/table.ts';
import { OLD_ID } from './finds.ts';
import type { ColumnDeclaration, DatasetDeclaration } from './language.ts';
import { targetOf } from './named.ts';
import type { ColumnPlan, FindPart, FindPlan, FindsPlan } from './plan.ts';
import { isRequired } from './plan.ts';
import { Misspelt, readSource, type Source } from './source.ts';

type WayToFind = Readonly<Record<string, string | readonly string[]>>;

/** Every way of `found_by`, in the order in which they are written. */
export function waysOf({ found_by: ways = [] }: ColumnDeclaration): readonly (readonly WayToFind[])[] {
  return ways.map((group): readonly WayToFind[] => (Array.isArray(group) ? group : [group]));
}

/** The columns of which members of the rest name the row. */
export function findsOf(
  columns: readonly ColumnPlan[],
  tables: ReadonlyMap<string, Table>,
  parameters: NonNullable<DatasetDeclaration['parameters']>,
): readonly FindsPlan[] {
  return columns.flatMap((plan): FindsPlan[] => {
    const { references = '', found_by: ways } = plan.declaration;
    const table = tables.get(targetOf(references).table);
    if (ways === undefined || table === undefined) return [];
    const groups = waysOf(plan.declaration).map((group) =>
      group.map((way): FindPlan => ({ table, parts: partsOf(way, table, tables, parameters) })),
    );
    return [{ column: plan.name, isRequired: isRequired(plan), groups }];
  });
}

function partsOf(
  way: WayToFind,
  table: Table,
  tables: ReadonlyMap<string, Table>,
  parameters: NonNullable<DatasetDeclaration['parameters']>,
): readonly FindPart[] {
  return Object.entries(way).map(([name, given]): FindPart => {
    const sources = [given].flat().flatMap((text): Source[] => {
      const source = readSource(text);
      return source instanceof Misspelt ? [] : [source];
    });
    const option = sources.find((source) => source.of === 'option');
    const [own = '', inner] = name.split('.');
    const target = inner === undefined ? undefined : tables.get(table.columns[own]?.references?.table ?? '');
    return {
      name,
      through: target && inner !== undefined ? { table: target, name: inner } : undefined,
      isTime: name !== OLD_ID && own in table.columns && column(table, own).type === 'timestamp',
      ways: sources.flatMap((source) => (source.of === 'record' ? [source.way] : [])),
      source: option && { name: option.name, standard: parameters[option.name] ?? null },
    };
  });
}
