import { serialize } from 'node:v8';
import { type RowCodec, type RowEncoder, rowWriter } from '../databases/row-codec.ts';
import type { AccountSummary } from '../datasets/account.ts';
import { Fingerprint } from '../hash/fingerprint.ts';
import type { DeclaredTables } from '../schema/declared-tables.ts';
import { type PortableGroup, type PortableReference, packGroup, packReferences } from '../schema/portable.ts';
import { isOpen, type RowGroup } from '../schema/row-group.ts';
import type { Row, Table } from '../schema/table.ts';
import type { PackedBlock } from './blocks/packed-block.ts';
import { childKeys } from './child-keys.ts';
import { hasReferences, layoutReferences } from './layout-references.ts';
import {
  IS_MEMBER,
  type Layout,
  LINKED,
  NAMES_OWNER,
  NOBODY,
  type PackedRecords,
  PLACE,
  PLACES,
  WORD,
  WORDS,
} from './packed-records.ts';
import { keyPrint, linkedPrint } from './prints.ts';

/** What a record is beside its rows. */
export interface RecordHead {
  readonly number: number;
  readonly line: number;
  readonly column: number;
  readonly byte: number;
  readonly isMember: boolean;
  /** Empty where the record is no member of an object. */
  readonly pointer: string;
  /** Its place in its list or object, kept only for `--rejects`. */
  readonly index: number | undefined;
  readonly account: AccountSummary;
  /** Its bytes in the file, where they are kept. */
  readonly source: Uint8Array | undefined;
}

const FIRST_CAPACITY = 256;
/** From so many on, references are packed record by record. */
const MOST_LAYOUTS = 64;

/** Packs one record after the other, until they are taken. */
export class RecordPacker {
  private readonly tables: Map<Table, TablePacker>;
  private readonly declared: DeclaredTables;
  private readonly content = new Fingerprint();
  private words = new Int32Array(WORDS * FIRST_CAPACITY);
  private places = new Float64Array(PLACES * FIRST_CAPACITY);
  private load = new Load();

  constructor(codec: RowCodec, declared: DeclaredTables) {
    this.declared = declared;
    this.tables = new Map(declared.list.map((table) => [table, new TablePacker(table, codec)]));
  }

  get count(): number {
    return this.load.count;
  }

  add(group: RowGroup, head: RecordHead): void {
    const { load } = this;
    this.reserve();
    const at = WORDS * load.count;
    const { words } = this;
    const linked = isOpen(group);
    keyPrint(group).writeTo(words, at + WORD.key);
    const content = linked ? linkedPrint(group) : this.addRows(group);
    content.writeTo(words, at + WORD.content);
    words[at + WORD.layout] = linked ? LINKED : load.layoutOf(group, this.declared);
    words[at + WORD.owner] = group.owner === null ? NOBODY : load.ownerNumber(group.owner);
    words[at + WORD.account] = load.accountNumber(head.account);
    words[at + WORD.flags] = (group.namesOwner ? NAMES_OWNER : 0) | (head.isMember ? IS_MEMBER : 0);
    const place = PLACES * load.count;
    this.places[place + PLACE.number] = head.number;
    this.places[place + PLACE.line] = head.line;
    this.places[place + PLACE.column] = head.column;
    this.places[place + PLACE.byte] = head.byte;
    if (head.pointer !== '') load.pointers.set(load.count, head.pointer);
    if (head.index !== undefined) load.indexes.set(load.count, head.index);
    if (linked) load.linked.set(load.count, packGroup(group));
    if (head.source) load.sources.push(head.source);
    load.count++;
  }

  /** Records that were read at once, the first with this number. */
  addBlock(block: PackedBlock, firstNumber: number, keepsSources: boolean): void {
    const { load } = this;
    const { count, columns: packed } = block;
    const { rows, words, places } = packed;
    const { group, account } = packed.example;
    this.reserve(count);
    this.packerOf(group.root).addEncoded(rows, count);
    this.words.set(words, WORDS * load.count);
    this.places.set(places, PLACES * load.count);
    const layout = load.layoutOf(group, this.declared);
    const owner = group.owner === null ? NOBODY : load.ownerNumber(group.owner);
    const accounts: number[] = [];
    const passed = firstNumber - (places[PLACE.number] ?? 0);
    for (let index = load.count; index < load.count + count; index++) {
      const at = WORDS * index;
      const columns = this.words[at + WORD.account] as number;
      accounts[columns] ??= load.accountNumber({ ...account, columns });
      this.words[at + WORD.layout] = layout;
      this.words[at + WORD.owner] = owner;
      this.words[at + WORD.account] = accounts[columns];
      this.words[at + WORD.flags] = group.namesOwner ? NAMES_OWNER : 0;
      this.places[PLACES * index + PLACE.number] = (this.places[PLACES * index + PLACE.number] as number) + passed;
    }
    if (keepsSources) for (let index = 0; index < count; index++) load.sources.push(block.sourceOf(index));
    load.count += count;
  }

  /** Everything that was added. The packer begins anew. */
  take(): PackedRecords {
    const { count, layouts, childRows, childKeys, owners, accounts, pointers, indexes, linked, references, sources } =
      this.load;
    const segments = [...this.tables.values()].filter(({ rows }) => rows > 0).map((packer) => packer.take());
    this.load = new Load();
    return {
      count,
      layouts,
      segments,
      words: this.words.slice(0, WORDS * count),
      places: this.places.slice(0, PLACES * count),
      childRows: Int32Array.from(childRows),
      childKeys,
      owners: [...owners.keys()],
      accounts,
      pointers,
      indexes,
      linked: linked.size === 0 ? new Uint8Array() : serialize(linked),
      references,
      sources,
    };
  }

  /** The print of all rows of the group: equal for equal rows. */
  private addRows(group: RowGroup): Readonly<Fingerprint> {
    const { root, row, children } = group;
    const { content } = this;
    const keys = children.length === 0 ? undefined : childKeys(group, this.declared);
    if (keys) this.load.childKeys.set(this.load.count, keys);
    content.begin();
    this.packerOf(root).add(row, content);
    for (const { table, rows } of children) {
      const packer = this.packerOf(table);
      for (const child of rows) packer.add(child, content);
      this.load.childRows.push(rows.length);
    }
    content.end();
    return content;
  }

  private packerOf(table: Table): TablePacker {
    const packer = this.tables.get(table);
    if (packer === undefined) throw new TypeError(`the table ${table.name} is not declared`);
    return packer;
  }

  private reserve(records = 1): void {
    const needed = this.load.count + records;
    if (WORDS * needed <= this.words.length) return;
    const capacity = Math.max(needed, (2 * this.words.length) / WORDS);
    const [words, places] = [new Int32Array(WORDS * capacity), new Float64Array(PLACES * capacity)];
    words.set(this.words);
    places.set(this.places);
    this.words = words;
    this.places = places;
  }
}

/** The rows of one table. */
class TablePacker {
  private readonly table: Table;
  private readonly codec: RowCodec;
  private readonly write: (encoder: RowEncoder, row: Row) => void;
  private encoder: RowEncoder | undefined;
  rows = 0;

  constructor(table: Table, codec: RowCodec) {
    this.table = table;
    this.codec = codec;
    this.write = rowWriter(table);
  }

  add(row: Row, print: Fingerprint): void {
    this.encoder ??= this.codec.encoder();
    const from = this.encoder.length;
    this.write(this.encoder, row);
    this.encoder.print(print, from);
    this.rows++;
  }

  addEncoded(bytes: Uint8Array, rows: number): void {
    this.encoder ??= this.codec.encoder();
    this.encoder.append(bytes);
    this.rows += rows;
  }

  take(): PackedRecords['segments'][number] {
    const bytes = this.encoder?.take() ?? new Uint8Array();
    const { rows } = this;
    this.rows = 0;
    return { table: this.table.name, rows, bytes };
  }
}

/** What is gathered between two takes, beside the arrays that are used again. */
class Load {
  count = 0;
  readonly layouts: Layout[] = [];
  readonly childRows: number[] = [];
  readonly childKeys = new Map<number, Int32Array>();
  readonly owners = new Map<string, number>();
  readonly accounts: AccountSummary[] = [];
  readonly pointers = new Map<number, string>();
  readonly indexes = new Map<number, number>();
  readonly linked = new Map<number, PortableGroup>();
  readonly references = new Map<number, readonly PortableReference[]>();
  readonly sources: Uint8Array[] = [];
  private readonly accountNumbers = new Map<string, number>();

  /** Of the record that is added next. */
  layoutOf(group: RowGroup, declared: DeclaredTables): number {
    const { root, children } = group;
    const known = this.layouts.findIndex(
      (layout) => isOfLayout(group, layout) && hasReferences(group, layout.references),
    );
    if (known !== -1) return known;
    // However many tables there are: without references each has one layout.
    const isAlone = (group.references ?? []).length === 0;
    const references = isAlone || this.layouts.length < MOST_LAYOUTS ? layoutReferences(group) : undefined;
    if (references === undefined) {
      this.references.set(this.count, packReferences(group.references ?? []));
      return this.layoutOf({ ...group, references: [] }, declared);
    }
    const tables = children.map(({ table }) => table);
    const inOrder = declared.groupOf(root).children.filter((table) => tables.includes(table));
    // The prints of stored rows are made in the order of the declared tables.
    if (inOrder.some((table, index) => table !== tables[index]) || inOrder.length !== tables.length)
      throw new TypeError(`child rows of ${root.name} do not come in the order of their tables`);
    return this.layouts.push({ root: root.name, children: tables.map(({ name }) => name), references }) - 1;
  }

  ownerNumber(owner: string): number {
    const known = this.owners.get(owner);
    if (known !== undefined) return known;
    this.owners.set(owner, this.owners.size);
    return this.owners.size - 1;
  }

  accountNumber(account: AccountSummary): number {
    const name = nameOf(account);
    const known = this.accountNumbers.get(name);
    if (known !== undefined) return known;
    this.accountNumbers.set(name, this.accounts.length);
    return this.accounts.push(account) - 1;
  }
}

function isOfLayout({ root, children }: RowGroup, layout: Layout): boolean {
  return (
    layout.root === root.name &&
    layout.children.length === children.length &&
    children.every(({ table }, index) => layout.children[index] === table.name)
  );
}

/** Equal for equal accounts. */
function nameOf({ columns, kept, derived, repairs, unmapped, dropped, warnings }: AccountSummary): string {
  const counts = `${columns} ${kept} ${derived}`;
  if (repairs.size + unmapped.size + dropped.size + warnings.size === 0) return counts;
  return JSON.stringify([counts, [...repairs], [...unmapped], [...dropped], [...warnings]]);
}
