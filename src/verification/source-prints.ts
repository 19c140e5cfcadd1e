import type { FileSlice } from '../checking/chunk.ts';
import { GroupPrinter } from '../checking/group-printer.ts';
import { LINKED, linkedGroups, type PackedRecords, PLACE, PLACES, WORD, WORDS } from '../checking/packed-records.ts';
import { keyPrint, storedKeyPrint } from '../checking/prints.ts';
import type { RowCodec } from '../databases/row-codec.ts';
import type { Finder } from '../databases/transaction.ts';
import { Fingerprint } from '../hash/fingerprint.ts';
import { resolveReferences } from '../load/references.ts';
import type { DeclaredTables } from '../schema/declared-tables.ts';
import { unpackGroup } from '../schema/portable.ts';
import { type RowGroup, unknownReferences } from '../schema/row-group.ts';
import { cell, type Table } from '../schema/table.ts';
import type { LoadedKeys } from './loaded-keys.ts';
import { LookupPrints, type NamedRow } from './lookup-prints.ts';
import { ANYTHING, type PrintStore } from './print-store.ts';
import type { RejectedBefore } from './rejected-before.ts';

const NO_CONTENT = new Fingerprint();

export interface SourcePrintsOptions {
  readonly store: PrintStore;
  readonly finder: Finder;
  readonly codec: RowCodec;
  readonly declared: DeclaredTables;
  readonly loaded: LoadedKeys;
  readonly before: RejectedBefore;
  readonly pathOf: (file: number) => string;
}

/** Puts what checked records say should be stored into the print store. */
export class SourcePrints {
  /** Rows that were made because records name them. */
  readonly lookups: LookupPrints;
  private readonly store: PrintStore;
  private readonly finder: Finder;
  private readonly declared: DeclaredTables;
  private readonly printer: GroupPrinter;
  private readonly loaded: LoadedKeys;
  private readonly before: RejectedBefore;
  private readonly pathOf: (file: number) => string;
  /** Records whose references lead nowhere: the loader rejects them as well. */
  rejected = 0;
  /** Tables with records of which the database checks the references, so that it is not known yet where they lead. */
  readonly referring = new Set<Table>();

  constructor({ store, finder, codec, declared, loaded, before, pathOf }: SourcePrintsOptions) {
    this.loaded = loaded;
    this.before = before;
    this.pathOf = pathOf;
    this.store = store;
    this.declared = declared;
    this.finder = finder;
    this.lookups = new LookupPrints(store, finder, declared);
    this.printer = new GroupPrinter(codec);
  }

  async add(packed: PackedRecords, slices: readonly FileSlice[]): Promise<void> {
    const tables = packed.layouts.map(({ root }) => this.declared.groupNumber(this.declared.get(root)));
    for (const { root, references } of packed.layouts)
      if (references.length + packed.references.size > 0) this.referring.add(this.declared.get(root));
    for (const slice of slices.filter(({ isRefused }) => !isRefused)) {
      for (let record = slice.first; record < slice.first + slice.count; record++) {
        const at = WORDS * record;
        const layout = packed.words[at + WORD.layout] as number;
        if (layout === LINKED) continue;
        const table = tables[layout] as number;
        this.store.addWords('expected', packed.words, at + WORD.key, slice.file, numberOf(packed, record), table);
      }
    }
    if (packed.linked.length > 0) await this.addLinked(packed, slices);
    const { owners } = this.declared;
    if (owners)
      for (const owner of packed.owners)
        this.mark(
          storedKeyPrint(owners, () => owner),
          owners,
        );
  }

  /**
   * Rows that refer to others are known when those are found. A record whose references lead nowhere was rejected, unless
   * the ledger says that it was loaded: then its row is gone together with the one that it referred to.
   */
  private async addLinked(packed: PackedRecords, slices: readonly FileSlice[]): Promise<void> {
    const refused = slices.filter(({ isRefused }) => isRefused);
    const isLoaded = (record: number): boolean => !refused.some((slice) => isIn(slice, record));
    const linked = [...linkedGroups(packed)]
      .filter(([record]) => isLoaded(record))
      .map(([record, group]) => ({ record, group: unpackGroup(group, this.declared) }));
    const [groups, leads] = [linked.map(({ group }) => group), linked.map(({ group }) => group.lead)];
    const resolved = await resolveReferences(groups, this.finder);
    const resolvedLeads = await resolveReferences(
      leads.filter((lead) => lead !== undefined),
      this.finder,
    );
    const nextLead = resolvedLeads.values();
    const named: NamedRow[] = [];
    for (const [index, { record, group }] of linked.entries()) {
      const file = slices.find((slice) => isIn(slice, record))?.file ?? ANYTHING;
      const number = numberOf(packed, record);
      const lead = group.lead && nextLead.next().value;
      const found = resolved[index];
      const isResolved = found !== undefined && 'group' in found;
      if (!isResolved && !(await this.loaded.has(keyPrint(group).text, this.pathOf(file), number))) {
        this.rejected++;
        this.before.note(this.pathOf(file), 1);
        continue;
      }
      for (const { make, lookups } of unknownReferences(group)) {
        const lookup = lookups.at(-1);
        if (make && lookup) named.push({ lookup, file, record: number });
      }
      this.addGroup(isResolved ? found.group : group, file, number);
      if (lead && 'group' in lead) this.addGroup(lead.group, file, number);
    }
    await this.lookups.add(named);
  }

  private addGroup(group: RowGroup, file: number, record: number): void {
    const { root, row } = group;
    const key = storedKeyPrint(root, (name) => cell(root, row, name));
    this.store.add('expected', key, this.printer.content(group), file, record, this.declared.groupNumber(root));
  }

  /** An owner must be there; what is in his row is said by a record of his own, if by any. */
  private mark(key: ReturnType<typeof storedKeyPrint>, owners: Table): void {
    this.store.add('expected', key, NO_CONTENT, ANYTHING, 0, this.declared.groupNumber(owners));
  }
}

function numberOf({ places }: PackedRecords, record: number): number {
  return places[PLACES * record + PLACE.number] as number;
}

function isIn({ first, count }: FileSlice, record: number): boolean {
  return record >= first && record < first + count;
}
