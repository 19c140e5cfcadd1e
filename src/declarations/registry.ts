import type { Dataset } from '../datasets/dataset.ts';
import { MigrateError } from '../errors.ts';
import type { DeclaredTables } from '../schema/declared-tables.ts';

/** How another thread makes the same registry: the module that exports a function which does, and the name of that. */
export type RegistryOrigin = 'built-in' | { readonly module: string; readonly make: string };

/** All datasets and tables of a run, frozen. Files, records, batches and the ledger carry their names. */
export class Registry {
  /** In the order in which they are tried on a file. */
  readonly datasets: readonly Dataset[];
  readonly tables: DeclaredTables;
  readonly origin: RegistryOrigin;
  private readonly byName: ReadonlyMap<string, Dataset>;
  private readonly levels: ReadonlyMap<string, number>;

  constructor(datasets: readonly Dataset[], tables: DeclaredTables, origin: RegistryOrigin) {
    this.datasets = Object.freeze([...datasets]);
    this.tables = tables;
    this.origin = origin;
    this.byName = new Map(datasets.map((dataset) => [dataset.name, dataset]));
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

  private findLevel({ layout, dependsOn = [] }: Dataset): number {
    if (layout.table === this.tables.owners) return 0;
    const before = dependsOn.flatMap((name) => this.find(name) ?? []);
    return Math.max(0, ...before.map((dataset) => this.findLevel(dataset))) + 1;
  }
}
