import type { Finding, RejectCode } from '../reject.ts';

/** What became of the members of one record: findings reject it, the rest is counted. */
export class RecordAccount {
  readonly findings: Finding[] = [];
  readonly repairs = new Map<string, number>();
  /** By pointer; `*` stands for any index. */
  readonly unmapped = new Map<string, number>();
  readonly warnings: { readonly code: string; readonly message: string }[] = [];

  reject(code: RejectCode, pointer: string, message: string): void {
    this.findings.push({ code, pointer, message });
  }

  repair(name: string): void {
    count(this.repairs, name, 1);
  }

  leaveUnmapped(pointer: string): void {
    count(this.unmapped, pointer.replaceAll(/\/\d+(?=\/|$)/g, '/*'), 1);
  }

  warn(code: string, message: string): void {
    this.warnings.push({ code, message });
  }

  get rejected(): boolean {
    return this.findings.length > 0;
  }
}

export function count(counts: Map<string, number>, name: string, by: number): void {
  counts.set(name, (counts.get(name) ?? 0) + by);
}
