import { open } from 'node:fs/promises';
import { onDisk } from './disk-error.ts';

/** The lines of a file, without their newlines. What comes behind the last newline was torn by a crash and is left out. */
export async function* textLines(path: string): AsyncGenerator<string> {
  let rest = '';
  await using handle = await onDisk('open', path, () => open(path, 'r'));
  // Not readline: it would also break lines at U+2028, which JSON.stringify leaves as it is.
  for await (const text of handle.createReadStream({ encoding: 'utf8', autoClose: false })) {
    const lines = `${rest}${text}`.split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
}
