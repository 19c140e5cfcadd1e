import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runCli } from '../setup/cli.ts';
import { freshUrl, PRODUCTS, queryTarget } from '../setup/targets.ts';
import { plant } from '../setup/trees.ts';

// `contain(document)` finds the records of a document where no path does.

const CONFIG = `
datasets:
  sheets:
    files: "*.json"
    key: [sheet, id]
    functions: ./sheets.js
    parameters: { empty: "-" }
    columns:
      sheet: { from: $file.stem }
      id: integer
      amount: "decimal(30,3)"
      position: { from: $position, type: integer }
`;

const FUNCTIONS = `
export function contain(document, { path, options }) {
  if (Array.isArray(document)) return document;
  if (document.broken) return { reject: 'the sheet has no head' };
  if (document.odd) return 5;
  const { head, rows } = document.sheet;
  return rows.filter(([first]) => first !== options.empty).map((row) => Object.fromEntries(head.map((name, at) => [name, row[at]])));
}
`;

const GOOD =
  '{"sheet": {"head": ["id", "amount", "more"], "rows": [[1, 1.50, "é"], ["-"], [2, 123456789012345678.125, null], ["x", 1]]}}';

test.each(PRODUCTS)('its records load, and what it refuses is a reject, into %s', async (product) => {
  const directory = plant({
    'migrate-json.config.yaml': CONFIG,
    'sheets.js': FUNCTIONS,
    'data/a.json': GOOD,
    'data/broken.json': '{"broken": true}',
    'data/odd.json': '{"odd": true}',
    'data/thrown.json': '{}',
  });
  const url = await freshUrl(product);
  const command = ['run', './data', '--to', url, '--report', 'report.json', '--rejects', 'rejects'];
  const { code, stderr } = await runCli(command, { cwd: directory });
  expect(code, stderr).toBe(1);
  const report = JSON.parse(readFileSync(join(directory, 'report.json'), 'utf8'));
  const rejects = report.files.flatMap(({ path, rejects }: { path: string; rejects: Record<string, unknown>[] }) =>
    rejects.map(({ code, record, pointer, message }) => [path, code, record, pointer, message]),
  );
  expect(rejects).toEqual([
    ['a.json', 'wrong-type', 3, '/id', 'id must be a whole number, not text'],
    ['broken.json', 'check-failed', 1, '', 'the sheet has no head'],
    ['odd.json', 'check-failed', 1, '', 'its records cannot be found: the function of its dataset fails'],
    ['thrown.json', 'check-failed', 1, '', 'its records cannot be found: the function of its dataset fails'],
  ]);
  const rows = await queryTarget(
    url,
    'SELECT sheet, CAST(id AS text) AS id, CAST(amount AS text) AS amount, CAST(position AS text) AS position, CAST(extra AS text) AS extra FROM sheets ORDER BY sheets.id',
  );
  expect(
    rows.map(({ extra, amount, ...row }) => [
      ...Object.values(row),
      String(amount).replace(/0+$/, ''),
      extra && JSON.parse(String(extra)),
    ]),
  ).toEqual([
    ['a', '1', '0', '1.5', { more: 'é' }],
    ['a', '2', '1', '123456789012345678.125', null],
  ]);
  for (const ledger of [[], ['--ledger']]) {
    const verified = await runCli(['verify', './data', '--to', url, ...ledger], { cwd: directory });
    expect(verified.code, verified.stderr).toBe(0);
  }
  const again = await runCli(['run', './data', '--to', url, '--json'], { cwd: directory });
  expect(JSON.parse(again.stdout).tables.sheets).toMatchObject({ inserted: 0, updated: 0 });
});

test('it says where records are, and `records:` does not', async () => {
  const directory = plant({
    'migrate-json.config.yaml': CONFIG.replace('key:', 'records: /rows/*\n    key:'),
    'sheets.js': FUNCTIONS,
    'data/a.json': GOOD,
  });
  const { code, stderr } = await runCli(['validate', './data'], { cwd: directory });
  expect(code).toBe(2);
  expect(stderr).toContain('`contain` finds the records of files: write `files:`, and no `records:`');
});

test('scan --explain says that a function finds the records', async () => {
  const config = CONFIG.replace('    key:', '    when: { has: /id }\n    key:');
  const directory = plant({ 'migrate-json.config.yaml': config, 'sheets.js': FUNCTIONS, 'data/a.json': GOOD });
  const { stdout } = await runCli(['scan', './data', '--explain', 'a.json'], { cwd: directory });
  expect(stdout).toMatch(/^sheets +yes +files: the path fits \*\.json; functions: `contain` finds the records$/m);
});
