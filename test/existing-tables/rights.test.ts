import { expect, test } from 'vitest';
import { runCli } from '../setup/cli.ts';
import { ownTables, schemaOf } from '../setup/own-tables.ts';
import { queryTarget } from '../setup/targets.ts';
import { plant } from '../setup/trees.ts';

const FILES = {
  'conversations/alice/c.json': {
    id: 'c-1',
    title: 'First',
    created_at: '2025-02-01T10:00:00',
    messages: [{ role: 'user', content: 'one' }],
  },
};

/** The same database for a role that may do what is granted, and has a schema of its own for the ledger. */
async function asLoader(url: string, rights: string): Promise<string> {
  const role = `loader_${Math.random().toString(36).slice(2)}`;
  await queryTarget(
    url,
    `CREATE ROLE ${role} LOGIN PASSWORD 'x'`,
    `CREATE SCHEMA migrate_json AUTHORIZATION ${role}`,
    'REVOKE CREATE ON SCHEMA public FROM PUBLIC',
    `GRANT ${rights} ON ALL TABLES IN SCHEMA public TO ${role}`,
    `GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO ${role}`,
  );
  const own = new URL(url);
  [own.username, own.password] = [role, 'x'];
  return own.href;
}

test('a role with SELECT, INSERT and UPDATE loads, loads again and verifies; DELETE is named where undo needs it', async () => {
  const url = await ownTables('council', 'PostgreSQL');
  const schema = await schemaOf(url);
  const loader = await asLoader(url, 'SELECT, INSERT, UPDATE');
  const root = plant(FILES);
  const run = (...words: readonly string[]) =>
    runCli([...words], { env: { DATABASE_URL: loader, PGSSLMODE: 'disable' } });
  for (const words of [
    ['run', root, '--dry-run'],
    ['run', root],
    ['run', root, '--reload'],
    ['verify', root],
  ]) {
    const { code, stderr } = await run(...words);
    expect([code, stderr], words.join(' ')).toEqual([0, expect.not.stringContaining('error')]);
  }
  expect(await schemaOf(url)).toEqual(schema);
  const [{ run_id: first } = {}] = await queryTarget(
    url,
    'SELECT run_id FROM migrate_json.runs ORDER BY started_at LIMIT 1',
  );
  const refused = await run('undo', String(first), '--yes');
  expect([refused.code, refused.stderr]).toEqual([5, expect.stringMatching(/DELETE|right/)]);
  await queryTarget(url, `GRANT DELETE ON conversations, messages, usage TO ${new URL(loader).username}`);
  const undone = await run('undo', String(first), '--yes');
  expect([undone.code, undone.stderr]).toEqual([0, expect.not.stringContaining('error')]);
  expect(await queryTarget(url, 'SELECT id FROM conversations')).toEqual([{ id: 'app-1' }]);
});

test('a right that a run needs is named before the first row', async () => {
  const url = await ownTables('council', 'PostgreSQL');
  const loader = await asLoader(url, 'SELECT, INSERT');
  const { code, stderr } = await runCli(['run', plant(FILES), '--to', loader]);
  expect([code, stderr]).toEqual([5, expect.stringMatching(/conversations the role lacks UPDATE/)]);
  expect(await queryTarget(url, 'SELECT id FROM conversations')).toEqual([{ id: 'app-1' }]);
});
