// What is measured, as data: for each work the commands that do it. The first is migrate-json, the second the reference,
// the others are peers. `prepare` and `check` are not measured.
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { METRIC_COLUMNS } from './metrics.js';

const COLUMNS = METRIC_COLUMNS.join(', ');
const SET = METRIC_COLUMNS.slice(2).map((name) => `${name} = excluded.${name}`);
const UPSERT = `INSERT INTO metrics (${COLUMNS}) SELECT ${COLUMNS} FROM staging ON CONFLICT (source, "timestamp") DO UPDATE SET ${SET.join(', ')}`;
const STAGING = `CREATE TEMPORARY TABLE staging AS SELECT ${COLUMNS} FROM metrics WITH NO DATA`;
const REJECTS = 1;

/**
 * @param context `program` (path of migrate-json), `peers` (their directory), `temporary`, `postgres`, `sqliteTables`, and
 *   `data` as `prepareData` returns it
 */
export function workItems(context) {
  const { data } = context;
  const { metrics, tenth, fewBad, manyBad } = data.arrays;
  const chat = { rows: data.chat.messages, bytes: data.chat.bytes };
  const files = { rows: data.chat.conversations, bytes: data.chat.bytes };
  const commands = commandsOf(context);
  const { ours, copyMetrics } = commands;
  return [
    {
      id: 'metrics-postgres',
      title: 'metrics → PostgreSQL',
      goal: { ratio: 0.9 },
      ...amountOf(metrics),
      contenders: [
        ours.postgres(metrics),
        copyMetrics(metrics),
        ...commands.metricsPeers(metrics, tenth, amountOf(tenth)),
      ],
    },
    {
      id: 'metrics-sqlite',
      title: 'metrics → SQLite',
      goal: { ratio: 0.75 },
      ...amountOf(metrics),
      contenders: [
        ours.sqlite(metrics),
        commands.importMetrics(metrics),
        ...commands.sqlitePeers(tenth, amountOf(tenth)),
      ],
    },
    {
      id: 'few-bad-postgres',
      title: 'metrics, 0.1 % bad → PostgreSQL',
      ...amountOf(fewBad),
      contenders: [ours.postgres(fewBad), copyMetrics(metrics)],
    },
    {
      id: 'many-bad-postgres',
      title: 'metrics, 5 % bad → PostgreSQL',
      ...amountOf(manyBad),
      contenders: [ours.postgres(manyBad), copyMetrics(metrics), commands.pgloader()],
    },
    {
      id: 'chat-sqlite',
      title: 'conversations → SQLite',
      goal: { ratio: 0.5 },
      ...chat,
      contenders: [commands.chatToSqlite(), commands.duckdbReads('read-chat', data.chat.root, data.chat.messages)],
    },
    {
      id: 'chat-postgres',
      title: 'conversations → PostgreSQL',
      goal: { ratio: 1.3 },
      ...chat,
      contenders: [commands.chatToPostgres(), commands.copyChat()],
    },
    {
      id: 'rerun',
      title: 'rerun, nothing changed (rows: files)',
      goal: { ratio: 1.3 },
      ...files,
      contenders: [commands.rerun(), commands.sha256sum()],
    },
    {
      id: 'rerun-rehash',
      title: 'rerun --rehash (rows: files)',
      goal: { ratio: 2 },
      ...files,
      contenders: [commands.rerun('--rehash'), commands.sha256sum()],
    },
    {
      id: 'validate',
      title: 'validate only, metrics',
      goal: { ratio: 1.2 },
      ...amountOf(metrics),
      contenders: [ours.validate(metrics), commands.duckdbReads('read-metrics', metrics.path, metrics.records)],
    },
    ...[
      ['metrics', 'metrics', ours.postgres(metrics), ours.sqlite(metrics), metrics.root, amountOf(metrics)],
      ['chat', 'conversations', commands.chatToPostgres(), commands.chatToSqlite(), data.chat.root, chat],
    ].flatMap(([id, title, toPostgres, toSqlite, root, amount]) =>
      [
        ['postgres', 'PostgreSQL', toPostgres],
        ['sqlite', 'SQLite', toSqlite],
      ].flatMap(([database, product, load]) => [
        {
          id: `verify-${id}-${database}`,
          title: `verify, ${title} in ${product}`,
          goal: { ratio: 0.8 },
          ...amount,
          contenders: [commands.verify(load, database, root), asReference(load, 'the load')],
        },
        {
          id: `reload-${id}-${database}`,
          title: `--reload, nothing changed, ${title} in ${product}`,
          goal: { ratio: 1 },
          ...amount,
          contenders: [commands.reload(load), asReference(load, 'the load')],
        },
        {
          id: `dry-run-${id}-${database}`,
          title: `dry run, ${title} → empty ${product}`,
          goal: { ratio: 1 },
          ...amount,
          contenders: [commands.dryRun(load), asReference(load, 'the load')],
        },
        {
          id: `verify-ledger-${id}-${database}`,
          title: `verify --ledger, ${title} in ${product}`,
          goal: { ratio: 0.5 },
          ...amount,
          contenders: [commands.verify(load, database, '--ledger'), asReference(load, 'the load')],
        },
        {
          id: `undo-memory-${id}-${database}`,
          title: `memory for undo, ${title} → ${product}`,
          goal: { ratio: 1.15 },
          ...amount,
          contenders: [load, asReference(load, 'migrate-json --no-undo', '--no-undo')],
        },
      ]),
    ),
    {
      id: 'slope',
      title: 'ten times the records → SQLite',
      // Start-up hides the slope of small data.
      ...(context.scale !== 'quick' && { goal: { ratio: 1.05 } }),
      ...amountOf(metrics),
      contenders: [ours.sqlite(metrics), { ...ours.sqlite(tenth), name: 'migrate-json, a tenth', ...amountOf(tenth) }],
    },
    {
      id: 'help',
      title: '--help',
      goal: { addedSeconds: 0.06 },
      contenders: [ours.help(), { name: 'node -e 0', command: { file: process.execPath, args: ['-e', '0'] } }],
    },
  ];
}

function commandsOf({ program, peers, temporary, postgres, sqliteTables, data }) {
  const databaseFile = join(temporary, 'bench.db');
  const csv = join(temporary, 'bench.csv');
  const pgloaderFile = join(temporary, 'bench.load');
  const { ready, chat } = data;
  const duckdb = join(peers, 'duckdb.js');

  const removeSqlite = () => {
    for (const ending of ['', '-wal', '-shm', '-journal']) rmSync(databaseFile + ending, { force: true });
  };
  const createSqlite = (tables) => {
    removeSqlite();
    withSqlite(databaseFile, (connection) => connection.exec(tables));
  };
  const count = (table, expected) => ({ expected, actual: () => countSqlite(databaseFile, table) });
  const countPostgres = (table, expected) => ({ expected, actual: () => postgres.count(table) });
  const emptyPostgres = () => postgres.fresh({ withTables: false });
  const tablesInPostgres = () => postgres.fresh({ withTables: true });

  const node = (...args) => ({ file: process.execPath, args });
  const migrate = (...args) => node(program, ...args, '--quiet', '--no-progress');
  const psql = (...statements) => ({
    file: 'psql',
    args: ['-X', '-q', '-v', 'ON_ERROR_STOP=1', ...statements.flatMap((statement) => ['-c', statement])],
    env: postgres.env,
  });
  const shell = (script) => ({ file: 'sh', args: ['-c', script], env: postgres.env });
  const quotedPsql = (...statements) =>
    `psql -X -q -v ON_ERROR_STOP=1 ${statements.map((statement) => `-c '${statement}'`).join(' ')}`;

  const goodRows = ({ records, bad }) => records - bad;
  const codeFor = ({ bad }) => (bad > 0 ? REJECTS : 0);

  return {
    ours: {
      postgres: (array) => ({
        name: 'migrate-json',
        prepare: emptyPostgres,
        command: { ...migrate('run', array.root, '--to', postgres.url), env: postgres.env, exitCode: codeFor(array) },
        check: countPostgres('metrics', goodRows(array)),
        isLoad: true,
      }),
      sqlite: (array) => ({
        name: 'migrate-json',
        prepare: removeSqlite,
        command: { ...migrate('run', array.root, '--to', databaseFile), exitCode: codeFor(array) },
        check: count('metrics', goodRows(array)),
        isLoad: true,
      }),
      validate: (array) => ({ name: 'migrate-json', command: { ...migrate('validate', array.root) } }),
      help: () => ({ name: 'migrate-json', command: node(program, '--help') }),
    },
    chatToSqlite: () => ({
      name: 'migrate-json',
      prepare: removeSqlite,
      command: migrate('run', chat.root, '--to', databaseFile),
      check: count('messages', chat.messages),
      isLoad: true,
    }),
    chatToPostgres: () => ({
      name: 'migrate-json',
      prepare: emptyPostgres,
      command: { ...migrate('run', chat.root, '--to', postgres.url), env: postgres.env },
      check: countPostgres('messages', chat.messages),
      isLoad: true,
    }),
    rerun: (...options) => ({
      name: 'migrate-json',
      prepareOnce: () => {
        removeSqlite();
        return migrate('run', chat.root, '--to', databaseFile);
      },
      command: migrate('run', chat.root, '--to', databaseFile, ...options),
      check: count('messages', chat.messages),
    }),
    /** Of what a load has left, which the reference leaves again. */
    reload: (load) => ({
      name: 'migrate-json run --reload',
      prepareOnce: async () => {
        await load.prepare();
        return load.command;
      },
      command: { ...load.command, args: [...load.command.args, '--reload'] },
      check: load.check,
    }),
    dryRun: (load) => ({
      name: 'migrate-json run --dry-run',
      prepare: load.prepare,
      command: { ...load.command, args: [...load.command.args, '--dry-run'] },
    }),
    /** The same. */
    verify: (load, database, ...args) => ({
      name: 'migrate-json verify',
      prepareOnce: async () => {
        await load.prepare();
        return load.command;
      },
      command: {
        ...migrate('verify', ...args, '--to', database === 'sqlite' ? databaseFile : postgres.url),
        env: postgres.env,
      },
    }),
    sha256sum: () => ({
      name: 'sha256sum',
      needs: ['sha256sum'],
      command: { file: 'sh', args: ['-c', 'find . -type f -print0 | xargs -0 sha256sum'], cwd: chat.root },
    }),
    copyMetrics: (array) => ({
      name: 'psql \\copy, ready-made TSV',
      needs: ['psql'],
      prepare: tablesInPostgres,
      command: psql(`\\copy metrics (${COLUMNS}) from '${ready.tsv}'`),
      check: countPostgres('metrics', array.records),
    }),
    copyChat: () => ({
      name: 'psql \\copy, ready-made TSV',
      needs: ['psql'],
      prepare: tablesInPostgres,
      command: psql(
        `\\copy users (id) from '${join(ready.directory, 'users.tsv')}'`,
        `\\copy conversations (id, user_id, title, created_at) from '${join(ready.directory, 'conversations.tsv')}'`,
        `\\copy messages (conversation_id, position, role, content, stage1_data, stage2_data, stage3_data) from '${join(ready.directory, 'messages.tsv')}'`,
      ),
      check: countPostgres('messages', chat.messages),
    }),
    importMetrics: (array) => ({
      name: 'sqlite3 .import, ready-made CSV',
      needs: ['sqlite3'],
      prepare: () => createSqlite(sqliteTables.metrics),
      command: { file: 'sqlite3', args: ['-bail', databaseFile, `.import --csv ${ready.csv} metrics`] },
      check: count('metrics', array.records),
    }),
    duckdbReads: (what, path, expected) => ({
      name: 'DuckDB read_json',
      needs: ['@duckdb/node-api'],
      command: node(duckdb, what, path, String(expected)),
    }),
    metricsPeers: (array, tenth, ofTenth) => [
      {
        name: 'DuckDB → CSV → \\copy → upsert',
        needs: ['@duckdb/node-api', 'psql'],
        prepare: tablesInPostgres,
        command: shell(
          `"${process.execPath}" "${duckdb}" metrics-csv "${array.path}" "${csv}" && ` +
            quotedPsql(STAGING, `\\copy staging from pstdin (format csv)`, UPSERT).concat(` < "${csv}"`),
        ),
        check: countPostgres('metrics', array.records),
      },
      {
        name: 'jq → \\copy → upsert',
        needs: ['jq', 'psql'],
        prepare: tablesInPostgres,
        command: shell(
          `jq -r '.[] | [${METRIC_COLUMNS.map((name) => `.${name}`).join(', ')}] | @tsv' "${array.path}" | ` +
            quotedPsql(STAGING, '\\copy staging from pstdin', UPSERT),
        ),
        check: countPostgres('metrics', array.records),
      },
      {
        name: 'row by row, a tenth',
        ...ofTenth,
        prepare: tablesInPostgres,
        command: { ...node(join(peers, 'by-hand.js'), 'postgres', tenth.path), env: postgres.env },
        check: countPostgres('metrics', tenth.records),
      },
    ],
    sqlitePeers: (tenth, ofTenth) => [
      {
        name: 'sqlite-utils upsert, a tenth',
        needs: ['sqlite-utils'],
        ...ofTenth,
        prepare: removeSqlite,
        command: {
          file: 'sqlite-utils',
          args: ['upsert', databaseFile, 'metrics', tenth.path, '--pk', 'source', '--pk', 'timestamp'],
        },
        check: count('metrics', tenth.records),
      },
      {
        name: 'row by row, a tenth',
        ...ofTenth,
        prepare: () => createSqlite(sqliteTables.all),
        command: node(join(peers, 'by-hand.js'), 'sqlite', tenth.path, databaseFile),
        check: count('metrics', tenth.records),
      },
    ],
    pgloader: () => ({
      name: 'pgloader, ready-made TSV, a tenth',
      needs: ['pgloader'],
      // It sends a batch again for every row that is refused: minutes for each run.
      runs: 1,
      ...amountOf(ready.bad),
      prepare: async () => {
        writeFileSync(pgloaderFile, pgloaderScript(ready.bad.path, postgres));
        await tablesInPostgres();
      },
      command: { file: 'pgloader', args: ['--root-dir', join(temporary, 'pgloader'), pgloaderFile] },
      check: countPostgres('metrics', goodRows(ready.bad)),
    }),
  };
}

/** A load again, beside something else that migrate-json does. */
const asReference = (load, name, ...options) => ({
  ...load,
  name,
  command: { ...load.command, args: [...load.command.args, ...options] },
  isLoad: false,
});

const amountOf = ({ records, bytes }) => ({ rows: records, bytes });

function pgloaderScript(path, { url, env }) {
  const target = url.replace('@', `:${env.PGPASSWORD}@`);
  return `LOAD COPY FROM '${path}' (${COLUMNS})
    INTO ${target} TARGET TABLE public.metrics (${COLUMNS})
    WITH batch rows = 25000
    SET timezone TO 'UTC', client_encoding TO 'utf8';
`;
}

function countSqlite(database, table) {
  return withSqlite(database, (connection) => connection.prepare(`SELECT count(*) FROM ${table}`).pluck().get());
}

function withSqlite(database, use) {
  const connection = new Database(database);
  try {
    return use(connection);
  } finally {
    connection.close();
  }
}
