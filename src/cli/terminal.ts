import { once } from 'node:events';
import { Chalk, type ChalkInstance } from 'chalk';
import { errorCode, MigrateError } from '../errors.ts';
import { plain } from '../reporters/plain.ts';

export { plain };

/** Colours as `NO_COLOR`, `FORCE_COLOR` and `--no-color` ask for; https://no-color.org */
export function paintFor(stream: NodeJS.WriteStream, color: boolean): ChalkInstance {
  const { NO_COLOR, FORCE_COLOR } = process.env;
  if (!color || (NO_COLOR !== undefined && NO_COLOR !== '')) return new Chalk({ level: 0 });
  if (FORCE_COLOR !== undefined) return new Chalk({ level: FORCE_COLOR === '0' || FORCE_COLOR === 'false' ? 0 : 1 });
  return new Chalk({ level: stream.isTTY ? 1 : 0 });
}

/** Writes to stdout at the reader's pace. A full disk behind it is an error; a reader that went away is not. */
export async function writeResult(chunks: Iterable<string>): Promise<void> {
  const { stdout } = process;
  try {
    for (const chunk of chunks) {
      if (!stdout.write(chunk)) await once(stdout, 'drain');
    }
    await new Promise<void>((resolve, reject) => stdout.write('', (error) => (error ? reject(error) : resolve())));
  } catch (error) {
    if (errorCode(error) !== 'EPIPE') throw error;
  }
}

/** One line for the cause, one for what to do; with `--debug` also where it happened. */
export function printError(error: unknown, options: { readonly debug: boolean; readonly color: boolean }): void {
  const paint = paintFor(process.stderr, options.color);
  const known =
    error instanceof MigrateError
      ? error
      : new MigrateError('bug', 'migrate-json met something that it does not know', { cause: error });
  process.stderr.write(
    `${paint.red('error:')} ${plain(known.message)}\n${paint.cyan('hint:')}  ${plain(known.hint)}\n`,
  );
  if (options.debug) printStack(known);
}

export function printWarning(message: string, options: { readonly color: boolean }): void {
  process.stderr.write(`${paintFor(process.stderr, options.color).yellow('warning:')} ${plain(message)}\n`);
}

function printStack(error: Error): void {
  process.stderr.write(`${error.stack ?? error.message}\n`);
  if (error.cause instanceof Error) {
    process.stderr.write('caused by ');
    printStack(error.cause);
  }
}
