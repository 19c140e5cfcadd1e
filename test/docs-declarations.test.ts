import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { PARTS } from '../src/declarations/language.ts';
import { runCli } from './setup/cli.ts';
import { type DeclarationExample, declarationExamples, type Row } from './setup/declaration-examples.ts';
import { queryTarget } from './setup/targets.ts';
import { grow, plant } from './setup/trees.ts';

const EXAMPLES = declarationExamples();

describe('the examples of docs/declarations.md', () => {
  test.each(EXAMPLES.map((example) => [example.place, example] as const))('%s', async (_place, example) => {
    const { config, files, modules, rejects } = example;
    const directory = plant({ 'migrate-json.config.yaml': config, ...modules });
    mkdirSync(join(directory, 'data'));
    grow(join(directory, 'data'), files);
    const command = ['run', './data', '--to', 'app.db', '--report', 'report.json'];
    const { code, stderr } = await runCli(command, { cwd: directory });
    expect(code, stderr).toBe(rejects.length > 0 ? 1 : 0);
    const report = JSON.parse(readFileSync(join(directory, 'report.json'), 'utf8'));
    expect(rejectCodes(report)).toEqual(rejects);
    await expectRows(join(directory, 'app.db'), example);
    await expectWayBack(directory, example);
  });

  test('show every construct that there is', () => {
    const shown = new Set(EXAMPLES.flatMap(({ config }) => keysIn(parse(config))));
    const all = Object.values(PARTS).flatMap((part) => Object.keys(part.shape));
    const missing = all.filter((key) => !shown.has(key));
    expect([...new Set(missing)]).toEqual([]);
  });
});

function rejectCodes({ files }: { files: readonly { rejects: readonly { code: string }[] }[] }): readonly string[] {
  return files.flatMap(({ rejects }) => rejects.map(({ code }) => code));
}

async function expectRows(database: string, { rows }: DeclarationExample): Promise<void> {
  for (const [table, expected] of Object.entries(rows)) {
    expect(await rowsOf(database, table, expected), table).toEqual(expected);
  }
}

/** Of all rows the columns that the example shows. */
async function rowsOf(database: string, table: string, expected: readonly Row[]): Promise<readonly Row[]> {
  const stored = await queryTarget(`sqlite:${database}`, `SELECT * FROM "${table}" ORDER BY rowid`);
  return stored.map((row, index) => {
    const shown = Object.keys(expected[index] ?? {});
    return Object.fromEntries(shown.map((name) => [name, shownAs(row[name], expected[index]?.[name])]));
  });
}

/** JSON is shown as what it holds, true and false as words. */
function shownAs(stored: unknown, expected: unknown): unknown {
  if (typeof expected === 'boolean') return stored === 1;
  return typeof expected === 'object' && typeof stored === 'string' ? JSON.parse(stored) : stored;
}

/** What `export` writes is what was read, or what the example says, and loads as the same rows. */
async function expectWayBack(directory: string, example: DeclarationExample): Promise<void> {
  const { files, exported, rejects, isOneWay } = example;
  const { code, stderr } = await runCli(['export', './back', '--from', 'app.db'], { cwd: directory });
  expect(code, stderr).toBe(0);
  const isSame = rejects.length === 0 && Object.keys(exported).length === 0;
  for (const [path, text] of Object.entries(isSame ? files : exported)) {
    expect(documentsIn(readFileSync(join(directory, 'back', path), 'utf8')), path).toEqual(documentsIn(text));
  }
  const again = await runCli(['run', './back', '--to', 'again.db'], { cwd: directory });
  expect(again.code, again.stderr).toBe(0);
  if (!isOneWay) await expectRows(join(directory, 'again.db'), example);
}

/** The documents of a text, one a line where it is no single one. */
function documentsIn(text: string): readonly unknown[] {
  try {
    return [JSON.parse(text)];
  } catch {
    return text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
  }
}

function keysIn(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [key, ...keysIn(inner)]);
}
