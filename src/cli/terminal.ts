import { stripVTControlCharacters } from 'node:util';
import { Chalk, type ChalkInstance } from 'chalk';
import { errorCode, MigrateError, withoutPasswords } from '../errors.ts';
import { printable, printableLines } from '../reporters/printable.ts';
import { hang, listWidth, wrap } from './format.ts';
import { withCommands } from './named-commands.ts';

export { printable };

/** Colours as `NO_COLOR`, `FORCE_COLOR` and `--no-color` ask for; https://no-color.org */
export function paintFor(stream: NodeJS.WriteStream, color: boolean): ChalkInstance {
  const { NO_COLOR, FORCE_COLOR } = process.env;
  if (!color || (NO_COLOR !== undefined && NO_COLOR !== '')) return new Chalk({ level: 0 });
  if (FORCE_COLOR !== undefined) return new Chalk({ level: FORCE_COLOR === '0' || FORCE_COLOR === 'false' ? 0 : 1 });
  return new Chalk({ level: stream.isTTY ? 1 : 0 });
}

/** Writes to stdout at the reader's pace. A full disk behind it is an error; a reader that went away is not. */
export async function writeResult(chunks: Iterable<string> | AsyncIterable<string>): Promise<void> {
  const { stdout } = process;
  // Chunks that are there do not wait for each other.
  if (Symbol.asyncIterator in chunks) {
    for await (const chunk of chunks) {
      if (stdout.destroyed) return;
      if (!stdout.write(chunk)) await written(stdout);
    }
  } else {
    for (const chunk of chunks) {
      if (stdout.destroyed) return;
      if (!stdout.write(chunk)) await written(stdout);
    }
  }
  await written(stdout);
}

/** Writes what is for people: a terminal would break a long line in the middle of a word. */
export function writeText(chunks: Iterable<string>): Promise<void> {
  const { isTTY } = process.stdout;
  return writeResult(isTTY ? Iterator.from(chunks).map(fittedLines) : chunks);
}

function fittedLines(text: string): string {
  const fit = (line: string): string => {
    if (stripVTControlCharacters(line).length <= listWidth()) return line;
    const indent = line.length - line.trimStart().length;
    return ' '.repeat(indent) + hang(line.trimStart(), indent + 2, listWidth());
  };
  return text.split('\n').map(fit).join('\n');
}

/** Writes a report or another document: on a terminal without what that would obey, elsewhere as it is. */
export function writeDocument(chunks: Iterable<string>): Promise<void> {
  return writeResult(process.stdout.isTTY ? Iterator.from(chunks).map(printableLines) : chunks);
}

/** Not `drain`, which never comes from a stream whose reader went away while nobody waited for it. */
async function written(stream: NodeJS.WriteStream): Promise<void> {
  const error = await new Promise<Error | null | undefined>((resolve) => stream.write('', resolve));
  if (error && !isGone(error)) throw error;
}

/** The reader closed the pipe, or the socket that stands for one. */
export function isGone(error: Error): boolean {
  return ['EPIPE', 'ECONNRESET', 'ERR_STREAM_DESTROYED'].includes(errorCode(error) ?? '');
}

/**
 * A line for stderr. A terminal would break a long one in the middle of a word; elsewhere it stays one line. Some terminals
 * wrap behind their last column.
 */
export function fitted(text: string): string {
  const { isTTY, columns = 80 } = process.stderr;
  return isTTY && !text.includes('\n') ? wrap(text, '', columns - 1) : text;
}

/** One line for the cause, one for what to do; with `--debug` also where it happened. */
export function printError(error: unknown, options: { readonly debug: boolean; readonly color: boolean }): void {
  const paint = paintFor(process.stderr, options.color);
  const known =
    error instanceof MigrateError
      ? error
      : new MigrateError('bug', 'migrate-json met something that it does not know', { cause: error });
  // The mistakes of a config are a line each.
  const message =
    known.code === 'invalid-config' ? known.message.split('\n').map(printable).join('\n') : printable(known.message);
  process.stderr.write(
    `${fitted(`${paint.red('error:')} ${message}`)}\n${fitted(`${paint.cyan('hint:')}  ${printable(withCommands(known.hint))}`)}\n`,
  );
  if (options.debug) printStack(known);
}

export function printWarning(message: string, options: { readonly color: boolean }): void {
  const text = `${paintFor(process.stderr, options.color).yellow('warning:')} ${printable(withCommands(message))}`;
  process.stderr.write(`${fitted(text)}\n`);
}

function printStack(error: Error): void {
  process.stderr.write(`${withoutPasswords(error.stack ?? error.message)}\n`);
  if (error.cause instanceof Error) {
    process.stderr.write('caused by ');
    printStack(error.cause);
  }
}

/** Most CI services set `CI`. */
export function isCi(): boolean {
  const { CI } = process.env;
  return CI !== undefined && CI !== '' && CI !== 'false' && CI !== '0';
}

/** Whether the locale can show more than ASCII: the first of these that is set decides, as POSIX says. */
export function hasUnicode(): boolean {
  const { LC_ALL, LC_CTYPE, LANG } = process.env;
  return /utf-?8/i.test(LC_ALL || LC_CTYPE || LANG || '') && process.env['TERM'] !== 'linux';
}
