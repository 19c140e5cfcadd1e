import type { RunEvent } from '../report/events.ts';
import type { Shape } from '../schema/comparison/shape.ts';
import type { Table } from '../schema/table.ts';

/**
 * The tables that a run works with. Where an application has tables of its own and none of owners, nothing in them leads to one:
 * it gets none from us.
 */
export function tablesToCreate(needed: readonly Table[], { tables, declared: { owners } }: Shape): readonly Table[] {
  const isThere = ({ name }: Table): boolean => tables.has(name);
  if (owners === undefined || isThere(owners)) return needed;
  const isWanted = (table: Table): boolean => table.owner !== undefined && !isThere(table);
  const others = needed.filter((table) => table !== owners);
  return others.some((table) => isWanted(table)) || others.every((table) => table.owner === undefined)
    ? needed
    : others;
}

/** What was created, as a person is told: tables of the data, and all others are the ledger's. */
export function tablesCreated(created: readonly string[], needed: readonly Table[]): RunEvent {
  const ofData = new Set(needed.map(({ name }) => name));
  const ledger = created.filter((name) => !ofData.has(name));
  return { kind: 'tables-created', tables: created.filter((name) => ofData.has(name)), ledger };
}
