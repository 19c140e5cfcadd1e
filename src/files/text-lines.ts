import { open } from 'node:fs/promises';
import { onDisk } from './disk-error.ts';

/** The lines of a file, without their newlines. What comes behind the last newline was torn by a crash and is left out. */
export async function* textLines(path: string): AsyncGenerator<string> {
  let rest = '';
  await using handle = await onDisk('open', path, () => open(path, 'r'));
  // Not readline: it would also break lines at U+2028, which JSON.stringify leaves as it is.
  const texts = handle.createReadStream({ encoding: 'utf8', autoClose: false })[Symbol.asyncIterator]();
  for (;;) {
    const { value, done } = await onDisk('read', path, () => texts.next());
    if (done) return;
    const lines = `${rest}${value}`.split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
}
