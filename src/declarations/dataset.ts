import type { Candidate, Dataset } from '../datasets/dataset.ts';
import { joinPointer, type Way } from '../json/pointer.ts';
import type { Container } from '../json/split.ts';
import type { Table } from '../schema/table.ts';
import { fitsMembers, sourcesOf } from './conditions.ts';
import { destinationsOf } from './destinations.ts';
import { explainTaking } from './explain.ts';
import type { Condition } from './language.ts';
import { exportLayout } from './layout.ts';
import { compileMapper } from './mapper.ts';
import { takesPosition } from './place-members.ts';
import type { ChildPlan, DatasetPlan, RecordPlan } from './plan.ts';
import { isExpected, recognisedContainer } from './recognised.ts';
import { isNowhere, recordShape } from './record-shape.ts';
import { type RecordPath, readSource } from './source.ts';
import { referencedBy } from './table-draft.ts';
import { watchedOf } from './watched.ts';
import { waysBackOf } from './ways-back.ts';

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
    parameters: Object.keys(plan.parameters),
    ...(plan.surplusGoes.size > 0 && { surplusGoes: plan.surplusGoes }),
    ...(plan.states?.by !== undefined && plan.states.by === plan.table.touched && { hasStates: true }),
    ...(plan.onConflict && { onConflict: plan.onConflict }),
    ...ownedBy(plan),
    dependsOn: [...new Set(needed)].filter((name) => name !== plan.name),
    destinations: destinationsOf(plan),
    waysBack: waysBackOf(plan),
    // Files that are known by their looks are written in many ways.
    watched: plan.recognise ? [] : watchedOf(plan),
    ...(plan.shared.length > 0 && { sharedMembers: plan.shared }),
    ...(plan.files.length > 0 && {
      filePatterns: plan.files.map(({ text, match }) => ({
        text,
        matches: (path: string) => match(path) !== undefined,
      })),
      takesFile: (path: string) => isTaken(plan, path),
      namesFile: (path: string) => isTaken({ ...plan, files: plan.files.filter(({ isPath }) => isPath) }, path),
    }),
    ...(plan.files.length === 0 && !plan.recognise && { takesByRecords: true as const }),
    ...askedBy(plan),
    ...(!plan.recognise && { explain: (path, candidate) => explainTaking(plan, path, candidate) }),
    expects: (candidate) => plan.recognise !== undefined && isExpected(plan.recognise, candidate),
    containerOf: (candidate) =>
      plan.recognise ? recognisedContainer(plan.recognise, candidate) : containerOf(plan, candidate),
    compile: (context, inside = []) =>
      compileMapper(
        { ...plan, elsewhere: [...plan.elsewhere, ...inside] },
        {
          children: childTables(plan, order),
          documentWays: documentWays(plan),
        },
        context,
      ),
    layout: exportLayout(plan, peers),
  };
}

/** Whose its records are, where a file or the name of a record in a map may say it. */
function ownedBy({ columns, owner }: DatasetPlan): Pick<Dataset, 'isOwned' | 'keyNamesOwner'> {
  const sources = columns.find(({ name }) => name === owner)?.sources ?? [];
  return {
    isOwned: sources.some((source) => source.of === 'file' && source.part === 'owner'),
    ...(sources.some(({ of }) => of === 'map_key') && { keyNamesOwner: true as const }),
  };
}

/** Pointers to values of the document around the records. */
function askedBy(plan: DatasetPlan): Pick<Dataset, 'asked'> {
  const asked = documentWays(plan).map((way) => way.reduce(joinPointer, ''));
  return asked.length === 0 ? {} : { asked };
}

/** Where values stand that columns and conditions take of the document around the records. */
function documentWays(plan: DatasetPlan): readonly Way[] {
  const sources = allPlans(plan).flatMap(({ columns }) => columns.flatMap((column) => column.sources));
  const conditions = [...[plan, ...childrenOf(plan)].map(({ when }) => when ?? {}), ...rulesOf(plan)];
  const asked = conditions.flatMap((condition) => sourcesOf(condition).map(readSource));
  return [...sources, ...asked].flatMap((source) => ('of' in source && source.of === 'document' ? [source.way] : []));
}

function rulesOf({ skip, check }: DatasetPlan): readonly Condition[] {
  return [...skip, ...check].map(([, condition]) => condition);
}

function childrenOf(plan: RecordPlan): readonly ChildPlan[] {
  return plan.children.flatMap((child) => [child, ...childrenOf(child)]);
}

function allPlans(plan: RecordPlan): readonly RecordPlan[] {
  return [plan, ...childrenOf(plan)];
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
  const isListOfRecords = shape.begins === 'array' && plan.functions?.contain === undefined;
  const placed = needsPlace(plan) ? { isPlaced: true as const } : {};
  const found =
    records === undefined
      ? { kind: 'path' as const, steps: isListOfRecords ? [{ to: 'elements' } as const] : [], ...placed }
      : { kind: 'path' as const, steps: firstThere(records, shape).steps, ...placed, ...absentIn(records, shape) };
  return isMine(plan, recordShape(found.steps, shape)) ? found : undefined;
}

/** Of documents that hold other records a misspelled step tells nothing else. */
function absentIn(records: readonly RecordPath[], shape: Candidate['shape']): { readonly isAbsent?: true } {
  return records.every(({ steps }) => isNowhere(steps, shape)) ? { isAbsent: true } : {};
}

/** A dataset that names files takes them; any other looks at the members of the first records. */
function isMine({ files, when = {} }: DatasetPlan, record: Candidate['shape'] | undefined): boolean {
  return files.length > 0 || (record !== undefined && fitsMembers(when, record.members));
}

/** Whether rows take something from where their record lies in its file. */
function needsPlace(plan: DatasetPlan): boolean {
  return plan.records?.some(({ captures }) => captures.length > 0) === true || takesPosition(plan);
}

/** Of several paths the first that is there and not empty. */
function firstThere(paths: readonly RecordPath[], shape: Candidate['shape']): RecordPath {
  const there = paths.find(({ steps }) => recordShape(steps, shape) !== undefined);
  return there ?? (paths[0] as RecordPath);
}

function childTables(plan: RecordPlan, order: readonly Table[]): readonly Table[] {
  const own = new Set(tablesOf(plan).slice(1));
  return order.filter((table) => own.has(table));
}
