import { basename } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createSnapshot } from '../../src/copies/snapshot.ts';
import { BUILT_IN } from '../setup/built-in.ts';
import { BIN } from '../setup/cli.ts';
import { freshSqlite } from '../setup/databases.ts';
import { ALL_GOOD } from '../setup/legacy.ts';
import { load } from '../setup/reports.ts';
import { HAS_TERMINAL, TerminalSession } from '../setup/terminal-session.ts';
import { plant } from '../setup/trees.ts';

/** A database, and a snapshot of it in the directory `cwd`. */
async function snapshotOf() {
  const { url, drop } = freshSqlite();
  onTestFinished(drop);
  await load(plant(ALL_GOOD), { args: ['--to', url] });
  const cwd = plant();
  const settings = {
    registry: BUILT_IN,
    to: url,
    dbSchema: 'public',
    allowPlaintext: false,
    snapshotDir: `${cwd}/migrate-json-snapshots`,
  };
  const { directory } = await createSnapshot(settings);
  return { cwd, command: `'${process.execPath}' '${BIN}' snapshot restore ${basename(directory)} --to '${url}'` };
}

test.skipIf(!HAS_TERMINAL)(
  'on a terminal a restore asks first: no, Ctrl-C and Ctrl-D change nothing, yes goes on',
  async () => {
    const { cwd, command } = await snapshotOf();
    const again = `${command}; echo "then $?";`;
    const session = new TerminalSession(`${again.repeat(3)} ${command}`, cwd);
    onTestFinished(() => session.close());
    const asked = await session.until(/Go on\?/);
    expect(asked).toMatch(/^caution: the snapshot replaces what \d+ tables of\s+sqlite:/);
    session.press('n', 'Enter');
    expect(await session.until(/then 2/)).toMatch(/error: it was not confirmed\nhint: +Nothing was changed/);
    await session.until(/then 2[\s\S]*Go on\?/);
    session.press('C-c');
    await session.until(/then 2[\s\S]*then 2[\s\S]*Go on\?/);
    session.press('C-d');
    await session.until(/(then 2[\s\S]*){3}Go on\?/);
    session.press('y', 'Enter');
    expect(await session.until(/ended with/)).toMatch(/their\s+digests\s+are\s+equal\n+ended with 0$/);
  },
);
