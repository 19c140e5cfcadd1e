import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { expect } from 'vitest';
import type { ManifestFile } from '../../src/files/manifest-entries.ts';
import { readManifest } from '../../src/files/read-manifest.ts';
import { type CliResult, runCli } from './cli.ts';
import { conversation } from './legacy.ts';
import { mountDisk, type SmallDisk } from './small-disk.ts';
import { digestOf } from './targets.ts';
import { plant, type Tree } from './trees.ts';

/** What lies on the disk that gets full; everything else is elsewhere. */
export const OUTPUTS = ['archive', 'backup', 'report', 'database'] as const;

type Output = (typeof OUTPUTS)[number];

const CONVERSATIONS = 60;

const SOURCES: Tree = Object.fromEntries(
  Array.from({ length: CONVERSATIONS }, (_, number) => [
    `conversations/ann/${number}.json`,
    conversation(`c-${number}`, ['a question', 'an answer of some length. '.repeat(150)]),
  ]),
);

const OLD_REPORT = '{"report_version": 1, "of": "an earlier run"}\n';

interface Attempt {
  readonly root: string;
  readonly paths: Readonly<Record<Output, string>>;
  readonly result: CliResult;
}

/** Kilobytes that the output takes where there is room for it, and the digest of the rows. */
export async function measure(
  output: Output,
): Promise<{ readonly kilobytes: number; readonly digest: string } | undefined> {
  const disk = mountDisk(65_536);
  if (disk === undefined) return undefined;
  try {
    const { result, paths } = await attempt(output, disk);
    expect(result.code, result.stderr).toBe(0);
    return { kilobytes: Math.ceil(disk.used() / 1024), digest: await digestOf(`sqlite:${paths.database}`) };
  } finally {
    disk.unmount();
  }
}

/**
 * A run with room for a part of what the output needs: either all is there, or the run fails, and then no source and no
 * earlier report is lost. Resolves with the exit code; undefined where no
 * disk can be mounted.
 */
export async function runOnFullDisk(output: Output, kilobytes: number, digest?: string): Promise<number | undefined> {
  const disk = mountDisk(kilobytes);
  if (disk === undefined) return undefined;
  try {
    const { root, paths, result } = await attempt(output, disk);
    const message = `${output} on ${kilobytes} kB: exit code ${result.code}, ${result.stderr}`;
    expect([0, 4], message).toContain(result.code);
    if (result.code === 4) expect(result.stderr, message).toMatch(/error: .+\nhint: {2}.+/);
    expectSources(root, paths.archive, message);
    expectReport(paths.report, result, message);
    await expectRows(paths.database, result, digest, message);
    if (result.code === 0) {
      for (const directory of [paths.backup, paths.archive])
        expect(await listed(directory), message).toBe(CONVERSATIONS);
    }
    return result.code;
  } finally {
    disk.unmount();
  }
}

async function attempt(output: Output, disk: SmallDisk): Promise<Attempt> {
  const root = plant(SOURCES);
  const elsewhere = plant();
  const at = (each: Output, name: string): string => join(each === output ? disk.path : elsewhere, name);
  const paths = {
    archive: at('archive', 'archive'),
    backup: at('backup', 'backup'),
    report: at('report', 'report.json'),
    database: at('database', 'test.db'),
  };
  writeFileSync(paths.report, OLD_REPORT);
  const places = ['--backup', '--backup-dir', paths.backup, '--archive', '--archive-dir', paths.archive];
  const result = await runCli(['run', root, '--to', `sqlite:${paths.database}`, '--report', paths.report, ...places]);
  return { root, paths, result };
}

/** Each file is whole in the source, or in the archive. */
function expectSources(root: string, archive: string, message: string): void {
  for (const [path, content] of Object.entries(SOURCES)) {
    const place = existsSync(join(root, path)) ? root : archive;
    expect(readFileSync(join(place, path), 'utf8'), `${path}; ${message}`).toBe(JSON.stringify(content));
  }
}

/** The old one, or a whole new one, which says how the run ended. */
function expectReport(path: string, { code }: CliResult, message: string): void {
  const text = readFileSync(path, 'utf8');
  const report = text === OLD_REPORT ? undefined : JSON.parse(text);
  if (report !== undefined || code === 0) expect(report?.exit_code, message).toBe(code);
  if (code === 0) expect(report.files, message).toHaveLength(CONVERSATIONS);
  const left = readdirSync(dirname(path)).filter((name) => name.endsWith('.tmp'));
  expect(left, message).toEqual([]);
}

async function expectRows(
  path: string,
  { code }: CliResult,
  digest: string | undefined,
  message: string,
): Promise<void> {
  if (code === 0) expect(await digestOf(`sqlite:${path}`), message).toBe(digest);
  if (!existsSync(path)) return;
  const database = new Database(path);
  try {
    expect(database.pragma('integrity_check', { simple: true }), message).toBe('ok');
  } finally {
    database.close();
  }
}

async function listed(directory: string): Promise<number> {
  const files: ManifestFile[] = [];
  const head = await readManifest(directory, (file) => files.push(file));
  return 'refused' in head ? -1 : files.filter(({ path }) => existsSync(join(directory, path))).length;
}
