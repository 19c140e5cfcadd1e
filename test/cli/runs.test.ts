import { expect, test } from 'vitest';
import { runCli } from '../setup/cli.ts';
import { createTables } from '../setup/constraints.ts';
import { freshUrl, PRODUCTS, queryTarget } from '../setup/targets.ts';

/** A run that says that it is at work, with its last sign of life. */
const working = (runId: string, renewed: string): string =>
  `INSERT INTO ledger.runs (run_id, tool_version, command, root, status, started_at, lease_holder, lease_renewed_at)
   VALUES ('${runId}', '1', 'run', '/', 'running', ${renewed}, 'somewhere 1 -', ${renewed})`;

test.each(PRODUCTS)('runs says of a run whose process is gone that it was interrupted, on %s', async (product) => {
  const url = await freshUrl(product);
  await createTables(url);
  const ago =
    product === 'SQLite'
      ? "strftime('%Y-%m-%d %H:%M:%f000', 'now', '-11 seconds')"
      : "clock_timestamp() - interval '11 seconds'";
  await queryTarget(url, working('alive', 'CURRENT_TIMESTAMP'));
  const listed = async () => {
    const { stdout } = await runCli(['runs', '--to', url, '--json']);
    return JSON.parse(stdout).map((run: Record<string, unknown>) => [run['run_id'], run['status'], run['exit_code']]);
  };
  expect(await listed()).toContainEqual(['alive', 'running', null]);
  expect((await runCli(['runs', '--to', url])).stdout).not.toContain('is gone');

  await queryTarget(url, 'DELETE FROM ledger.runs', working('killed', ago));
  expect(await listed()).toEqual([['killed', 'interrupted', null]]);
  const { stdout } = await runCli(['runs', '--to', url]);
  expect(stdout).toMatch(/killed +interrupted/);
  expect(stdout.replace(/\s+/g, ' ')).toContain('The process of killed is gone. What it committed stays');
  expect((await runCli(['runs', 'killed', '--to', url])).stdout).toContain('or its process is gone');
  const report = await runCli(['report', 'killed', '--to', url]);
  expect([report.code, report.stderr]).toEqual([2, expect.stringContaining('it is interrupted')]);
});
