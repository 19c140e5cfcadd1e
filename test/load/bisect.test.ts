import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  addCheck,
  addDroppingTrigger,
  addRefusingTrigger,
  addToDeclaration,
  createTables,
} from '../setup/constraints.ts';
import { forecast, type Loaded, load } from '../setup/load.ts';
import { memoryDirectory } from '../setup/memory-directory.ts';
import { type FreshTarget, freshTarget, PRODUCTS, queryTarget } from '../setup/targets.ts';

const GUILTY = [1, 250, 500];

/** Minutes of one day, so that every record has its own key. */
const measurement = (index: number, cpu_usage: number) => ({
  timestamp: new Date(Date.UTC(2024, 0, 1, 0, index)).toISOString(),
  source: 'host',
  cpu_usage,
});

const conversation = (id: string, values: Record<string, unknown> = {}) => ({
  id,
  title: `Title of ${id}`,
  created_at: '2024-01-02T03:04:05',
  messages: [
    { role: 'user', content: 'hello' },
    { role: 'assistant', content: `answer in ${id}` },
  ],
  ...values,
});

describe.each(PRODUCTS)('a batch that %s refuses', (product) => {
  let target: FreshTarget;
  let root: string;

  beforeEach(async () => {
    root = mkdtempSync(join(memoryDirectory(), 'migrate-json-narrowing-'));
    target = await freshTarget(product);
    await createTables(target.url);
  });

  afterEach(async () => {
    rmSync(root, { recursive: true, force: true });
    await target.drop();
  });

  function write(path: string, content: unknown): void {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), JSON.stringify(content));
  }

  /** The forecast and the run itself, which must agree. */
  async function rehearseAndLoad(): Promise<Loaded> {
    const rehearsed = await load(root, target.url, { dryRun: true });
    const loaded = await load(root, target.url);
    expect(forecast(rehearsed)).toEqual(forecast(loaded));
    return loaded;
  }

  function write500(): void {
    const records = Array.from({ length: 500 }, (_value, index) =>
      measurement(index, GUILTY.includes(index + 1) ? 66.125 : 50),
    );
    write('metrics/dump.json', records);
  }

  test('with --strict writes nothing of the file with the guilty record, and all of the others', async () => {
    write500();
    write('metrics/good.json', [measurement(1000, 50), measurement(1001, 50)]);
    await addCheck(target.url, 'metrics', 'no_odd_load', 'cpu_usage <> 66.125');
    const rehearsed = await load(root, target.url, { dryRun: true, strict: true });
    const loaded = await load(root, target.url, { strict: true });
    expect(forecast(rehearsed)).toEqual(forecast(loaded));
    expect(loaded.exitCode).toBe(3);
    const stored = await queryTarget(target.url, 'SELECT cpu_usage FROM metrics');
    expect(stored.map((row) => Number(row['cpu_usage']))).toEqual([50, 50]);
    expect(loaded.tables).toMatchObject({ metrics: { inserted: 2 } });
  });

  test('because of a CHECK that the application added loses exactly the records that violate it', async () => {
    write500();
    await addCheck(target.url, 'metrics', 'no_odd_load', 'cpu_usage <> 66.125');
    const loaded = await rehearseAndLoad();
    expect(loaded.exitCode).toBe(1);
    expect(loaded.rejects.map(({ code, record }) => ({ code, record }))).toEqual(
      GUILTY.map((record) => ({ code: 'database-refused', record })),
    );
    for (const { message } of loaded.rejects) {
      expect(message).toContain(product === 'SQLite' ? 'no_odd_load' : 'metrics.no_odd_load');
      expect(message).not.toContain('66.125');
    }
    expect(loaded.tables['metrics']).toEqual({ inserted: 497, updated: 0, unchanged: 0, kept: 0, deleted: 0 });
    expect(await queryTarget(target.url, 'SELECT CAST(count(*) AS text) AS n FROM metrics')).toEqual([{ n: '497' }]);
  });

  test('is named by a dry run as by the run itself', async () => {
    write500();
    await addCheck(target.url, 'metrics', 'no_odd_load', 'cpu_usage <> 66.125');
    const rehearsed = await load(root, target.url, { dryRun: true });
    expect(rehearsed.rejects).toEqual((await load(root, target.url)).rejects);
  });

  test('gives the same rejects on every further run, and changes nothing', async () => {
    write500();
    await addCheck(target.url, 'metrics', 'no_odd_load', 'cpu_usage <> 66.125');
    const first = await load(root, target.url);
    const second = await rehearseAndLoad();
    expect(second.rejects).toEqual(first.rejects);
    expect(second.exitCode).toBe(first.exitCode);
    expect(second.tables['metrics']).toEqual({ inserted: 0, updated: 0, unchanged: 497, kept: 0, deleted: 0 });
  });

  test('because of a trigger loses exactly the records that it refuses, and repeats no value of them', async () => {
    write500();
    await addRefusingTrigger(target.url, 'metrics', 'NEW.cpu_usage = 66.125');
    const loaded = await load(root, target.url);
    expect(loaded.exitCode).toBe(1);
    expect(loaded.rejects.map(({ code, record }) => ({ code, record }))).toEqual(
      GUILTY.map((record) => ({ code: 'database-refused', record })),
    );
    expect(JSON.stringify([loaded.files, loaded.warnings])).not.toContain('66.125');
    expect(loaded.tables['metrics']).toMatchObject({ inserted: 497 });
  });

  test('in silence, by a trigger that drops rows, is noticed: no such record counts as loaded', async () => {
    write500();
    await addDroppingTrigger(target.url, 'metrics', 'NEW.cpu_usage = 66.125');
    const loaded = await load(root, target.url);
    expect(await queryTarget(target.url, 'SELECT CAST(count(*) AS text) AS n FROM metrics')).toEqual([{ n: '497' }]);
    expect(loaded.tables['metrics']).toMatchObject({ inserted: 497 });
    expect(loaded.exitCode).toBe(1);
    expect(loaded.rejects.map(({ record }) => record)).toEqual(GUILTY);
  });

  test('because of one message loses the whole conversation and no other', async () => {
    for (const id of ['a', 'b', 'c']) write(`conversations/ann/${id}.json`, conversation(id));
    await addCheck(target.url, 'messages', 'no_b', "content <> 'answer in b'");
    const loaded = await rehearseAndLoad();
    expect(loaded.rejects).toMatchObject([{ path: 'conversations/ann/b.json', code: 'database-refused' }]);
    const rows = await queryTarget(target.url, 'SELECT DISTINCT conversation_id AS id FROM messages ORDER BY 1');
    expect(rows).toEqual([{ id: 'a' }, { id: 'c' }]);
    expect(await queryTarget(target.url, 'SELECT id FROM conversations ORDER BY 1')).toEqual([
      { id: 'a' },
      { id: 'c' },
    ]);
  });

  test('because of an update keeps the rows as they were', async () => {
    write('conversations/ann/a.json', conversation('a'));
    write('conversations/ann/b.json', conversation('b'));
    await load(root, target.url);
    await addCheck(target.url, 'messages', 'no_shouting', "content <> 'SHOUTED'");
    const shouted = {
      messages: [
        { role: 'user', content: 'SHOUTED' },
        { role: 'user', content: 'x' },
      ],
      title: 'new',
    };
    write('conversations/ann/a.json', conversation('a', shouted));
    write('conversations/ann/b.json', conversation('b', { title: 'new' }));
    const loaded = await rehearseAndLoad();
    expect(loaded.rejects).toMatchObject([{ path: 'conversations/ann/a.json', code: 'database-refused' }]);
    expect(await queryTarget(target.url, 'SELECT id, title FROM conversations ORDER BY 1')).toEqual([
      { id: 'a', title: 'Title of a' },
      { id: 'b', title: 'new' },
    ]);
  });

  test('because an owner cannot be created loses the records of that owner only', async () => {
    for (const user of ['ann', 'bob', 'cid']) write(`conversations/${user}/${user}-1.json`, conversation(`${user}-1`));
    await addCheck(target.url, 'users', 'bob_is_banned', "id <> 'bob'");
    const loaded = await rehearseAndLoad();
    expect(loaded.exitCode, loaded.error).toBe(1);
    expect(loaded.rejects).toMatchObject([{ path: 'conversations/bob/bob-1.json', code: 'database-refused' }]);
    expect(await queryTarget(target.url, 'SELECT id FROM conversations ORDER BY 1')).toEqual([
      { id: 'ann-1' },
      { id: 'cid-1' },
    ]);
  });

  test('only at its commit, because of a deferred constraint, is narrowed like any other', async () => {
    write500();
    await queryTarget(
      target.url,
      'CREATE TABLE hosts (name varchar(100) PRIMARY KEY)',
      "INSERT INTO hosts VALUES ('host')",
    );
    await addToDeclaration(
      target.url,
      'metrics',
      'CONSTRAINT known_host FOREIGN KEY (source) REFERENCES hosts (name) DEFERRABLE INITIALLY DEFERRED',
    );
    write('metrics/stranger.json', [{ ...measurement(0, 1), source: 'stranger' }]);
    const loaded = await load(root, target.url);
    expect(loaded.error).toBeUndefined();
    expect(loaded.exitCode).toBe(1);
    expect(loaded.rejects).toMatchObject([{ path: 'metrics/stranger.json', code: 'database-refused' }]);
    expect(loaded.tables['metrics']).toMatchObject({ inserted: 500 });
  });

  test('because of a unique key that the application added loses the later of two records', async () => {
    await queryTarget(target.url, 'CREATE UNIQUE INDEX one_title ON conversations (title)');
    write('conversations/ann/a.json', conversation('a', { title: 'same' }));
    write('conversations/ann/b.json', conversation('b', { title: 'same' }));
    write('conversations/ann/c.json', conversation('c'));
    const loaded = await rehearseAndLoad();
    expect(loaded.rejects).toMatchObject([{ path: 'conversations/ann/b.json', code: 'database-refused' }]);
    expect(loaded.tables['conversations']).toMatchObject({ inserted: 2 });
  });

  test('because of a unique key that a row of the application holds already is forecast by a dry run', async () => {
    await queryTarget(
      target.url,
      'CREATE UNIQUE INDEX one_title ON conversations (title)',
      "INSERT INTO conversations (id, user_id, title) VALUES ('app', 'ann', 'taken')",
    );
    write('conversations/ann/a.json', conversation('a', { title: 'taken' }));
    write('conversations/ann/b.json', conversation('b'));
    const loaded = await rehearseAndLoad();
    expect(loaded.rejects).toMatchObject([{ path: 'conversations/ann/a.json', code: 'database-refused' }]);
    expect(loaded.tables['conversations']).toMatchObject({ inserted: 1 });
  });

  test('is none where the application added a column with a default; a dry run knows that', async () => {
    await queryTarget(target.url, "ALTER TABLE conversations ADD COLUMN tenant text NOT NULL DEFAULT 'main'");
    write('conversations/ann/a.json', conversation('a'));
    const loaded = await rehearseAndLoad();
    expect(loaded).toMatchObject({ exitCode: 0, rejects: [] });
    expect(await queryTarget(target.url, 'SELECT tenant FROM conversations')).toEqual([{ tenant: 'main' }]);
  });
});

test('a SQLite trigger that rolls the whole transaction back leaves nothing half-loaded', async () => {
  const root = mkdtempSync(join(memoryDirectory(), 'migrate-json-narrowing-'));
  const target = await freshTarget('SQLite');
  await createTables(target.url);
  await queryTarget(
    target.url,
    `CREATE TRIGGER drastic BEFORE INSERT ON messages WHEN NEW.content = 'answer in b'
       BEGIN SELECT RAISE(ROLLBACK, 'all or nothing'); END`,
  );
  mkdirSync(join(root, 'conversations', 'ann'), { recursive: true });
  for (const id of ['a', 'b', 'c'])
    writeFileSync(join(root, 'conversations', 'ann', `${id}.json`), JSON.stringify(conversation(id)));
  const loaded = await load(root, target.url);
  const whole = await queryTarget(
    target.url,
    'SELECT c.id, (SELECT count(*) FROM messages m WHERE m.conversation_id = c.id) AS messages FROM conversations c',
  );
  const inLedger = await queryTarget(target.url, "SELECT path FROM ledger.files WHERE status = 'loaded'");
  expect(loaded.exitCode, loaded.error).not.toBe(70);
  expect(whole.every((row) => row['messages'] === 2)).toBe(true);
  expect(inLedger).toHaveLength(whole.length);
  expect(loaded.tables['conversations']?.inserted ?? 0).toBe(whole.length);
  rmSync(root, { recursive: true, force: true });
  await target.drop();
});
