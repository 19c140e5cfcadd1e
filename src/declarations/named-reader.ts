import type { RecordAccount } from '../datasets/account.ts';
import type { MappingContext } from '../datasets/dataset.ts';
import { Refused, Repaired } from '../datasets/read-value.ts';
import { joinPointer } from '../json/pointer.ts';
import type { JsonValue } from '../json/value.ts';
import type { Cells } from '../schema/cells.ts';
import type { Reference, RowLookup } from '../schema/row-group.ts';
import { column, type Row, rowOf, type Value } from '../schema/table.ts';
import { columnReader } from './column-reader.ts';
import { type Environment, sourceValue } from './environment.ts';
import { standardOf } from './named.ts';
import type { ColumnPlan, MadeColumn, NamedReferencePlan, RecordPlan } from './plan.ts';

/** Reads what a row names by a value, which its cells hold until it is looked up. */
export type NamedReading = (
  cells: Cells,
  value: JsonValue,
  pointer: string,
  environment: Environment,
  account: RecordAccount,
) => readonly Reference[];

const NONE: readonly Reference[] = [];

export function compileNamed({ named }: RecordPlan, context: MappingContext): NamedReading {
  if (named.length === 0) return () => NONE;
  const readings = named.map((plan) => compileReference(plan, context));
  return (...given) => readings.flatMap((read) => read(...given) ?? []);
}

function compileReference(
  plan: NamedReferencePlan,
  context: MappingContext,
): (...given: Parameters<NamedReading>) => Reference | undefined {
  const { column: name, table, answer, by, fold, orphans, make, way } = plan;
  const words = `the row of ${table.name} whose ${by} the record names`;
  const read = make?.map((each) => ({ ...each, read: compileMade(each, context) }));
  const standards = Object.keys(table.columns).map((each) => [each, standardOf(column(table, each))] as const);
  return (cells, value, pointer, environment, account) => {
    const key = cells.get(name);
    if (key === null) return undefined;
    const exact: RowLookup = { table, by: [by], key: [key], answer, words };
    const lookups = fold ? [exact, { ...exact, fold: true as const }] : [exact];
    const made: Record<string, Value> = { ...Object.fromEntries(standards), [by]: key };
    for (const { name: each, source, read: readMade } of read ?? []) {
      const found = readMade(sourceValue(source, value, environment) ?? null, pointer, account);
      if (found !== null) made[each] = found;
    }
    return {
      column: name,
      pointer: way.reduce(joinPointer, pointer),
      lookups,
      ...(orphans !== 'reject' && { orphans }),
      ...(read && { make: rowOf(table, made) }),
    };
  };
}

function compileMade(
  { name, column: declared }: MadeColumn,
  context: MappingContext,
): (value: JsonValue, pointer: string, account: RecordAccount) => Value {
  const plan = { name, column: declared, declaration: {}, type: { column: declared, reads: 'column' } };
  const read = columnReader(plan as unknown as ColumnPlan)(declared, context);
  return (value, pointer, account) => {
    if (value === null) return null;
    const result = read(value);
    if (result instanceof Refused) {
      for (const place of result.places) account.reject(result.code, pointer + place, result.say(name));
      return null;
    }
    return result instanceof Repaired ? result.value : result;
  };
}

/** A row of which the references are still to be looked up: those columns are NULL. */
export function openRow(cells: Cells, references: readonly Reference[]): Row {
  return cells.with(Object.fromEntries(references.map((reference) => [reference.column, null]))).row;
}
