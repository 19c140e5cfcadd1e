import type { LedgerFile } from './ledger.ts';

/** Walks the ledger beside the inventory: both come by path, bytewise. Paths that are not there any more are told. */
export class LedgerCursor {
  private readonly rows: AsyncIterator<LedgerFile>;
  private readonly onGone: (file: LedgerFile) => void;
  private current: LedgerFile | undefined;
  private started = false;

  constructor(ledger: AsyncIterable<LedgerFile>, onGone: (file: LedgerFile) => void) {
    this.rows = ledger[Symbol.asyncIterator]();
    this.onGone = onGone;
  }

  async at(path: string): Promise<LedgerFile | undefined> {
    if (!this.started) await this.advance();
    while (this.current && bytewise(this.current.path, path) < 0) {
      this.onGone(this.current);
      await this.advance();
    }
    const found = this.current?.path === path ? this.current : undefined;
    if (found) await this.advance();
    return found;
  }

  /** What the ledger has behind the last file. */
  async drain(): Promise<void> {
    if (!this.started) await this.advance();
    for (; this.current; await this.advance()) this.onGone(this.current);
  }

  async close(): Promise<void> {
    await this.rows.return?.();
  }

  private async advance(): Promise<void> {
    this.started = true;
    const next = await this.rows.next();
    this.current = next.done ? undefined : next.value;
  }
}

function bytewise(a: string, b: string): number {
  return a === b ? 0 : Buffer.compare(Buffer.from(a), Buffer.from(b));
}
