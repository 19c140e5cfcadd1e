import type { Database } from '../databases/database.ts';
import { openDatabase } from '../databases/open.ts';
import type { Target } from '../databases/target.ts';
import { EXIT, MigrateError, type RunStatus } from '../errors.ts';
import { processIdentity } from '../files/process-identity.ts';
import type { DeclaredTables } from '../schema/declared-tables.ts';
import { ledgerTime } from '../schema/ledger-time.ts';
import { newRunId } from '../system/run-id.ts';
import { TOOL_VERSION } from '../version.ts';
import { Heartbeat, takeTarget } from './lease.ts';

/** Whoever writes is a run of its own in the ledger, so that nothing else works on the database meanwhile. */
export async function asRun<T>(
  database: Database,
  command: string,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
  exitCodeOf: (result: T) => number = () => EXIT.complete,
): Promise<T> {
  const run_id = await begin(database, command, signal);
  const heartbeat = new Heartbeat(database);
  const end = (ended: ReturnType<typeof endWith>): Promise<void> => database.updateRun(run_id, ended);
  try {
    const result = await work();
    const exitCode = exitCodeOf(result);
    await end(endWith(exitCode, exitCode === EXIT.complete ? 'complete' : 'partial'));
    return result;
  } catch (error) {
    // The database may be what failed.
    await end(failedWith(error)).catch(() => undefined);
    throw error;
  } finally {
    heartbeat.stop();
  }
}

function endWith(exitCode: number, status: RunStatus) {
  return { status, exit_code: exitCode, finished_at: ledgerTime() };
}

/** As the process ends where nobody catches the error. */
function failedWith(error: unknown): ReturnType<typeof endWith> {
  const exitCode = error instanceof MigrateError ? error.exitCode : EXIT.bug;
  const isStopped = exitCode === EXIT.interrupted || exitCode === EXIT.terminated;
  return endWith(exitCode, isStopped ? 'interrupted' : 'failed');
}

async function begin(database: Database, command: string, signal: AbortSignal | undefined): Promise<string> {
  // A ledger of an older version is moved by whoever writes first.
  await database.createTables([]);
  const run_id = newRunId();
  const holder = processIdentity();
  const row = { run_id, tool_version: TOOL_VERSION, command, status: 'running', started_at: ledgerTime() };
  await takeTarget((mayTakeOver) => database.beginRun(row, { holder, mayTakeOver }), signal);
  return run_id;
}

export interface LoneWriter {
  readonly target: Target;
  readonly declared: DeclaredTables;
  readonly dbSchema: string;
  readonly ledgerSchema?: string | undefined;
  readonly command: string;
}

/** Changes tables while nobody else writes, and resolves with the exit code. Where there is no ledger yet, nobody does. */
export async function whileAlone(writer: LoneWriter, work: () => Promise<number>): Promise<number> {
  const database = await openLedger(writer);
  if (database === undefined) return work();
  let result: number | undefined;
  const noted = async (): Promise<number> => {
    result = await work();
    return result;
  };
  try {
    return await asRun(database, writer.command, undefined, noted, (exitCode) => exitCode);
  } catch (error) {
    // A rollback takes the ledger away as well, if an upgrade had made it.
    if (result === undefined || (await hasLedger(writer))) throw error;
    return result;
  } finally {
    await database.close();
  }
}

async function hasLedger(writer: LoneWriter): Promise<boolean> {
  const database = await openLedger(writer);
  await database?.close();
  return database !== undefined;
}

/** The same where the work replaces the database with its ledger: nothing of it is open meanwhile. */
export async function replacingAlone<T>(writer: LoneWriter, work: () => Promise<T>): Promise<T> {
  const database = await openLedger(writer);
  if (database === undefined) return work();
  const runId = await begin(database, writer.command, undefined).finally(() => database.close());
  try {
    return await work();
  } catch (error) {
    const again = await openLedger(writer).catch(() => undefined);
    await again?.updateRun(runId, failedWith(error)).catch(() => undefined);
    await again?.close();
    throw error;
  }
}

/** Undefined where no run can be at work: there is no ledger, or no database. */
async function openLedger(writer: LoneWriter): Promise<Database | undefined> {
  const reading = await open(writer, true);
  if (reading === undefined) return undefined;
  await reading.close();
  return reading.hasLedger ? open(writer, false) : undefined;
}

async function open(writer: LoneWriter, readOnly: boolean): Promise<Database | undefined> {
  const { target, declared, dbSchema, ledgerSchema } = writer;
  try {
    return await openDatabase(target, { declared, dbSchema, ledgerSchema, dryRun: false, readOnly });
  } catch (error) {
    const isNone = error instanceof MigrateError && ['database-unavailable', 'not-a-database'].includes(error.code);
    // The work itself says what is wrong with the database, or makes it.
    if (isNone) return undefined;
    throw error;
  }
}
