import { placeIn } from '../../schema/table-place.ts';
import { type Finding, ok, problem, warning } from '../inspection.ts';
import { quote } from './ddl.ts';
import type { Inspected } from './inspected.ts';
import { IS_STALE } from './lease.ts';

/** Those that keep a writer waiting. https://www.postgresql.org/docs/current/explicit-locking.html */
export async function checkLocks({ session, ledger }: Inspected): Promise<Finding> {
  const sql = `SELECT c.relname AS name, l.mode, l.pid FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
      JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE (n.nspname, c.relname) IN (SELECT * FROM unnest($1::text[], $2::text[])) AND l.granted AND l.pid <> pg_backend_pid()
      AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND l.mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
    ORDER BY 1, 3 LIMIT 5`;
  const own = session.declared.list.map(({ name }) => Object.values(placeIn(session.schema, name)));
  const ofLedger = Object.values(ledger.place.tables).map(({ name }) => [ledger.place.schema ?? session.schema, name]);
  const all = [...own, ...ofLedger];
  const lists = [all.map(([schema]) => schema), all.map(([, name]) => name)];
  const held = await session.rows<{ name: string; mode: string; pid: string }>(sql, ...lists);
  if (held.length === 0) return ok('nobody keeps others from the tables');
  const named = held.map(({ name, mode, pid }) => `${name} (${mode} of process ${pid})`).join(', ');
  return warning(named, 'A run waits until they are given free: see pg_stat_activity for what those processes do.');
}

export async function checkLongTransactions({ session }: Inspected): Promise<Finding> {
  const sql = `SELECT pid, round(extract(epoch FROM clock_timestamp() - xact_start) / 60) AS minutes
    FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'
      AND xact_start < clock_timestamp() - interval '5 minutes' ORDER BY xact_start LIMIT 5`;
  const long = await session.rows<{ pid: string; minutes: string }>(sql);
  if (long.length === 0) return ok('none is older than five minutes');
  const named = long.map(({ pid, minutes }) => `process ${pid} for ${minutes} min`).join(', ');
  return warning(named, 'They may hold locks, and keep the server from cleaning up behind a large load.');
}

export async function checkOtherRuns({ ledger: { place, isThere }, session }: Inspected): Promise<Finding> {
  if (!isThere) return ok('none');
  const runs = `${quote(place.schema ?? session.schema)}.${quote(place.tables.runs.name)}`;
  const sql = `SELECT run_id, ${IS_STALE} AS stale
    FROM ${runs} WHERE status = 'running' AND lease_holder IS NOT NULL ORDER BY stale, run_id LIMIT 1`;
  const [run] = await session.rows<{ run_id: string; stale: string }>(sql);
  if (run === undefined) return ok('none');
  if (run.stale === 'f') return problem(`run ${run.run_id} works on this database`, 'Wait until it is done.');
  return warning(`run ${run.run_id} was cut off`, 'Give its command again: the next run takes over.');
}
