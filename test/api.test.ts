import { execFile } from 'node:child_process';
import { cpSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import * as api from '../src/index.ts';
import { cleanEnvironment } from './setup/cli.ts';
import { conversation } from './setup/legacy.ts';
import { freshTarget, PRODUCTS, type Product, queryTarget } from './setup/targets.ts';
import { plant } from './setup/trees.ts';

const fromRoot = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));

async function emptyTarget(product: Product): Promise<string> {
  const target = await freshTarget(product);
  onTestFinished(() => target.drop());
  return target.url;
}

/** The example in a directory with the demo's data, as a program that has the package installed. */
async function runExample(to: string) {
  const cwd = plant();
  cpSync(fromRoot('fixtures/demo'), join(cwd, 'data'), { recursive: true });
  const env = cleanEnvironment(cwd);
  const done = promisify(execFile)(process.execPath, [fromRoot('examples/migrate.mjs'), './data', to], { cwd, env });
  const { code, stdout, stderr } = await done.catch((failed) => failed);
  return { cwd, code, stdout, stderr };
}

describe.each(PRODUCTS)('the API on %s', (product) => {
  test('runs the documented example to its end', async () => {
    const { cwd, code, stdout, stderr } = await runExample(await emptyTarget(product));
    expect(stderr).toContain('failed: usage/dmitri/usage.json');
    expect(stdout).toContain('settings.json:3 masked-secret: ');
    expect(stdout).toMatch(/partial: 443 of 451 records are in /);
    expect(stdout).toContain('verified: 447 equal, 0 different, 0 missing');
    expect(code).toBe(api.EXIT.rejected);
    expect(existsSync(join(cwd, 'report.html'))).toBe(true);
  });

  test('ends a run when the signal says so, and the same call goes on', async () => {
    const files = Array.from({ length: 40 }, (_, n) => [
      `conversations/u/${n}.json`,
      conversation(`c-${n}`, ['hello']),
    ]);
    const root = plant(Object.fromEntries(files));
    const to = await emptyTarget(product);
    const settings = api.runSettings({ root, to, batchBytes: 1 });
    const stop = new AbortController();
    const kinds = new Set<api.RunEvent['kind']>();
    const cut = await api.migrate(settings, {
      signal: stop.signal,
      listener: ({ kind }) => {
        kinds.add(kind);
        if (kind === 'file') stop.abort('SIGTERM');
      },
    });
    expect(cut.head).toMatchObject({ status: 'interrupted', exit_code: api.EXIT.terminated });
    expect(cut.head.totals.records_loaded).toBeLessThan(40);
    expect(cut.error).toBeUndefined();
    cut.close();
    expect([...kinds]).toEqual(expect.arrayContaining(['target', 'loading', 'file']));

    const whole = await api.migrate(settings);
    expect(whole.head).toMatchObject({ status: 'complete', exit_code: api.EXIT.complete });
    whole.close();
    expect(await queryTarget(to, 'SELECT CAST(count(*) AS text) AS n FROM conversations')).toEqual([{ n: '40' }]);
  });
});

test('wrong settings are told in one error, before anything is done', () => {
  expect(() => api.runSettings({ root: '.', workers: 0, runId: 'a b' })).toThrow(
    expect.objectContaining({ code: 'invalid-option', exitCode: api.EXIT.usage }),
  );
});

test('docs/api.md names everything that can be imported', () => {
  const page = readFileSync(fromRoot('docs/api.md'), 'utf8');
  expect(Object.keys(api).filter((name) => !page.includes(name))).toEqual([]);
});
