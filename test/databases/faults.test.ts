import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Fault, Faults } from '../../src/databases/fault.ts';
import {
  classify as classifyPostgres,
  isTransient as isTransientPostgres,
} from '../../src/databases/postgres/errors.ts';
import { POSTGRES_FAULTS } from '../../src/databases/postgres/faults.ts';
import { RefusedRow } from '../../src/databases/refused-row.ts';
import { classify as classifySqlite, isTransient as isTransientSqlite } from '../../src/databases/sqlite/errors.ts';
import { SQLITE_FAULTS } from '../../src/databases/sqlite/faults.ts';
import { ERRORS } from '../../src/errors.ts';
import { createTables } from '../setup/constraints.ts';
import { emptyTables, type FreshPostgres, freshPostgres, freshSqlite } from '../setup/databases.ts';
import { conversation } from '../setup/legacy.ts';
import { load } from '../setup/load.ts';
import { type Fate, startProxy } from '../setup/postgres-proxy.ts';
import { queryTarget } from '../setup/targets.ts';
import { plant } from '../setup/trees.ts';

const TREE = { 'conversations/ann/a.json': conversation('a', ['a value that nobody may see']) };

const DATABASES = [
  {
    product: 'PostgreSQL',
    faults: POSTGRES_FAULTS as Faults,
    classify: classifyPostgres,
    isTransient: isTransientPostgres,
  },
  { product: 'SQLite', faults: SQLITE_FAULTS as Faults, classify: classifySqlite, isTransient: isTransientSqlite },
];

/** A class of SQLSTATEs has two characters: any of its codes stands for it. */
function fullCode(code: string): string {
  return code.length === 2 ? `${code}001` : code;
}

function exitOf(fault: Fault): number {
  if (fault.decision === 'reject') return 1;
  return fault.decision === 'stop' ? ERRORS[fault.error].exit : 0;
}

describe.each(DATABASES)('the table of faults of $product', ({ product, faults, classify, isTransient }) => {
  test('is what the reference lists, code by code', () => {
    const page = readFileSync(new URL('../../docs/reference.md', import.meta.url), 'utf8');
    const section = /^## Faults of the database\n([\s\S]*?)^## /m.exec(page)?.[1] ?? '';
    const listed = [...section.matchAll(/^\| (\w+) \| `([\w-]+)`/gm)].filter((row) => row[1] === product);
    expect(listed.map((row) => row[2]).sort()).toEqual(Object.keys(faults).sort());
  });

  test.each(Object.entries(faults))(
    '%s: the decision is carried out, and the words of the driver go no further',
    (code, fault) => {
      const thrown = Object.assign(new Error('the words of the driver'), { code: fullCode(code) });
      const found = classify(thrown, 'the database');
      expect(found instanceof RefusedRow).toBe(fault.decision === 'reject');
      expect(isTransient(found)).toBe(fault.decision.startsWith('re') && fault.decision !== 'reject');
      if (fault.decision !== 'reject') expect(found).toMatchObject({ code: fault.error });
      const told = found instanceof Error ? `${found.message} ${String(found.cause)}` : '';
      expect(told).not.toContain('words of the driver');
    },
  );
});

describe('what a PostgreSQL server says in the middle of a batch', () => {
  let target: FreshPostgres;
  let client: pg.Client;

  beforeAll(async () => {
    target = await freshPostgres();
    await createTables(target.url);
    client = new pg.Client({ connectionString: target.adminUrl });
    client.on('error', () => undefined);
    await client.connect();
    await client.query(`CREATE SEQUENCE said; GRANT USAGE ON SEQUENCE said TO PUBLIC; CREATE FUNCTION say() RETURNS trigger LANGUAGE plpgsql AS $$
      DECLARE code text := current_setting('test.code'); BEGIN
        IF code <> '' AND nextval('said') <= current_setting('test.times')::int THEN
          RAISE EXCEPTION 'this row: %', NEW USING ERRCODE = code; END IF;
        RETURN NEW; END $$;
      CREATE TRIGGER say BEFORE INSERT ON messages FOR EACH ROW EXECUTE FUNCTION say()`);
  });

  afterAll(async () => {
    await client.end();
    await target.drop();
  });

  const codes = Object.entries(POSTGRES_FAULTS as Faults).filter(([code]) =>
    /^(?!E)[0-9A-Z]{2}([0-9A-Z]{3})?$/.test(code),
  );

  test.each(codes)('%s: what passes costs nothing, what stays ends the run, a row is rejected', async (code, fault) => {
    await emptyTables(client);
    const database = new URL(target.url).pathname.slice(1);
    const isPassing = exitOf(fault) === 0;
    await client.query(`ALTER SEQUENCE said RESTART; ALTER DATABASE ${database} SET test.code = '${fullCode(code)}';
      ALTER DATABASE ${database} SET test.times = '${isPassing ? 1 : 100}'`);
    const loaded = await load(plant(TREE), target.url);
    expect([loaded.exitCode, loaded.error?.includes(fault.what)], loaded.error).toEqual([
      exitOf(fault),
      isPassing || fault.decision === 'reject' ? undefined : true,
    ]);
    const { rows } = await client.query('SELECT 1 FROM messages');
    expect(rows).toHaveLength(isPassing ? 1 : 0);
    expect(JSON.stringify(loaded)).not.toContain('nobody may see');
  });
});

describe('a PostgreSQL server', () => {
  let target: FreshPostgres;
  let root: string;

  beforeEach(async () => {
    target = await freshPostgres();
    root = plant(TREE);
    await createTables(target.url);
  });

  afterEach(() => target.drop());

  const nameOf = () => new URL(target.url).pathname.slice(1);

  /** Loads by way of a proxy that does something when the first rows are on their way. */
  async function loadWhile(pattern: RegExp, work: () => Promise<unknown>): ReturnType<typeof load> {
    let isDone = false;
    const proxy = await startProxy(target.url, async ({ type, sql }): Promise<Fate> => {
      if (isDone || !pattern.test(`${type} ${sql}`)) return 'forward';
      isDone = true;
      await work();
      return 'forward';
    });
    const loaded = await load(root, proxy.url);
    await proxy.close();
    expect(isDone).toBe(true);
    return loaded;
  }

  test('that is read-only (25006) ends the run with exit code 5', async () => {
    await queryTarget(target.adminUrl, `ALTER DATABASE ${nameOf()} SET default_transaction_read_only = on`);
    expect(await load(root, target.url)).toMatchObject({ exitCode: 5, error: expect.stringMatching(/read-only/) });
  });

  test('whose administrator cancels a statement (57014) ends the run with exit code 5, and nothing is half loaded', async () => {
    const other = new pg.Client({ connectionString: target.url });
    await other.connect();
    await other.query('BEGIN; LOCK TABLE messages IN ACCESS EXCLUSIVE MODE');
    const run = load(root, target.url);
    const cancelled = await until(async () => {
      // In a session of its own: a transaction sees the activity of one moment only.
      const sql = `SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE datname = current_database()
        AND application_name = 'migrate-json' AND wait_event_type = 'Lock'`;
      return (await queryTarget(target.url, sql)).length === 1;
    });
    expect([cancelled, await run]).toMatchObject([true, { exitCode: 5, error: expect.stringMatching(/cancelled/) }]);
    await other.query('ROLLBACK');
    await other.end();
    expect(await queryTarget(target.url, 'SELECT 1 FROM conversations')).toEqual([]);
  });

  test('that takes a right away (42501) in the middle of a run ends it with exit code 5', async () => {
    const role = `revoked_${Date.now()}`;
    await queryTarget(
      target.adminUrl,
      `CREATE ROLE ${role} LOGIN PASSWORD 'x' IN ROLE pg_write_all_data, pg_read_all_data`,
    );
    const url = new URL(target.url);
    [url.username, url.password] = [role, 'x'];
    const proxy = await startProxy(url.href, async ({ sql }): Promise<Fate> => {
      if (sql.startsWith('COPY')) await queryTarget(target.adminUrl, `REVOKE pg_write_all_data FROM ${role}`);
      return 'forward';
    });
    expect(await load(root, proxy.url)).toMatchObject({ exitCode: 5, error: expect.stringMatching(/lacks a right/) });
    await proxy.close();
    await queryTarget(target.adminUrl, `DROP ROLE ${role}`);
  });

  test('where somebody drops a table (42P01) in the middle of a run ends it with exit code 5', async () => {
    const loaded = await loadWhile(/^Q COPY/, () => queryTarget(target.url, 'DROP TABLE messages'));
    expect(loaded).toMatchObject({ exitCode: 5, error: expect.stringMatching(/a table is gone/) });
  });

  test('that finds a deadlock (40P01) costs nothing: the batch is loaded again', async () => {
    await queryTarget(target.adminUrl, `ALTER DATABASE ${nameOf()} SET deadlock_timeout = '500ms'`);
    const other = new pg.Client({ connectionString: target.adminUrl });
    await other.connect();
    await other.query("SET deadlock_timeout = '1h'; BEGIN; LOCK TABLE messages IN ACCESS EXCLUSIVE MODE");
    const run = load(root, target.url);
    const isWaiting = await until(
      async () =>
        (await other.query("SELECT 1 FROM pg_locks WHERE relation = 'messages'::regclass AND NOT granted")).rowCount !==
        0,
    );
    // The run has written conversations and waits for messages: now each waits for the other.
    await other.query('LOCK TABLE conversations IN ACCESS EXCLUSIVE MODE');
    await other.query('ROLLBACK');
    await other.end();
    expect(isWaiting).toBe(true);
    expect(await run).toMatchObject({ exitCode: 0, error: undefined });
    const deadlocks = 'SELECT deadlocks::int AS n FROM pg_stat_database WHERE datname = current_database()';
    expect(await until(async () => (await queryTarget(target.url, deadlocks))[0]?.['n'] === 1)).toBe(true);
  });

  test('that has too many connections (53300) is asked again', async () => {
    const role = `limited_${Date.now()}`;
    await queryTarget(
      target.adminUrl,
      `CREATE ROLE ${role} LOGIN PASSWORD 'x' CONNECTION LIMIT 1 IN ROLE pg_write_all_data, pg_read_all_data`,
    );
    const url = new URL(target.url);
    [url.username, url.password] = [role, 'x'];
    const other = new pg.Client({ connectionString: url.href });
    await other.connect();
    const run = load(root, url.href);
    await sleep(300);
    await other.end();
    expect(await run).toMatchObject({ exitCode: 0, error: undefined });
    await queryTarget(target.adminUrl, `DROP ROLE ${role}`);
  });

  test('whose socket is not there (ENOENT) ends the run with exit code 4', async () => {
    await expect(load(root, `postgres:///app?host=${root}`)).rejects.toMatchObject({ exitCode: 4 });
  });
});

describe('a SQLite file', () => {
  test('that is damaged ends the run with exit code 5', async () => {
    const { url, path, drop } = freshSqlite();
    expect((await load(plant(TREE), url)).exitCode).toBe(0);
    const bytes = readFileSync(path);
    bytes.fill(0x5a, 4096);
    writeFileSync(path, bytes);
    const again = load(plant(TREE), url, { reload: true }).then(({ exitCode, error }) => ({
      exitCode,
      message: error,
    }));
    expect(await again.catch((error: unknown) => error)).toMatchObject({
      exitCode: 5,
      message: expect.stringMatching(/damaged/),
    });
    drop();
  });

  test('whose trigger fails (SQLITE_ERROR) ends the run with exit code 5', async () => {
    const { url, drop } = freshSqlite();
    await createTables(url);
    await queryTarget(url, 'CREATE TRIGGER t AFTER INSERT ON conversations BEGIN INSERT INTO gone VALUES (1); END');
    expect(await load(plant(TREE), url)).toMatchObject({ exitCode: 5, error: expect.stringMatching(/trigger fails/) });
    drop();
  });
});

/** Asks up to ten seconds. */
async function until(isSo: () => Promise<boolean>): Promise<boolean> {
  for (let tries = 0; tries < 500; tries++) {
    if (await isSo()) return true;
    await sleep(20);
  }
  return false;
}
