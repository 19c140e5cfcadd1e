import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { retry } from '../../src/run/migrate.ts';
import { runSettings } from '../../src/run/run-settings.ts';
import { verify } from '../../src/run/verify.ts';
import type { GivenOptions } from '../../src/settings/settings.ts';
import { ALL_GOOD, measurements } from '../setup/legacy.ts';
import { load } from '../setup/load.ts';
import { type FreshTarget, freshTarget, PRODUCTS, queryTarget } from '../setup/targets.ts';
import { plant } from '../setup/trees.ts';

const prediction = (id: number, risk_score: number): object => ({
  id,
  timestamp: `2025-01-01T00:00:0${risk_score}Z`,
  payload: { a: risk_score },
  prediction: { label: 'x' },
  risk_score,
  attack_detected: false,
});

describe.each(PRODUCTS)('verify on %s', (product) => {
  let target: FreshTarget;
  beforeEach(async () => {
    target = await freshTarget(product);
  });
  afterEach(() => target.drop());

  const verified = async (root: string, options: GivenOptions = {}) => {
    const { exit_code, totals } = await verify(runSettings({ root, to: target.url, ...options }));
    return { exit_code, ...totals };
  };

  test('expects no event of a prediction that was rejected, and misses one whose prediction is gone as well', async () => {
    const root = plant({ 'predictions/a.json': [prediction(1, 1), prediction(1, 2), prediction(2, 3)] });
    const { rejects } = await load(root, target.url);
    expect(rejects).toMatchObject([{ record: 2, code: 'conflicting-duplicate' }]);
    expect(await verified(root)).toMatchObject({ exit_code: 0, missing: 0, different: 0, extra: 0 });
    await queryTarget(target.url, 'DELETE FROM predictions WHERE risk_score = 3', 'DELETE FROM events WHERE id = 2');
    expect(await verified(root)).toMatchObject({ exit_code: 5, missing: 2 });
  });

  test('knows what corrected rejects have brought, and nothing more', async () => {
    const bad = { timestamp: '2025-02-01T00:00:00Z', cpu_usage: 400 };
    const root = plant({ 'metrics/a.json': [...measurements(3), bad] });
    const rejects = join(plant(), 'rejects');
    const options = { root, to: target.url, rejects };
    await load(root, target.url, options);
    const file = readdirSync(rejects, { recursive: true, encoding: 'utf8' }).find((path) => path.endsWith('0004.json'));
    const path = join(rejects, file ?? '');
    writeFileSync(path, readFileSync(path, 'utf8').replace('400', '40'));
    const report = await retry(runSettings({ root: rejects, to: target.url }));
    expect(report.head.totals.records_loaded).toBe(1);
    expect(await verified(root)).toMatchObject({ exit_code: 0, extra: 0 });
    const statement = "INSERT INTO metrics (timestamp, source) VALUES ('2025-03-01 00:00:00.000000', 'app')";
    await queryTarget(target.url, statement);
    expect(await verified(root)).toMatchObject({ exit_code: 0, extra: 0, application: 1 });
  });

  test('reads a backup that is given in place of the sources; one that is encrypted is named as that', async () => {
    const root = plant(ALL_GOOD);
    const copy = join(plant(), 'copy');
    await load(root, target.url, { backup: true, backupDir: copy });
    expect(await verified(copy)).toEqual(await verified(root));
    expect(await verified(root, { sources: copy })).toEqual(await verified(root));
    const encrypted = join(plant(), 'copy');
    const encryptTo = ['age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p'];
    await load(root, target.url, { backup: true, backupDir: encrypted, encryptTo });
    for (const options of [{ sources: encrypted }, { root: encrypted }]) {
      const refused = verified(root, options);
      await expect(refused).rejects.toMatchObject({
        code: 'identity-needed',
        message: `the copies in ${encrypted} are encrypted`,
      });
    }
  });
});
