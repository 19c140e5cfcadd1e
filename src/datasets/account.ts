import type { Finding, RejectCode } from '../reject.ts';

/** How often something happened, by name. */
export type Counts = ReadonlyMap<string, number>;

const NOTHING: Counts = new Map();

/** What became of the members of one record: findings reject it, the rest is counted. Most records need none of it. */
export class RecordAccount {
  private found: Finding[] | undefined;
  private repaired: Map<string, number> | undefined;
  private unknown: Map<string, number> | undefined;

  get findings(): readonly Finding[] {
    return this.found ?? [];
  }

  get repairs(): Counts {
    return this.repaired ?? NOTHING;
  }

  /** By pointer. */
  get unmapped(): Counts {
    return this.unknown ?? NOTHING;
  }

  get rejected(): boolean {
    return this.found !== undefined;
  }

  reject(code: RejectCode, pointer: string, message: string): void {
    this.found ??= [];
    this.found.push({ code, pointer, message });
  }

  repair(name: string): void {
    this.repaired ??= new Map();
    count(this.repaired, name, 1);
  }

  leaveUnmapped(pointer: string): void {
    this.unknown ??= new Map();
    count(this.unknown, pointer, 1);
  }
}

export function count(counts: Map<string, number>, name: string, by: number): void {
  counts.set(name, (counts.get(name) ?? 0) + by);
}

const INDEX = /\/\d+(?=\/|$)/g;

/** Counts by pointer, in which `*` stands for any index. */
export function overAllIndexes(counts: Counts): Counts {
  const merged = new Map<string, number>();
  for (const [pointer, times] of counts) count(merged, pointer.replace(INDEX, '/*'), times);
  return merged.size === 0 ? NOTHING : merged;
}
