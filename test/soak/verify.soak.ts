import { describe, expect, test } from 'vitest';
import { EVERY_TABLE, EVERY_TABLE_BEFORE } from '../setup/every-table.ts';
import { random } from '../setup/random.ts';
import { planRows, planValues } from '../setup/tampering.ts';
import { PRODUCTS } from '../setup/targets.ts';
import { expectFound, expectUntouched, loadedTarget, SIDES } from '../setup/verified.ts';

const VALUES = 100;

const HISTORIES = [
  ['one run', [EVERY_TABLE]],
  ['a run over another', [EVERY_TABLE_BEFORE, EVERY_TABLE]],
] as const;

const CASES = PRODUCTS.flatMap((product) =>
  SIDES.flatMap((side) => HISTORIES.map((each) => [product, side, ...each] as const)),
);

describe(`${VALUES} changed values, and rows that went or came, are found each`, () => {
  test.each(CASES)('on %s, by the %s, after %s', async (product, side, _history, states) => {
    const source = random();
    console.log(`seed ${source.seed}`);
    const loaded = await loadedTarget(product, ...states);
    await expectUntouched(loaded, side);
    const values = await planValues(loaded.url, VALUES, source);
    expect(values).toHaveLength(VALUES);
    for (const tampering of [...values, ...(await planRows(loaded.url, source))])
      await expectFound(loaded, side, tampering);
    await expectUntouched(loaded, side);
  });
});
