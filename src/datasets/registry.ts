import { MigrateError } from '../errors.ts';
import type { DeclaredTables } from '../schema/declared-tables.ts';
import type { Table } from '../schema/table.ts';
import type { Dataset } from './dataset.ts';

/**
 * How another thread makes the same registry: of recipes, from declarations, or with a function, by the module that exports it and
 * its name.
 */
export type RegistryOrigin =
  | 'built-in'
  | { readonly recipes: readonly string[] }
  | { readonly declarations: unknown; readonly folder: string; readonly recipes: readonly string[] }
  | { readonly module: string; readonly make: string };

/** All datasets and tables of a run, frozen. Files, records, batches and the ledger carry their names. */
export class Registry {
  /** In the order in which they are tried on a file. */
  readonly datasets: readonly Dataset[];
  readonly tables: DeclaredTables;
  readonly origin: RegistryOrigin;
  /** Where something of a declaration stands, for people: a file and its line. */
  readonly placeOf: (at: readonly string[]) => string | undefined;
  private readonly byName: ReadonlyMap<string, Dataset>;
  private readonly levels: ReadonlyMap<string, number>;

  constructor(
    datasets: readonly Dataset[],
    tables: DeclaredTables,
    origin: RegistryOrigin,
    placeOf: Registry['placeOf'] = () => undefined,
  ) {
    this.datasets = Object.freeze([...datasets]);
    this.tables = tables;
    this.origin = origin;
    this.placeOf = placeOf;
    const former = datasets.flatMap((dataset) =>
      dataset.formerName === undefined ? [] : [[dataset.formerName, dataset] as const],
    );
    this.byName = new Map([...former, ...datasets.map((dataset) => [dataset.name, dataset] as const)]);
    this.levels = new Map(datasets.map((dataset) => [dataset.name, this.findLevel(dataset)]));
    Object.freeze(this);
  }

  find(name: string): Dataset | undefined {
    return this.byName.get(name);
  }

  /** Throws `unknown-dataset`. */
  get(name: string): Dataset {
    const dataset = this.find(name);
    if (dataset === undefined) throw new MigrateError('unknown-dataset', `there is no dataset ${name}`);
    return dataset;
  }

  /** When its records load: owners first, then what refers to no other dataset, then what does. */
  levelOf(name: string): number {
    return this.levels.get(name) ?? 0;
  }

  /**
   * The tables that files of these datasets need: those of their rows, of the owners of these, and what any of them refers
   * to. In order of reference.
   */
  neededTables(datasets: ReadonlySet<string>): readonly Table[] {
    const needed = new Set<Table>();
    const need = (table: Table | undefined): void => {
      if (table === undefined || needed.has(table)) return;
      needed.add(table);
      for (const { target } of this.tables.keysOf(table)) need(target);
    };
    for (const { name, tables, isOwned } of this.datasets) {
      if (!datasets.has(name)) continue;
      for (const table of tables) need(table);
      if (isOwned || tables.some(({ owner }) => owner !== undefined)) need(this.tables.owners);
    }
    return this.tables.list.filter((table) => needed.has(table));
  }

  /** The same for the names that `--only` gives, all tables where it gives none. */
  chosenTables(only: readonly string[]): readonly Table[] {
    return only.length === 0 ? this.tables.list : this.neededTables(new Set(only));
  }

  /** Of datasets that refer to each other none comes first: `open` are those that led here. */
  private findLevel(dataset: Dataset, open: readonly Dataset[] = []): number {
    const { layout, dependsOn = [] } = dataset;
    if (layout.table === this.tables.owners) return 0;
    const before = dependsOn.flatMap((name) => this.find(name) ?? []).filter((each) => !open.includes(each));
    return Math.max(0, ...before.map((each) => this.findLevel(each, [...open, dataset]))) + 1;
  }
}
