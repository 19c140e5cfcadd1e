import { type FieldForm, type RowCodec, type RowEncoder, rowAround } from '../../databases/row-codec.ts';
import type { UniformRows } from '../../datasets/dataset.ts';
import { Fingerprint, PRINT_LENGTH } from '../../hash/fingerprint.ts';
import type { ExampleMember, PlainForm } from '../../json/plain-rules.ts';
import type { RowGroup } from '../../schema/row-group.ts';
import { cell, column, rowLayout } from '../../schema/table.ts';
import * as at from './layout.ts';

/** What the rows of an example are made of. */
export interface ProgramParts {
  readonly example: readonly ExampleMember[];
  readonly uniform: UniformRows;
  /** Of the example. */
  readonly group: RowGroup;
  readonly codec: RowCodec;
  /** Writes for this program alone until it is made. */
  readonly encoder: RowEncoder;
}

const KINDS = {
  text: at.KIND_TEXT,
  real: at.KIND_REAL,
  integer: at.KIND_INTEGER,
  timestamp: at.KIND_TIMESTAMP,
  date: at.KIND_DATE,
  uuid: at.KIND_UUID,
} as const;

const FORMS: Readonly<Record<FieldForm, number>> = {
  'float64-le': at.FORM_FLOAT_LE,
  'float64-be': at.FORM_FLOAT_BE,
  'int64-be': at.FORM_INT64_BE,
  'int32-be': at.FORM_INT32_BE,
  byte: at.FORM_BYTE,
  'text-le': at.FORM_TEXT_LE,
  'text-be': at.FORM_TEXT_BE,
  uuid: at.FORM_UUID,
};

/** A member that fills a column with values that the module knows. */
interface Filled {
  readonly member: ExampleMember;
  readonly form: PlainForm;
  readonly slot: number;
}

/**
 * The program by which the module reads records like the example and writes their rows, as layout.ts has it in memory. Undefined where
 * the module cannot.
 */
export function compileProgram(parts: ProgramParts): Uint8Array | undefined {
  const { example, uniform, group, codec } = parts;
  const filled = filledBy(parts);
  const key = filled && keyParts(group, filled);
  if (filled === undefined || key === undefined || example.length > at.MOST_MEMBERS) return undefined;
  const program = new ProgramMemory();
  const members = [...filled.values()];
  program.fill(at.HEAD_MEMBERS, at.HEAD_MEMBER_COUNT, example.length, at.MEMBER_BYTES, (index, to) => {
    const { member, form } = members[index] as Filled;
    writeMember(program, to, member, form, uniform);
  });
  const { before, after } = rowAround(parts.encoder, group.root, group.row, (place) => filled.has(place));
  const fields = [...before];
  program.fill(at.HEAD_FIELDS, at.HEAD_FIELD_COUNT, fields.length, at.FIELD_BYTES, (index, to) => {
    const [place, lead] = fields[index] as (typeof fields)[number];
    const { form, slot } = filled.get(place) as Filled;
    const { begin, form: encoding } = codec.fields[form.kind];
    program.refer(to + at.FIELD_LEAD, to + at.FIELD_LEAD_LENGTH, lead);
    program.set(to + at.FIELD_SLOT, slot);
    program.inline(to + at.FIELD_BEGIN, to + at.FIELD_BEGIN_LENGTH, begin);
    program.set(to + at.FIELD_FORM, FORMS[encoding]);
  });
  program.refer(at.HEAD_TAIL, at.HEAD_TAIL_LENGTH, after);
  program.inline(at.HEAD_NULL, at.HEAD_NULL_LENGTH, codec.nullField);
  program.fill(at.HEAD_KEY, at.HEAD_KEY_COUNT, key.length, at.KEY_BYTES, (index, to) => {
    const part = key[index] as KeyPart;
    if (typeof part === 'string') {
      program.refer(to + at.KEY_TEXT, to + at.KEY_LENGTH, Buffer.from(part, 'latin1'));
      program.set(to + at.KEY_KIND, at.KEY_CONSTANT);
    } else {
      program.set(to + at.KEY_TEXT, part.slot);
      program.set(to + at.KEY_KIND, kindOf(part.form));
    }
  });
  program.words(at.HEAD_PRINT, tablePrint(group.root.name));
  return program.bytes;
}

/** By the place of the column, in the order of the members. */
function filledBy({ example, uniform, group: { root } }: ProgramParts): ReadonlyMap<number, Filled> | undefined {
  const filled = new Map<number, Filled>();
  const { names } = rowLayout(root);
  for (const [index, member] of example.entries()) {
    const { place, form } = member;
    const name = names[place];
    if (form === undefined || name === undefined || name === root.owner) return undefined;
    if (column(root, name).type !== form.kind) return undefined;
    if (uniform.exceptions.has(place) && form.kind !== 'text') return undefined;
    filled.set(place, { member, form, slot: at.SLOTS + at.SLOT_BYTES * index });
  }
  return filled;
}

/** A member, or a text that all have. */
type KeyPart = string | Filled;

const ASCII = /^[\x20-\x7e]*$/;

function keyParts({ root, row }: RowGroup, filled: ReadonlyMap<number, Filled>): readonly KeyPart[] | undefined {
  const parts: KeyPart[] = [];
  for (const name of root.naturalKey) {
    const part = filled.get(rowLayout(root).places.get(name) ?? -1) ?? cell(root, row, name);
    if (part === null) return undefined;
    if (typeof part !== 'object') {
      if (!ASCII.test(String(part))) return undefined;
      parts.push(String(part));
    } else if (part.form.kind === 'real') return undefined;
    else parts.push(part);
  }
  return parts;
}

/** The state of the print of a key before its first part. */
function tablePrint(table: string): Int32Array {
  const words = new Int32Array(PRINT_LENGTH);
  const print = new Fingerprint();
  print.begin();
  print.addText(table);
  print.writeTo(words, 0);
  return words;
}

function kindOf(form: PlainForm): number {
  if (form.kind !== 'boolean') return KINDS[form.kind];
  return form.asNumber ? at.KIND_BIT : at.KIND_BOOLEAN;
}

function writeMember(
  program: ProgramMemory,
  to: number,
  { lead, newlines, lastNewline, place }: ExampleMember,
  form: PlainForm,
  { nullable, exceptions }: UniformRows,
): void {
  const { least, most } = 'least' in form ? form : { least: 0, most: 1 };
  program.refer(to + at.MEMBER_LEAD, to + at.MEMBER_LEAD_LENGTH, lead);
  program.set(to + at.MEMBER_NEWLINES, newlines);
  program.set(to + at.MEMBER_LAST_NEWLINE, lastNewline);
  program.set(to + at.MEMBER_KIND, kindOf(form));
  program.set(to + at.MEMBER_MAY_BE_NULL, nullable.has(place) ? 1 : 0);
  program.number(to + at.MEMBER_LEAST, least);
  program.number(to + at.MEMBER_MOST, most);
  const offset = form.kind === 'timestamp' ? form.offset : undefined;
  program.set(to + at.MEMBER_ZONE, offset ?? at.NO_ZONE);
  const exception = exceptions.get(place);
  if (exception !== undefined)
    program.refer(to + at.MEMBER_EXCEPT, to + at.MEMBER_EXCEPT_LENGTH, Buffer.from(exception));
}

const BLOCK = 16;

/** The bytes of a program, with the addresses at which they will lie. */
class ProgramMemory {
  private readonly memory = new Uint8Array(at.PROGRAM_BYTES);
  private readonly view = new DataView(this.memory.buffer);
  private used: number = at.HEAD_BYTES;

  /** Undefined where it is too long. */
  get bytes(): Uint8Array | undefined {
    return this.used > at.PROGRAM_BYTES - at.SLACK ? undefined : this.memory.subarray(0, this.used);
  }

  set(to: number, value: number): void {
    if (to + 4 <= at.PROGRAM_BYTES) this.view.setInt32(to, value, true);
  }

  number(to: number, value: number): void {
    if (to + 8 <= at.PROGRAM_BYTES) this.view.setFloat64(to, value, true);
  }

  words(to: number, words: Int32Array): void {
    for (const [index, word] of words.entries()) this.set(to + 4 * index, word);
  }

  /** Writes a list of entries of the same size, and into the head where it is and how many they are. */
  fill(
    address: number,
    counter: number,
    count: number,
    size: number,
    write: (index: number, to: number) => void,
  ): void {
    const from = this.reserve(count * size);
    this.set(address, at.PROGRAM + from);
    this.set(counter, count);
    for (let index = 0; index < count; index++) write(index, from + index * size);
  }

  /** Keeps bytes, and writes where they are and how many. */
  refer(address: number, length: number, bytes: Uint8Array): void {
    const from = this.reserve(bytes.length);
    if (this.used <= at.PROGRAM_BYTES) this.memory.set(bytes, from);
    this.set(address, at.PROGRAM + from);
    this.set(length, bytes.length);
  }

  /** Up to four bytes. */
  inline(to: number, length: number, bytes: readonly number[]): void {
    for (const [index, byte] of bytes.entries()) if (to + index < at.PROGRAM_BYTES) this.memory[to + index] = byte;
    this.set(length, bytes.length);
  }

  private reserve(length: number): number {
    const from = this.used;
    this.used += Math.ceil(length / BLOCK) * BLOCK;
    return from;
  }
}
