import { type ErrorCode, MigrateError } from '../errors.ts';
import { counted } from '../system/quantities.ts';
import { showPath } from './disk-error.ts';

/** Problems that a message names; the others are counted. */
const NAMED = 3;

/** What is wrong with many files, for one line. */
export class Problems {
  private readonly named: string[] = [];
  private count = 0;

  add(path: string, problem: string | undefined): void {
    if (problem === undefined) return;
    this.count++;
    if (this.named.length < NAMED) this.named.push(`${showPath(path)} (${problem})`);
  }

  /** @throws MigrateError where there were any */
  refuse(code: ErrorCode, where: string): void {
    if (this.count === 0) return;
    const more = this.count > this.named.length ? ` and ${this.count - this.named.length} more` : '';
    const files = counted(this.count, 'file');
    throw new MigrateError(code, `${files} ${where}: ${this.named.join(', ')}${more}`);
  }
}
