import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';

const BIN = fileURLToPath(new URL('../bin/migrate-json.js', import.meta.url));

/** The bin alone in a directory, without a built program beside it. */
function loneBin(): string {
  const directory = mkdtempSync(join(tmpdir(), 'migrate-json-bin-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  writeFileSync(join(directory, 'package.json'), '{"type":"module"}');
  cpSync(BIN, join(directory, 'bin', 'migrate-json.js'));
  return join(directory, 'bin', 'migrate-json.js');
}

function runNode(args: readonly string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, args, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode, stdout, stderr }),
    );
  });
}

test.each(['12.22.12', '20.20.2', '22.14.0'])(
  'Node %s is refused in one line before anything is loaded',
  async (version) => {
    const pretend = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } })`;
    const preload = `data:text/javascript,${encodeURIComponent(pretend)}`;
    expect(await runNode(['--import', preload, loneBin()])).toEqual({
      code: 2,
      stdout: '',
      stderr: `migrate-json needs Node 22.15 or newer; this is ${version}. Install a newer Node, or run it through npx in the repository, which brings Node 24.\n`,
    });
  },
);

test('a program that was never built says how to build it', async () => {
  expect(await runNode([loneBin()])).toEqual({
    code: 2,
    stdout: '',
    stderr: 'migrate-json is not built yet. Run this in the repository first: npm run build\n',
  });
});
