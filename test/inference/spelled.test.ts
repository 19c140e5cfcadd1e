import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runCli } from '../setup/cli.ts';
import { records } from '../setup/proposed.ts';
import { freshUrl, PRODUCTS, queryTarget } from '../setup/targets.ts';
import { plant } from '../setup/trees.ts';

// Texts stay texts. What all of them seem to mean is a question, with lines that can be written as they are printed.

const two = (number: number): string => String(number).padStart(2, '0');

/** By column: how the texts are written, and the values that they have where the first answer is written. */
const WRITTEN: Readonly<Record<string, readonly [(n: number) => string, first: string]>> = {
  german: [(n) => `${two(n)}.01.2024`, '2024-01-01'],
  short: [(n) => `${n}.1.2024`, '2024-01-01'],
  moment: [(n) => `2024-07-${two(n)}T12:${two(n)}`, '2024-07-01 12:01:00'],
  locale: [(n) => `${n}.1.2024, 08:${two(n)}:00`, '2024-01-01 08:01:00'],
  mixed: [(n) => (n % 2 ? `2024-02-${two(n)}` : `${two(n)}.02.2024`), '2024-02-01'],
  euros: [(n) => `€ ${n}.000,${two(n)}`, '1000.01'],
  weight: [(n) => `${n},5 kg`, '1.5'],
  share: [(n) => `${n}%`, '1'],
  comma: [(n) => `${n},50`, '1.5'],
};

const LIST = records(24, (n) => ({
  id: n,
  ...Object.fromEntries(Object.entries(WRITTEN).map(([name, [write]]) => [name, write(n)])),
}));

/** The questions about columns, with the lines that they say. */
async function asked(list: readonly unknown[]): Promise<ReadonlyMap<string, readonly string[]>> {
  const init = await runCli(['init', 'data'], { cwd: plant({ 'data/list.json': list }) });
  const lines = init.stdout.split('\n').filter((line) => line.includes('texts look like'));
  const columnOf = (line: string): string => /list\.(\w+):/.exec(line)?.[1] ?? '';
  return new Map(
    lines.map((line) => [columnOf(line), [...line.matchAll(/`([^`]*:[^`]*)`/g)].map(([, text]) => text ?? '')]),
  );
}

describe.each(PRODUCTS)('on %s', (product) => {
  test('what the question says reads every text, and an export loads to the same rows', async () => {
    const cwd = plant({ 'data/list.json': LIST });
    const url = await freshUrl(product);
    await runCli(['init', 'data'], { cwd });
    const answers = await asked(LIST);
    expect([...answers.keys()]).toEqual(Object.keys(WRITTEN));
    const config = join(cwd, 'migrate-json.config.yaml');
    const text = [...answers].reduce(
      (all, [column, [line]]) => all.replace(`${column}: { type: text,`, `${column}: { ${line}, `),
      readFileSync(config, 'utf8'),
    );
    writeFileSync(config, text);
    const run = await runCli(['run', 'data', '--to', url], { cwd });
    expect(run.code, text + run.stdout + run.stderr).toBe(0);
    const names = Object.keys(WRITTEN);
    const [row] = await queryTarget(
      url,
      `SELECT ${names.map((name) => `CAST(${name} AS text) AS ${name}`).join(', ')} FROM list WHERE id = 1`,
    );
    const plain = Object.entries(row ?? {}).map(([name, value]) => [
      name,
      String(value)
        .replace('T', ' ')
        .replace(/(?:\.0+)?(?:Z|\+00)?$/, '')
        .replace(/(?<=^1\.5)0$/, ''),
    ]);
    expect(Object.fromEntries(plain)).toEqual(Object.fromEntries(names.map((name) => [name, WRITTEN[name]?.[1]])));
    expect((await runCli(['init', 'data'], { cwd })).stdout).not.toContain('look like');
    const exported = await runCli(['export', 'out', '--from', url], { cwd });
    expect(exported.code, exported.stdout + exported.stderr).toBe(0);
    const again = await runCli(['run', 'out', '--to', url, '--reload'], { cwd });
    expect(again.stdout).toMatch(/list +0 +0 +24 +0/);
  });
});

test('both meanings are said where the texts do not tell', async () => {
  const answers = await asked(
    records(12, (n) => ({ id: n, day: `${two(n)}/01/2024`, sum: `€ ${n}.200`, cost: `${n},000` })),
  );
  expect(Object.fromEntries(answers)).toEqual({
    day: ['type: date, format: dd/MM/yyyy', 'type: date, format: MM/dd/yyyy'],
    sum: [
      'type: "decimal(15,3)", number: { unit: "€" }',
      'type: integer, number: { unit: "€", group: ".", decimal: "," }',
    ],
    cost: ['type: "decimal(15,3)", number: { decimal: "," }', 'type: integer, number: { group: "," }'],
  });
});

test('a single other text, texts of digits, phones, versions and few values are no question', async () => {
  const list = records(12, (n) => ({
    id: n,
    nearly: n === 5 ? 'soon' : `${two(n)}.01.2024`,
    digits: `00${n}`,
    decimals: `${n}.50`,
    phone: `0171 ${n}23`,
    version: `1.${n}.0`,
    unit: n === 3 ? '5' : `${n} kg`,
    few: n % 2 ? '1,5' : '2,5',
    none: `31.02.2024`,
    times: n % 2 ? '2024-02-01T10:00:00Z' : `${two(n)}.02.2024`,
  }));
  expect([...(await asked(list)).keys()]).toEqual([]);
});
