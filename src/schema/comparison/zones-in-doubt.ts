import type { Table } from '../table.ts';
import type { Shape } from './shape.ts';

/** What is not known of times without a zone: the application may write them on the clock of its server. Nothing where somebody has said the zone. */
export function zonesInDoubt(
  { serverZone, tables: found }: Shape,
  tables: readonly Table[],
  { databaseZone }: { readonly databaseZone?: string | undefined },
): readonly string[] {
  if (serverZone === undefined || databaseZone !== undefined) return [];
  const columns = tables.flatMap(({ name }) =>
    (found.get(name)?.columns ?? []).filter(({ hasNoZone }) => hasNoZone).map((each) => `${name}.${each.name}`),
  );
  if (columns.length === 0) return [];
  const named =
    columns.length > 3 ? `${columns.slice(0, 3).join(', ')} and ${columns.length - 3} more` : columns.join(', ');
  return [
    `the zone of the server is ${serverZone}, and ${named} ${columns.length === 1 ? 'has' : 'have'} none: times there are taken for UTC. Say --database-zone ${serverZone} where the application writes its own time, or --database-zone UTC`,
  ];
}
