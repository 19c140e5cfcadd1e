import type { Registry } from '../datasets/registry.ts';
import { buildDeclarations } from '../declarations/build.ts';
import { fitsMembers } from '../declarations/conditions.ts';
import { loadFunctions } from '../declarations/functions.ts';
import type { ChildDeclaration, DatasetDeclaration, Declarations } from '../declarations/language.ts';
import type { DatasetPlan, RecordPlan } from '../declarations/plan.ts';
import type { Way } from '../json/pointer.ts';
import type { Step } from '../json/split.ts';
import { SHIPPED_MODULES } from '../recipes/functions.ts';
import type { PathStep } from './places.ts';

// What a config declares already: a proposal takes its names from there, and adds what is missing.

/** A record that is declared, or an element in one. */
export interface DeclaredRecord {
  /** Where in the config. */
  readonly at: readonly string[];
  readonly plan: RecordPlan;
  readonly children: readonly DeclaredChild[];
}

export interface DeclaredChild extends DeclaredRecord {
  readonly steps: readonly PathStep[];
}

export interface DeclaredDataset extends DeclaredRecord {
  readonly plan: DatasetPlan;
  /** Its patterns of files, as they are written. */
  readonly files: readonly string[];
  readonly hasExclude: boolean;
}

/** The datasets of a registry that a config declares; none of recipes. */
export async function declaredIn({ origin, datasets: all }: Registry): Promise<readonly DeclaredDataset[]> {
  if (origin === 'built-in' || !('declarations' in origin)) return [];
  const declarations = origin.declarations as Declarations;
  const { datasets } = buildDeclarations(
    declarations,
    await loadFunctions(declarations, origin.folder, SHIPPED_MODULES),
  );
  const shipped = new Set(all.flatMap(({ name, isShipped }) => (isShipped ? [name] : [])));
  return datasets.flatMap((plan) => {
    if (shipped.has(plan.name)) return [];
    const declaration = declarations.datasets[plan.name] as DatasetDeclaration;
    return {
      ...declaredRecord(plan, declaration, ['datasets', plan.name]),
      plan,
      files: [declaration.files ?? []].flat(),
      hasExclude: declaration.exclude !== undefined,
    };
  });
}

function declaredRecord(
  plan: RecordPlan,
  { children = {} }: DatasetDeclaration | ChildDeclaration,
  at: readonly string[],
): DeclaredRecord {
  // The plan has them in the order in which they are written.
  const named = Object.entries(children);
  return {
    at,
    plan,
    children: plan.children.flatMap((child, index): DeclaredChild[] => {
      const [name, declaration] = named[index] ?? [];
      if (name === undefined || declaration === undefined) return [];
      return [
        { ...declaredRecord(child, declaration, [...at, 'children', name]), steps: child.path.steps.map(stepOf) },
      ];
    }),
  };
}

function stepOf(step: Step): PathStep {
  if (step.to === 'member') return { to: 'member', name: step.name };
  return { to: step.to === 'names' ? 'names' : 'elements' };
}

/** Whether it takes the file; of those that name none, by the members of the records. */
export function takesFile({ plan }: DeclaredDataset, path: string, members: ReadonlySet<string>): boolean {
  if (plan.files.length === 0) return fitsMembers(plan.when ?? {}, members);
  const matches = (pattern: DatasetPlan['files'][number]): boolean => pattern.match(path) !== undefined;
  return plan.files.some(matches) && !plan.exclude.some(matches);
}

/** Whether it finds its records there. */
export function readsPlace({ plan }: DeclaredDataset, steps: readonly PathStep[]): boolean {
  if (plan.records === undefined) return steps.length === 0 || isSamePath(steps, [{ to: 'elements' }]);
  return plan.records.some((path) => isSamePath(path.steps.map(stepOf), steps));
}

/** Whether its records lie in the records of a place, and the member at the end of the way is one of them, in one, or around some. */
export function takesInside({ plan }: DeclaredDataset, steps: readonly PathStep[], way: Way): boolean {
  return (plan.records ?? []).some((path) => {
    const all = path.steps.map(stepOf);
    const inside = all.slice(steps.length);
    if (inside.length === 0 || !isSamePath(all.slice(0, steps.length), steps)) return false;
    return inside.every((step, at) => {
      const name = way[at];
      return name === undefined || step.to === 'names' || (step.to === 'member' && step.name === name);
    });
  });
}

export function isSamePath(one: readonly PathStep[], other: readonly PathStep[]): boolean {
  return one.length === other.length && one.every((step, at) => isSameStep(step, other[at]));
}

function isSameStep(one: PathStep, other: PathStep | undefined): boolean {
  return one.to === other?.to && (one.to !== 'member' || other.to !== 'member' || one.name === other.name);
}

/** Whether something is said of a member: a column or child takes it, a part of it, or what it is part of; or it is ignored. */
export function isCovered({ plan, children }: DeclaredRecord, way: Way): boolean {
  const { rest, columns } = plan;
  if (rest.to === 'ignore' && rest.members.some((ignored) => isInside(way, ignored))) return true;
  const isTaken = columns.some(({ sources }) =>
    sources.some(
      (source) =>
        source.of === 'value' || (source.of === 'record' && (isInside(way, source.way) || isInside(source.way, way))),
    ),
  );
  return isTaken || children.some(({ steps }) => isInside(namesOf(steps), way) || isInside(way, namesOf(steps)));
}

/** The names of members on the way to the rows of a child. */
export function namesOf(steps: readonly PathStep[]): Way {
  const end = steps.findIndex(({ to }) => to !== 'member');
  return steps.slice(0, end < 0 ? undefined : end).flatMap((step) => (step.to === 'member' ? [step.name] : []));
}

function isInside(way: Way, outer: Way): boolean {
  return outer.every((name, at) => way[at] === name);
}

/** Where the config says what becomes of a member of the records; of others, the dataset. */
export function placeOfMember(record: DeclaredRecord, tokens: Way): readonly string[] {
  for (const child of record.children) {
    const isInChild = child.steps.every((step, at) =>
      step.to === 'member' ? step.name === tokens[at] : tokens[at] !== undefined,
    );
    if (isInChild) return placeOfMember(child, tokens.slice(child.steps.length));
  }
  const column = record.plan.columns.find(({ sources }) =>
    sources.some((source) => source.of === 'record' && tokens.length > 0 && isInside(tokens, source.way)),
  );
  return column === undefined ? record.at : [...record.at, 'columns', column.name];
}
