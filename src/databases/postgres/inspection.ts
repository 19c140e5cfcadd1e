import { type Check, type Inspection, type InspectionOptions, ok } from '../inspection.ts';
import type { PostgresConfig } from '../target.ts';
import { checkLocks, checkLongTransactions, checkOtherRuns } from './activity-checks.ts';
import { PostgresConnection } from './connection.ts';
import { classify } from './errors.ts';
import { type Inspected, settingOf } from './inspected.ts';
import { locateLedger } from './ledger.ts';
import { checkExcess, checkRights } from './rights-checks.ts';
import {
  checkCitus,
  checkClock,
  checkEncoding,
  checkPooler,
  checkTimeouts,
  checkTimeZone,
  checkTls,
  checkVersion,
  checkWritable,
} from './server-checks.ts';
import { Session } from './session.ts';

const CHECKS: readonly Check<Inspected>[] = [
  { name: 'version', look: checkVersion },
  { name: 'citus', look: checkCitus },
  { name: 'tls', look: checkTls },
  { name: 'pooler', look: checkPooler },
  { name: 'encoding', look: checkEncoding },
  { name: 'writable', look: checkWritable },
  { name: 'rights', look: checkRights },
  { name: 'rights in excess', look: checkExcess },
  { name: 'time-outs', look: checkTimeouts },
  { name: 'time zone', look: checkTimeZone },
  { name: 'clock', look: checkClock },
  { name: 'locks', look: checkLocks },
  { name: 'long transactions', look: checkLongTransactions },
  { name: 'other runs', look: checkOtherRuns },
  { name: 'disk space of the server', look: () => ok('unknown: the disk of a server cannot be seen from here') },
];

/** Connects. Every check is a transaction that reads. */
export async function inspectPostgres(
  config: PostgresConfig,
  label: string,
  options: InspectionOptions,
): Promise<Inspection> {
  const connection = new PostgresConnection(config, label, undefined);
  const look = async <T>(work: (inspected: Inspected) => T | Promise<T>): Promise<T> => {
    try {
      const client = await connection.get();
      await client.query("BEGIN READ ONLY; SET LOCAL search_path = ''; SET LOCAL statement_timeout = '20s'");
      const { dbSchema, declared, needed } = options;
      const ledger = await locateLedger(client, options);
      return await work({ session: new Session(client, dbSchema, declared), client, ledger, needed });
    } catch (error) {
      throw classify(error, label);
    } finally {
      await connection.rollBack(undefined);
    }
  };
  const version = await look(async ({ session }) => settingOf(session, 'server_version')).catch(
    async (error: unknown) => {
      await connection.close();
      throw error;
    },
  );
  const checks = CHECKS.map((check) => ({ name: check.name, look: () => look((inspected) => check.look(inspected)) }));
  return { label: `PostgreSQL ${version}`, checks, close: () => connection.close() };
}
