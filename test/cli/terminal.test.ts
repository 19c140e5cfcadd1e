import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

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
