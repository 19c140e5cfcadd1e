import type { MappingContext, PlainRecords, UniformRows } from '../datasets/dataset.ts';
import { plainSlots } from '../datasets/member-slots.ts';
import type { SeenMembers } from '../datasets/seen-members.ts';
import type { Way } from '../json/pointer.ts';
import { rowLayout } from '../schema/table.ts';
import { constantOf } from './column-reader.ts';
import { type EnvironmentOf, takesPlace } from './environment.ts';
import { takesFileTime } from './file-time.ts';
import { compileFinish } from './finish-row.ts';
import { isByColumn } from './language-column.ts';
import { type ColumnPlan, type DatasetPlan, isRequired } from './plan.ts';
import { keptBy, type ReadRecord, referencesIn, specsOf } from './record-reader.ts';

/** A record of a declared dataset, when it was validated. */
export interface Mapped {
  readonly record: ReadRecord;
  /** The same without the time of the file, where that fills something. */
  readonly timeless: ReadRecord | undefined;
  /** What tells it from others, where its table has no natural key: its own key, or its content. */
  readonly told: { readonly key: string } | { readonly content: string } | undefined;
}

/** How most records of a flat dataset are read straight from their bytes. */
export function compilePlain(
  plan: DatasetPlan,
  { documentWays, seen }: { readonly documentWays: readonly Way[]; readonly seen: SeenMembers },
  context: MappingContext,
  environmentOf: EnvironmentOf,
): { readonly plain?: PlainRecords<Mapped> } {
  const { table, columns, children, named, rest, rowKey, when, skip, check, functions, states, apiKey } = plan;
  const readsMembers = columns.every(
    ({ made, sources }) => made === undefined && sources.every(({ of }) => of !== 'value'),
  );
  const isFlat =
    children.length === 0 &&
    named.length === 0 &&
    (table.recordKey === undefined || rowKey !== undefined) &&
    rest.to === 'column' &&
    readsMembers &&
    !takesFileTime(plan);
  if (!isFlat || when || states || functions || apiKey || skip.length > 0 || check.length > 0) return {};
  const finish = compileFinish(plan, context);
  const layout = rowLayout(table);
  const required = columns
    .filter(
      (column) => isRequired(column) && column.sources.length > 0 && column.sources.every(({ of }) => of === 'record'),
    )
    .flatMap(({ name, declaration, otherwise }) =>
      declaration.default === undefined && otherwise === undefined ? [layout.places.get(name) ?? -1] : [],
    );
  return {
    plain: {
      slots: plainSlots(table, specsOf(plan), context, { elsewhere: plan.elsewhere, seen, kept: keptBy(plan) }),
      layout,
      isEnough: (row) => required.every((place) => place < 0 || row[place] !== null),
      uniform: uniformRows(plan, context),
      finish(members, source, account, place) {
        if (documentWays.length > 0 && source.container === 'lines') return undefined;
        const finished = finish(members, null, '', environmentOf({ place }, source), account);
        return (
          finished && {
            record: {
              ...finished,
              pointer: '',
              named: NONE,
              children: NONE,
              references: referencesIn(plan, finished.cells, ''),
            },
            timeless: undefined,
            told: undefined,
          }
        );
      },
    },
  };
}

/** Of a row alone. */
const NONE: readonly never[] = [];

/** Undefined where what a row holds beside its members follows from their values, or from the place of its record. */
function uniformRows(plan: DatasetPlan, context: MappingContext): UniformRows | undefined {
  const { table, columns, references, finds = [], rowKey, keyMember } = plan;
  const followsFromValues = columns.some(
    ({ declaration: { derive, uuid5, default: standard } }) =>
      derive !== undefined || uuid5 !== undefined || (standard !== undefined && isByColumn(standard)),
  );
  const isAlone = rowKey === undefined && keyMember === undefined && finds.length === 0 && !table.holdsOwners;
  if (followsFromValues || !isAlone || takesPlace(plan) || references.some(({ to }) => to.length > 1)) return undefined;
  const { places } = rowLayout(table);
  const named = new Set([...table.naturalKey, table.owner, ...references.flatMap((each) => each.columns)]);
  const isFilledByMembersAlone = ({ declaration, otherwise, sources }: ColumnPlan): boolean =>
    declaration.value === undefined &&
    declaration.default === undefined &&
    otherwise === undefined &&
    sources.every(({ of }) => of === 'record');
  const placesOf = (chosen: readonly ColumnPlan[]): number[] => chosen.flatMap(({ name }) => places.get(name) ?? []);
  return {
    nullable: new Set(
      placesOf(columns.filter((each) => isFilledByMembersAlone(each) && !isRequired(each) && !named.has(each.name))),
    ),
    exceptions: new Map(
      columns.flatMap((each): [number, string][] => {
        const { otherwise, name } = each;
        // Where a record says itself what would follow from the rest, the rest remembers that.
        if (!otherwise?.isDerived || otherwise.value === undefined) return [];
        return [[places.get(name) ?? -1, String(constantOf(each, otherwise.value, context))]];
      }),
    ),
  };
}
