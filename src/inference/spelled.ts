import type { Flow } from './yaml-text.ts';

/** What texts mean that are all written in one way, which a declaration can say. */
export interface Spelled {
  readonly is: 'dates' | 'times' | 'numbers';
  /** What to write for the column: two where the texts do not tell which is meant. */
  readonly meant: readonly Readonly<Record<string, Flow>>[];
}
