import { describe, expect, test } from 'vitest';
import { EVERY_TABLE } from '../setup/every-table.ts';
import { random } from '../setup/random.ts';
import { planTampering } from '../setup/tampering.ts';
import { PRODUCTS } from '../setup/targets.ts';
import { expectFound, expectUntouched, loadedTarget } from '../setup/verified.ts';

const CHANGES = 100;

describe.each(PRODUCTS)('%s', (product) => {
  test.each([false, true])(
    `each of ${CHANGES} changes of single values is found, with --ledger: %s`,
    async (ledger) => {
      const source = random();
      console.log(`seed ${source.seed}`);
      const loaded = await loadedTarget(product, EVERY_TABLE);
      await expectUntouched(loaded, ledger);
      const changes = await planTampering(loaded.url, CHANGES, source);
      expect(changes).toHaveLength(CHANGES);
      for (const change of changes) await expectFound(loaded, ledger, change);
      await expectUntouched(loaded, ledger);
    },
  );
});
