// The script that people write by hand: parse the whole file, then one upsert after the other in one transaction.
// `postgres|sqlite <metrics.json> [database file]`. The PG* variables name the server.
import { readFileSync } from 'node:fs';
import Database from 'better-sqlite3';
import pg from 'pg';
import { METRIC_COLUMNS } from '../metrics.js';

const [kind, path, database] = process.argv.slice(2);
const records = JSON.parse(readFileSync(path, 'utf8'));

const names = METRIC_COLUMNS.map((name) => `"${name}"`);
const updates = names.slice(2).map((name) => `${name} = excluded.${name}`);
const upsert = (marks) =>
  `INSERT INTO metrics (${names.join(', ')}) VALUES (${marks.join(', ')})
   ON CONFLICT (source, timestamp) DO UPDATE SET ${updates.join(', ')}`;
const rowOf = (record) => METRIC_COLUMNS.map((name) => record[name]);

async function loadPostgres() {
  const client = new pg.Client();
  await client.connect();
  await client.query('BEGIN');
  const text = upsert(names.map((_, index) => `$${index + 1}`));
  for (const record of records) await client.query({ name: 'upsert', text, values: rowOf(record) });
  await client.query('COMMIT');
  await client.end();
}

function loadSqlite() {
  const connection = new Database(database);
  const statement = connection.prepare(upsert(names.map(() => '?')));
  connection.transaction(() => {
    for (const record of records) statement.run(rowOf(record));
  })();
  connection.close();
}

if (kind === 'postgres') await loadPostgres();
else loadSqlite();
