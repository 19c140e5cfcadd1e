import type { Candidate, Dataset } from '../datasets/dataset.ts';
import { joinPointer } from '../json/pointer.ts';
import type { Container } from '../json/split.ts';
import type { Table } from '../schema/table.ts';
import { fitsMembers } from './conditions.ts';
import { destinationsOf } from './destinations.ts';
import { exportLayout } from './layout.ts';
import { compileMapper } from './mapper.ts';
import type { DatasetPlan, RecordPlan } from './plan.ts';
import type { RecordPath } from './source.ts';
import { referencedBy } from './table-draft.ts';

/** A declared dataset as the program has it: like a built-in one. */
export function declaredDataset(
  plan: DatasetPlan,
  order: readonly Table[],
  feeding: ReadonlyMap<string, readonly string[]>,
  peers: readonly DatasetPlan[],
): Dataset {
  const tables = tablesOf(plan);
  const named = allPlans(plan).flatMap((each) => each.named.map(({ table }) => table.name));
  const needed = [...tables.flatMap(referencedBy), ...named].flatMap((name) => feeding.get(name) ?? []);
  return {
    name: plan.name,
    ...(plan.origin !== plan.name && { formerName: plan.origin }),
    mappingVersion: plan.fingerprint,
    description: plan.description,
    tables,
    ...(plan.surplusGoes.size > 0 && { surplusGoes: plan.surplusGoes }),
    ...(plan.onConflict && { onConflict: plan.onConflict }),
    isOwned: false,
    dependsOn: [...new Set(needed)].filter((name) => name !== plan.name),
    destinations: destinationsOf(plan),
    ...(plan.files.length > 0 && {
      takesFile: (path: string) => isTaken(plan, path),
      namesFile: (path: string) => isTaken({ ...plan, files: plan.files.filter(({ isPath }) => isPath) }, path),
    }),
    ...(plan.files.length === 0 && { takesByRecords: true as const }),
    ...askedBy(plan),
    expects: () => false,
    containerOf: (candidate) => containerOf(plan, candidate),
    compile: (context, inside = []) =>
      compileMapper({ ...plan, elsewhere: [...plan.elsewhere, ...inside] }, childTables(plan, order), context),
    layout: exportLayout(plan, peers),
  };
}

/** Pointers to values of the document around the records. */
function askedBy(plan: DatasetPlan): Pick<Dataset, 'asked'> {
  const sources = allPlans(plan).flatMap(({ columns }) => columns.flatMap((column) => column.sources));
  const asked = sources.flatMap((source) => (source.of === 'document' ? [source.way.reduce(joinPointer, '')] : []));
  return asked.length === 0 ? {} : { asked };
}

function allPlans(plan: RecordPlan): readonly RecordPlan[] {
  return [plan, ...plan.children.flatMap(allPlans)];
}

export function tablesOf(plan: RecordPlan): readonly Table[] {
  return [plan.table, ...plan.children.flatMap(tablesOf)];
}

function isTaken({ files, exclude }: DatasetPlan, path: string): boolean {
  const matches = (pattern: DatasetPlan['files'][number]): boolean => pattern.match(path) !== undefined;
  return files.some(matches) && !exclude.some(matches);
}

/** How the records lie in a file. */
function containerOf(plan: DatasetPlan, { lines, shape }: Candidate): Container | undefined {
  const { records } = plan;
  if (lines) {
    // A path that leads into lines is none that can be read.
    const areRecords = records === undefined || records.some(({ steps }) => steps.length === 0);
    return areRecords && isMine(plan, shape) ? { kind: 'lines' } : undefined;
  }
  const placed = needsPlace(plan) ? { isPlaced: true as const } : {};
  const found =
    records === undefined
      ? { kind: 'path' as const, steps: shape.begins === 'array' ? [{ to: 'elements' } as const] : [], ...placed }
      : { kind: 'path' as const, steps: firstThere(records, shape).steps, ...placed };
  return isMine(plan, recordShape(found.steps, shape)) ? found : undefined;
}

/** A dataset that names files takes them; any other looks at the members of the first records. */
function isMine({ files, when = {} }: DatasetPlan, record: Candidate['shape'] | undefined): boolean {
  return files.length > 0 || (record !== undefined && fitsMembers(when, record.members));
}

/** Whether rows take something from where their record lies in its file. */
function needsPlace({ records = [], columns }: DatasetPlan): boolean {
  return (
    records.some(({ captures }) => captures.length > 0) ||
    columns.some(
      ({ sources, declaration }) => declaration.plus !== undefined || sources.some(({ of }) => of === 'position'),
    )
  );
}

/** Of several paths the first that is there and not empty. */
function firstThere(paths: readonly RecordPath[], shape: Candidate['shape']): RecordPath {
  const there = paths.find(({ steps }) => recordShape(steps, shape) !== undefined);
  return there ?? (paths[0] as RecordPath);
}

function recordShape(steps: RecordPath['steps'], shape: Candidate['shape']): Candidate['shape'] | undefined {
  let found: Candidate['shape'] | undefined = shape;
  for (const step of steps) {
    if (step.to === 'member') found = found?.members.get(step.name);
    else if (step.to === 'elements') found = found?.first;
    else found = found?.members.values().next().value;
  }
  return found;
}

function childTables(plan: RecordPlan, order: readonly Table[]): readonly Table[] {
  const own = new Set(tablesOf(plan).slice(1));
  return order.filter((table) => own.has(table));
}
