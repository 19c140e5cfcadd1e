import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Database } from '../../src/databases/database.ts';
import { processIdentity } from '../../src/files/process-identity.ts';
import { Heartbeat } from '../../src/ledger/lease.ts';
import { runCli } from '../setup/cli.ts';
import { writeCorpus } from '../setup/corpus.ts';
import { DEAD_HOLDER } from '../setup/killed-run.ts';
import { digestOf, freshTarget, openTarget, PRODUCTS, queryTarget } from '../setup/targets.ts';

let root: string;
let rejects: string;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'migrate-json-lease-'));
  writeCorpus(root, 20);
  const bad = mkdtempSync(join(root, '..', 'migrate-json-bad-'));
  writeFileSync(join(bad, 'metrics.json'), '[{"timestamp":"yesterday"}]');
  rejects = join(bad, 'rejects');
  const loaded = await runCli(['run', bad, '--rejects', rejects, '--to', `sqlite:${join(bad, 'x.db')}`]);
  expect(loaded.code, loaded.stderr).toBe(1);
});

afterAll(() => {
  for (const each of [root, join(rejects, '..')]) rmSync(each, { recursive: true, force: true });
});

/** A run that has begun and does nothing. */
async function hold(url: string, holder: string): Promise<Database> {
  const database = await openTarget(url);
  await database.createTables();
  const run = { run_id: 'other', tool_version: '1', command: 'run', root, status: 'running' };
  const started = { ...run, started_at: '2024-01-02 03:04:05.000000' };
  expect(await database.beginRun(started, { holder, mayTakeOver: () => false })).toEqual({ lastBatch: 0 });
  return database;
}

describe.each(PRODUCTS)('a run into %s', { concurrent: true }, (product) => {
  test('that meets another one at work says which, and since when, and changes nothing', async () => {
    const target = await freshTarget(product);
    const other = await hold(target.url, processIdentity());
    const heartbeat = new Heartbeat(other);
    const before = await digestOf(target.url);
    const result = await runCli(['run', root, '--to', target.url]);
    expect(result.code, result.stderr).toBe(4);
    expect(result.stderr).toMatch(
      /run other \(process \d+ on \S+\) works on this database since 2024-01-02 03:04:05 UTC/,
    );
    expect(await runCli(['undo', 'other', '--yes', '--to', target.url])).toMatchObject({
      code: 4,
      stderr: expect.stringMatching(/run other \(process/),
    });
    for (const words of [
      ['schema', 'upgrade', '--no-snapshot'],
      ['schema', 'rollback', '--yes'],
      ['schema', 'cleanup', '--yes'],
      ['retry', rejects],
    ]) {
      const refused = await runCli([...words, '--to', target.url]);
      expect([words, refused.code, refused.stderr]).toEqual([words, 4, expect.stringMatching(/run other \(process/)]);
    }
    expect(await digestOf(target.url)).toBe(before);
    expect(await queryTarget(target.url, 'SELECT run_id FROM ledger.runs')).toEqual([{ run_id: 'other' }]);
    heartbeat.stop();
    await other.updateRun('other', { status: 'complete' });
    await other.close();
    expect(await runCli(['run', root, '--to', target.url])).toMatchObject({ code: 0 });
    await target.drop();
  });

  test('that cannot record its end is not complete: exit code, report and terminal say the same', async () => {
    const target = await freshTarget(product);
    expect((await runCli(['schema', 'upgrade', '--no-snapshot', '--to', target.url])).code).toBe(0);
    const statements =
      product === 'SQLite'
        ? [
            `CREATE TRIGGER t BEFORE UPDATE OF status ON ledger.runs WHEN NEW.status <> 'running'
              BEGIN SELECT RAISE(ABORT, 'no'); END`,
          ]
        : [
            "CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$",
            `CREATE TRIGGER t BEFORE UPDATE ON ledger.runs FOR EACH ROW
              WHEN (NEW.status <> 'running') EXECUTE FUNCTION no()`,
          ];
    await queryTarget(target.url, ...statements);
    const path = join(root, '..', `${basename(root)}-${product}.json`);
    const { code, stdout, stderr } = await runCli(['run', root, '--report', path, '--to', target.url]);
    const { exit_code, status, error } = JSON.parse(readFileSync(path, 'utf8'));
    rmSync(path);
    expect([code, exit_code, status, error.code], stderr).toEqual([5, 5, 'failed', 'database-refused']);
    expect(stderr).toContain(error.message);
    expect(stdout).not.toMatch(/COMPLETE/);
    await target.drop();
  });

  /** Runs with --archive, while each page of files that is recorded as moved does this to the ledger. */
  async function archiving(onPage: string, onRenewal: string) {
    const target = await freshTarget(product);
    const own = mkdtempSync(join(tmpdir(), 'migrate-json-lease-'));
    writeCorpus(own, 40);
    const database = await openTarget(target.url);
    await database.createTables();
    await database.close();
    const trigger = (name: string, on: string, when: string, body: string): readonly string[] =>
      product === 'SQLite'
        ? [`CREATE TRIGGER ${name} AFTER ${on} WHEN ${when} BEGIN ${body}; END`]
        : [
            `CREATE FUNCTION ${name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ${body}; RETURN NULL; END $$`,
            `CREATE TRIGGER ${name} AFTER ${on} FOR EACH ROW WHEN (${when}) EXECUTE FUNCTION ${name}()`,
          ];
    const renewal = "OLD.lease_renewed_at < '2021-01-01' AND NEW.lease_renewed_at > '2021-01-01'";
    await queryTarget(
      target.url,
      'CREATE TABLE renewals (at text)',
      ...trigger('page', 'UPDATE OF archived_to ON ledger.files', 'NEW.archived_to IS NOT NULL', onPage),
      ...trigger('renewal', 'UPDATE OF lease_renewed_at ON ledger.runs', renewal, onRenewal),
    );
    const archiveDir = `${own}-archive`;
    const result = await runCli(['run', own, '--archive', '--archive-dir', archiveDir, '--to', target.url]);
    const left = readdirSync(own, { recursive: true }).filter((name) => String(name).endsWith('.json')).length;
    const renewals = (await queryTarget(target.url, 'SELECT * FROM renewals')).length;
    const runs = await queryTarget(target.url, 'SELECT status FROM ledger.runs');
    for (const each of [own, archiveDir]) rmSync(each, { recursive: true, force: true });
    await target.drop();
    return { ...result, left, renewals, status: runs[0]?.['status'] };
  }

  test('says that it is alive between two pages of files that it archives', async () => {
    const { code, left, renewals } = await archiving(
      "UPDATE ledger.runs SET lease_renewed_at = '2020-01-01 00:00:00'",
      "INSERT INTO renewals VALUES ('now')",
    );
    expect([code, left, renewals >= 3]).toEqual([0, 0, true]);
  });

  test('moves no further file where another one has taken over meanwhile', async () => {
    const { code, left, stdout, stderr, status } = await archiving(
      "UPDATE ledger.runs SET status = 'interrupted', lease_holder = NULL",
      "INSERT INTO renewals VALUES ('now')",
    );
    expect([code, left, status], stderr).toEqual([4, 24, 'interrupted']);
    expect(stderr).toMatch(/lease|another|taken/);
    expect(stdout).not.toMatch(/COMPLETE/);
  });

  test('says that it is alive between two pages of its ledger, and reads on', async () => {
    const target = await freshTarget(product);
    const database = await hold(target.url, processIdentity());
    const numbers = 'WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4500)';
    await queryTarget(
      target.url,
      `INSERT INTO ledger.files (run_id, path, status) ${numbers} SELECT 'other', 'a/' || i, 'loaded' FROM n`,
    );
    let rows = 0;
    for await (const page of database.ledgerRows({ kind: 'latest-files' })) {
      rows += page.length;
      // SQLite is busy with the read; the next transaction says it.
      await database.renewLease().catch(() => undefined);
    }
    expect(rows).toBe(4500);
    await database.renewLease();
    await database.close();
    await target.drop();
  });

  test('goes on at once where the other one is dead', async () => {
    const target = await freshTarget(product);
    await (await hold(target.url, DEAD_HOLDER)).close();
    const result = await runCli(['run', root, '--to', target.url]);
    expect(result.code, result.stderr).toBe(0);
    const runs = await queryTarget(target.url, 'SELECT status FROM ledger.runs ORDER BY started_at');
    expect(runs).toEqual([{ status: 'interrupted' }, { status: 'complete' }]);
    await target.drop();
  });

  test('takes over after ten seconds without a sign of life, and the other one stops where it wakes up', async () => {
    const target = await freshTarget(product);
    const other = await hold(target.url, processIdentity());
    const ago = product === 'SQLite' ? "datetime('now', '-11 seconds')" : "now() - interval '11 seconds'";
    await queryTarget(target.url, `UPDATE ledger.runs SET lease_renewed_at = ${ago}`);
    expect(await runCli(['run', root, '--to', target.url])).toMatchObject({ code: 0 });
    const loaded = await digestOf(target.url);
    const late = other.transaction({ runId: 'other', batch: 1 }, (transaction) => transaction.createOwners(['late']));
    await expect(late).rejects.toMatchObject({ code: 'lease-lost', exitCode: 4 });
    await expect(other.renewLease()).rejects.toMatchObject({ code: 'lease-lost' });
    expect(await digestOf(target.url)).toBe(loaded);
    await other.close();
    await target.drop();
  });
});
