import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { withCommands } from '../../src/cli/named-commands.ts';
import { createProgram } from '../../src/cli/program.ts';
import { runCli } from '../setup/cli.ts';
import { grow, plant } from '../setup/trees.ts';

test('what a hint names works as it is printed: for the database and the declarations that were typed', async () => {
  const cwd = plant({ 'd/a.json': [{ id: 1, n: 'a' }] });
  const cli = (line: string) => runCli(line.split(' '), { cwd });
  await cli('init ./d --config own.yaml');
  await cli('run ./d --to vet.db --config own.yaml --run-id one');
  grow(cwd, { 'd/a.json': [{ id: 1, n: 'changed' }] });
  await cli('run ./d --to vet.db --config own.yaml --run-id two');

  const refused = await cli('undo one --to=vet.db --config own.yaml --yes');
  expect(namedBy(refused.stderr)).toEqual(['undo two --to vet.db --config own.yaml']);
  expect(await cli('undo two --to vet.db --config own.yaml --yes')).toMatchObject({ code: 0 });

  const unknown = await cli('report nobody -t vet.db');
  expect(namedBy(unknown.stderr)).toEqual(['runs --to vet.db']);
  expect((await cli('runs --to vet.db')).stdout).toContain('one');
});

test.each([
  ['the database', 'run ./d --to vet.db', 'schema check', 'schema check --to vet.db'],
  ['by its other name', 'export ex --from vet.db', 'schema check', 'schema check --to vet.db'],
  ['however it was typed', 'run -tvet.db', 'runs', 'runs --to vet.db'],
  ['never a password', 'run --to=postgres://me:pass@h/d', 'runs', 'runs --to URL'],
  [
    'schemas and the config',
    'run d --db-schema a --config c.yaml --ledger-schema=l',
    'undo r',
    'undo r --db-schema a --config c.yaml --ledger-schema=l',
  ],
  ['the data', 'doctor old/data --to a.db', 'scan', 'scan old/data'],
  [
    'the data of the default command',
    './d --config c.yaml',
    'scan --explain FILE',
    'scan ./d --explain FILE --config c.yaml',
  ],
  ['no data of a command that reads none', 'retry bad --to a.db', 'init', 'init --to a.db'],
  ['no other data than the named', 'scan d', 'run FILE.zip', 'run FILE.zip'],
  ['no answer to a question', 'undo a --yes --to a.db', 'schema cleanup', 'schema cleanup --to a.db'],
  ['nothing for the help', 'run d --to a.db', 'run --help', 'run --help'],
])('a named command says %s', (_what, typed, named, printed) => {
  const { npm_command: _command, npm_lifecycle_event: _event, ...env } = process.env;
  expect(withCommands(`See \`migrate-json ${named}\`.`, typed.split(' '), env)).toBe(
    `See \`migrate-json ${printed}\`.`,
  );
});

/** Of the program itself: names of locks, and what made a proposal. */
const NO_COMMANDS = ['lockOf(', 'Proposed by migrate-json init.', '<p>migrate-json init</p>'];

test('every command in a text of the program is marked as one', () => {
  const known = createProgram(() => undefined).commands.flatMap((command) => [
    command.name(),
    ...command.commands.map((each) => each.name()),
  ]);
  const found = sources().flatMap((path) =>
    readFileSync(path, 'utf8')
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => !/^(\/\*|\*|\/\/)/.test(line) && !NO_COMMANDS.some((each) => line.includes(each)))
      .flatMap((line) =>
        [...line.matchAll(/(.?)migrate-json (\w+)/g)].map(([, mark, name = '']) => ({ path, line, mark, name })),
      ),
  );
  const commands = found.filter(({ name }) => known.includes(name));
  expect(commands.length).toBeGreaterThan(20);
  expect(commands.filter(({ mark }) => mark !== '`')).toEqual([]);
});

function sources(): string[] {
  const names = readdirSync('src', { recursive: true, encoding: 'utf8' });
  // Scripts of shells and the first lines of help are no hints.
  return names
    .filter((name) => name.endsWith('.ts') && !/cli\/(completion|examples)/.test(name))
    .map((name) => join('src', name));
}

/** Commands between backticks. */
function namedBy(text: string): string[] {
  return [...text.matchAll(/`migrate-json ([^`]*)`/g)].map(([, command]) => command ?? '');
}
