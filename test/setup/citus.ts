import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { onTestFinished } from 'vitest';
import { citusStatements } from '../../src/databases/postgres/citus.ts';
import { BUILT_IN } from './built-in.ts';

/** The coordinator of a Citus cluster with workers, as a superuser: `TEST_CITUS=postgres://…`. Its databases are made and dropped. */
const CLUSTER = process.env['TEST_CITUS'];

/** Why tests of a cluster do not run. */
export const WITHOUT_CLUSTER = CLUSTER === undefined ? 'TEST_CITUS names no coordinator of a Citus cluster' : undefined;

const OF_THE_PROGRAM = citusStatements('public', BUILT_IN.tables, []);

/** A database on every node, with tables distributed over them: those of the program, or others. Dropped when the test ends. */
export async function freshCitus(statements: readonly string[] = OF_THE_PROGRAM): Promise<string> {
  const coordinator = new URL(CLUSTER ?? '');
  const workers = await onServer(coordinator, async (client) => {
    const { rows } = await client.query<{ node_name: string; node_port: number }>(
      'SELECT node_name, node_port FROM citus_get_active_worker_nodes()',
    );
    return rows.map(({ node_name, node_port }) =>
      Object.assign(new URL(coordinator), { hostname: node_name, port: String(node_port) }),
    );
  });
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  const nodes = [coordinator, ...workers];
  onTestFinished(async () => {
    for (const node of nodes) await onServer(node, (client) => client.query(`DROP DATABASE ${name} WITH (FORCE)`));
  });
  const within = (node: URL): URL => Object.assign(new URL(node), { pathname: `/${name}` });
  for (const node of nodes) {
    await onServer(node, (client) => client.query(`CREATE DATABASE ${name}`));
    await onServer(within(node), (client) => client.query('CREATE EXTENSION citus'));
  }
  await onServer(within(coordinator), async (client) => {
    await client.query('SELECT citus_set_coordinator_host($1, $2)', [coordinator.hostname, Number(coordinator.port)]);
    for (const { hostname, port } of workers)
      await client.query('SELECT citus_add_node($1, $2)', [hostname, Number(port)]);
    for (const statement of statements) await client.query(statement);
  });
  return within(coordinator).href;
}

async function onServer<T>(url: URL, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
