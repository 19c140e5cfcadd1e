import { spawn } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { BIN, cleanEnvironment } from './cli.ts';
import type { CommandBlock } from './command-blocks.ts';
import { plant } from './trees.ts';

const DEMO = join(import.meta.dirname, '../../fixtures/demo');

/** Any PostgreSQL that a document names stands for the reader's own. */
const POSTGRES = /postgres(?:ql)?:\/\/[^\s'"]+/g;

/** Programs that the blocks call: ours as it is installed, and an editor who corrects a record of the demo. */
const PROGRAMS = {
  'migrate-json': `exec '${process.execPath}' '${BIN}' "$@"`,
  npx: 'test "$1" = --no-install && shift 2 && exec migrate-json "$@"',
  npm: 'test "$1" = ci',
  editor: `sed 's/"three"/3/' "$1" > "$1.new" && mv "$1.new" "$1"`,
};

/** Ends the script at the first statement that did not end as its document says. */
const ENDED = `ended() { [ "$1" = "$2" ] || { echo "$3: exit code $1, not $2"; exit 99; }; }`;

export interface ScriptResult {
  readonly code: number;
  readonly output: string;
}

/** Runs the blocks of a document one after the other, in a shell, beside a copy of the demo's data. */
export async function runBlocks(blocks: readonly CommandBlock[], postgresUrl: string): Promise<ScriptResult> {
  const directory = plant();
  const programs = join(directory, '.programs');
  cpSync(DEMO, join(directory, 'data'), { recursive: true });
  mkdirSync(programs);
  for (const [name, body] of Object.entries(PROGRAMS)) {
    writeFileSync(join(programs, name), `#!/bin/sh\n${body}\n`);
    chmodSync(join(programs, name), 0o755);
  }
  const { PATH, ...environment } = cleanEnvironment(directory);
  const child = spawn('bash', ['-c', scriptOf(blocks).replaceAll(POSTGRES, postgresUrl)], {
    cwd: directory,
    env: { ...environment, PATH: `${programs}:${PATH}`, EDITOR: 'editor', GITHUB_STEP_SUMMARY: 'summary.md' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const code = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) => resolve(status ?? -1));
  });
  const [output, ending] = await Promise.all([text(child.stdout), code]);
  return { code: ending, output };
}

function scriptOf(blocks: readonly CommandBlock[]): string {
  const statements = blocks.flatMap(({ place, statements: all }) =>
    all.map(({ text: statement, exit }) => `${statement}\nended $? ${exit} '${place}: ${named(statement)}'`),
  );
  return ['exec 2>&1', ENDED, ...statements].join('\n');
}

function named(statement: string): string {
  return (statement.split('\n')[0] ?? '').replaceAll("'", '');
}
