import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CASES, caseNames, comeBack, scoreCases, unscored } from '../setup/any-json-scores.ts';
import { plant } from '../setup/trees.ts';

// What init and run make of the data of public applications, without a person in between.

/** The score that was reached: a change that loses some of it must say why. */
const MEAN = 0.985;
/** Of the references that are proposed, so many a person would want. */
const PRECISION = 0.95;
const LEAST = 0.84;

test('every case is loaded as a person would want it', { timeout: 300_000 }, ({ skip }) => {
  const reason = unscored();
  skip(reason !== undefined, reason);
  const scores = scoreCases(plant());
  for (const { case: name, init, run, lossless, score, details, said } of scores) {
    const expected = JSON.parse(readFileSync(join(CASES, name, 'expected.json'), 'utf8'));
    const isDamaged = expected.not_json.length > 0;
    expect({ init, run }, `${name}\n${said}`).toEqual(isDamaged ? { init: 1, run: 1 } : { init: 0, run: 0 });
    for (const file of expected.not_json) expect(said, name).toContain(file);
    expect(lossless, `${name}: ${JSON.stringify(details)}`).toBe(1);
    expect(score, `${name}: ${JSON.stringify(details)}`).toBeGreaterThanOrEqual(LEAST);
  }
  const mean = scores.reduce((sum, { score }) => sum + score, 0) / scores.length;
  expect(mean).toBeGreaterThanOrEqual(MEAN);
  const precisions = scores.flatMap(({ refs_precision: precision }) => precision ?? []);
  expect(precisions.reduce((sum, each) => sum + each, 0) / precisions.length).toBeGreaterThanOrEqual(PRECISION);
});

test.for(caseNames())('what was loaded of %s is as it was, and init finds nothing new', { timeout: 60_000 }, (name) => {
  const isDamaged = JSON.parse(readFileSync(join(CASES, name, 'expected.json'), 'utf8')).not_json.length > 0;
  const { said, ...ends } = comeBack(name, plant());
  const codes = { run: isDamaged ? 1 : 0, verify: 0, again: isDamaged ? 1 : 0, check: isDamaged ? 1 : 0 };
  expect(ends, said).toEqual({ ...codes, isUnchanged: true, inserted: 0 });
});
