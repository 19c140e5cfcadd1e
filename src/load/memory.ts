import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { childKeys } from '../checking/child-keys.ts';
import { GroupPrinter } from '../checking/group-printer.ts';
import type { Database } from '../databases/database.ts';
import type { ExactCells } from '../databases/exact-cells.ts';
import { type RowCodec, rowWriter } from '../databases/row-codec.ts';
import type { StoredGroup } from '../databases/stored-rows.ts';
import type { Comparison } from '../databases/transaction.ts';
import type { DeclaredTables } from '../schema/declared-tables.ts';
import { isOpen, type RowGroup, unknownReferences } from '../schema/row-group.ts';
import {
  cell,
  column,
  comparedColumns,
  isKeyed,
  keepsStoredWhenNull,
  loadColumns,
  type Row,
  type Table,
} from '../schema/table.ts';
import type { Fate } from './fate.ts';
import type { LookupRow } from './lookup-rows.ts';
import { byOwnKey } from './references.ts';
import { keyOf, readStored } from './stored-groups.ts';

/** What a batch did, as far as its claims do not say it: all their rows were inserted, but for these. */
export interface BatchMemory {
  /** Instead all their rows were there before, as the claims say. */
  readonly werePresent?: boolean;
  /** Placeholders of owners that it created. */
  readonly owners: readonly string[];
  readonly rows: readonly RememberedRow[];
  /** Rows that it made because others name them. */
  readonly made?: readonly RememberedLookup[];
}

export interface RememberedLookup {
  readonly table: string;
  /** The print of its key. */
  readonly key: string;
  /** The print of the row. */
  readonly content: string;
  /** The natural key, for people. */
  readonly name: readonly string[];
}

export interface RememberedRow {
  /** The print of the key, as the batch claims it. */
  readonly key: string;
  readonly fate: 'inserted' | 'updated' | 'present';
  /** The print of the key as it is stored, where that is another one: it holds generated keys. Empty where nobody looked for them. */
  readonly storedKey?: string;
  /** The print of the row as it is stored. Absent where another record says what is in it. */
  readonly content?: string;
  /** The same without child rows that no record has, where there are some: they are the application's. */
  readonly withoutSurplus?: string;
  /** Which child rows are the record's, as words with blanks between them: see `childKeys`. */
  readonly childKeys?: string;
  /** The rows as they were, encoded for this database, in base64. */
  readonly before?: PackedGroup;
}

/** A group that was written, or that was there. */
export interface GroupToRemember {
  /** The print of its key, as it is claimed. */
  readonly key: string;
  readonly group: RowGroup;
  readonly isLead: boolean;
}

export interface PackedGroup {
  readonly root: string;
  readonly row: string;
  readonly children: readonly { readonly table: string; readonly count: number; readonly rows: string }[];
  /** By the number of the row, the children after the root: what would not come back with its values. */
  readonly exact?: Readonly<Record<number, ExactCells>>;
}

/** Notes of the rows of a batch what `undo` and `verify --ledger` must know. */
export class MemoryWriter {
  private readonly database: Database;
  private readonly codec: RowCodec;
  private readonly printer: GroupPrinter;

  constructor(database: Database, codec: RowCodec) {
    this.database = database;
    this.codec = codec;
    this.printer = new GroupPrinter(codec);
  }

  /** What is stored of groups that are there already. During the transaction that may change them, before it does. */
  read(groups: readonly RowGroup[]): Promise<ReadonlyMap<RowGroup, StoredGroup>> {
    return readStored(
      this.database,
      groups.filter(({ root }) => !this.database.isUnkeyed(root)),
    );
  }

  /** What has become of groups that were written into tables which may store something else than they are given. */
  readMade(groups: readonly RowGroup[]): Promise<ReadonlyMap<RowGroup, StoredGroup>> {
    const { database } = this;
    const isOther = (root: Table): boolean =>
      [root, ...database.declared.groupOf(root).children].some((table) => database.changesRows(table));
    // Asked once for each table: the database looks at its triggers.
    const others = new Set([...new Set(groups.map(({ root }) => root))].filter(isOther));
    return readStored(
      database,
      groups.filter(({ root }) => others.has(root)),
    );
  }

  /** Undefined where the claim says it all. `made` is what has become of the group, where that may be something else. */
  remember(
    { key, group, isLead }: GroupToRemember,
    fate: Exclude<Fate, { kind: 'rejected' }>,
    { before, made }: { readonly before: StoredGroup | undefined; readonly made: StoredGroup | undefined },
  ): RememberedRow | undefined {
    const stored = unknownReferences(group).length > 0 ? keyOf(group.root, group.row) : undefined;
    const named = { key, ...(stored !== undefined && { storedKey: stored }) };
    // The rows that it refers to are looked for with the record that it repeats.
    if (fate.kind === 'repeated') return { ...named, ...(stored !== undefined && { storedKey: '' }), fate: 'present' };
    const own = childKeys(group, this.database.declared)?.join(' ');
    const told = { ...named, ...(own !== undefined && { childKeys: own }) };
    if (fate.kind === 'insert' || fate.kind === 'replace') {
      // Of other groups the claim has the print of the rows themselves.
      const hasMore = isLead || isOpen(group) || own !== undefined || made !== undefined;
      return hasMore ? { ...told, fate: 'inserted', content: this.print(made ?? group) } : undefined;
    }
    if (before === undefined) return { ...named, fate: 'present' };
    if (fate.kind !== 'update') return { ...told, fate: 'present', ...this.printsOf(before, group) };
    return {
      ...told,
      fate: 'updated',
      ...this.printsOf(made ?? updated(before, group, fate.comparison), group),
      before: this.pack(before),
    };
  }

  rememberLookup({ table, row }: LookupRow): RememberedLookup {
    const name = table.naturalKey.map((each) => String(cell(table, row, each)));
    return { table: table.name, key: keyOf(table, row), content: this.print({ root: table, row, children: [] }), name };
  }

  private printsOf(stored: StoredGroup, group: RowGroup): Pick<RememberedRow, 'content' | 'withoutSurplus'> {
    const children = stored.children.map(({ table, rows }) => {
      const own = new Set(group.children.find((each) => each.table === table)?.rows.map((row) => keyOf(table, row)));
      return { table, rows: rows.filter((row) => own.has(keyOf(table, row))) };
    });
    const content = this.print(stored);
    const hasSurplus = children.some(({ rows }, index) => rows.length !== stored.children[index]?.rows.length);
    return hasSurplus ? { content, withoutSurplus: this.print({ ...stored, children }) } : { content };
  }

  private print(group: StoredGroup): string {
    return this.printer.content(group).text;
  }

  private pack({ root, row, children, exact }: StoredGroup): PackedGroup {
    const rows = [row, ...children.flatMap((child) => child.rows)];
    const cells = rows.flatMap((each, n) => {
      const found = exact?.get(each);
      return found === undefined || Object.keys(found).length === 0 ? [] : [[n, found] as const];
    });
    return {
      ...(cells.length > 0 && { exact: Object.fromEntries(cells) }),
      root: root.name,
      row: this.encode(root, [row]),
      children: children.map(({ table, rows }) => {
        return { table: table.name, count: rows.length, rows: this.encode(table, rows) };
      }),
    };
  }

  private encode(table: Table, rows: readonly Row[]): string {
    const encoder = this.codec.encoder();
    const write = rowWriter(table);
    for (const row of rows) write(encoder, row);
    return Buffer.from(encoder.take()).toString('base64');
  }
}

/** For the ledger. Most batches have nothing to remember but that. */
export function packMemory(memory: BatchMemory): Uint8Array {
  const hasMore = memory.owners.length + memory.rows.length + (memory.made?.length ?? 0) > 0;
  if (!hasMore && memory.werePresent !== true) return new Uint8Array();
  return zstdCompressSync(JSON.stringify(memory));
}

export function unpackMemory(packed: Uint8Array): BatchMemory {
  return packed.length === 0 ? { owners: [], rows: [] } : JSON.parse(zstdDecompressSync(packed).toString());
}

/** The rows of a group as they were, in the form that both databases share. */
export function unpackBefore(
  { root: name, row, children, exact = {} }: PackedGroup,
  codec: RowCodec,
  declared: DeclaredTables,
): StoredGroup {
  const root = declared.get(name);
  const decode = (table: Table, packed: string, count: number): Row[] => {
    const decoder = codec.decoder(table, Buffer.from(packed, 'base64'));
    return Array.from({ length: count }, () => decoder.next());
  };
  const rootRow = decode(root, row, 1)[0] ?? [];
  const childRows = children.map((child) => {
    const table = declared.get(child.table);
    return { table, rows: decode(table, child.rows, child.count) };
  });
  const all = [rootRow, ...childRows.flatMap(({ rows }) => rows)];
  const cells = Object.entries(exact).map(([n, found]): [Row, ExactCells] => [all[Number(n)] ?? [], found]);
  return { root, row: rootRow, children: childRows, exact: new Map(cells) };
}

/** What an update makes of the stored rows: see `updateChanged` of the databases. */
function updated({ root, row, children }: StoredGroup, group: RowGroup, comparison: Comparison): StoredGroup {
  const keepsStored = group.keepsStored === true;
  return {
    root,
    row: updatedRow(root, row, group.row, keepsStored),
    children: children.map(({ table, rows }) => {
      const unkeyed = rows.filter((each) => !isKeyed(table, each));
      const byKey = new Map(rows.filter((each) => isKeyed(table, each)).map((each) => [keyOf(table, each), each]));
      const { going = [], moving = [] } = comparison.children.find((child) => child.table === table.name) ?? {};
      for (const each of [...going, ...moving]) byKey.delete(keyOf(table, each));
      for (const each of group.children.find((child) => child.table === table)?.rows ?? []) {
        const key = keyOf(table, each);
        const stored = byKey.get(key);
        byKey.set(key, stored ? updatedRow(table, stored, each, keepsStored) : each);
      }
      return { table, rows: [...unkeyed, ...byKey.values()].toSorted(byOwnKey(table)) };
    }),
  };
}

function updatedRow(table: Table, stored: Row, row: Row, keepsStored: boolean): Row {
  const compared = new Set(comparedColumns(table));
  return loadColumns(table).map((name, index) => {
    const value = row[index] ?? null;
    const stays = !compared.has(name) || (value === null && (keepsStored || keepsStoredWhenNull(column(table, name))));
    return stays ? (stored[index] ?? null) : value;
  });
}
