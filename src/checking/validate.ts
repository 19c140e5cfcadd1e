import { isAscii, isUtf8 } from 'node:buffer';
import { RecordAccount } from '../datasets/account.ts';
import type { PlainRecords, RecordMapper, SourceContext, SourceRecord } from '../datasets/dataset.ts';
import { checkText, locate, parseJson } from '../json/parse.ts';
import { joinPointer } from '../json/pointer.ts';
import { bytesOf, type PlainValues, type RawRecord, type RecordPlace } from '../json/split.ts';
import { firstInvalidByte } from '../json/utf8.ts';
import { isJsonObject } from '../json/value.ts';
import { type Finding, type Reject, rejectAt } from '../reject.ts';
import { Cells } from '../schema/cells.ts';
import { counted } from '../system/quantities.ts';
import type { ValidRecord } from './record.ts';

export interface ValidateOptions {
  readonly repair: readonly string[];
  /** Repairs and unmapped members are rejects. */
  readonly strict: boolean;
}

export type Validated =
  | ValidRecord
  | {
      readonly rejects: readonly Reject[];
      /** By what others may name its row: see schema/row-names.ts. */
      readonly names?: readonly string[] | undefined;
    };

/** A rule of its declaration leaves the record out. */
export interface LeftOut {
  readonly leftOut: string;
}

const NO_REPAIR = { nulCharacter: false, loneSurrogate: false };

/** Whose record it is, in a file whose records several datasets take. */
export type Taker = (record: SourceRecord, source: SourceContext) => 'own' | 'another' | 'nobody' | 'several';

const TAKEN_TWICE: Finding = {
  code: 'taken-twice',
  pointer: '',
  message: 'two datasets take this record, and nothing says which of them is meant',
};

const NOT_TAKEN: Finding = { code: 'not-taken', pointer: '', message: 'no dataset takes a record like this' };

/** Decodes, parses and validates one record; nothing where another dataset takes it. */
export function validateRecord(
  raw: RawRecord,
  mapper: RecordMapper,
  source: SourceContext,
  options: ValidateOptions,
  { taker, tellsUnread }: { readonly taker?: Taker | undefined; readonly tellsUnread: boolean },
): Validated | LeftOut | undefined {
  const parsed = parseRecord(raw, options.repair);
  if ('rejects' in parsed) return tellsUnread ? parsed : undefined;
  for (const text of [source.owner, ...Object.values(source.shared ?? {})]) {
    const beside = checkText(text, NO_REPAIR);
    if ('finding' in beside) return { rejects: [rejectOf(raw, '', 0, beside.finding)] };
  }
  const { repairs } = parsed;
  const record = withShared(parsed.record, source.shared);
  const taken = taker?.(record, source);
  if (taken === 'another') return undefined;
  if (taken === 'several') return { rejects: [rejectOf(raw, record.text, 0, TAKEN_TWICE)] };
  if (taken === 'nobody') return { rejects: [rejectOf(raw, record.text, 0, NOT_TAKEN)] };
  const leftOut = mapper.leavesOut?.(record, source);
  if (leftOut !== undefined) return { leftOut };
  const account = new RecordAccount();
  for (const repair of repairs) account.repair(repair);
  const valid = mapper.validate(record, source, account);
  if (options.strict) rejectImperfect(account);
  if (valid !== undefined && !account.rejected) return { valid, account };
  const { text } = record;
  const rejects = account.findings.map((finding) => rejectOf(raw, text, locate(text, finding.pointer), finding));
  return { rejects, names: mapper.namesOf?.(record, source) };
}

/** A record that was read without being parsed; nothing where it must be, because something is to be told of it. */
export function finishPlain(
  { row, columns, kept, extra }: PlainValues,
  place: RecordPlace,
  plain: PlainRecords<unknown>,
  source: SourceContext,
): ValidRecord | undefined {
  const account = new RecordAccount();
  account.columns = columns;
  account.kept = kept;
  const valid = plain.finish({ values: new Cells(plain.layout, row), extra }, source, account, place);
  return valid === undefined || account.rejected ? undefined : { valid, account };
}

/** A record that says none of them itself has the members that stand beside all records. */
function withShared(record: SourceRecord, shared: SourceContext['shared']): SourceRecord {
  const { value } = record;
  if (shared === undefined || !isJsonObject(value)) return record;
  const names = Object.keys(shared);
  if (names.every((name) => (value[name] ?? null) === null))
    for (const name of names) value[name] = shared[name] ?? null;
  return record;
}

type Parsed =
  | { readonly record: SourceRecord; readonly repairs: readonly string[] }
  | { readonly rejects: readonly Reject[] };

/** A record as JSON, before any dataset looks at it. */
export function parseRecord(raw: RawRecord, repair: readonly string[]): Parsed {
  if (raw.finding) return { rejects: [rejectOf(raw, '', 0, raw.finding)] };
  const bytes = bytesOf(raw);
  const text = decode(bytes);
  if (text === undefined) return invalidUtf8(raw, bytes);
  const allow = { nulCharacter: repair.includes('nul-character'), loneSurrogate: repair.includes('lone-surrogate') };
  const key = raw.key === undefined ? undefined : checkText(raw.key, allow);
  if (key && 'finding' in key) return { rejects: [rejectAt(placeAt(raw, text, 0), key.finding)] };
  const parsed = parseJson(text, raw, allow);
  if ('problem' in parsed) return { rejects: [rejectOf(raw, text, parsed.problem.offset, parsed.problem)] };
  const record = { value: parsed.ok.value, text, key: key?.value, place: placeOf(raw) };
  return { record, repairs: key ? [...parsed.repairs, ...key.repairs] : parsed.repairs };
}

/** Where the record lies, for those who ask: on a line it is the only one. */
export function placeOf({ place, number }: RawRecord): RecordPlace {
  return place ?? { captures: [], index: number - 1, pointer: '' };
}

/** The pointer to a record in its file where it is a member of an object; empty where its number says enough. */
export function recordPointer(raw: RawRecord): string {
  return raw.place?.pointer ?? (raw.key === undefined ? '' : joinPointer('', raw.key));
}

function rejectOf(raw: RawRecord, text: string, offset: number, finding: Finding): Reject {
  const place = raw.isMade ? placeAt(raw, '', 0) : placeAt(raw, text, offset);
  return rejectAt(place, { ...finding, pointer: recordPointer(raw) + finding.pointer });
}

function rejectImperfect(account: RecordAccount): void {
  for (const [name, times] of account.repairs) {
    // What a declaration asks for needs no repair.
    if (name === 'respelled') continue;
    account.reject('strict-repair', '', `the record needs the repair ${name} (${counted(times, 'time')})`);
  }
  for (const pointer of account.unmapped.keys())
    account.reject('strict-unmapped', pointer, 'no column holds this member');
}

function decode(bytes: Buffer): string | undefined {
  if (isAscii(bytes)) return bytes.toString('latin1');
  return isUtf8(bytes) ? bytes.toString('utf8') : undefined;
}

function invalidUtf8(raw: RawRecord, bytes: Buffer): { readonly rejects: readonly Reject[] } {
  const offset = firstInvalidByte(bytes);
  const before = bytes.toString('utf8', 0, offset);
  const finding: Finding = {
    code: 'invalid-utf8',
    pointer: '',
    message: `byte ${raw.byte + offset} of the file is not valid UTF-8`,
  };
  return { rejects: [rejectOf(raw, before, before.length, finding)] };
}

/** The place of an offset (UTF-16 units) in a record's text. Columns count characters, not bytes. */
function placeAt(
  raw: RawRecord,
  text: string,
  offset: number,
): { record: number; line: number; column: number; byte: number } {
  const before = text.slice(0, offset);
  const lastBreak = before.lastIndexOf('\n');
  const onSameLine = lastBreak === -1;
  return {
    record: raw.number,
    line: onSameLine ? raw.line : raw.line + before.split('\n').length - 1,
    column: (onSameLine ? raw.column : 1) + [...before.slice(lastBreak + 1)].length,
    byte: raw.byte + Buffer.byteLength(before),
  };
}
