import type { RejectCode } from '../reject.ts';
import type { BesideRecords } from './beside-records.ts';
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
import type { PlainReader } from './plain-reader.ts';
import type { RawRecord, SplitFailure, SplitLimits } from './raw-record.ts';
import { type DocumentContainer, isOpenedBy, stepsOf, WANTED } from './steps.ts';
import { type Role, START, TreeValues } from './tree-values.ts';
import { TreeWay } from './tree-way.ts';
import { ValueScanner } from './value-scanner.ts';

/** What the next byte that is no white space has to be. */
type Expected = 'root' | 'first' | 'item' | 'colon' | 'value' | 'separator' | 'nothing';

const NO_BYTES = Buffer.alloc(0);

/** Splits every container that is one JSON document. */
export class TreeSplitter {
  readonly lines = new LineTracker();
  failure: SplitFailure | undefined;
  readonly #container: DocumentContainer;
  readonly #way: TreeWay;
  readonly #limits: SplitLimits;
  readonly #plain: PlainReader | undefined;
  readonly #scanner = new ValueScanner();
  readonly #values: TreeValues;
  #expected: Expected = 'root';
  /** The value being scanned; undefined between values. */
  #role: Role | undefined;
  #seenBytes = false;

  constructor(container: DocumentContainer, limits: SplitLimits, plain?: PlainReader) {
    this.#container = container;
    this.#way = new TreeWay(stepsOf(container));
    this.#limits = limits;
    this.#values = new TreeValues(container, this.#way, limits);
    this.#plain = plain;
  }

  push(chunk: Buffer, from: number): RawRecord[] {
    if (this.failure !== undefined) return [];
    this.lines.enter(chunk);
    this.#plain?.enter(chunk);
    if (from > 0) this.lines.startLineAt(from);
    this.#seenBytes ||= chunk.length > 0;
    let at = from;
    while (at < chunk.length) {
      at = this.#role === undefined ? this.#between(chunk, at) : this.#scan(chunk, at);
      if (this.failure !== undefined) return this.#values.take();
    }
    this.lines.leave();
    return this.#values.take();
  }

  end(): RawRecord[] {
    if (this.failure !== undefined) return [];
    this.lines.enter(NO_BYTES);
    if (this.#way.steps.length === 0 && this.#role !== undefined && this.#scanner.endsWithInput) {
      this.#finish(NO_BYTES, 0, 0);
    }
    if (this.#expected !== 'nothing' || this.#role !== undefined) this.#failAtEnd();
    else if (this.#container.kind === 'member' && !this.foundPlace) {
      this.#fail('wrong-shape', `the root object has no member ${JSON.stringify(this.#container.name)}`, START);
    } else if (this.#values.document !== undefined) return [this.#values.document];
    return this.#values.take();
  }

  /** What lies beside the records. */
  get beside(): BesideRecords {
    return this.#values.beside;
  }

  /** False where the root lacks the member in which the records lie. */
  get foundPlace(): boolean {
    return this.#way.foundPlace;
  }

  #failAtEnd(): void {
    if (this.#expected === 'root' && this.#role === undefined) {
      this.#fail('empty-file', this.#seenBytes ? 'nothing but white space' : 'the file is empty', START);
    } else if (this.#role !== undefined || this.#expected === 'colon' || this.#expected === 'value') {
      this.#fail('truncated-json', 'the file ends in the middle of the value that begins here', this.#values.begin);
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
    const { document } = this.#values;
    this.#values.document = undefined;
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
      this.#values.misplaced = `this is ${kindOf(byte)}, but ${wanted} is expected`;
      return this.#valueOf('record', chunk, at, byte);
    }
    const name = JSON.stringify(this.#values.name ?? '');
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
    const name = this.#values.name ?? '';
    if (step?.to !== 'member') {
      this.#way.take(name, this.#values.nameFinding);
      return this.#onTheWay(chunk, at, byte);
    }
    if (name !== step.name) return this.#valueOf('envelope', chunk, at, byte);
    if (!this.#way.takeMember()) {
      this.#fail('duplicate-member', `the root member ${JSON.stringify(name)} occurs twice`, this.#values.begin);
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
    this.#values.place = this.lines.place(at);
    if (role === 'name' || this.#expected !== 'value') this.#values.begin = this.#values.place;
    if (role === 'record' && byte === OPEN_OBJECT && this.#way.depth > 0 && !this.#way.inObject) {
      const end = this.#readPlain(at);
      if (end !== -1) return end;
    }
    this.#scanner.start(byte);
    return this.#scan(chunk, at);
  }

  /** The index behind a record that needs no parser, or several; -1 for any other. */
  #readPlain(at: number): number {
    const plain = this.#plain;
    if (plain === undefined) return -1;
    const { nextNumber: number, place } = this.#values;
    const { maxRecordBytes } = this.#limits;
    const block = plain.readBlock({ from: at, number, place, areLines: false, maxRecordBytes });
    if (block !== undefined) {
      this.#passPlain(block);
      this.#values.addBlock(block);
      return block.end;
    }
    const end = plain.read(at);
    if (end === -1 || end - at > maxRecordBytes) return -1;
    this.#passPlain(plain);
    this.#values.addPlain(at, end, plain);
    return end;
  }

  #passPlain({ newlines, lastNewline }: { readonly newlines: number; readonly lastNewline: number }): void {
    this.#role = undefined;
    this.#expected = 'separator';
    if (newlines > 0) this.lines.newlines(newlines, lastNewline);
  }

  #scan(chunk: Buffer, at: number): number {
    const scanner = this.#scanner;
    const end = scanner.scan(chunk, at, chunk.length);
    if (scanner.newlines > 0) this.lines.newlines(scanner.newlines, scanner.lastNewline);
    if (end === -1) {
      this.#values.add(this.#role as Role, chunk, at, chunk.length);
      return chunk.length;
    }
    this.#finish(chunk, at, end);
    return end;
  }

  #finish(chunk: Buffer, from: number, to: number): void {
    const role = this.#role as Role;
    this.#role = undefined;
    if (role === 'name') this.#expected = 'colon';
    else this.#expected = this.#way.depth === 0 ? 'nothing' : 'separator';
    this.#values.finish(role, chunk, from, to, this.#scanner);
  }
}

function isJson(bytes: Buffer): boolean {
  const first = bytes[0];
  return first === OPEN_OBJECT || first === OPEN_ARRAY || first === QUOTE || tryScalar(bytes);
}

function tryScalar(bytes: Buffer): boolean {
  return /^(?:true|false|null|-?\d[\d.eE+-]*)$/.test(bytes.toString('latin1'));
}
