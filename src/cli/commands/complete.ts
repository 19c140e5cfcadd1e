import { listSnapshots } from '../../copies/snapshot.ts';
import { openDatabase } from '../../databases/open.ts';
import type { Options } from '../../settings/settings.ts';
import { DEFAULT_TARGET, parseTarget } from '../../settings/target.ts';
import type { Action } from '../action.ts';
import { type Configuration, loadConfiguration } from '../configuration.ts';
import { printable, writeResult } from '../terminal.ts';

/** Milliseconds that somebody waits who pressed Tab. */
const PATIENCE = 2000;

/** What a shell completes from the target. Whatever goes wrong is silent: nobody asked for it. */
const complete: Action = async ([what], flags) => {
  const impatience = setTimeout(() => process.exit(0), PATIENCE);
  try {
    const configuration = await loadConfiguration({ quiet: true, ...flags });
    const names = what === 'snapshots' ? await snapshots(configuration.options) : await runs(configuration);
    await writeResult(names.map((name) => `${printable(name)}\n`));
  } catch {
    // Without a target there is nothing to complete.
  } finally {
    clearTimeout(impatience);
  }
  return 0;
};

async function snapshots({ snapshotDir }: Options): Promise<readonly string[]> {
  return (await listSnapshots(snapshotDir)).map(({ name }) => name);
}

/** The newest first. */
async function runs({ options, environment }: Configuration): Promise<readonly string[]> {
  const target = parseTarget(options.to ?? DEFAULT_TARGET, { ...options, environment });
  const database = await openDatabase(target, {
    ...options,
    declared: options.registry.tables,
    dryRun: false,
    readOnly: true,
  });
  try {
    const rows = (await Array.fromAsync(database.ledgerRows({ kind: 'runs' }))).flat();
    return rows.map((row) => String(row['run_id']));
  } finally {
    await database.close();
  }
}

export default complete;
