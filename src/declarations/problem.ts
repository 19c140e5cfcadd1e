import { MigrateError } from '../errors.ts';

/** What is wrong with a declaration: where, as names from its root, and what to write, in words. */
export interface Problem {
  readonly at: Way;
  readonly message: string;
}

/** Names from the root of a config. */
type Way = readonly (string | number)[];

/** Where something stands: a file, and of texts the line and column, both from 1. */
export interface Place {
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
}

export interface PlacedProblem extends Problem {
  readonly place: Place;
}

/** Collects all problems, so that they are told at once. */
export class Problems {
  readonly list: Problem[] = [];

  add(at: Way, message: string): void {
    if (!this.list.some((known) => known.message === message && String(known.at) === String(at)))
      this.list.push({ at, message });
  }
}

/** One line for each problem, in the order of the places, below a line that counts several: `path:line:column  datasets.orders.key: what is wrong`. */
export function invalidConfig(problems: readonly PlacedProblem[]): MigrateError {
  const lines = new Set(problems.toSorted(byPlace).map(lineOf));
  const head = lines.size === 1 ? [] : [`${lines.size} mistakes in the configuration`];
  return new MigrateError('invalid-config', [...head, ...lines].join('\n'));
}

function byPlace({ place: one }: PlacedProblem, { place: other }: PlacedProblem): number {
  if (one.file !== other.file) return (one.file ?? '') < (other.file ?? '') ? -1 : 1;
  return (one.line ?? 0) - (other.line ?? 0) || (one.column ?? 0) - (other.column ?? 0);
}

function lineOf({ at, message, place: { file, line, column } }: PlacedProblem): string {
  const where = [file, line, column].filter((part) => part !== undefined).join(':');
  const what = at.length === 0 ? message : `${at.join('.')}: ${message}`;
  // A name may hold an end of line, and each problem is one line.
  return [...(where === '' ? [] : [where]), what]
    .join('  ')
    .replaceAll(/\p{Cc}/gu, (character) => JSON.stringify(character).slice(1, -1));
}
