import { expect, test } from 'vitest';
import { rollbackSchema } from '../../src/rollback.ts';
import { bothStores, digestOf } from '../setup/places.ts';
import { oldDatabase } from './old-database.ts';

const stores = bothStores();

/** Cases that can be adopted, and which tables are. */
const CASES = [
  { name: 'predictions-without-event', adopted: ['users', 'predictions'] },
  { name: 'predictions-by-hand', adopted: ['predictions'] },
  { name: 'council', adopted: ['conversations', 'messages', 'usage'] },
  { name: 'incidents', adopted: ['users', 'user_settings', 'audit_logs'] },
  { name: 'metrics', adopted: ['metrics'] },
  { name: 'unknown-columns', adopted: ['conversations'] },
  { name: 'other-types', adopted: ['analyses', 'audit_logs', 'api_keys', 'usage'] },
];

test.each(CASES)(
  '$name: the tables are adopted once, alike on both databases, and come back',
  async ({ name, adopted }) => {
    const digests: string[] = [];
    for (const store of stores) {
      const old = await oldDatabase(store, name);
      const before = await old.dump();
      const upgraded = await old.upgrade({ convert: true });
      expect(upgraded.obstacles).toEqual([]);
      expect(upgraded.adopted.toSorted()).toEqual(adopted.toSorted());
      expect(await old.obstacles()).toEqual([]);
      const after = await old.dump();
      const again = await old.upgrade({ convert: true });
      expect([again.adopted, again.created, again.copies]).toEqual([[], [], []]);
      expect(await old.dump()).toEqual(after);
      digests.push(await digestOf(old.place));
      await old.change((changes) => rollbackSchema(changes, { yes: false }));
      expect(await old.dump()).toEqual(before);
    }
    expect(digests[0]).toBe(digests[1]);
  },
);

test.each(stores)('$product: a step that fails takes those before it back', async (store) => {
  const old = await oldDatabase(store, 'council');
  // The copy of the last table cannot be made.
  await old.run('CREATE TABLE usage__before_v1 (id integer)');
  const before = await old.dump();
  await expect(old.upgrade({ convert: true })).rejects.toMatchObject({
    code: 'copy-exists',
    message: expect.stringMatching(/^"adopt usage" failed: .*; the steps before it were taken back$/),
  });
  expect(await old.dump()).toEqual(before);
  expect((await old.change((changes) => changes.versionState())).steps).toEqual([]);
});
