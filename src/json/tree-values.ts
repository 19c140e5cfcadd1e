import type { Finding } from '../reject.ts';
import { BesideRecords } from './beside-records.ts';
import type { TextPlace } from './line-tracker.ts';
import { decodeName } from './member-name.ts';
import type { PlainReader } from './plain-reader.ts';
import { blockRecord, plainRecord } from './plain-record.ts';
import type { RawRecord, RecordPlace, SplitLimits } from './raw-record.ts';
import type { RecordBlock } from './record-block.ts';
import { RecordBuffer } from './record-buffer.ts';
import { recordFinding } from './record-finding.ts';
import type { DocumentContainer } from './steps.ts';
import type { TreeWay } from './tree-way.ts';
import type { ValueScanner } from './value-scanner.ts';

/** What a value of a document is. */
export type Role = 'record' | 'name' | 'envelope';

export const START: TextPlace = { byte: 0, line: 1, column: 1 };
const NO_BYTES = Buffer.alloc(0);

/** What becomes of the values of a document that were scanned: records, their names, and what lies beside them. */
export class TreeValues {
  readonly beside: BesideRecords;
  /** Of the member at hand; undefined where it cannot be read. */
  name: string | undefined;
  nameFinding: Finding | undefined;
  /** Why the value at hand is no record and holds none. */
  misplaced: string | undefined;
  /** Where the record (with its name) begins, and where its value begins. */
  begin: TextPlace = START;
  place: TextPlace = START;
  /** The document, held back until nothing follows it. */
  document: RawRecord | undefined;
  #records: RawRecord[] = [];
  #number = 0;
  readonly #container: DocumentContainer;
  readonly #way: TreeWay;
  readonly #maxRecordBytes: number;
  readonly #buffer: RecordBuffer;

  constructor(container: DocumentContainer, way: TreeWay, limits: SplitLimits) {
    this.#container = container;
    this.#way = way;
    this.#maxRecordBytes = limits.maxRecordBytes;
    this.#buffer = new RecordBuffer(limits.maxRecordBytes);
    this.beside = new BesideRecords(container.kind === 'path', limits.elsewhere, limits.asked);
  }

  /** The records since the last call. */
  take(): RawRecord[] {
    const records = this.#records;
    this.#records = [];
    return records;
  }

  /** The record that the reader has just read. */
  addPlain(from: number, end: number, plain: PlainReader): void {
    const record = plainRecord(++this.#number, this.place, { from, end }, plain);
    const place = this.#recordPlace;
    this.#records.push(place ? { ...record, place } : record);
  }

  /** The number of the record at hand. */
  get nextNumber(): number {
    return this.#number + 1;
  }

  /** Records that were read at once. */
  addBlock(block: RecordBlock): void {
    this.#records.push(blockRecord(this.#number + 1, this.place, block));
    this.#number += block.count;
    this.#way.skip(block.count - 1);
  }

  /** Bytes of a value that does not end with them. */
  add(role: Role, chunk: Buffer, from: number, to: number): void {
    if (role === 'envelope') this.beside.add(chunk, from, to);
    else this.#buffer.add(chunk, from, to);
  }

  /** The last bytes of a value. */
  finish(role: Role, chunk: Buffer, from: number, to: number, scanner: ValueScanner): void {
    if (role === 'envelope') {
      this.beside.add(chunk, from, to);
      this.beside.finish(this.#besideName());
    } else if (role === 'name') this.#finishName(this.#buffer.take(chunk, from, to));
    else this.#finishRecord(this.#buffer.take(chunk, from, to), scanner);
  }

  /** Of a value beside the records: its name, and below the root the way to it. */
  #besideName(): string {
    const name = this.name ?? '';
    return this.#container.kind === 'path' ? this.#way.pointerBeside(name) : name;
  }

  /** The name of the record, where such names are data. */
  get #key(): string | undefined {
    return this.#way.inObject && this.#way.steps.at(-1)?.to !== 'member' ? this.name : undefined;
  }

  get #recordPlace(): RecordPlace | undefined {
    return this.#container.kind === 'path' && this.#container.isPlaced ? this.#way.place : undefined;
  }

  #finishName(bytes: Buffer | undefined): void {
    this.name = undefined;
    this.nameFinding = recordFinding(bytes, 0, this.#maxRecordBytes);
    if (bytes === undefined) return;
    const decoded = decodeName(bytes);
    if ('name' in decoded) this.name = decoded.name;
    else this.nameFinding = decoded.finding;
  }

  #finishRecord(bytes: Buffer | undefined, { members, signs }: ValueScanner): void {
    const misplaced: Finding | undefined =
      this.misplaced === undefined ? undefined : { code: 'wrong-shape', pointer: '', message: this.misplaced };
    this.misplaced = undefined;
    const finding = this.#way.finding ?? misplaced ?? recordFinding(bytes, signs, this.#maxRecordBytes);
    const { byte, line, column } = this.place;
    const record: RawRecord = {
      number: ++this.#number,
      key: this.#key,
      place: this.#recordPlace,
      byte,
      line,
      column,
      length: bytes?.length ?? 0,
      bytes: finding === undefined && bytes !== undefined ? bytes : NO_BYTES,
      members,
      signs,
      finding,
    };
    if (this.#way.steps.length === 0) this.document = { ...record, bytes: Buffer.from(record.bytes) };
    else this.#records.push(record);
  }
}
