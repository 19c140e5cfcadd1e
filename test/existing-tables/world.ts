import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCli } from '../setup/cli.ts';
import { type Loaded, load } from '../setup/load.ts';
import { freshUrl, type PRODUCTS, queryTarget } from '../setup/targets.ts';
import { grow, plant } from '../setup/trees.ts';

export type Declaration = NonNullable<Parameters<typeof load>[2]>;

/** Tables of an application, a root with the file u.json, and what is declared of it. */
export async function world(
  product: (typeof PRODUCTS)[number],
  declaration: Declaration,
  records: unknown,
  ...sql: readonly string[]
) {
  const url = await freshUrl(product);
  await queryTarget(url, ...sql);
  const root = plant({ 'u.json': records });
  const config = join(plant(), 'migrate-json.config.json');
  writeFileSync(config, JSON.stringify(declaration), { mode: 0o600 });
  return {
    url,
    root,
    config,
    run: (more: Declaration = {}): Promise<Loaded> => load(root, url, { ...declaration, ...more }),
    cli: (...words: readonly string[]) => runCli([...words, '--to', url, '--config', config]),
    query: (...statements: readonly string[]) => queryTarget(url, ...statements),
    rows: (table: string) => queryTarget(url, `SELECT * FROM ${table} ORDER BY id`),
    /** Of all runs, the newest first. */
    runs: async (): Promise<readonly string[]> =>
      (await queryTarget(url, 'SELECT run_id FROM ledger.runs ORDER BY started_at DESC')).map(({ run_id }) =>
        String(run_id),
      ),
    change: (changed: unknown) => grow(root, { 'u.json': changed }),
  };
}

/** A dataset of the records in u.json, whose key is their id. */
export function declared(columns: object, more: object = {}): Declaration {
  return { datasets: { u: { files: 'u.json', key: ['id'], columns, rest: 'reject', ...more } } } as Declaration;
}
