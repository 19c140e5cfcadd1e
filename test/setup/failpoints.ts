/**
 * Preloaded into the built program (`node --import`): numbers its file-system calls and commits, and lets one of them fail.
 *
 * FAILPOINT_UNDER  only calls on paths below this directory count, and commits
 * FAILPOINT_LOG    file that gets a line for each of them: what is called and on what
 * FAILPOINT_AT     number of the line whose call fails
 * FAILPOINT_WITH   SIGKILL, an errno, or LIE: a commit that does nothing and says that it did
 */
import fs from 'node:fs';
import promises from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { relative } from 'node:path';
import Database from 'better-sqlite3';
import pg from 'pg';

type Callable = (...args: unknown[]) => unknown;

const UNDER = process.env['FAILPOINT_UNDER'] ?? '';
const AT = Number(process.env['FAILPOINT_AT'] ?? 0);
const WITH = process.env['FAILPOINT_WITH'] ?? '';

const PROMISES = [
  'open',
  'rename',
  'link',
  'unlink',
  'rm',
  'mkdir',
  'chmod',
  'stat',
  'lstat',
  'opendir',
  'readdir',
  'statfs',
  'readFile',
  'realpath',
];
const OF_HANDLES = ['read', 'write', 'writeFile', 'sync', 'datasync', 'stat', 'chmod', 'utimes', 'close'];
const SYNC = [
  'openSync',
  'lstatSync',
  'statSync',
  'readdirSync',
  'accessSync',
  'mkdirSync',
  'realpathSync',
  'readFileSync',
];
const OF_DESCRIPTORS = ['readSync', 'fstatSync'];

/** As the databases say it: https://www.postgresql.org/docs/current/errcodes-appendix.html, https://sqlite.org/rescode.html */
const REFUSALS: Readonly<Record<string, readonly [string, string]>> = {
  EIO: ['58030', 'SQLITE_IOERR_FSYNC'],
  ENOSPC: ['53100', 'SQLITE_FULL'],
  EACCES: ['42501', 'SQLITE_READONLY'],
};

const { openSync, writeSync } = fs;
const log = openSync(process.env['FAILPOINT_LOG'] ?? '/dev/null', 'a');
const paths = new WeakMap<object, string>();
const descriptors = new Map<unknown, string>();
let count = 0;

/** Whether it is this call that fails. A kill does not return. */
function fails(call: string, path: string): boolean {
  const isIt = ++count === AT;
  writeSync(log, `${isIt ? 'FAILS ' : ''}${call} ${path}\n`);
  if (!isIt) return false;
  if (WITH === 'SIGKILL') process.kill(process.pid, 'SIGKILL');
  return true;
}

/** The path as the log names it, or nothing where it is none of the test's. */
function counted(path: unknown): string | undefined {
  return typeof path === 'string' && path.startsWith(UNDER) ? relative(UNDER, path) : undefined;
}

function failure(call: string, path: string): Error {
  return Object.assign(new Error(`${WITH}: injected, ${call} '${path}'`), { code: WITH, syscall: call, path });
}

function replace(owner: object, name: string, make: (original: Callable) => Callable): void {
  const original: Callable = Reflect.get(owner, name);
  Reflect.set(owner, name, make(original));
}

for (const name of PROMISES) {
  replace(promises, name, (original) => async (...args) => {
    const path = counted(args[0]);
    if (path !== undefined && fails(name, path)) throw failure(name, path);
    const result = await original.apply(promises, args);
    if (name === 'open' && path !== undefined) {
      const opened = result as promises.FileHandle;
      paths.set(opened, path);
      descriptors.set(opened.fd, path);
    }
    return result;
  });
}

const handle = await promises.open(process.execPath);
for (const name of OF_HANDLES) {
  replace(
    Object.getPrototypeOf(handle),
    name,
    (original) =>
      async function (this: promises.FileHandle, ...args) {
        const path = paths.get(this);
        if (name === 'close') descriptors.delete(this.fd);
        if (path === undefined || !fails(name, path)) return await original.apply(this, args);
        // A full disk takes the first part, and a file is closed whatever close says.
        const [data, ...more] = args;
        if (name === 'writeFile' && data instanceof Uint8Array)
          await original.call(this, data.subarray(0, data.length / 2), ...more);
        if (name === 'close') await original.apply(this, args);
        throw failure(name, path);
      },
  );
}
await handle.close();

replace(fs, 'closeSync', (original) => (...args) => {
  descriptors.delete(args[0]);
  return original.apply(fs, args);
});

for (const name of [...SYNC, ...OF_DESCRIPTORS]) {
  replace(fs, name, (original) => (...args) => {
    const path = descriptors.get(args[0]) ?? counted(args[0]);
    if (path !== undefined && fails(name, path)) throw failure(name, path);
    const result = original.apply(fs, args);
    if (name === 'openSync' && path !== undefined) descriptors.set(result, path);
    return result;
  });
}

replace(fs, 'readdir', (original) => (...args) => {
  const path = counted(args[0]);
  const done = args.at(-1);
  if (path === undefined || !fails('readdir', path) || typeof done !== 'function') return original.apply(fs, args);
  return process.nextTick(() => done(failure('readdir', path)));
});
syncBuiltinESMExports();

replace(Database.prototype, 'exec', (original) => {
  return function (this: object, ...args) {
    if (args[0] !== 'COMMIT') return original.apply(this, args);
    if (!fails('commit', 'SQLite')) {
      const result = original.apply(this, args);
      fails('committed', 'SQLite');
      return result;
    }
    original.call(this, 'ROLLBACK');
    if (WITH === 'LIE') return this;
    throw new Database.SqliteError('injected', REFUSALS[WITH]?.[1] ?? 'SQLITE_IOERR');
  };
});

replace(pg.Client.prototype, 'query', (original) => {
  const commit = async (client: object) => {
    if (!fails('commit', 'PostgreSQL')) {
      const result = await original.call(client, 'COMMIT');
      fails('committed', 'PostgreSQL');
      return result;
    }
    await original.call(client, 'ROLLBACK');
    if (WITH === 'LIE') return { command: 'COMMIT', rows: [] };
    const refusal = new pg.DatabaseError('injected', 0, 'error');
    throw Object.assign(refusal, { code: REFUSALS[WITH]?.[0], severity: 'ERROR' });
  };
  return function (this: object, ...args) {
    return args[0] === 'COMMIT' ? commit(this) : original.apply(this, args);
  };
});
