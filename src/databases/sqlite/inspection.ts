import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import type { DeclaredTables } from '../../schema/declared-tables.ts';
import { type Check, type Finding, type Inspection, ok, problem, warning } from '../inspection.ts';
import { SqliteConnections } from './connection.ts';
import { SqliteLease } from './lease.ts';
import { isWal } from './open-file.ts';

interface Inspected {
  readonly path: string;
  /** Undefined where the file does not exist yet. */
  readonly connections: SqliteConnections | undefined;
}

const CHECKS: readonly Check<Inspected>[] = [
  { name: 'rights', look: checkRights },
  { name: 'file system', look: checkFileSystem },
  { name: 'locks', look: checkLocks },
  { name: 'other runs', look: checkOtherRuns },
];

/** Opens the file to read it, if it is there. */
export function inspectSqlite(path: string, label: string, declared: DeclaredTables): Inspection {
  const options = { declared, dbSchema: 'public', dryRun: false, readOnly: true };
  const connections = existsSync(path) ? new SqliteConnections(path, label, options) : undefined;
  const version = new BetterSqlite3(':memory:').prepare<[], string>('SELECT sqlite_version()').pluck().get();
  return {
    label: `SQLite ${version}${connections === undefined ? '; the file does not exist, a run creates it' : ''}`,
    checks: CHECKS.map((check) => ({ name: check.name, look: () => check.look({ path, connections }) })),
    close: async () => connections?.close(),
  };
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** The journal is a file beside the database. */
function checkRights({ path, connections }: Inspected): Finding {
  const hint = 'Give the user that runs migrate-json the right to write there.';
  if (connections && !isWritable(path)) return problem('the file cannot be written', hint);
  const directory = nearestExisting(dirname(path));
  if (!statSync(directory).isDirectory()) return problem(`${directory} is no directory`, 'Name another --to.');
  if (!isWritable(directory)) return problem(`the directory ${directory} cannot be written`, hint);
  if (connections === undefined || (statSync(path).mode & 0o077) === 0) return ok('file and directory can be written');
  return warning('others may read the file, which may hold secrets', `chmod 600 ${path}`);
}

function nearestExisting(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : nearestExisting(dirname(path));
}

/** `f_type` of statfs(2), where locks do not do what SQLite needs. https://www.sqlite.org/faq.html#q5 */
const NETWORK: Readonly<Record<number, string>> = {
  [0x6969]: 'NFS',
  [0xff534d42]: 'CIFS',
  [0xfe534d42]: 'SMB',
  [0x01021997]: '9p',
};

function checkFileSystem({ path }: Inspected): Finding {
  const name = NETWORK[statfsSync(nearestExisting(dirname(path))).type];
  if (name === undefined) return ok('local');
  return warning(`${name}: locks over a network may fail`, 'Load into a file on a local disk and copy it afterwards.');
}

/** A database that another program is writing, or keeps for itself. Whether it could be read was found out before. */
function checkLocks({ path, connections }: Inspected): Finding {
  // A look at a WAL would create files beside it.
  if (connections === undefined || isWal(path)) return ok('nobody keeps others from the file');
  const writer = new BetterSqlite3(path, { fileMustExist: true, timeout: 0 });
  try {
    // A lock is taken and given back; nothing is written.
    writer.exec('BEGIN IMMEDIATE; ROLLBACK');
    return ok('nobody keeps others from the file');
  } catch {
    return warning('another program is writing the file', 'A run waits for it about eight seconds.');
  } finally {
    writer.close();
  }
}

function checkOtherRuns({ connections }: Inspected): Finding {
  if (!connections?.hasLedger) return ok('none');
  const holder = SqliteLease.holderIn(connections);
  if (holder === undefined) return ok('none');
  if (!holder.isStale) return problem(`run ${holder.runId} works on this database`, 'Wait until it is done.');
  return warning(`run ${holder.runId} was cut off`, 'Give its command again: the next run takes over.');
}
