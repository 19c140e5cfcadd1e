import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { CASES, unscored } from '../setup/any-json-scores.ts';
import { load } from '../setup/load.ts';
import { freshTarget, PRODUCTS } from '../setup/targets.ts';
import { plant } from '../setup/trees.ts';
import { type Application, builtInApplications, declaredApplications, rootOf } from './application.ts';
import { holdContract } from './contract.ts';
import { holdKills } from './kills.ts';

/** Figures that a declaration does not reach, with the reason. */
const LESS: Readonly<Record<string, number>> = {
  // Three columns out of a positional list are what its judgement asks for, and `children` counts only a table or a JSON column.
  '17': 0.93,
};

describe.each(declaredApplications())('the declared application $name', (application) => {
  const missing = application.data === undefined;

  test.skipIf(missing)('comes and goes as every declaration promises', () => holdContract(application));

  test.skipIf(missing || unscored() !== undefined)('has the tables that a person would make', async () => {
    const { url, drop } = await freshTarget('SQLite');
    onTestFinished(() => drop());
    const { rejects } = await load(rootOf(application), url, application.options);
    expect(rejects).toEqual([]);
    const report = join(plant(), 'report.json');
    const folder = dirname(application.data ?? '');
    execFileSync('python3', [join(CASES, 'score.py'), folder, url.slice('sqlite:'.length), '--report', report]);
    const { score, lossless, details } = JSON.parse(readFileSync(report, 'utf8'));
    expect(lossless, JSON.stringify(details)).toBe(1);
    expect(score, JSON.stringify(details)).toBeGreaterThanOrEqual(LESS[application.name] ?? 0.98);
  });
});

/** One of so many fixtures, and of each dataset the first; in the soak suite all of them. */
const ONE_IN = 20;

function isOfSample({ name }: Application, place: number, all: readonly Application[]): boolean {
  const [group] = name.split('/');
  const isFirst = all.findIndex((each) => each.name.startsWith(`${group}/`)) === place;
  return isFirst || place % ONE_IN === 0;
}

describe.each(builtInApplications().filter(isOfSample))('the fixture $name', (application) => {
  test('comes and goes as every declaration promises', () => holdContract(application));
});

const killed = [...declaredApplications().slice(0, 2), ...builtInApplications().slice(0, 1)];

test.each(killed)('$name, killed twice in a run, ends like a clean run', async (application) => {
  const { data } = application;
  if (data !== undefined) for (const product of PRODUCTS) await holdKills(application, product, 2);
});
