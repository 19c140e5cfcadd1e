import { describe, expect, test } from 'vitest';
import { measure, OUTPUTS, runOnFullDisk } from '../setup/full-disk.ts';

const STEPS = 32;

describe.each(OUTPUTS)('%s', (output) => {
  test(`on disks of ${STEPS} sizes, up to one that is large enough, is whole or the run fails and loses nothing`, async ({
    skip,
  }) => {
    const whole = await measure(output);
    if (whole === undefined) return skip('a small tmpfs cannot be mounted here');
    const codes: (number | undefined)[] = [];
    // The last ones have room to spare: temporary files and the journal of SQLite come and go.
    for (let step = 1; step <= STEPS; step++) {
      const kilobytes = Math.max(4, Math.ceil((whole.kilobytes * 1.25 * step) / STEPS));
      codes.push(await runOnFullDisk(output, kilobytes, whole.digest));
    }
    expect([codes[0], codes.at(-1)]).toEqual([4, 0]);
  });
});
