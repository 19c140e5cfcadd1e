import type { FoundTable } from '../databases/found-table.ts';
import type { Registry } from '../datasets/registry.ts';
import { singular } from '../declarations/spellings.ts';
import { openScratch, type Scratch } from '../files/scratch.ts';
import { shippedIn } from '../recipes/coded.ts';
import type { Listener } from '../report/events.ts';
import { bytewise } from '../system/bytewise.ts';
import { bindReferences } from './bind-references.ts';
import { type DeclaredDataset, declaredIn } from './declared.ts';
import { isProposedBefore } from './descriptions.ts';
import { DistinctStore } from './distinct.ts';
import { type FileGroup, FileGroups } from './file-groups.ts';
import { PairFinder } from './key-pairs.ts';
import { KnownNames } from './known-names.ts';
import { type Addition, merge } from './merge.ts';
import { nameColumns } from './name-columns.ts';
import { snakeCase, wordsOf } from './names.ts';
import { addRecord } from './note-record.ts';
import { columnsForJson, ontoTables } from './onto-tables.ts';
import { GroupedFiles, strangersOf } from './patterns.ts';
import { type Place, placesOf } from './places.ts';
import { proposalText } from './proposal-text.ts';
import { type ProposedDataset, proposeTables } from './proposed.ts';
import { readShape } from './read-shape.ts';
import { Reading } from './reading.ts';
import { valuesIn } from './record-values.ts';
import { RecordPlanner } from './records.ts';
import { findReferences } from './references.ts';
import type { Budget } from './shape.ts';
import { type DataFile, findSources, type LeftFile, type ReadSettings } from './sources.ts';
import { namesForTable } from './table-names.ts';
import { type PlannedPlace, TwinFinder, withoutTaken } from './twins.ts';
import { versionsOf } from './versions.ts';

/** What `init` found, and what it proposes. */
export interface Inference {
  readonly datasets: readonly ProposedDataset[];
  /** The config file: the same for the same data. */
  readonly text: string;
  /** The proposal was added to a config that was there. */
  readonly isMerged: boolean;
  /** What that config did not declare. */
  readonly additions: readonly Addition[];
  /** Files that could not be read, and those that no declaration can take, with reasons in words. */
  readonly left: readonly LeftFile[];
  readonly files: number;
  /** Files that recipes of the config take. */
  readonly taken: number;
}

/** A config that is there already. */
export interface ExistingConfig {
  readonly text: string;
  readonly registry: Registry;
}

export interface InferenceOptions {
  /** Files that a run writes: no sources. */
  readonly outputs?: readonly string[];
  /** The directory as the config names it. */
  readonly rootName?: string;
  readonly existing?: ExistingConfig;
  readonly listener?: Listener;
  /** Tables of a database that are there for the data. */
  readonly tables?: readonly FoundTable[];
}

/** Reads everything under the root twice: for the shapes, then for the values of what was found. */
export async function infer(root: string, settings: ReadSettings, options: InferenceOptions = {}): Promise<Inference> {
  const scratch = openScratch(settings.tempDir);
  try {
    return await inferWith(scratch, root, settings, options);
  } finally {
    scratch.close();
  }
}

async function inferWith(
  scratch: Scratch,
  root: string,
  settings: ReadSettings,
  { outputs = [], existing, rootName, listener, tables = [] }: InferenceOptions,
): Promise<Inference> {
  const recipes = existing === undefined ? [] : shippedIn(existing.registry);
  const { files, left, taken: ofRecipes } = await findSources(root, settings, outputs, scratch, recipes);
  const reading = new Reading(files(), listener);
  const { groups, groupOf, unread, count } = await groupFiles(reading.through(files()), settings, scratch);
  const store = new DistinctStore(scratch);
  const planned = planPlaces(groups, settings, (things) => new RecordPlanner(store, things, columnsForJson(tables)));
  const declared = existing === undefined ? [] : await declaredIn(existing.registry);
  const twins = new TwinFinder(declared);
  const named = new Set(unread.map(({ path, reason }) => `${path}\n${reason}`));
  for (const file of reading.through(files())) {
    const group = groupOf(file.path);
    if (group === undefined) continue;
    const places = planned.get(group) ?? [];
    twins.note(group, file.path, places);
    const rejects = new Set<string>();
    for (const { place, draft } of places) {
      for await (const { value, captures, index } of valuesIn(file, group, place, settings, rejects))
        addRecord(draft, value, captures, index);
    }
    for (const reason of rejects) {
      if (!named.has(`${file.path}\n${reason}`)) unread.push({ path: file.path, reason, isDamaged: true });
    }
  }
  const places = groups.flatMap((group) => planned.get(group) ?? []);
  const placesIn = (group: FileGroup): readonly PlannedPlace[] => planned.get(group) ?? [];
  const versions = versionsOf(groups, placesIn);
  const found = withoutTaken(twins.find(places, isProposedBefore(existing?.text ?? '')));
  const taken = [...declared.flatMap(tableNames), ...recipes.flatMap((each) => each.tables.map(({ name }) => name))];
  const datasets = proposeTables([...found.keys()], { twins: found, versions, taken });
  findReferences(datasets);
  await findPairs(datasets, files(), { groupOf, settings, store });
  ontoTables(datasets, tables, store);
  nameColumns(datasets);
  bindReferences(datasets);
  const excluded = strangersOf(groups, files(), groupOf, versions);
  const excludedFrom = (dataset: ProposedDataset): readonly string[] => [...(excluded.get(dataset.group) ?? [])];
  store.close();
  const all = [...left, ...unread].toSorted((a, b) => bytewise(a.path, b.path));
  if (existing !== undefined) {
    const strangers = strangersTo(declared, datasets, files(), { groupOf, twins, planned });
    const merged = merge(existing.text, datasets, excludedFrom, strangers);
    return { datasets, ...merged, isMerged: true, left: all, files: count, taken: ofRecipes.size };
  }
  const text = proposalText(datasets, excludedFrom, { settings, files: count, left: all, rootName });
  return { datasets, text, isMerged: false, additions: [], left: all, files: count, taken: 0 };
}

interface Grouped {
  readonly groups: readonly FileGroup[];
  readonly groupOf: (path: string) => FileGroup | undefined;
  readonly unread: LeftFile[];
  /** Files that were read. */
  readonly count: number;
}

async function groupFiles(files: Iterable<DataFile>, settings: ReadSettings, scratch: Scratch): Promise<Grouped> {
  const budget: Budget = { places: 0, known: new KnownNames() };
  const drafts = new FileGroups();
  const grouped = new GroupedFiles(scratch);
  const unread: LeftFile[] = [];
  let count = 0;
  for (const file of files) {
    const { shape, findings, isSound } = await readShape(file, settings, budget);
    for (const reason of findings) unread.push({ path: file.path, reason, isDamaged: true });
    // Of what is damaged from the start there is nothing to declare.
    if (findings.length > 0 && shape.present === shape.empty) continue;
    grouped.add(file.path, drafts.add(file, shape, isSound));
    count++;
  }
  const { groups, groupOf } = drafts.finish(budget.known);
  return { groups, groupOf: (path) => groupOf(grouped.draftOf(path) ?? -1, path), unread, count };
}

function planPlaces(
  groups: readonly FileGroup[],
  { maxRecordBytes }: ReadSettings,
  plannerFor: (things: ReadonlySet<string>) => RecordPlanner,
): ReadonlyMap<FileGroup, readonly PlannedPlace[]> {
  const found = groups.map((group) => [group, placesOf(group, maxRecordBytes / 2)] as const);
  const names = found.flatMap(([, places]) =>
    places.flatMap((place) => namesForTable(place, places.length).slice(0, 1)),
  );
  const planner = plannerFor(new Set(names.map((name) => singular(wordsOf(name).at(-1) ?? ''))));
  return new Map(
    found.map(([group, places]) => {
      const captures = group.segments.flatMap(({ varies }, at) => (varies ? [captureName(group, at)] : []));
      return [
        group,
        places.map((place) => ({ place, draft: planner.ofPlace(place, captures, mapNames(place)) })),
      ] as const;
    }),
  );
}

/** A name for what varies in a path: one of what the directory around it holds. */
function captureName({ segments }: FileGroup, at: number): string {
  const { prefix: around = '', varies = true } = segments[at - 1] ?? {};
  const one = singular(snakeCase([around], ''));
  if (!varies && one !== snakeCase([around], '')) return one;
  return at === segments.length - 1 ? 'name' : 'folder';
}

function mapNames({ steps }: Place): readonly string[] {
  return steps.flatMap(({ to }) => (to === 'names' ? ['key'] : []));
}

/** Reads the files of datasets without a key once more, where two columns might be one. */
async function findPairs(
  datasets: readonly ProposedDataset[],
  files: Iterable<DataFile>,
  { groupOf, settings, store }: Pick<Grouped, 'groupOf'> & { settings: ReadSettings; store: DistinctStore },
): Promise<void> {
  const finders = datasets
    .map((dataset) => ({ dataset, finder: new PairFinder(dataset, store) }))
    .filter(({ finder }) => !finder.hasNone);
  if (finders.length === 0) return;
  for (const file of files) {
    const group = groupOf(file.path);
    for (const { dataset, finder } of finders) {
      if (group !== dataset.group) continue;
      for await (const record of valuesIn(file, group, dataset.place, settings)) finder.add(record);
    }
  }
  for (const { finder } of finders) finder.finish();
}

function tableNames({ plan, children }: Pick<DeclaredDataset, 'plan' | 'children'>): readonly string[] {
  return [plan.table.name, ...children.flatMap((child) => tableNames(child as never))];
}

/** Files of what is new that a declared dataset of other files takes: it must exclude them. */
function strangersTo(
  declared: readonly DeclaredDataset[],
  datasets: readonly ProposedDataset[],
  files: Iterable<DataFile>,
  {
    groupOf,
    twins,
    planned,
  }: Pick<Grouped, 'groupOf'> & {
    readonly twins: TwinFinder;
    readonly planned: ReadonlyMap<FileGroup, readonly PlannedPlace[]>;
  },
): ReadonlyMap<DeclaredDataset, readonly string[]> {
  const known = new Set(datasets.filter((each) => each.declared.length > 0).map(({ group }) => group));
  const own = new Set(datasets.flatMap((each) => each.declared));
  const strangers = new Map<DeclaredDataset, string[]>();
  if (declared.length === 0) return strangers;
  for (const { path } of files) {
    const group = groupOf(path);
    if (group === undefined || known.has(group)) continue;
    for (const each of twins.takersOf(group, path, planned.get(group) ?? []))
      if (own.has(each)) strangers.set(each, [...(strangers.get(each) ?? []), path]);
  }
  return strangers;
}
