import { expect, test } from 'vitest';
import { checkSchema } from '../../src/upgrade/check.ts';
import { bothStores } from '../setup/places.ts';
import { emptyDatabase } from './old-database.ts';

test.each(bothStores())('$product: check also names what can stay', async (store) => {
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
