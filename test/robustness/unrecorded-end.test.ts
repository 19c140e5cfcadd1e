import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Listener } from '../../src/report/events.ts';
import { migrate } from '../../src/run/migrate.ts';
import { runSettings } from '../../src/run/run-settings.ts';
import { createTables } from '../setup/constraints.ts';
import { ALL_GOOD } from '../setup/legacy.ts';
import { connectTo, freshTarget, PRODUCTS, type Product, queryTarget } from '../setup/targets.ts';
import { grow } from '../setup/trees.ts';

/** What happens to the ledger when the rows are there and before the run could say that it is done. */
interface Mishap {
  readonly title: string;
  /** Statements of the application, run beforehand. */
  readonly sql?: Readonly<Record<Product, readonly string[]>>;
  /** Done once, when the first file is told of. */
  readonly meanwhile?: (product: Product, url: string) => void;
  readonly code: string;
  readonly exitCode: number;
  /** What the ledger says of the run. */
  readonly status: readonly string[];
}

const afterBatch = (body: string): Readonly<Record<Product, readonly string[]>> => ({
  SQLite: [`CREATE TRIGGER mishap AFTER INSERT ON ledger.batches BEGIN ${body}; END`],
  PostgreSQL: [
    `CREATE FUNCTION mishap() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ${body}; RETURN NULL; END $$`,
    'CREATE TRIGGER mishap AFTER INSERT ON ledger.batches FOR EACH ROW EXECUTE FUNCTION mishap()',
  ],
});

const beforeEnd = (sqlite: string, postgres: string): Readonly<Record<Product, readonly string[]>> => ({
  SQLite: [
    `CREATE TRIGGER mishap BEFORE UPDATE OF status ON ledger.runs WHEN NEW.status <> 'running' BEGIN ${sqlite}; END`,
  ],
  PostgreSQL: [
    `CREATE FUNCTION mishap() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ${postgres}; END $$`,
    `CREATE TRIGGER mishap BEFORE UPDATE ON ledger.runs FOR EACH ROW WHEN (NEW.status <> 'running') EXECUTE FUNCTION mishap()`,
  ],
});

const MISHAPS: readonly Mishap[] = [
  {
    title: 'the row of the run is deleted',
    sql: afterBatch('DELETE FROM ledger.runs'),
    code: 'lease-lost',
    exitCode: 4,
    status: [],
  },
  {
    title: 'another process has taken the target over',
    sql: afterBatch("UPDATE ledger.runs SET status = 'interrupted', lease_holder = NULL"),
    code: 'lease-lost',
    exitCode: 4,
    status: ['interrupted'],
  },
  {
    title: 'the server fails',
    sql: beforeEnd("SELECT RAISE(ABORT, 'no')", "RAISE 'no'"),
    code: 'database-refused',
    exitCode: 5,
    status: ['running'],
  },
  {
    title: 'the change is swallowed',
    sql: beforeEnd('SELECT RAISE(IGNORE)', 'RETURN NULL'),
    code: 'lease-lost',
    exitCode: 4,
    status: ['running'],
  },
  {
    title: 'only "complete" is refused',
    sql: beforeEnd(
      "SELECT CASE WHEN NEW.status = 'complete' THEN RAISE(ABORT, 'no') END",
      "IF NEW.status = 'complete' THEN RAISE 'no'; END IF; RETURN NEW",
    ),
    code: 'database-refused',
    exitCode: 5,
    status: ['failed'],
  },
  {
    title: 'a lock stays on the table of runs',
    meanwhile: lock,
    code: 'database-busy',
    exitCode: 4,
    status: ['running'],
  },
];

function lock(product: Product, url: string): void {
  if (product === 'SQLite') {
    const other = new Database(url.slice('sqlite:'.length));
    other.exec('BEGIN IMMEDIATE');
    locks.set(url, async () => void other.close());
    return;
  }
  const opened = connected.get(url);
  const held = opened?.query('BEGIN; SET LOCAL lock_timeout = 0; LOCK TABLE migrate_json.runs IN EXCLUSIVE MODE');
  locks.set(url, async () => {
    await held;
    await opened?.query('ROLLBACK');
  });
}

let root: string;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'migrate-json-end-'));
  grow(root, ALL_GOOD);
});

afterAll(() => rmSync(root, { recursive: true, force: true }));

const locks = new Map<string, () => Promise<void>>();
const connected = new Map<string, Awaited<ReturnType<typeof connectTo>>>();

describe.each(PRODUCTS)('a run into %s that cannot record its end, because', { concurrent: true }, (product) => {
  test.for(MISHAPS)('$title, is not complete', async (mishap, { onTestFinished }) => {
    const { url, drop } = await freshTarget(product);
    onTestFinished(() => drop());
    await createTables(url);
    await queryTarget(url, 'SELECT 1', ...(mishap.sql?.[product] ?? []));
    if (product === 'PostgreSQL') {
      await queryTarget(
        url,
        "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET lock_timeout = 50', current_database()); END $$",
      );
      const client = await connectTo(url);
      connected.set(url, client);
      onTestFinished(() => client.end());
    }
    let isDone = false;
    const listener: Listener = ({ kind }) => {
      if (kind !== 'file' || isDone) return;
      isDone = true;
      mishap.meanwhile?.(product, url);
    };
    const { head, error } = await migrate(runSettings({ root, to: url }), { listener });
    await locks.get(url)?.();
    expect(isDone).toBe(true);
    expect({ exit: head.exit_code, status: head.status, error: head.error?.code, thrown: error?.code }).toEqual({
      exit: mishap.exitCode,
      status: 'failed',
      error: mishap.code,
      thrown: mishap.code,
    });
    const runs = await queryTarget(url, 'SELECT status FROM ledger.runs');
    expect(runs.map(({ status }) => status)).toEqual(mishap.status);
  });
});
