import { TLSSocket } from 'node:tls';
import { counted } from '../../system/quantities.ts';
import { type Finding, ok, problem, warning } from '../inspection.ts';
import { isPooled } from './beside.ts';
import { citusOf } from './citus.ts';
import { type Inspected, settingOf } from './inspected.ts';

/** The oldest version that is tested. */
const OLDEST = 14;

/** A difference that no delay on the way explains, in ms. */
const CLOCKS_APART = 5000;

export async function checkVersion({ session }: Inspected): Promise<Finding> {
  const major = Math.floor(Number(await settingOf(session, 'server_version_num')) / 10_000);
  if (major >= OLDEST) return ok(`PostgreSQL ${major}`);
  return problem(`PostgreSQL ${major} is older than ${OLDEST}`, `Upgrade the server to ${OLDEST} or later.`);
}

export async function checkCitus({ session }: Inspected): Promise<Finding> {
  const citus = await citusOf(session);
  if (citus === undefined) return ok('not installed');
  const { version, tables } = citus;
  const installed = `Citus ${version}, which distributes ${counted(tables, 'table')} of the schema`;
  if (tables > 0) return ok(`${installed}; snapshots are left to its own means`);
  return warning(
    `${installed}: what a run makes is on the coordinator alone`,
    'Make the tables first: `migrate-json schema print --database postgres --distribute citus`',
  );
}

export function checkTls({ client }: Inspected): Finding {
  const { stream } = client.connection;
  if (stream instanceof TLSSocket) return ok(`${stream.getProtocol()}`);
  const isLocal = /^(\/.*|localhost|::1|127\..*)?$/.test(client.host);
  if (isLocal) return ok('none, and none is needed: the connection does not leave this machine');
  return warning('none: whoever is on the way can read everything', 'Add ?sslmode=verify-full to the URL.');
}

export async function checkPooler({ client }: Inspected): Promise<Finding> {
  if (!(await isPooled(client))) return ok('none: this is the server itself');
  return ok('a pooler stands before the server; runs work in transaction mode and in session mode');
}

export async function checkEncoding({ session }: Inspected): Promise<Finding> {
  const encoding = await settingOf(session, 'server_encoding');
  if (encoding === 'UTF8') return ok(encoding);
  return problem(`the database is ${encoding}`, 'Create a database with ENCODING UTF8 TEMPLATE template0.');
}

export async function checkWritable({ session }: Inspected): Promise<Finding> {
  const [row] = await session.rows<{ standby: string }>('SELECT pg_is_in_recovery() AS standby');
  if (row?.standby === 't') return problem('this is a replica, which cannot be written', 'Name the primary.');
  if ((await settingOf(session, 'default_transaction_read_only')) !== 'on') return ok('it is');
  const hint = 'ALTER ROLE … or ALTER DATABASE … RESET default_transaction_read_only';
  return problem('default_transaction_read_only is on', hint);
}

/** What would cut a batch off. 0 is never. */
export async function checkTimeouts({ session }: Inspected): Promise<Finding> {
  const sql = `SELECT name, setting FROM pg_settings WHERE setting::bigint BETWEEN 1 AND 59999
    AND name IN ('statement_timeout', 'transaction_timeout', 'idle_in_transaction_session_timeout')`;
  // What this check itself has set is not what the role has.
  await session.run('SET LOCAL statement_timeout TO DEFAULT');
  const short = await session.rows<{ name: string; setting: string }>(sql);
  if (short.length === 0) return ok('none is shorter than a minute');
  const named = short.map(({ name, setting }) => `${name} is ${Number(setting) / 1000} s`).join(', ');
  return warning(named, 'ALTER ROLE … SET them to 0 for the role that loads, or give a smaller --batch-bytes.');
}

export async function checkTimeZone({ session }: Inspected): Promise<Finding> {
  return ok(
    `${await settingOf(session, 'TimeZone')}; times are written with their offset, and without one where a column has none`,
  );
}

export async function checkClock({ session }: Inspected): Promise<Finding> {
  const asked = Date.now();
  const [row] = await session.rows<{ now: string }>('SELECT extract(epoch FROM clock_timestamp()) * 1000 AS now');
  const apart = Math.abs(Number(row?.now) - (asked + Date.now()) / 2);
  const seconds = (apart / 1000).toFixed(1);
  if (apart < CLOCKS_APART) return ok(`${seconds} s apart`);
  return warning(
    `here and at the server ${seconds} s apart`,
    'Set both with NTP, or times in reports will confuse you.',
  );
}
