import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { random } from './random.ts';

/** What a bad disk, a cut transfer or a careless hand makes of one file below a directory. */
export interface Damage {
  readonly description: string;
  undo(): void;
}

/** Flips one bit of a file, or cuts its end off, by the seed; every file with bytes may be hit. */
export function damageOneFile(directory: string, seed: number): Damage {
  const { next } = random(seed);
  const paths = readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => statSync(path).size > 0)
    .sort();
  const path = paths[Math.floor(next() * paths.length)] ?? '';
  const { mtime, mode } = statSync(path);
  const before = readFileSync(path);
  const at = Math.floor(next() * before.length);
  const isCut = next() < 0.4;
  const after = isCut ? before.subarray(0, at) : flipped(before, at, Math.floor(next() * 8));
  writeFileSync(path, after);
  const what = isCut ? `cut to ${at} of ${before.length} bytes` : `bit flipped at ${at}`;
  return {
    description: `seed ${seed}: ${path} ${what} (mode ${mode.toString(8)}, ${mtime.toISOString()})`,
    undo: () => writeFileSync(path, before),
  };
}

function flipped(bytes: Buffer, at: number, bit: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ (1 << bit);
  return copy;
}
