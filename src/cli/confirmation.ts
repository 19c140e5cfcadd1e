import { createInterface } from 'node:readline/promises';
import { MigrateError } from '../errors.ts';
import { fitted, paintFor, printable } from './terminal.ts';

/** Asks before something is taken away; `--yes` answers. Throws `not-confirmed` on a no, and where nobody can be asked. */
export async function confirmed(
  what: string,
  { yes, color }: { readonly yes: boolean; readonly color: boolean },
): Promise<void> {
  if (yes) return;
  if (!process.stdin.isTTY || !process.stderr.isTTY) throw new MigrateError('not-confirmed', what);
  const paint = paintFor(process.stderr, color);
  const caution = fitted(`${paint.yellow('caution:')} ${printable(what)}`);
  const answer = await ask(`${caution}\nGo on? ${paint.dim('[y/N]')} `);
  if (!/^\s*y(?:es)?\s*$/i.test(answer)) throw new MigrateError('not-confirmed', 'it was not confirmed');
}

/** Ctrl-C and Ctrl-D end the question without an answer. */
async function ask(question: string): Promise<string> {
  const { stdin: input, stderr: output } = process;
  const terminal = createInterface({ input, output });
  const closed = new Promise<string>((resolve) => {
    terminal.once('close', () => {
      output.write('\n');
      resolve('');
    });
  });
  try {
    return await Promise.race([terminal.question(question), closed]);
  } finally {
    terminal.removeAllListeners('close').close();
  }
}
