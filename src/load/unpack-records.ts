import { referencesOf } from '../checking/layout-references.ts';
import {
  IS_MEMBER,
  type Layout,
  linkedGroups,
  NAMES_OWNER,
  type PackedRecords,
  PLACE,
  PLACES,
  WORD,
  WORDS,
} from '../checking/packed-records.ts';
import { printedLead } from '../checking/prints.ts';
import type { RowCodec, RowDecoder } from '../databases/row-codec.ts';
import type { AccountSummary } from '../datasets/account.ts';
import { printText } from '../hash/fingerprint.ts';
import type { DeclaredTables } from '../schema/declared-tables.ts';
import { unpackGroup, unpackReferences } from '../schema/portable.ts';
import type { Reference, RowGroup } from '../schema/row-group.ts';
import type { Row, Table } from '../schema/table.ts';
import type { PendingRecord } from './batch.ts';

/** Reads all records back, for whoever has to look at each of them. */
export function unpackRecords(
  packed: PackedRecords,
  codec: RowCodec,
  declared: DeclaredTables,
): readonly PendingRecord[] {
  const decoders = new Map(
    packed.segments.map(({ table, bytes }): [string, RowDecoder] => [table, codec.decoder(declared.get(table), bytes)]),
  );
  const groups = new GroupReader(packed, decoders, declared);
  return Array.from({ length: packed.count }, (_, record) => unpackRecord(packed, record, groups.next(record)));
}

function unpackRecord(packed: PackedRecords, record: number, group: RowGroup): PendingRecord {
  const { words, places } = packed;
  const [at, place] = [WORDS * record, PLACES * record];
  const word = (name: keyof typeof WORD): number => words[at + WORD[name]] as number;
  const number = (name: keyof typeof PLACE): number => places[place + PLACE[name]] as number;
  return {
    group,
    key: printText(words, at + WORD.key),
    content: printText(words, at + WORD.content),
    number: number('number'),
    isMember: (word('flags') & IS_MEMBER) !== 0,
    place: { record: number('number'), line: number('line'), column: number('column'), byte: number('byte') },
    pointer: packed.pointers.get(record) ?? '',
    index: packed.indexes.get(record),
    bytes: packed.sources[record],
    account: packed.accounts[word('account')] as AccountSummary,
    ...(group.lead && { lead: printedLead(group.lead) }),
  };
}

/** Takes the rows of one record after the other from the segments. */
class GroupReader {
  private readonly packed: PackedRecords;
  private readonly decoders: ReadonlyMap<string, RowDecoder>;
  private readonly declared: DeclaredTables;
  private readonly linked: ReturnType<typeof linkedGroups>;
  private childAt = 0;

  constructor(packed: PackedRecords, decoders: ReadonlyMap<string, RowDecoder>, declared: DeclaredTables) {
    this.declared = declared;
    this.packed = packed;
    this.linked = linkedGroups(packed);
    this.decoders = decoders;
  }

  next(record: number): RowGroup {
    const { words, layouts, owners, childRows } = this.packed;
    const at = WORDS * record;
    const portable = this.linked.get(record);
    if (portable) return unpackGroup(portable, this.declared);
    const layout = layouts[words[at + WORD.layout] as number] as Layout;
    const row = this.row(layout.root);
    const children = layout.children.map((table) => {
      const rows = Array.from({ length: childRows[this.childAt++] ?? 0 }, () => this.row(table));
      return { table: this.declared.get(table), rows };
    });
    const root = this.declared.get(layout.root);
    const references = this.references(record, layout, root, row);
    return {
      root,
      row,
      ...(references.length > 0 && { references }),
      owner: owners[words[at + WORD.owner] as number] ?? null,
      namesOwner: ((words[at + WORD.flags] as number) & NAMES_OWNER) !== 0,
      children,
    };
  }

  private references(record: number, layout: Layout, root: Table, row: Row): readonly Reference[] {
    const own = this.packed.references.get(record);
    return own ? unpackReferences(own, this.declared) : referencesOf(layout.references, root, row, this.declared);
  }

  private row(table: string): ReturnType<RowDecoder['next']> {
    const decoder = this.decoders.get(table);
    if (decoder === undefined) throw new TypeError(`no rows of ${table} were packed`);
    return decoder.next();
  }
}
