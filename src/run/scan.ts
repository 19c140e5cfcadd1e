import { existsSync, realpathSync } from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { UNRECOGNISED, type UnrecognisedReason } from '../datasets/recognise.ts';
import type { Registry } from '../datasets/registry.ts';
import { MigrateError } from '../errors.ts';
import { isZip } from '../files/open-tree.ts';
import { realRoot } from '../files/real-root.ts';
import { openScratch } from '../files/scratch.ts';
import { type DatasetReason, explainFile } from '../inventory/explain-file.ts';
import { Inventory, restoreFile } from '../inventory/inventory.ts';
import type { SourceFile } from '../inventory/source.ts';
import { SourceRoot } from '../inventory/source-root.ts';
import type { RunSettings } from '../settings/settings.ts';
import { type Field, FieldCounts } from './fields.ts';
import { Misspellings } from './misspellings.ts';

/** What a file was taken for, and why. */
export interface ScannedFile {
  readonly path: string;
  readonly bytes: number | null;
  /** NULL where no dataset knows the file. */
  readonly dataset: string | null;
  readonly owner: string | null;
  readonly owner_from: string | null;
  readonly status: 'recognised' | 'unrecognised' | 'failed';
  readonly reason: string;
  /** The reason in words. */
  readonly explanation: string;
}

export interface ScanResult {
  readonly root: string;
  readonly warnings: readonly { readonly code: typeof PATTERN; readonly message: string }[];
  readonly files: () => Iterable<ScannedFile>;
  /** With `--fields`: every member that was seen. */
  readonly fields: readonly Field[] | undefined;
}

const PATTERN = 'pattern-without-files';

/** Why a file was taken for what it was. */
export interface ExplainedFile extends ScannedFile {
  /** In the order in which they are asked. */
  readonly datasets: readonly DatasetReason[];
}

function ignore(): void {}

/** The inventory of a directory, without any database: `migrate-json scan`. */
export async function scan(settings: RunSettings): Promise<ScanResult> {
  const root = realRoot(settings.root);
  const scratch = openScratch(settings.tempDir);
  const inventory = new Inventory(scratch);
  const misspellings = new Misspellings(settings.registry);
  const onPath = (path: string): void => misspellings.notePath(path);
  const ignored = { databaseFiles: [], outputs: [], throwIfStopped: ignore };
  const sources = new SourceRoot(root, { settings, ...ignored, onPath });
  await sources.examine({ inventory, isOwn: () => true });
  const files = function* (): Generator<ScannedFile> {
    for (const stored of inventory.files()) yield describe(restoreFile(stored, root), settings.registry);
  };
  const isPart = settings.include.length + settings.exclude.length + settings.only.length > 0;
  const warnings = isPart ? [] : [...misspellings.unmatched()].map((message) => ({ code: PATTERN, message }) as const);
  return { root, warnings, files, fields: settings.fields ? await countFields(inventory, root, settings) : undefined };
}

async function countFields(inventory: Inventory, root: string, settings: RunSettings): Promise<readonly Field[]> {
  const counts = new FieldCounts(settings.registry);
  for (const stored of inventory.files()) {
    const file = restoreFile(stored, root);
    if (file.verdict.kind === 'recognised') await counts.addFile(file, file.verdict, settings);
  }
  return counts.list();
}

function describe({ path, bytes, verdict }: SourceFile, registry: Registry): ScannedFile {
  const unknown = { path, bytes, dataset: null, owner: null, owner_from: null };
  if (verdict.kind === 'recognised') {
    const { dataset, reason } = verdict;
    const { owner, from } = registry.get(dataset).isOwned ? verdict.owner : { owner: null, from: null };
    return {
      path,
      bytes,
      dataset,
      owner,
      owner_from: from,
      status: 'recognised',
      reason,
      explanation: reason,
    };
  }
  if (verdict.kind === 'failed') {
    return { ...unknown, status: 'failed', reason: verdict.finding.code, explanation: verdict.finding.message };
  }
  const reason = verdict.kind === 'unrecognised' ? verdict.reason : 'unknown-shape';
  return { ...unknown, status: 'unrecognised', reason, explanation: UNRECOGNISED[reason as UnrecognisedReason] };
}

/** What every dataset says of one file: `migrate-json scan --explain FILE`. @throws MigrateError `not-a-source` */
export async function explain(settings: RunSettings, file: string): Promise<ExplainedFile> {
  const root = realRoot(settings.root);
  const path = pathBelow(root, file);
  const scratch = openScratch(settings.tempDir);
  try {
    const inventory = new Inventory(scratch);
    const sources = new SourceRoot(root, {
      settings,
      databaseFiles: [],
      outputs: [],
      throwIfStopped: ignore,
    });
    const holds = (other: string): boolean => other === path || path.startsWith(`${other.replace(/\/$/, '')}/`);
    await sources.examine({ inventory, isOwn: holds });
    for (const stored of inventory.files()) {
      if (!holds(stored.path)) continue;
      const found = restoreFile(stored, root);
      const datasets = explainFile(
        { path, place: found.place },
        found.verdict,
        settings.encoding,
        settings.registry.datasets,
      );
      return { ...describe(found, settings.registry), path, datasets };
    }
    throw new MigrateError('not-a-source', `${path} is not a file below ${root}`);
  } finally {
    scratch.close();
  }
}

/** From here, or from the root. */
function pathBelow(root: string, file: string): string {
  if (isZip(root)) return pathInZip(root, file);
  const below = (absolute: string): string | undefined => {
    if (!existsSync(absolute)) return undefined;
    const path = relative(root, join(realpathSync(dirname(absolute)), basename(absolute)));
    return path === '' || path === '..' || path.startsWith(`..${sep}`) ? undefined : path.split(sep).join('/');
  };
  const found = below(resolve(file)) ?? below(resolve(root, file));
  if (found === undefined) throw new MigrateError('not-a-source', `${file} is not a file below ${root}`);
  return found;
}

/** Whether there is such an entry, its list tells. */
function pathInZip(root: string, file: string): string {
  const below = relative(root, resolve(file));
  return below === '' || below.startsWith(`..${sep}`) ? file : below;
}
