import type { Way } from '../json/pointer.ts';
import { pathText, waysMeet } from '../json/split.ts';
import type { Table } from '../schema/table.ts';
import { findsOf } from './build-finds.ts';
import type { ChildDeclaration, Condition, DatasetDeclaration, Declarations } from './language.ts';
import { namedReferences } from './named.ts';
import type { ChildPlan, ColumnPlan, DatasetPlan, LinkPlan, RecordPlan, ReferencePlan, RestPlan } from './plan.ts';
import type { RecordPath } from './source.ts';
import type { TableDraft } from './table-draft.ts';

/** Where something stands in the declarations: names from their root. */
export type Place = readonly string[];
export type AnyRecord = ChildDeclaration | DatasetDeclaration;

/** A record while its table is not finished yet. */
export interface RecordDraft {
  readonly table: TableDraft;
  readonly columns: readonly ColumnPlan[];
  readonly links: readonly LinkPlan[];
  readonly children: readonly ChildDraft[];
  readonly childWays: readonly Way[];
  readonly rest: RestPlan;
}

interface ChildDraft extends RecordDraft {
  readonly at: Place;
  readonly path: RecordPath;
  readonly when: Condition | undefined;
}

/** What a child knows of the record around it. */
export interface Parent {
  readonly table: TableDraft;
  readonly root: TableDraft;
}

/** The record with its finished table. */
export function finishRecord(
  draft: RecordDraft,
  tables: ReadonlyMap<string, Table>,
  ofParent: RecordPlan['named'] = [],
  parameters: DatasetDeclaration['parameters'] = {},
): RecordPlan {
  const { columns, links, children, childWays, rest } = draft;
  const named = namedReferences(draft, tables, ofParent);
  return {
    table: tables.get(draft.table.name) as Table,
    columns,
    links,
    references: referencesOf(draft, tables, new Set(named.map(({ column }) => column))),
    named,
    children: children.map(
      (child): ChildPlan => ({
        ...finishRecord(child, tables, named),
        at: child.at,
        path: child.path,
        when: child.when,
      }),
    ),
    elsewhere: childWays,
    finds: findsOf(columns, tables, parameters),
    rest,
  };
}

/** The foreign keys of a table but those to the parent, whose row is there. */
function referencesOf(
  { table: draft, columns, links }: RecordDraft,
  tables: ReadonlyMap<string, Table>,
  named: ReadonlySet<string>,
): readonly ReferencePlan[] {
  const table = tables.get(draft.name) as Table;
  const single = Object.entries(table.columns).flatMap(([name, { references }]) =>
    references
      ? [{ columns: [name], table: references.table, to: references.column === undefined ? [] : [references.column] }]
      : [],
  );
  const isLink = (names: readonly string[]): boolean =>
    names.every((name) => links.some(({ column }) => column === name));
  return [...single, ...(table.foreignKeys ?? [])].flatMap((key) => {
    const target = tables.get(key.table);
    // An owner is made where there is none.
    const isOwner = target?.holdsOwners === true && String(key.columns) === draft.owner;
    if (target === undefined || isOwner || isLink(key.columns) || key.columns.some((name) => named.has(name)))
      return [];
    const source = columns.find(({ name }) => name === key.columns[0])?.sources.find(({ of }) => of === 'record');
    const to = key.to.length > 0 ? key.to : target.primaryKey;
    return [{ columns: key.columns, table: target, to, way: source?.of === 'record' ? source.way : [] }];
  });
}

/** What datasets of the same files take below the records of this one, by the first path of each. */
export function insideOf(
  plan: DatasetPlan,
  all: readonly DatasetPlan[],
  declared: Declarations['datasets'],
): readonly Way[] {
  const filesOf = ({ name }: DatasetPlan): string => String([declared[name]?.files ?? []].flat()[0]);
  const own = plan.records?.[0]?.steps;
  if (own === undefined) return [];
  return all.flatMap((other) => {
    const steps = other === plan || filesOf(other) !== filesOf(plan) ? [] : (other.records?.[0]?.steps ?? []);
    const isBelow = steps.length > own.length && waysMeet(pathText(own), pathText(steps.slice(0, own.length)));
    const inner = isBelow ? steps.slice(own.length) : [];
    const way = inner.flatMap((step, depth) =>
      step.to === 'member' && inner.slice(0, depth).every(({ to }) => to === 'member') ? [step.name] : [],
    );
    return way.length === 0 ? [] : [way];
  });
}
