import { expect, test } from 'vitest';
import { databaseIn, ENCODINGS } from '../setup/odd-databases.ts';
import { expectOrderlyRuns } from '../setup/odd-runs.ts';
import { random } from '../setup/random.ts';

/** Minutes for each encoding. */
const MINUTES = Number(process.env['MIGRATE_JSON_SOAK_MINUTES'] ?? 2);

test.each(ENCODINGS)('%s: whatever names, ids, keys and values are, runs end in order', async (encoding) => {
  const end = Date.now() + MINUTES * 60_000;
  let inputs = 0;
  for (let url = await databaseIn(encoding); Date.now() < end; inputs++) {
    const source = random();
    await expectOrderlyRuns(url, source);
    // Some inputs meet what former ones left, and some an empty database.
    if (inputs % 10 === 9) url = await databaseIn(encoding);
  }
  expect(inputs).toBeGreaterThan(0);
});
