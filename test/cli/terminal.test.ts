import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { BIN } from '../setup/cli.ts';
import { load } from '../setup/load.ts';
import { HAS_TERMINAL, TerminalSession } from '../setup/terminal-session.ts';
import { plant } from '../setup/trees.ts';

const TERMINAL = fileURLToPath(new URL('../../src/cli/terminal.ts', import.meta.url));

/** Writes twice, the second time when the reader is gone for certain. */
const WRITES = `
  import { setTimeout } from 'node:timers/promises';
  const { writeResult } = await import(process.argv[1]);
  process.exitCode = 70;
  process.stdout.on('error', () => undefined);
  for (const chunk of ['first\\n', 'x'.repeat(100_000), 'last\\n']) {
    await writeResult([chunk, chunk]);
    await setTimeout(100);
  }
  process.exitCode = 0;
`;

test('a result whose reader went away long ago ends quietly', () => {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: of the shell.
  const script = '"$0" --input-type=module -e "$1" "$2" | true; echo ${PIPESTATUS[0]}';
  const { stdout, stderr } = spawnSync('bash', ['-c', script, process.execPath, WRITES, TERMINAL], {
    encoding: 'utf8',
  });
  expect([stdout, stderr]).toEqual(['0\n', '']);
});

test.skipIf(!HAS_TERMINAL)('a report in any format holds nothing that a terminal would obey', async () => {
  const cwd = plant({ 'conversations/ann/\u001b]2;owned\u0007\u009b31m.json': '{' });
  const { head } = await load(cwd, `sqlite:${cwd}/app.db`);
  for (const format of ['csv', 'md', 'json', 'xml', 'html']) {
    const command = `'${process.execPath}' '${BIN}' report ${head.run_id} --to app.db --format ${format}`;
    const session = new TerminalSession(command, cwd);
    onTestFinished(() => session.close());
    const screen = await session.until(/ended with \d/, 30);
    expect(screen.replaceAll('\n', ''), format).toMatch(/\\u001b\]2;owned/);
  }
});
