import type { Value } from '../schema/table.ts';
import type { BlockReader, BlockStart } from './block-reader.ts';
import { BACKSLASH, CLOSE_OBJECT, COLON, COMMA, isBlank, NEWLINE, OPEN_OBJECT, QUOTE } from './bytes.ts';
import { survivesDouble } from './decimal.ts';
import { type ExampleMember, KEPT, type PlainRules, type PlainSlot } from './plain-rules.ts';
import type { RecordBlock } from './record-block.ts';
import { emptyObject, type JsonObject, type JsonValue } from './value.ts';

/** Records in a row that do not look like the ones before them, until the reader takes them as its new example. */
const PATIENCE = 4;
/** Examples that a reader takes from one file: one whose records all differ is better parsed. */
const EXAMPLES = 32;
/** Records that look like the example, until those behind them are read in blocks. */
const ALIKE = 8;

/** Digits of which any number is exact in a double, and powers of ten that are: their quotient is rounded once. */
const EXACT_DIGITS = 15;
const POWERS = Array.from({ length: EXACT_DIGITS + 1 }, (_, exponent) => 10 ** exponent);

const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const FIRST_PRINTABLE = 0x20;
const LAST_ASCII = 0x7e;

/**
 * Reads records of dumps straight from their bytes into rows. A dump repeats the same members in the same order, so each
 * record is compared with the example of an earlier one; whatever differs, or is not plain, is left to the parser.
 */
export class PlainReader {
  /** The row of the last record that was read. */
  row: Value[] = [];
  /** Members of it that a column holds. */
  columns = 0;
  /** Members of it that `extra` keeps. */
  kept = 0;
  extra: JsonObject | undefined;
  /** The bytes around it. */
  chunk: Buffer = Buffer.alloc(0);
  /** Line ends in it, and the index of the last of them. */
  newlines = 0;
  lastNewline = -1;
  private readonly rules: PlainRules;
  private template: readonly ExampleMember[] = [];
  private strangers = PATIENCE;
  private examples = EXAMPLES;
  /** Records that were read by the example. */
  private alike = 0;
  private readonly blocks: BlockReader | undefined;
  private latin1: string | undefined;
  /** Where a token ended. */
  private at = 0;

  /** @param blocks reads records that follow one another at once. */
  constructor(rules: PlainRules, blocks?: BlockReader) {
    this.rules = rules;
    this.blocks = blocks;
  }

  /** The bytes of the records that are read next. */
  enter(chunk: Buffer): void {
    this.chunk = chunk;
    this.latin1 = undefined;
    this.blocks?.enter(chunk);
  }

  /** The index behind the record that begins here; -1 when it is for the parser, or goes on in the next chunk. */
  read(from: number): number {
    if (this.isGivenUp) return -1;
    if (this.strangers >= PATIENCE) this.learn(from);
    const end = this.template.length === 0 ? -1 : this.match(from);
    this.strangers = end === -1 ? this.strangers + 1 : 0;
    if (end !== -1 && ++this.alike >= ALIKE) this.blocks?.learn(this.template, this);
    return end;
  }

  /** The records that begin here and look like the example; undefined where the first one must be read by itself. */
  readBlock(start: BlockStart): RecordBlock | undefined {
    if (this.alike < ALIKE || this.strangers >= PATIENCE) return undefined;
    const block = this.blocks?.read(this.template, start);
    if (block !== undefined) this.strangers = 0;
    return block;
  }

  /** The chunk as one string: a slice of it costs less than a call for each text. */
  private get text(): string {
    this.latin1 ??= this.chunk.toString('latin1');
    return this.latin1;
  }

  private get isGivenUp(): boolean {
    return this.examples === 0 && this.strangers >= PATIENCE;
  }

  private match(from: number): number {
    const { chunk, template } = this;
    const row = this.rules.layout.blank.slice();
    this.newlines = 0;
    this.columns = 0;
    this.kept = 0;
    this.extra = undefined;
    this.at = from;
    for (let i = 0; i < template.length; i++) {
      const member = template[i] as ExampleMember;
      const at = this.behindLead(member, i === 0 ? OPEN_OBJECT : COMMA);
      const value = at === -1 ? undefined : this.value(at);
      if (value === undefined) return -1;
      if (value === null && member.place !== KEPT) continue;
      const accepted = member.accept(value);
      if (accepted === undefined) return -1;
      if (member.place === KEPT) this.keep(member.name, value);
      else {
        row[member.place] = accepted;
        this.columns++;
      }
    }
    const end = this.skipBlanks(this.at);
    if (chunk[end] !== CLOSE_OBJECT || !this.rules.isEnough(row)) return -1;
    this.row = row;
    return end + 1;
  }

  private keep(member: string, value: JsonValue): void {
    this.extra ??= emptyObject();
    this.extra[member] = value;
    this.kept++;
  }

  /** Where the value of a member begins. */
  private behindLead(member: ExampleMember, separator: number): number {
    const { chunk, at } = this;
    const { lead } = member;
    for (let i = 0; i < lead.length; i++) if (chunk[at + i] !== lead[i]) return this.behindName(member, separator);
    if (member.newlines > 0) {
      this.newlines += member.newlines;
      this.lastNewline = at + member.lastNewline;
    }
    return at + lead.length;
  }

  /** The same where the blanks are others than those of the example. */
  private behindName({ quoted }: ExampleMember, separator: number): number {
    const { chunk } = this;
    let at = this.skipBlanks(this.at);
    if (chunk[at] !== separator) return -1;
    at = this.skipBlanks(at + 1);
    for (let i = 0; i < quoted.length; i++) if (chunk[at++] !== quoted[i]) return -1;
    at = this.skipBlanks(at);
    return chunk[at] === COLON ? this.skipBlanks(at + 1) : -1;
  }

  private skipBlanks(from: number): number {
    const { chunk } = this;
    let at = from;
    for (;;) {
      const byte = chunk[at] as number;
      if (byte === NEWLINE) {
        this.newlines++;
        this.lastNewline = at;
      } else if (!isBlank(byte)) return at;
      at++;
    }
  }

  /** A token that is a whole value. */
  private value(at: number): string | number | boolean | null | undefined {
    const byte = this.chunk[at] as number;
    if (byte === QUOTE) return this.string(at + 1);
    if (byte === MINUS || (byte >= ZERO && byte <= NINE)) return this.number(at);
    if (this.word('true', at)) return true;
    if (this.word('false', at)) return false;
    return this.word('null', at) ? null : undefined;
  }

  private string(from: number): string | undefined {
    const { chunk } = this;
    let at = from;
    let byte = chunk[at] as number;
    while (byte !== QUOTE) {
      if (!(byte >= FIRST_PRINTABLE && byte <= LAST_ASCII) || byte === BACKSLASH) return undefined;
      byte = chunk[++at] as number;
    }
    this.at = at + 1;
    return this.text.slice(from, at);
  }

  private number(from: number): number | undefined {
    const { chunk } = this;
    const isNegative = chunk[from] === MINUS;
    const first = isNegative ? from + 1 : from;
    let at = first;
    let digits = 0;
    let byte = chunk[at] as number;
    while (byte >= ZERO && byte <= NINE) {
      digits = digits * 10 + byte - ZERO;
      byte = chunk[++at] as number;
    }
    const whole = at - first;
    if (whole === 0 || (whole > 1 && chunk[first] === ZERO)) return undefined;
    let fraction = 0;
    if (byte === POINT) {
      const point = at;
      byte = chunk[++at] as number;
      while (byte >= ZERO && byte <= NINE) {
        digits = digits * 10 + byte - ZERO;
        byte = chunk[++at] as number;
      }
      fraction = at - point - 1;
      if (fraction === 0) return undefined;
    }
    // An exponent follows, or the number goes on in the next chunk.
    if (!(byte === COMMA || byte === CLOSE_OBJECT || byte === NEWLINE || isBlank(byte))) return undefined;
    this.at = at;
    if (whole + fraction > EXACT_DIGITS) return this.longNumber(from, at);
    const value = digits / (POWERS[fraction] as number);
    return isNegative ? -value : value;
  }

  private longNumber(from: number, to: number): number | undefined {
    const text = this.text.slice(from, to);
    return survivesDouble(text) ? Number(text) : undefined;
  }

  private word(word: string, at: number): boolean {
    if (!this.text.startsWith(word, at)) return false;
    this.at = at + word.length;
    return true;
  }

  /** Takes the names of this record as the example for those that follow. */
  private learn(from: number): void {
    this.examples--;
    this.strangers = 0;
    this.alike = 0;
    this.template = this.exampleAt(from) ?? [];
  }

  private exampleAt(from: number): readonly ExampleMember[] | undefined {
    const { chunk } = this;
    const members: ExampleMember[] = [];
    for (this.at = from; ; ) {
      const before = this.at;
      this.newlines = 0;
      const mark = this.skipBlanks(before);
      if (chunk[mark] === CLOSE_OBJECT) return members;
      if (chunk[mark] !== (members.length === 0 ? OPEN_OBJECT : COMMA)) return undefined;
      const quote = this.skipBlanks(mark + 1);
      const name = chunk[quote] === QUOTE ? this.string(quote + 1) : undefined;
      const slot = name === undefined ? undefined : this.rules.slots.get(name);
      if (name === undefined || slot === undefined || members.some((one) => isSame(one, name, slot))) return undefined;
      slot.note?.();
      const quoted = this.copy(quote, this.at);
      const colon = this.skipBlanks(this.at);
      if (chunk[colon] !== COLON) return undefined;
      const at = this.skipBlanks(colon + 1);
      const { newlines, lastNewline } = this;
      members.push({
        ...slot,
        name,
        quoted,
        lead: this.copy(before, at),
        newlines,
        lastNewline: lastNewline - before,
      });
      if (this.value(at) === undefined) return undefined;
    }
  }

  private copy(from: number, to: number): Uint8Array {
    return Uint8Array.from(this.chunk.subarray(from, to));
  }
}

/** Two spellings of one column, or one name twice. */
function isSame(member: ExampleMember, name: string, { place }: PlainSlot): boolean {
  return member.name === name || (place !== KEPT && member.place === place);
}
