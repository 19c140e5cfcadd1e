import { GroupPrinter } from '../batch/group-printer.ts';
import { type PackedRecords, PLACE, PLACES, WORD, WORDS } from '../batch/packed-records.ts';
import { storedKeyPrint } from '../batch/prints.ts';
import { resolveReferences } from '../batch/references.ts';
import type { FileSlice } from '../checking/chunk.ts';
import type { Finder } from '../databases/database.ts';
import type { RowCodec } from '../databases/row-codec.ts';
import { Fingerprint } from '../fingerprint.ts';
import { unpackGroup } from '../schema/portable.ts';
import type { RowGroup } from '../schema/row-group.ts';
import { cell } from '../schema/table.ts';
import { TABLES, tableNamed } from '../schema/tables.ts';
import { ANYTHING, type PrintStore } from './print-store.ts';
import { groupNumber } from './table-groups.ts';

const NO_CONTENT = new Fingerprint();
const USERS = groupNumber(TABLES.users);

/** Puts what checked records say should be stored into the print store. */
export class SourcePrints {
  private readonly store: PrintStore;
  private readonly finder: Finder;
  private readonly printer: GroupPrinter;
  /** Records whose references lead nowhere: the loader rejects them as well. */
  rejected = 0;

  constructor(store: PrintStore, finder: Finder, codec: RowCodec) {
    this.store = store;
    this.finder = finder;
    this.printer = new GroupPrinter(codec);
  }

  async add(packed: PackedRecords, slices: readonly FileSlice[]): Promise<void> {
    const tables = packed.layouts.map(({ root }) => groupNumber(tableNamed(root)));
    for (const slice of slices) {
      for (let record = slice.first; record < slice.first + slice.count; record++) {
        if (packed.linked.size > 0 && packed.linked.has(record)) continue;
        const at = WORDS * record;
        const table = tables[packed.words[at + WORD.layout] as number] as number;
        this.store.addWords('expected', packed.words, at + WORD.key, slice.file, numberOf(packed, record), table);
      }
    }
    if (packed.linked.size > 0) await this.addLinked(packed, slices);
    for (const owner of packed.owners) this.mark(storedKeyPrint(TABLES.users, () => owner));
  }

  /** Rows that refer to others are known when those are found. */
  private async addLinked(packed: PackedRecords, slices: readonly FileSlice[]): Promise<void> {
    const linked = [...packed.linked].map(([record, group]) => ({ record, group: unpackGroup(group) }));
    const all = linked.flatMap(({ record, group }) => {
      return [group, ...(group.lead ? [group.lead] : [])].map((each) => ({ record, group: each }));
    });
    const groups = all.map(({ group }) => group);
    const resolved = await resolveReferences(groups, this.finder);
    for (const [index, { record }] of all.entries()) {
      const file = slices.find(({ first, count }) => record >= first && record < first + count)?.file ?? ANYTHING;
      const found = resolved[index];
      const number = numberOf(packed, record);
      if (found && 'group' in found) this.addGroup(found.group, file, number);
      else this.rejected++;
    }
  }

  private addGroup(group: RowGroup, file: number, record: number): void {
    const { root, row } = group;
    const key = storedKeyPrint(root, (name) => cell(root, row, name));
    this.store.add('expected', key, this.printer.content(group), file, record, groupNumber(root));
  }

  /** An owner must be there; what is in his row is said by a record of his own, if by any. */
  private mark(key: ReturnType<typeof storedKeyPrint>): void {
    this.store.add('expected', key, NO_CONTENT, ANYTHING, 0, USERS);
  }
}

function numberOf({ places }: PackedRecords, record: number): number {
  return places[PLACES * record + PLACE.number] as number;
}
