import { expect, test } from 'vitest';
import { rollbackSchema } from '../../src/adoption/rollback.ts';
import { checkSchema } from '../../src/adoption/upgrade.ts';
import { bothStores, digestOf } from '../setup/places.ts';
import { emptyDatabase, oldDatabase } from './old-database.ts';

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

test.each(stores)('$product: check also names what can stay', async (store) => {
  const fresh = await emptyDatabase(store);
  await fresh.upgrade();
  expect((await fresh.change(checkSchema)).differences).toEqual([]);
  await fresh.run('ALTER TABLE metrics ADD COLUMN note text');
  await fresh.run('DROP INDEX idx_messages_created_at');
  if (store.product === 'PostgreSQL') {
    await fresh.run('ALTER TABLE usage ALTER COLUMN tier DROP DEFAULT');
    await fresh.run("CREATE FUNCTION log_it() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'");
    await fresh.run('CREATE TRIGGER logs AFTER INSERT ON users FOR EACH ROW EXECUTE FUNCTION log_it()');
    await fresh.run('ALTER TABLE messages DROP CONSTRAINT messages_conversation_id_fkey');
  } else await fresh.run('CREATE TRIGGER logs AFTER INSERT ON users BEGIN SELECT 1; END');
  const { ok, differences } = await fresh.change(checkSchema);
  const both = ['users: has-trigger', 'messages: missing-index', 'metrics.note: unknown-column'];
  const own =
    store.product === 'PostgreSQL' ? ['messages.conversation_id: missing-reference', 'usage.tier: no-default'] : [];
  expect([
    ok,
    differences.map(({ table, column, code }) => `${table}${column === null ? '' : `.${column}`}: ${code}`).toSorted(),
  ]).toEqual([true, [...both, ...own].toSorted()]);
});
