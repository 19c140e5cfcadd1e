import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { freshCitus, WITHOUT_CLUSTER } from '../setup/citus.ts';
import { runCli } from '../setup/cli.ts';
import { conversation, measurements, WITH_FAULTS } from '../setup/legacy.ts';
import { startCli } from '../setup/running-cli.ts';
import { digestOf, freshUrl, queryTarget } from '../setup/targets.ts';
import { grow, plant } from '../setup/trees.ts';

// Every command on a Citus cluster does what it does on plain PostgreSQL.

interface Step {
  readonly args: readonly string[];
  /** Before it the application or a person changes the files. */
  readonly change?: (cwd: string) => void;
}

/** The application went on, and a person corrected something. */
function change(cwd: string): void {
  grow(join(cwd, 'data'), {
    'conversations/alice/a.json': conversation('a', ['Hello', 'Good morning', 'one more'], { title: 'longer' }),
    'conversations/alice/b.json': conversation('b', ['corrected']),
    'usage/alice/usage.json': { user_id: 'alice', tier: 'free', daily_count: 4 },
    'users.json': [
      { id: 'alice', email: 'alice@example.org', username: 'alice' },
      { id: 'dora', username: 'dora' },
    ],
    'metrics/dump.json': measurements(5, { memory_usage: 1 }),
  });
}

const STEPS: readonly Step[] = [
  { args: ['run', 'data', '--dry-run'] },
  { args: ['run', 'data', '--rejects', 'rejects'] },
  { args: ['run', 'data'] },
  { args: ['run', 'data', '--reload'] },
  { args: ['verify', 'data'] },
  { args: ['verify', '--ledger'] },
  { args: ['run', 'data', '--dry-run'], change },
  { args: ['run', 'data', '--on-conflict', 'keep'] },
  { args: ['run', 'data', '--reload', '--on-conflict', 'fail'] },
  { args: ['run', 'data', '--reload'] },
  { args: ['run', 'data', '--reload', '--on-conflict', 'overwrite', '--dry-run'] },
  { args: ['run', 'data', '--reload', '--on-conflict', 'overwrite'] },
  { args: ['retry', 'rejects', '--on-conflict', 'overwrite'] },
  { args: ['verify', 'data'] },
  { args: ['verify', '--ledger'] },
  { args: ['schema', 'check'] },
  { args: ['schema', 'status'] },
  { args: ['doctor', 'data'] },
];

interface Outcome {
  readonly code: number;
  readonly tables: unknown;
  readonly totals: unknown;
}

async function outcomeOf({ args }: Step, url: string, cwd: string): Promise<Outcome> {
  const { code, stdout, stderr } = await runCli([...args, '--to', url, '--json'], { cwd });
  expect(stderr).not.toMatch(/refuses|does not support/);
  const { tables, totals } = ['run', 'retry', 'verify', 'undo'].includes(args[0] ?? '') ? JSON.parse(stdout) : {};
  // A password in the URL is warned about: only one of the servers has one.
  return { code: code ?? -1, tables, totals: { ...totals, warnings: undefined } };
}

function filesIn(directory: string): Readonly<Record<string, string>> {
  const names = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    names.map(({ parentPath, name }) => [
      join(parentPath, name).slice(directory.length),
      readFileSync(join(parentPath, name), 'utf8'),
    ]),
  );
}

test('does what PostgreSQL does, command by command', { timeout: 300_000 }, async ({ skip }) => {
  skip(WITHOUT_CLUSTER !== undefined, WITHOUT_CLUSTER);
  const [cluster, plain] = [await freshCitus(), await freshUrl('PostgreSQL')];
  const data = Object.fromEntries(Object.entries(WITH_FAULTS).map(([path, content]) => [`data/${path}`, content]));
  const [there, here] = [plant(data), plant(data)];
  for (const step of STEPS) {
    for (const cwd of [there, here]) step.change?.(cwd);
    const expected = await outcomeOf(step, plain, here);
    expect(await outcomeOf(step, cluster, there), step.args.join(' ')).toEqual(expected);
    if (step.args[0] === 'run' || step.args[0] === 'retry')
      expect(await digestOf(cluster), step.args.join(' ')).toBe(await digestOf(plain));
  }
  for (const [url, cwd] of [
    [cluster, there],
    [plain, here],
  ] as const)
    expect((await runCli(['export', 'out', '--from', url], { cwd })).code).toBe(0);
  expect(filesIn(join(there, 'out'))).toEqual(filesIn(join(here, 'out')));
  const runs = await Promise.all(
    [
      [cluster, there],
      [plain, here],
    ].map(async ([url = '', cwd = '']) => {
      const listed = JSON.parse((await runCli(['runs', '--to', url, '--json'], { cwd })).stdout);
      return listed.map(({ run_id }: { run_id: string }) => run_id);
    }),
  );
  const [ofCluster = [], ofPlain = []] = runs;
  for (const [at, run] of ofPlain.entries()) {
    const expected = await outcomeOf({ args: ['undo', run, '--yes'] }, plain, here);
    expect(await outcomeOf({ args: ['undo', ofCluster[at] ?? '', '--yes'] }, cluster, there), run).toEqual(expected);
    expect(await digestOf(cluster), run).toBe(await digestOf(plain));
  }
});

const SHOP = `datasets:
  users: { files: users.json, key: id, columns: { id: integer, name: text } }
  orders:
    files: orders.json
    key: id
    columns: { id: text(36), user_id: { type: integer, references: users.id }, total: "decimal(12,2)" }
    children:
      order_items: { records: /items/*, surplus: delete, columns: { position: { from: $position, type: integer }, sku: text } }
tables:
  orders: { distributed_by: id }
  order_items: { distributed_by: order_id }
`;

function order(number: number, items: readonly string[]): object {
  return { id: `o${number}`, user_id: number % 3, total: number / 4, items: items.map((sku) => ({ sku })) };
}

const ORDERS = Array.from({ length: 30 }, (_, at) => order(at, ['a', 'b', 'c'].slice(0, at % 4)));

const SHOP_STEPS: readonly Step[] = [
  { args: ['run', 'data', '--dry-run'] },
  { args: ['run', 'data'] },
  { args: ['run', 'data', '--reload'] },
  {
    args: ['run', 'data', '--dry-run'],
    change: (cwd) =>
      grow(join(cwd, 'data'), {
        'users.json': [0, 1, 2].map((id) => ({ id, name: `new ${id}` })),
        'orders.json': [...ORDERS.slice(0, 20), order(23, ['z']), order(27, []), order(31, ['new'])],
      }),
  },
  { args: ['run', 'data'] },
  { args: ['verify', 'data'] },
  { args: ['verify', '--ledger'] },
];

test('takes declared tables with a distribution column', { timeout: 120_000 }, async ({ skip }) => {
  skip(WITHOUT_CLUSTER !== undefined, WITHOUT_CLUSTER);
  const tree = {
    'migrate-json.config.yaml': SHOP,
    'data/users.json': [0, 1, 2].map((id) => ({ id, name: `user ${id}` })),
    'data/orders.json': ORDERS,
  };
  const [there, here] = [plant(tree), plant(tree)];
  const printed = await runCli(['schema', 'print', '--database', 'postgres', '--distribute', 'citus'], { cwd: there });
  const [cluster, plain] = [await freshCitus(printed.stdout.split(/;\n/)), await freshUrl('PostgreSQL')];
  for (const step of SHOP_STEPS) {
    for (const cwd of [there, here]) step.change?.(cwd);
    const expected = await outcomeOf(step, plain, here);
    expect(await outcomeOf(step, cluster, there), step.args.join(' ')).toEqual(expected);
  }
  const rows =
    'SELECT * FROM orders o LEFT JOIN order_items i ON i.order_id = o.id JOIN users u ON u.id = o.user_id ORDER BY o.id, i.position';
  expect(await queryTarget(cluster, rows)).toEqual(await queryTarget(plain, rows));
});

test('is known to doctor, and refuses a snapshot, which would not keep it', { timeout: 60_000 }, async ({ skip }) => {
  skip(WITHOUT_CLUSTER !== undefined, WITHOUT_CLUSTER);
  const cluster = await freshCitus();
  const cwd = plant({ 'data/users.json': [{ id: 'ann', username: 'ann' }] });
  const doctor = await runCli(['doctor', 'data', '--to', cluster], { cwd });
  expect(doctor.stdout).toMatch(/ok +citus +Citus \d[\d.-]*, which distributes \d+ tables of the schema/);
  const snapshot = await runCli(['snapshot', 'create', '--to', cluster], { cwd });
  expect([snapshot.code, snapshot.stderr]).toEqual([5, expect.stringContaining('is distributed by Citus')]);
});

test('settles shards as PostgreSQL does, one of them killed', { timeout: 300_000 }, async ({ skip }) => {
  skip(WITHOUT_CLUSTER !== undefined, WITHOUT_CLUSTER);
  const [cluster, plain] = [await freshCitus(), await freshUrl('PostgreSQL')];
  const cwd = plant(
    Object.fromEntries(Object.entries(WITH_FAULTS).map(([path, content]) => [`data/${path}`, content])),
  );
  grow(join(cwd, 'data/conversations'), Object.fromEntries(manyConversations()));
  const shard = (number: number): readonly string[] => [
    'run',
    'data',
    '--to',
    cluster,
    '--shard',
    `${number}/3`,
    '--run-id',
    'shared',
  ];
  const killed = startCli(shard(1), { cwd });
  await pause(700);
  killed.child.kill('SIGKILL');
  await killed.ended;
  const shards = await Promise.all([2, 3, 1].map((number) => runCli(shard(number), { cwd })));
  for (const { code, stderr } of shards) expect([0, 1], stderr).toContain(code);
  expect((await runCli(['run', 'data', '--to', plain], { cwd })).code).toBe(1);
  expect(await digestOf(cluster)).toBe(await digestOf(plain));
});

function* manyConversations(): Generator<readonly [string, object]> {
  for (let at = 0; at < 500; at++)
    yield [`user-${at % 20}/c${at}.json`, conversation(`c${at % 450}`, ['one', `two ${at}`])];
}
