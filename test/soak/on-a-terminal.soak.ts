import { expect, onTestFinished, test } from 'vitest';
import { BIN } from '../setup/cli.ts';
import { measurements, WITH_FAULTS } from '../setup/legacy.ts';
import { HAS_TERMINAL, TerminalSession } from '../setup/terminal-session.ts';
import { plant } from '../setup/trees.ts';

// biome-ignore lint/suspicious/noControlCharactersInRegex: colours are what is looked for.
const COLOUR = /\u001b\[[\d;]*3\dm/;

/** A run on a terminal of 80 × 24, long enough to be seen, in a directory whose sources lie in `data`. */
function runOnTerminal(cwd: string, database: string, env: Readonly<Record<string, string>>): TerminalSession {
  const session = new TerminalSession(`'${process.execPath}' '${BIN}' run data --to ${database}`, cwd, env);
  onTestFinished(() => session.close());
  return session;
}

const files = { ...WITH_FAULTS, 'metrics/large.json': measurements(80_000, { source: 'large', disk_usage: 50 }) };
const workplace = () => plant(Object.fromEntries(Object.entries(files).map(([path, file]) => [`data/${path}`, file])));

test.skipIf(!HAS_TERMINAL)(
  'a bar shows how far the load is, and the summary fits 80 columns, in colour and in plain ASCII',
  async () => {
    const cwd = workplace();
    const coloured = runOnTerminal(cwd, 'a.db', { LANG: 'C.UTF-8' });
    const bar = await coloured.until(/^load .*░/m, 20);
    expect(bar).toMatch(/^load {5}█*░+ +\d+ % {2}[\d.]+ (bytes|kB|MB) of [\d.]+ MB/m);
    expect(bar).toMatch(/^ {9}\d+ of 17 files/m);
    const end = await coloured.until(/ended with 1/, 20);
    expect(end).not.toMatch(/[█░]/);
    expect(end).toMatch(/^PARTIAL {2}80,0\d\d records in the database, 5 rejected, in/m);
    expect(coloured.colouredScreen()).toMatch(COLOUR);

    const plain = runOnTerminal(cwd, 'b.db', { LANG: 'C', NO_COLOR: '1' });
    expect(await plain.until(/^load .*\.{3}/m, 20)).toMatch(/^load {5}#*\.+ +\d+ %/m);
    const ended = await plain.until(/ended with 1/, 20);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: everything beyond ASCII.
    expect(ended).not.toMatch(/[^\x00-\x7f]/);
    expect(plain.colouredScreen()).not.toMatch(COLOUR);
    // A line that is too long goes on in the next one, without an indent: no line of the summary does.
    const summary = ended.slice(ended.indexOf('\nPARTIAL'), ended.indexOf('\nended with'));
    expect(summary.split('\n').filter((line) => line.length >= 80)).toEqual([]);
    expect(summary).toMatch(
      /Next\n.*:\n {4}migrate-json run data --to b\.db --report report\.json --rejects rejects\n/,
    );
  },
);

test.skipIf(!HAS_TERMINAL)('where CI is set there is no bar', async () => {
  const session = runOnTerminal(workplace(), 'a.db', { LANG: 'C.UTF-8', CI: 'true' });
  const seen: string[] = [];
  await expect
    .poll(() => seen.push(session.screen()) && seen.at(-1), { interval: 50, timeout: 20_000 })
    .toMatch(/ended with 1/);
  expect(seen.join('\n')).not.toMatch(/^load /m);
});
