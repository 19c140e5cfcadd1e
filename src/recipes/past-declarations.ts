import type { Database } from '../databases/database.ts';
import { Registry } from '../datasets/registry.ts';
import { MigrateError } from '../errors.ts';
import { datasetsIn, latestFiles, ledgerRuns } from '../ledger/ledger.ts';
import { DeclaredTables, type TableGroup } from '../schema/declared-tables.ts';
import { LEDGER } from '../schema/ledger-tables.ts';
import { column, loadColumns } from '../schema/table.ts';
import { functionsOf, type KeptDeclarations, keptDeclarations, registryOfKept } from './kept.ts';

/** Keeps what is declared for a run, before it loads anything. */
export async function noteDeclarations(database: Database, runId: string, registry: Registry): Promise<void> {
  const kept = keptDeclarations(registry);
  if (kept === undefined) return;
  await database.noteOnce(LEDGER.declarations, { ...kept });
  await database.noteOnce(LEDGER.runDeclarations, { run_id: runId, hash: kept.hash });
}

/** Throws `not-this-run` where a run of this name was begun under other declarations: nobody could tell later which rows are of which. */
export async function refuseOtherDeclarations(database: Database, runId: string, registry: Registry): Promise<void> {
  const before = await declarationsOf(database, runId);
  const now = keptDeclarations(registry);
  if (before === undefined || now === undefined || before.hash === now.hash) return;
  throw new MigrateError('not-this-run', `run ${runId} was begun under other declarations`, {
    hint: 'Give another --run-id, or none.',
  });
}

/** The datasets and tables under which a run was loaded: today's where the ledger does not say. */
export async function registryOfRun(
  database: Database,
  runId: string,
  today: Registry,
  known = new Map<string, Registry>(),
): Promise<Registry> {
  const kept = await declarationsOf(database, runId);
  if (kept === undefined || kept.hash === keptDeclarations(today)?.hash) return today;
  const registry = known.get(kept.hash) ?? registryOfKept(kept.content);
  known.set(kept.hash, registry);
  return registry;
}

/**
 * Today's datasets with those of files that are loaded and that nothing declares any more. Throws `unknown-dataset` where the
 * ledger does not keep them, or their rows cannot be told from others.
 */
export async function withPastDatasets(
  database: Database,
  today: Registry,
  uses: 'tables' | 'tables and functions',
): Promise<Registry> {
  const { runs, loaded } = await loadedBefore(database, today);
  const past = new Map<string, Registry>();
  const known = new Map<string, Registry>();
  for (const [name, runId] of runs) {
    const then = await registryOfRun(database, runId, today, known);
    // Names the dataset where not even the ledger knows it.
    then.get(name);
    const [functions] = uses === 'tables' ? [] : functionsOf(then, name);
    if (functions !== undefined) throw notKept(name, functions);
    past.set(name, then);
  }
  return past.size === 0 ? today : together(isBuiltIn(today) ? withLoaded(today, past, loaded) : today, past);
}

function isBuiltIn({ origin }: Registry): boolean {
  return origin === 'built-in';
}

/** Where nobody declared anything: applications of which no file is loaded do not stand in the way of a recipe that is. */
function withLoaded(today: Registry, past: ReadonlyMap<string, Registry>, loaded: ReadonlySet<string>): Registry {
  const taken = new Set([...past].flatMap(([name, then]) => then.get(name).tables.map((table) => table.name)));
  const needsTaken = (name: string): boolean =>
    today.neededTables(new Set([name])).some((table) => taken.has(table.name));
  const datasets = today.datasets.filter(({ name }) => loaded.has(name) || !needsTaken(name));
  const needed = today.neededTables(new Set(datasets.map(({ name }) => name)));
  return new Registry(datasets, new DeclaredTables(needed), today.origin, today.placeOf);
}

interface LoadedBefore {
  /** Datasets of loaded files that nothing declares, each with the last run that loaded one. */
  readonly runs: ReadonlyMap<string, string>;
  /** All datasets of loaded files. */
  readonly loaded: ReadonlySet<string>;
}

async function loadedBefore(database: Database, today: Registry): Promise<LoadedBefore> {
  const runs = new Map<string, Set<string>>();
  const loaded = new Set<string>();
  for await (const page of latestFiles(database)) {
    for (const file of page) {
      if (file.status !== 'loaded' && file.status !== 'partial') continue;
      for (const name of datasetsIn(file)) {
        loaded.add(name);
        if (today.find(name) === undefined) runs.set(name, (runs.get(name) ?? new Set()).add(file.runId));
      }
    }
  }
  const last = new Map<string, string>();
  if (runs.size === 0) return { runs: last, loaded };
  for await (const { runId } of ledgerRuns(database))
    for (const [name, all] of runs) if (all.has(runId) && !last.has(name)) last.set(name, runId);
  return { runs: last, loaded };
}

/** A table with those that belong to it as they were declared for a past run, and as they are declared today. */
export interface FormerGroup {
  readonly then: TableGroup;
  readonly now: TableGroup;
}

/** Those of these runs that were declared otherwise: the ledger knows their rows by the columns that they had. */
export async function formerGroups(
  database: Database,
  runs: Iterable<string>,
  today: Registry,
): Promise<readonly FormerGroup[]> {
  const found = new Map<string, FormerGroup>();
  const known = new Map<string, Registry>();
  for (const runId of runs) {
    const past = await registryOfRun(database, runId, today, known);
    for (const now of past === today ? [] : today.tables.groups) {
      const then = past.tables.groups.find(({ root }) => root.name === now.root.name);
      if (then && formOf(then) !== formOf(now)) found.set(formOf(then), { then, now });
    }
  }
  return [...found.values()];
}

/** What the print of a row is made of. */
function formOf({ root, children }: TableGroup): string {
  const tables = [root, ...children].map((table) => {
    return [table.name, table.naturalKey, loadColumns(table).map((name) => [name, column(table, name).type])];
  });
  return JSON.stringify(tables);
}

function together(today: Registry, past: ReadonlyMap<string, Registry>): Registry {
  const datasets = [...past].map(([name, registry]) => registry.get(name));
  const tables = new Map(today.tables.list.map((table) => [table.name, table]));
  for (const [name, registry] of past) {
    for (const table of registry.neededTables(new Set([name]))) {
      const known = tables.get(table.name);
      if (known !== undefined && known !== table && registry.get(name).tables.includes(table))
        throw taken(name, table.name);
      if (known === undefined) tables.set(table.name, table);
    }
  }
  const declared = new DeclaredTables([...tables.values()]);
  return new Registry([...today.datasets, ...datasets], declared, today.origin, today.placeOf);
}

async function declarationsOf(database: Database, runId: string): Promise<KeptDeclarations | undefined> {
  for await (const page of database.ledgerRows({ kind: 'declarations-of-run', runId }))
    for (const { hash, content } of page) return { hash: String(hash), content: String(content) };
  return undefined;
}

function notKept(dataset: string, path: string): MigrateError {
  return new MigrateError(
    'unknown-dataset',
    `there is no dataset ${dataset}, and the ledger does not keep its functions (${path})`,
    {
      hint: 'Declare the dataset again, with its files of functions.',
    },
  );
}

function taken(dataset: string, table: string): MigrateError {
  return new MigrateError(
    'unknown-dataset',
    `there is no dataset ${dataset}, and another one feeds its table ${table}`,
    {
      hint: `If it is the same under another name, write \`origin: ${dataset}\` in its declaration.`,
    },
  );
}
