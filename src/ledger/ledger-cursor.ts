import { bytewise } from '../system/bytewise.ts';
import type { LedgerFile } from './ledger.ts';

/** Walks the ledger beside the files: both come by path, bytewise. Paths that are not there any more are told. */
export class LedgerCursor {
  private readonly pages: AsyncIterator<readonly LedgerFile[]>;
  private readonly onGone: (file: LedgerFile) => void;
  private page: readonly LedgerFile[] = [];
  private at = 0;
  private isAtEnd = false;

  constructor(ledger: AsyncIterable<readonly LedgerFile[]>, onGone: (file: LedgerFile) => void) {
    this.pages = ledger[Symbol.asyncIterator]();
    this.onGone = onGone;
  }

  /** Passes over what stands before the path. False where another page is needed for it. */
  pass(path: string): boolean {
    for (let file = this.page[this.at]; file !== undefined; file = this.page[++this.at]) {
      if (bytewise(file.path, path) >= 0) return true;
      this.onGone(file);
    }
    return this.isAtEnd;
  }

  /** The path's row, after `pass`. */
  take(path: string): LedgerFile | undefined {
    const file = this.page[this.at];
    if (file?.path !== path) return undefined;
    this.at++;
    return file;
  }

  async nextPage(): Promise<void> {
    const next = await this.pages.next();
    this.isAtEnd = next.done === true;
    this.page = next.done ? [] : next.value;
    this.at = 0;
  }

  /** What the ledger has behind the last file. */
  async drain(): Promise<void> {
    for (; !this.isAtEnd; await this.nextPage()) this.page.slice(this.at).forEach(this.onGone);
  }

  async close(): Promise<void> {
    await this.pages.return?.();
  }
}
