import { openScratch } from '../files/scratch.ts';
import { Inventory } from '../inventory/inventory.ts';
import { realRoot } from '../run/preconditions.ts';
import { SourceRoot } from '../run/source-root.ts';
import type { Table } from '../schema/table.ts';
import type { RunSettings } from '../settings/settings.ts';

/** The tables that a run over the root needs: looks at every file. All tables where the root cannot be read. */
export async function neededByRun(settings: RunSettings, databaseFiles: readonly string[]): Promise<readonly Table[]> {
  const scratch = openScratch(settings.tempDir);
  try {
    const root = new SourceRoot(realRoot(settings.root), { settings, databaseFiles, outputs: [], listener, goOn });
    const pass = { scratch, inventory: new Inventory(scratch), isOwn: () => true };
    await root.examine(pass, nothing(), () => undefined);
    return settings.registry.neededTables(root.datasets);
  } catch {
    return settings.registry.tables.list;
  } finally {
    scratch.close();
  }
}

async function* nothing(): AsyncGenerator<never> {}

function listener(): void {}

function goOn(): void {}
