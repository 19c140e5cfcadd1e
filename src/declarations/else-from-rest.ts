import type { RecordAccount } from '../datasets/account.ts';
import type { MappingContext } from '../datasets/dataset.ts';
import { placeOf } from '../datasets/member-slots.ts';
import { Refused, Repaired } from '../datasets/read-value.ts';
import { joinPointer } from '../json/pointer.ts';
import { ExactNumber, emptyObject, type JsonObject, type JsonValue } from '../json/value.ts';
import type { Cells } from '../schema/cells.ts';
import { rowLayout, type Table, type Value } from '../schema/table.ts';
import { readEpoch } from '../time/time.ts';
import { columnReader } from './column-reader.ts';
import type { ColumnPlan, ElsePlan } from './plan.ts';
import { compileColumnWriter } from './write-value.ts';

/** Fills a column that nothing has filled from members that stay in the rest. */
export interface Else {
  fill(values: Cells, given: Cells, extra: JsonObject | undefined, pointer: string, account: RecordAccount): Cells;
  /** The rest, which remembers that the record says itself what would be derived. */
  remember?(given: Cells, extra: JsonObject | undefined): JsonObject | undefined;
}

export function compileElse(plan: ColumnPlan, table: Table, context: MappingContext): readonly Else[] {
  const { name, otherwise } = plan;
  if (otherwise === undefined) return [];
  const place = placeOf(rowLayout(table), name);
  if (otherwise.epoch !== undefined) return [timeElse(name, place, otherwise)];
  const derivedOf = compileDerivedFromRest(plan, context);
  const write = compileColumnWriter(plan);
  return [
    {
      fill(values, given, extra, pointer, account) {
        if (given.row[place] !== null) return values;
        const stored = values.row[place];
        const derived = stored !== null && !otherwise.isDerived ? null : derivedOf(extra);
        if (derived instanceof Refused) {
          if (stored === null) account.reject(derived.code, joinPointer(pointer, name), derived.say(name));
          return values;
        }
        if (stored === null ? derived === null : stored !== derived) return values;
        if (otherwise.isDerived) account.derived++;
        return stored === null ? values.with({ [name]: derived }) : values;
      },
      ...(otherwise.isDerived && {
        remember(given, extra) {
          const said = given.row[place] ?? null;
          if (said === null || said !== derivedOf(extra)) return extra;
          return Object.assign(emptyObject(), { [name]: write(said) }, extra);
        },
      }),
    },
  ];
}

/** What follows from the rest of a row, so that export leaves it out. */
export function compileDerivedFromRest(
  plan: ColumnPlan,
  context: MappingContext,
): (extra: JsonObject | undefined) => Value | Refused {
  const { members, value: constant } = plan.otherwise ?? { members: [], value: undefined };
  const read = columnReader({ ...plan, declaration: {} })(plan.column, context);
  const last = constant === undefined ? null : read(constant);
  const fallback = last instanceof Repaired ? last.value : last;
  return (extra) => {
    if (extra === undefined) return fallback;
    for (const member of members) {
      const found = extra[member] ?? null;
      const result = found === null ? null : read(found);
      if (result === null || (result instanceof Refused && result.code === 'wrong-type')) continue;
      return result instanceof Repaired ? result.value : result;
    }
    return fallback;
  };
}

function timeElse(name: string, place: number, { members, epoch }: ElsePlan): Else {
  return {
    fill(values, _given, extra, pointer, account) {
      if (values.row[place] !== null || extra === undefined) return values;
      for (const member of members) {
        const digits = digitsOf(extra[member]);
        if (digits === undefined) continue;
        const result = readEpoch(digits, epoch === 'any' ? undefined : epoch);
        if ('ok' in result) {
          if (result.truncated) account.repair('time-truncated');
          return values.with({ [name]: result.ok });
        }
        account.reject(result.code, joinPointer(pointer, member), `${member}: ${result.message}`);
      }
      return values;
    },
  };
}

function digitsOf(value: JsonValue | undefined): string | undefined {
  if (value instanceof ExactNumber) return value.text;
  return typeof value === 'number' ? String(value) : undefined;
}
