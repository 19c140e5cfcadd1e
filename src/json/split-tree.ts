import type { Finding, RejectCode } from '../reject.ts';
import { BesideRecords } from './beside-records.ts';
import {
  CLOSE_ARRAY,
  CLOSE_OBJECT,
  COLON,
  COMMA,
  isBlank,
  kindOf,
  mayBeginValue,
  NEWLINE,
  NULL,
  OPEN_ARRAY,
  OPEN_OBJECT,
  QUOTE,
} from './bytes.ts';
import { LineTracker, type TextPlace } from './line-tracker.ts';
import { decodeName } from './member-name.ts';
import type { PlainReader } from './plain-reader.ts';
import { plainRecord } from './plain-record.ts';
import type { RawRecord, RecordPlace, SplitFailure, SplitLimits } from './raw-record.ts';
import { RecordBuffer } from './record-buffer.ts';
import { recordFinding } from './record-finding.ts';
import { type DocumentContainer, isOpenedBy, stepsOf, WANTED } from './steps.ts';
import { TreeWay } from './tree-way.ts';
import { ValueScanner } from './value-scanner.ts';

/** What the next byte that is no white space has to be. */
type Expected = 'root' | 'first' | 'item' | 'colon' | 'value' | 'separator' | 'nothing';
type Role = 'record' | 'name' | 'envelope';

const START: TextPlace = { byte: 0, line: 1, column: 1 };
const NO_BYTES = Buffer.alloc(0);

/** Splits every container that is one JSON document. */
export class TreeSplitter {
  readonly lines = new LineTracker();
  readonly beside: BesideRecords;
  failure: SplitFailure | undefined;
  readonly #container: DocumentContainer;
  readonly #way: TreeWay;
  readonly #limits: SplitLimits;
  readonly #plain: PlainReader | undefined;
  readonly #scanner = new ValueScanner();
  readonly #buffer: RecordBuffer;
  #expected: Expected = 'root';
  /** The value being scanned; undefined between values. */
  #role: Role | undefined;
  /** Why the value at hand is no record and holds none. */
  #misplaced: string | undefined;
  #seenBytes = false;
  #number = 0;
  #name: string | undefined;
  #nameFinding: Finding | undefined;
  /** Where the record (with its name) begins, and where its value begins. */
  #begin: TextPlace = START;
  #place: TextPlace = START;
  /** The document, held back until nothing follows it. */
  #document: RawRecord | undefined;
  #records: RawRecord[] = [];

  constructor(container: DocumentContainer, limits: SplitLimits, plain?: PlainReader) {
    this.#container = container;
    this.#way = new TreeWay(stepsOf(container));
    this.#limits = limits;
    this.beside = new BesideRecords(container.kind === 'path', limits.elsewhere, limits.asked);
    this.#plain = plain;
    this.#buffer = new RecordBuffer(limits.maxRecordBytes);
  }

  push(chunk: Buffer, from: number): RawRecord[] {
    this.#records = [];
    if (this.failure !== undefined) return this.#records;
    this.lines.enter(chunk);
    this.#plain?.enter(chunk);
    if (from > 0) this.lines.startLineAt(from);
    this.#seenBytes ||= chunk.length > 0;
    let at = from;
    while (at < chunk.length) {
      at = this.#role === undefined ? this.#between(chunk, at) : this.#scan(chunk, at);
      if (this.failure !== undefined) return this.#records;
    }
    this.lines.leave();
    return this.#records;
  }

  end(): RawRecord[] {
    this.#records = [];
    if (this.failure !== undefined) return this.#records;
    this.lines.enter(NO_BYTES);
    if (this.#way.steps.length === 0 && this.#role !== undefined && this.#scanner.endsWithInput) {
      this.#finish(NO_BYTES, 0, 0);
    }
    if (this.#expected !== 'nothing' || this.#role !== undefined) this.#failAtEnd();
    else if (this.#container.kind === 'member' && !this.foundPlace) {
      this.#fail('wrong-shape', `the root object has no member ${JSON.stringify(this.#container.name)}`, START);
    } else if (this.#document !== undefined) this.#records.push(this.#document);
    return this.#records;
  }

  /** Whether the document has what the first step leads to. */
  get foundPlace(): boolean {
    return this.#way.foundPlace;
  }

  #failAtEnd(): void {
    if (this.#expected === 'root' && this.#role === undefined) {
      this.#fail('empty-file', this.#seenBytes ? 'nothing but white space' : 'the file is empty', START);
    } else if (this.#role !== undefined || this.#expected === 'colon' || this.#expected === 'value') {
      this.#fail('truncated-json', 'the file ends in the middle of the value that begins here', this.#begin);
    } else {
      this.#fail('truncated-json', 'the file ends before the closing bracket', this.lines.place(0));
    }
  }

  #fail(code: RejectCode, message: string, place: TextPlace): void {
    this.failure = { code, message, byte: place.byte, line: place.line, column: place.column };
  }

  /** Consumes one byte between values, or starts a value at it; answers where to go on. */
  #between(chunk: Buffer, at: number): number {
    const byte = chunk[at] as number;
    if (byte === NEWLINE) this.lines.newlines(1, at);
    else if (!isBlank(byte)) return this.#token(chunk, at, byte);
    return at + 1;
  }

  #token(chunk: Buffer, at: number, byte: number): number {
    switch (this.#expected) {
      case 'separator':
        if (byte === COMMA) this.#expected = 'item';
        else this.#close(byte, at, 'expected a comma or a closing bracket');
        return at + 1;
      case 'first':
        if (byte === CLOSE_ARRAY || byte === CLOSE_OBJECT) {
          this.#close(byte, at, '');
          return at + 1;
        }
        return this.#item(chunk, at, byte);
      case 'item':
        return this.#item(chunk, at, byte);
      case 'colon':
        if (byte === COLON) this.#expected = 'value';
        else this.#fail('invalid-json', 'expected a colon behind the name', this.lines.place(at));
        return at + 1;
      case 'value':
        return this.#memberValue(chunk, at, byte);
      case 'root':
        return this.#root(chunk, at, byte);
      default:
        this.#failBehindRoot(this.lines.place(at));
        return at;
    }
  }

  /** Behind a bare word there is no JSON that something could follow: the file is plain text. */
  #failBehindRoot(place: TextPlace): void {
    const document = this.#document;
    this.#document = undefined;
    if (document !== undefined && !isJson(document.bytes)) {
      this.#fail('invalid-json', 'this is no JSON value', document);
    } else this.#fail('trailing-garbage', 'something follows the end of the JSON document', place);
  }

  #root(chunk: Buffer, at: number, byte: number): number {
    if (!mayBeginValue(byte)) {
      this.#fail('invalid-json', 'no JSON value begins like this', this.lines.place(at));
      return at;
    }
    return this.#onTheWay(chunk, at, byte);
  }

  /** A value on the way to the records: it is one, or opened, or not what it should be. */
  #onTheWay(chunk: Buffer, at: number, byte: number): number {
    const step = this.#way.next;
    if (step === undefined) return this.#valueOf('record', chunk, at, byte);
    if (isOpenedBy(step, byte)) return this.#enter(byte, at);
    const wanted = WANTED[step.to];
    if (this.#way.depth === 0) {
      this.#fail('wrong-shape', `the root is ${kindOf(byte)}, but ${wanted} is expected`, this.lines.place(at));
      return at;
    }
    if (this.#container.kind === 'path') {
      // Null is nothing; anything else is a record that is none.
      if (byte === NULL) return this.#valueOf('envelope', chunk, at, byte);
      this.#misplaced = `this is ${kindOf(byte)}, but ${wanted} is expected`;
      return this.#valueOf('record', chunk, at, byte);
    }
    const name = JSON.stringify(this.#name ?? '');
    this.#fail('wrong-shape', `the member ${name} is ${kindOf(byte)}, but ${wanted} is expected`, this.lines.place(at));
    return at;
  }

  #enter(byte: number, at: number): number {
    this.#way.enter(byte === OPEN_OBJECT);
    this.#expected = 'first';
    return at + 1;
  }

  #close(byte: number, at: number, complaint: string): void {
    if (byte === (this.#way.inObject ? CLOSE_OBJECT : CLOSE_ARRAY)) {
      this.#way.leave();
      this.#expected = this.#way.depth === 0 ? 'nothing' : 'separator';
      return;
    }
    const wrongBracket = byte === CLOSE_ARRAY || byte === CLOSE_OBJECT;
    const message = wrongBracket ? 'the closing bracket does not match the opening one' : complaint;
    this.#fail('invalid-json', message, this.lines.place(at));
  }

  /** An element of the array, or the name of a member. */
  #item(chunk: Buffer, at: number, byte: number): number {
    if (this.#way.inObject) {
      if (byte === QUOTE) return this.#begins('name', chunk, at, byte);
      this.#fail('invalid-json', 'expected a name in double quotes', this.lines.place(at));
      return at;
    }
    this.#way.take();
    return this.#onTheWay(chunk, at, byte);
  }

  #memberValue(chunk: Buffer, at: number, byte: number): number {
    const step = this.#way.current;
    const name = this.#name ?? '';
    if (step?.to !== 'member') {
      this.#way.take(name, this.#nameFinding);
      return this.#onTheWay(chunk, at, byte);
    }
    if (name !== step.name) return this.#valueOf('envelope', chunk, at, byte);
    if (!this.#way.takeMember()) {
      this.#fail('duplicate-member', `the root member ${JSON.stringify(name)} occurs twice`, this.#begin);
      return at;
    }
    return this.#onTheWay(chunk, at, byte);
  }

  #valueOf(role: Role, chunk: Buffer, at: number, byte: number): number {
    if (byte !== COMMA && byte !== COLON && byte !== CLOSE_ARRAY && byte !== CLOSE_OBJECT) {
      return this.#begins(role, chunk, at, byte);
    }
    this.#fail('invalid-json', 'expected a value', this.lines.place(at));
    return at;
  }

  #begins(role: Role, chunk: Buffer, at: number, byte: number): number {
    this.#role = role;
    this.#place = this.lines.place(at);
    if (role === 'name' || this.#expected !== 'value') this.#begin = this.#place;
    if (role === 'record' && byte === OPEN_OBJECT && this.#way.depth > 0 && !this.#way.inObject) {
      const end = this.#readPlain(at);
      if (end !== -1) return end;
    }
    this.#scanner.start(byte);
    return this.#scan(chunk, at);
  }

  /** The index behind a record that needs no parser; -1 for any other. */
  #readPlain(at: number): number {
    const plain = this.#plain;
    const end = plain?.read(at) ?? -1;
    if (plain === undefined || end === -1 || end - at > this.#limits.maxRecordBytes) return -1;
    this.#role = undefined;
    this.#expected = 'separator';
    if (plain.newlines > 0) this.lines.newlines(plain.newlines, plain.lastNewline);
    const record = plainRecord(++this.#number, this.#place, { from: at, end }, plain);
    const place = this.#recordPlace;
    this.#records.push(place ? { ...record, place } : record);
    return end;
  }

  #scan(chunk: Buffer, at: number): number {
    const scanner = this.#scanner;
    const end = scanner.scan(chunk, at, chunk.length);
    if (scanner.newlines > 0) this.lines.newlines(scanner.newlines, scanner.lastNewline);
    if (end === -1) {
      if (this.#role === 'envelope') this.beside.add(chunk, at, chunk.length);
      else this.#buffer.add(chunk, at, chunk.length);
      return chunk.length;
    }
    this.#finish(chunk, at, end);
    return end;
  }

  #finish(chunk: Buffer, from: number, to: number): void {
    const role = this.#role;
    this.#role = undefined;
    if (role === 'name') {
      this.#expected = 'colon';
      this.#finishName(this.#buffer.take(chunk, from, to));
      return;
    }
    this.#expected = this.#way.depth === 0 ? 'nothing' : 'separator';
    if (role === 'envelope') {
      this.beside.add(chunk, from, to);
      this.beside.finish(this.#besideName());
    } else this.#finishRecord(this.#buffer.take(chunk, from, to));
  }

  /** Of a value beside the records: its name, and below the root the way to it. */
  #besideName(): string {
    const name = this.#name ?? '';
    return this.#container.kind === 'path' ? this.#way.pointerBeside(name) : name;
  }

  /** The name of the record, where such names are data. */
  get #key(): string | undefined {
    return this.#way.inObject && this.#way.steps.at(-1)?.to !== 'member' ? this.#name : undefined;
  }

  get #recordPlace(): RecordPlace | undefined {
    return this.#container.kind === 'path' && this.#container.isPlaced ? this.#way.place : undefined;
  }

  #finishName(bytes: Buffer | undefined): void {
    this.#name = undefined;
    this.#nameFinding = recordFinding(bytes, 0, this.#limits.maxRecordBytes);
    if (bytes === undefined) return;
    const decoded = decodeName(bytes);
    if ('name' in decoded) this.#name = decoded.name;
    else this.#nameFinding = decoded.finding;
  }

  #finishRecord(bytes: Buffer | undefined): void {
    const { members, signs } = this.#scanner;
    const misplaced: Finding | undefined =
      this.#misplaced === undefined ? undefined : { code: 'wrong-shape', pointer: '', message: this.#misplaced };
    this.#misplaced = undefined;
    const finding = this.#way.finding ?? misplaced ?? recordFinding(bytes, signs, this.#limits.maxRecordBytes);
    const { byte, line, column } = this.#place;
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
    if (this.#way.steps.length === 0) this.#document = { ...record, bytes: Buffer.from(record.bytes) };
    else this.#records.push(record);
  }
}

function isJson(bytes: Buffer): boolean {
  const first = bytes[0];
  return first === OPEN_OBJECT || first === OPEN_ARRAY || first === QUOTE || tryScalar(bytes);
}

function tryScalar(bytes: Buffer): boolean {
  return /^(?:true|false|null|-?\d[\d.eE+-]*)$/.test(bytes.toString('latin1'));
}
