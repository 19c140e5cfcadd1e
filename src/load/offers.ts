import {
  answerOf,
  isLookup,
  lookupName,
  type Reference,
  type RowLookup,
  unknownReferences,
} from '../schema/row-group.ts';
import { cell, column, type Row, type Value } from '../schema/table.ts';
import type { AttemptStep } from './attempt-step.ts';

/** A row that a reference looks for, and that is on its way: of a step that loads together with the one that refers to it. */
export interface Offer {
  /** What is wanted of it; undefined where the database gives it when it is written. */
  readonly value: Value | undefined;
}

/** By the name of the lookup. */
export function offersOf(missing: readonly Reference[], steps: readonly AttemptStep[]): ReadonlyMap<string, Offer> {
  const offers = new Map<string, Offer>();
  const tables = new Set(steps.flatMap(({ group }) => [group.root, ...group.children.map(({ table }) => table)]));
  const wanted = missing.flatMap(({ lookups }) => lookups).filter(({ table }) => tables.has(table));
  if (wanted.length === 0) return offers;
  const kinds = new Map(
    wanted.map((lookup) => [JSON.stringify([lookup.table.name, lookup.by, answerOf(lookup), lookup.fold]), lookup]),
  );
  const names = new Set(wanted.filter(({ key }) => !key.some(isLookup)).map(lookupName));
  for (const lookup of kinds.values()) {
    for (const { group } of steps) {
      const own = group.root === lookup.table ? [group.row] : [];
      const rows = [...own, ...(group.children.find(({ table }) => table === lookup.table)?.rows ?? [])];
      const open = new Set(unknownReferences(group).map((reference) => reference.column));
      for (const row of rows) {
        const name = lookupName({ ...lookup, key: lookup.by.map((each) => cell(lookup.table, row, each)) });
        if (names.has(name) && !offers.has(name)) offers.set(name, { value: wantedOf(lookup, row, open) });
      }
    }
  }
  return offers;
}

function wantedOf(lookup: RowLookup, row: Row, open: ReadonlySet<string>): Value | undefined {
  const { table } = lookup;
  const answer = answerOf(lookup);
  if (column(table, answer).type === 'identity' || open.has(answer)) return undefined;
  return cell(table, row, answer) ?? undefined;
}
