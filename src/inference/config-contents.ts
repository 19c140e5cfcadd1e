import { declaredColumn } from './declared-columns.ts';
import type { Addition } from './merge.ts';
import type { ProposedColumn, ProposedRecord } from './proposed.ts';

/** Where a record stands in the config. */
export function placeOfRecord({ declared, parent, table }: ProposedRecord): readonly string[] {
  if (declared[0] !== undefined) return declared[0].at;
  return parent === undefined ? ['datasets', table] : [...placeOfRecord(parent), 'children', table];
}

/** Where a column stands in the config. */
export function placeOfColumn(record: ProposedRecord, column: ProposedColumn): readonly string[] {
  return [...placeOfRecord(record), 'columns', declaredColumn(record, column)?.name ?? column.name];
}

/** What of a proposal the config has: what a person took out or said otherwise is not in it. */
export class ConfigContents {
  private readonly added: ReadonlySet<string> | undefined;

  /** `additions`: what was added to a config that was there; undefined for a new one, which has all. */
  constructor(additions: readonly Addition[] | undefined) {
    const written = additions?.filter(({ isReturned, isLeftOut }) => !isReturned && !isLeftOut);
    this.added = written && new Set(written.map(({ at, name }) => JSON.stringify([...at, name])));
  }

  hasRecord(record: ProposedRecord): boolean {
    return record.declared.length > 0 || this.isAdded(placeOfRecord(record));
  }

  hasColumn(record: ProposedRecord, column: ProposedColumn): boolean {
    return declaredColumn(record, column) !== undefined || this.isAdded(placeOfColumn(record, column));
  }

  /** It was added itself, or with what is around it. */
  private isAdded(at: readonly string[]): boolean {
    return this.added === undefined || at.some((_, index) => this.added?.has(JSON.stringify(at.slice(0, index + 1))));
  }
}
