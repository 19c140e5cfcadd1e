import { statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { setModificationTime } from '../../src/files/modification-time.ts';
import { random } from '../setup/random.ts';
import { plant } from '../setup/trees.ts';

test('a time comes back with its microsecond, and as near as a double of seconds is', async () => {
  const path = join(plant({ file: '' }), 'file');
  const { seed, next } = random();
  const handle = await open(path, 'r+');
  try {
    for (let round = 0; round < 2000; round++) {
      const seconds =
        BigInt(Math.floor(next() * (round % 2 === 0 ? 2 ** 31 : 2 ** 33))) - (round % 10 === 0 ? 2n ** 31n : 0n);
      const rest = Math.floor(next() * 1e9);
      const wanted = seconds * 1_000_000_000n + BigInt(round % 3 === 0 ? rest - (rest % 1000) : rest);
      await setModificationTime(handle, wanted);
      const { mtimeNs } = statSync(path, { bigint: true });
      const message = `seed ${seed}: ${wanted} became ${mtimeNs}`;
      expect(wanted - (((wanted % 1000n) + 1000n) % 1000n), message).toBe(
        mtimeNs - (((mtimeNs % 1000n) + 1000n) % 1000n),
      );
    }
  } finally {
    await handle.close();
  }
});
