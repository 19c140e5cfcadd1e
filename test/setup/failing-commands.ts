import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { closedPort, listen } from './postgres-proxy.ts';
import { startCli } from './running-cli.ts';
import { expectNowhere } from './spellings.ts';
import { plant } from './trees.ts';

/** A password that could be nothing else, with characters that must be percent-encoded. */
export const CANARY = 'canary/p@ss:w%rd?é';

const ENCODED = encodeURIComponent(CANARY);

/** A role of a real server whose password is the canary, and that may do nothing. */
export interface Prey {
  readonly url: URL;
  readonly role: string;
}

/** What goes wrong: a URL without the password. */
type Fault = (prey: Prey) => Promise<{ readonly url: string; readonly end?: () => void }>;

const at = (host: string, user = 'me') => ({ url: `postgres://${user}@${host}/app?sslmode=disable` });

async function listener(answer: string | undefined): Promise<{ url: string; end: () => void }> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    if (answer === undefined) socket.destroy();
    else socket.end(answer);
  });
  return { ...at(`127.0.0.1:${await listen(server)}`), end: () => server.close() };
}

export const FAULTS: Readonly<Record<string, Fault>> = {
  'no right to create tables': async ({ url, role }) => ({ url: `postgres://${role}@${url.host}${url.pathname}` }),
  'no such database': async ({ url, role }) => at(url.host, role),
  'no such user': async ({ url }) => ({ url: `postgres://nobody_knows@${url.host}${url.pathname}` }),
  'no TLS': async ({ url, role }) => ({ url: `postgres://${role}@${url.host}${url.pathname}?sslmode=require` }),
  'nobody listens': async () => at(`127.0.0.1:${await closedPort()}`),
  'no such host': async () => at('no-such-host.invalid'),
  'connections are closed': () => listener(undefined),
  'another protocol': () => listener('HTTP/1.1 400 Bad Request\r\n\r\n'),
  'an unknown parameter': async ({ url, role }) => ({ url: `postgres://${role}@${url.host}/app?timeout=1` }),
  'a remote host without TLS': async () => ({ url: 'postgres://me@db.example.com/app' }),
};

/** How the program learns the password. */
export const WAYS = ['--to', 'DATABASE_URL', 'PGPASSWORD', '--env-file', 'config file', '.pgpass'] as const;

type Way = (typeof WAYS)[number];

/** Runs as loudly as can be, and expects the canary nowhere but where it was put. */
export async function expectSilence(prey: Prey, way: Way, fault: string): Promise<void> {
  const { url, end } = (await FAULTS[fault]?.(prey)) ?? { url: '' };
  const withPassword = url.replace('@', `:${ENCODED}@`);
  const given = {
    'secret.env': way === '--env-file' ? `MIGRATE_JSON_TO=${withPassword}\n` : '',
    'migrate-json.config.json': way === 'config file' ? { to: withPassword } : {},
    '.pgpass': way === '.pgpass' ? `*:*:*:*:${CANARY.replaceAll(/[\\:]/g, '\\$&')}\n` : '',
  };
  const cwd = plant({ ...given, 'data/settings.json': { theme: 'dark' }, 'data/bad.json': '{' });
  const target = { '--to': withPassword, PGPASSWORD: url, '.pgpass': url }[way as string];
  const loudly = ['--debug', '--verbose', '--json', '--report', 'report.json', '--rejects', 'rejects', '--backup'];
  const run = startCli(
    [
      'run',
      ...(target === undefined ? [] : ['--to', target]),
      ...(way === '--env-file' ? ['--env-file', 'secret.env'] : []),
      ...loudly,
    ],
    {
      cwd,
      env: {
        ...(way === 'DATABASE_URL' && { DATABASE_URL: withPassword }),
        ...(way === 'PGPASSWORD' && { PGPASSWORD: CANARY }),
      },
    },
  );
  const seen = watchProcesses(run.child.pid ?? 0, run.ended);
  const { code, stdout, stderr } = await run.ended;
  end?.();
  expect([2, 4, 5], stderr).toContain(code);
  expectNowhere(CANARY, { stdout, stderr, ...filesBelow(cwd, Object.keys(given)), ...(await seen)(way === '--to') });
  expect(/warning:.*password/.test(stderr), stderr).toBe(way === '--to');
}

function filesBelow(directory: string, except: readonly string[]): Record<string, string> {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter(
    (entry) => entry.isFile() && !except.includes(entry.name),
  );
  return Object.fromEntries(
    files.map(({ parentPath, name }) => [join(parentPath, name), readFileSync(join(parentPath, name), 'latin1')]),
  );
}

/** The command lines of the program and of all that it starts, while it runs. Its own may hold what was typed. */
async function watchProcesses(
  pid: number,
  ended: Promise<unknown>,
): Promise<(isTyped: boolean) => Record<string, string>> {
  const lines = new Map<number, string>();
  let isOver = false;
  ended
    .finally(() => {
      isOver = true;
    })
    .catch(() => undefined);
  for (let turns = 0; !isOver && turns < 2000; turns++) {
    for (const each of [pid, ...childrenOf(pid)])
      lines.set(each, read(`/proc/${each}/cmdline`) || (lines.get(each) ?? ''));
    await sleep(10);
  }
  return (isTyped) => Object.fromEntries([...lines].filter(([each]) => !isTyped || each !== pid));
}

function childrenOf(pid: number): number[] {
  return read(`/proc/${pid}/task/${pid}/children`)
    .split(' ')
    .filter((id) => id !== '')
    .map(Number);
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
