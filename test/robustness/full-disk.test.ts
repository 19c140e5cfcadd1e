import { expect, test } from 'vitest';
import { OUTPUTS, runOnFullDisk } from '../setup/full-disk.ts';

/** About half of what each takes. All sizes are in test/soak/full-disk.soak.ts. */
const KILOBYTES = { archive: 120, backup: 120, report: 16, database: 300 };

test('a disk that is too small for the archive, backup, report or database ends the run with exit code 4, and nothing is lost', async ({
  skip,
}) => {
  for (const output of OUTPUTS) {
    const code = await runOnFullDisk(output, KILOBYTES[output]);
    if (code === undefined) return skip('a small tmpfs cannot be mounted here');
    expect(code, output).toBe(4);
  }
});
