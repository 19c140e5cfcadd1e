/** What is wrong with a declaration: where, as names from its root, and what to write, in words. */
export interface Problem {
  readonly at: readonly (string | number)[];
  readonly message: string;
}

/** Collects all problems, so that they are told at once. */
export class Problems {
  readonly list: Problem[] = [];

  add(at: readonly (string | number)[], message: string): void {
    if (!this.list.some((known) => known.message === message && String(known.at) === String(at)))
      this.list.push({ at, message });
  }
}
