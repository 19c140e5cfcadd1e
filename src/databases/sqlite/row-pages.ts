import BetterSqlite3 from 'better-sqlite3';
import { BIGINT, BLOB, NULL, NUMBER } from './row-codec.ts';

// Encoded rows as a database file of SQLite that holds them in one table, so that one statement takes them all: SQLite reads its own
// pages several times faster than values are handed to it one by one. https://www.sqlite.org/fileformat2.html

/** The largest that there is: few pages, and rows that are whole in one. */
const PAGE = 65_536;
/** The header of a leaf, and what a cell takes in its list. */
const LEAF_HEAD = 8;
const POINTER = 2;
/** The same of the page above the leaves. */
const ROOT_HEAD = 12;
/** A longer row would spill over to other pages. */
const MOST_PAYLOAD = PAGE - 35;
/** Of the numbers of rows and pages. */
const LONGEST_VARINT = 5;
/** Page 1 is the schema, page 2 the root of the table. */
const ROOT = 2;

const LEAF = 0x0d;
const INTERIOR = 0x05;

/** The schema in which the pages stand. */
export const PAGES_TABLE = 'given';

/** What the columns of the table are called. */
export function pageColumns(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `c${index}`);
}

/** Builds one file after the other in the same memory. */
export class RowPages {
  /** By number of columns: the first page of a file. */
  private readonly heads = new Map<number, Buffer>();
  private columns = 0;
  private pages = Buffer.allocUnsafeSlow(32 * PAGE);
  private leaves = 0;
  private rows = 0;
  /** The cells of the leaf at hand, and where each begins. */
  private readonly cells = Buffer.allocUnsafeSlow(PAGE);
  private readonly starts: number[] = [];
  private used = 0;
  /** The number of the last row of each leaf. */
  private readonly lastRows: number[] = [];
  /** Of the fields of the row at hand. */
  private readonly types: number[] = [];

  /** Begins the file of rows with so many columns. */
  begin(columns: number): void {
    this.columns = columns;
    this.leaves = 0;
    this.rows = 0;
    this.used = 0;
    this.starts.length = 0;
    this.lastRows.length = 0;
  }

  /** Adds encoded rows in their order. False where one is too long for a page. */
  add(count: number, bytes: Buffer): boolean {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let at = 0;
    for (let row = 0; row < count; row++) {
      at = this.addRow(bytes, view, at);
      if (at === -1) return false;
    }
    return true;
  }

  /** The whole file. Valid until the next `begin`. */
  take(): Buffer {
    if (this.starts.length > 0 || this.leaves === 0) this.endLeaf();
    const root = this.page(ROOT);
    if (this.leaves === 1) this.page(ROOT + 1).copy(root);
    else this.writeRoot(root);
    const count = this.leaves === 1 ? ROOT : ROOT + this.leaves;
    this.head.copy(this.pages);
    this.pages.writeUInt32BE(count, 28);
    return this.pages.subarray(0, PAGE * count);
  }

  /** The header of the file and its schema, from an empty database that SQLite makes. */
  private get head(): Buffer {
    let head = this.heads.get(this.columns);
    if (head === undefined) {
      const empty = new BetterSqlite3(':memory:');
      empty.pragma(`page_size = ${PAGE}`);
      empty.exec(`CREATE TABLE ${PAGES_TABLE} (${pageColumns(this.columns).join(', ')})`);
      head = Buffer.from(empty.serialize().subarray(0, PAGE));
      empty.close();
      this.heads.set(this.columns, head);
    }
    return head;
  }

  /** Where the next row begins, or -1. A record is the types of its fields, then their values. */
  private addRow(bytes: Buffer, view: DataView, from: number): number {
    const { columns, types } = this;
    let at = from;
    let [head, body] = [0, 0];
    for (let field = 0; field < columns; field++) {
      const tag = bytes[at++] as number;
      if (tag === NULL) types[field] = 0;
      else if (tag === NUMBER || tag === BIGINT) {
        types[field] = tag === NUMBER ? 7 : 6;
        body += 8;
        at += 8;
      } else {
        const length = view.getUint32(at, true);
        types[field] = 2 * length + (tag === BLOB ? 12 : 13);
        body += length;
        at += 4 + length;
      }
      head += varintLength(types[field] as number);
    }
    // The length of the header counts itself.
    head += head < 127 ? 1 : 2;
    const payload = head + body;
    if (payload > MOST_PAYLOAD) return -1;
    const most = payload + 2 * LONGEST_VARINT;
    if (this.used + most + LEAF_HEAD + POINTER * (this.starts.length + 1) > PAGE) {
      if (this.starts.length === 0) return -1;
      this.endLeaf();
      if (most + LEAF_HEAD + POINTER > PAGE) return -1;
    }
    this.starts.push(this.used);
    this.rows++;
    let to = writeVarint(this.cells, this.used, payload);
    to = writeVarint(this.cells, to, this.rows);
    to = writeVarint(this.cells, to, head);
    for (let field = 0; field < columns; field++) to = writeVarint(this.cells, to, types[field] as number);
    this.used = this.writeValues(bytes, from, to);
    return at;
  }

  private writeValues(bytes: Buffer, from: number, begin: number): number {
    const { cells, types, columns } = this;
    let [at, to] = [from, begin];
    for (let field = 0; field < columns; field++) {
      const type = types[field] as number;
      at++;
      if (type === 0) continue;
      if (type < 12) {
        // From the least to the most significant byte first.
        for (let byte = 7; byte >= 0; byte--) cells[to++] = bytes[at + byte] as number;
        at += 8;
        continue;
      }
      const length = (type - 12) >>> 1;
      at += 4;
      if (length > 32) bytes.copy(cells, to, at, at + length);
      else for (let byte = 0; byte < length; byte++) cells[to + byte] = bytes[at + byte] as number;
      at += length;
      to += length;
    }
    return to;
  }

  private endLeaf(): void {
    const leaf = this.page(ROOT + 1 + this.leaves++);
    const content = PAGE - this.used;
    writePageHead(leaf, LEAF, this.starts.length, content);
    for (const [index, start] of this.starts.entries())
      leaf.writeUInt16BE(content + start, LEAF_HEAD + POINTER * index);
    this.cells.copy(leaf, content, 0, this.used);
    this.lastRows.push(this.rows);
    this.starts.length = 0;
    this.used = 0;
  }

  /** Each leaf but the last with the number of its last row; the last one is named in the header. */
  private writeRoot(root: Buffer): void {
    const below = this.lastRows.slice(0, -1);
    let content = PAGE;
    for (const [index, last] of below.entries()) {
      content -= 4 + varintLength(last);
      root.writeUInt32BE(ROOT + 1 + index, content);
      writeVarint(root, content + 4, last);
      root.writeUInt16BE(content, ROOT_HEAD + POINTER * index);
    }
    writePageHead(root, INTERIOR, below.length, content);
    root.writeUInt32BE(ROOT + this.leaves, 8);
  }

  /** By its number, from 1. */
  private page(number: number): Buffer {
    if (this.pages.length < PAGE * number) {
      const grown = Buffer.allocUnsafeSlow(Math.max(this.pages.length + 16 * PAGE, PAGE * number));
      this.pages.copy(grown);
      this.pages = grown;
    }
    return this.pages.subarray(PAGE * (number - 1), PAGE * number);
  }
}

function writePageHead(page: Buffer, kind: number, cells: number, content: number): void {
  page[0] = kind;
  page.writeUInt16BE(0, 1);
  page.writeUInt16BE(cells, 3);
  // 65536 is written as 0.
  page.writeUInt16BE(content % PAGE, 5);
  page[7] = 0;
}

/** Seven bits a byte, the most significant first, all but the last with the high bit set. Below 2^35. */
function writeVarint(bytes: Buffer, at: number, value: number): number {
  if (value < 0x80) {
    bytes[at] = value;
    return at + 1;
  }
  const end = at + varintLength(value);
  let rest = value;
  for (let place = end - 1; place >= at; place--) {
    bytes[place] = (rest % 0x80) + (place === end - 1 ? 0 : 0x80);
    rest = Math.floor(rest / 0x80);
  }
  return end;
}

function varintLength(value: number): number {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  if (value < 0x20_0000) return 3;
  return value < 0x1000_0000 ? 4 : LONGEST_VARINT;
}
