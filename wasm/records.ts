// Reads records that follow one another and look like an example, checks their values, and writes their rows, prints and places: all in
// one call. The memory is described in src/checking/blocks/layout.ts. Whatever is not plain ends the block before its record.
import {
  HEAD_MEMBER_COUNT,
  HEAD_MEMBERS,
  KIND_BIT,
  KIND_BOOLEAN,
  KIND_DATE,
  KIND_INTEGER,
  KIND_REAL,
  KIND_TEXT,
  KIND_TIMESTAMP,
  KIND_UUID,
  LENGTHS_AT,
  MEMBER_BYTES,
  MEMBER_EXCEPT,
  MEMBER_EXCEPT_LENGTH,
  MEMBER_KIND,
  MEMBER_LAST_NEWLINE,
  MEMBER_LEAD,
  MEMBER_LEAD_LENGTH,
  MEMBER_LEAST,
  MEMBER_MAY_BE_NULL,
  MEMBER_MOST,
  MEMBER_NEWLINES,
  MEMBER_ZONE,
  MOST_RECORDS,
  PLACE_BYTES,
  PLACES_AT,
  PROGRAM,
  RESULT,
  RESULT_END,
  RESULT_LAST_NEWLINE,
  RESULT_NEWLINES,
  RESULT_ROWS_END,
  SLOT_BYTES,
  SLOT_IS_NULL,
  SLOT_LENGTH,
  SLOT_NUMBER,
  SLOT_TEXT,
  SLOT_WHOLE,
  SLOTS,
  SOURCE,
  WORD_BYTES,
  WORDS_AT,
} from '../src/checking/blocks/layout';
import { CLOSE_OBJECT, COMMA, isSame, NEWLINE, NOT_PLAIN, QUOTE, RETURN, SPACE, TAB } from './bytes';
import { printKey, printRow, writeRow } from './row';
import { readDate, readTime } from './times';
import { endOfText, isUuid, number, readNumber } from './values';

const NULL: u32 = 0x6c6c756e;
const TRUE: u32 = 0x65757274;
const FALS: u32 = 0x736c6166;
const LETTER_E: u8 = 0x65;

/** The places of a record's words: see src/checking/packed-records.ts. Others are filled when the block is packed. */
const WORD_COLUMNS: usize = 8;
const WORD_KEY: usize = 16;
const WORD_CONTENT: usize = 32;

/** Line ends that were passed, and the last of them. */
let newlines: i32 = 0;
let lastNewline: usize = 0;

/**
 * Reads records from an index of the chunk on: each of at most `longest` bytes. Their rows and the rest are written behind
 * those of `before` records, whose rows end at `rowsAt`. The first is the one of this number, line and column, and `base` is where the
 * chunk begins in the file. Of lines each record is followed by a line end, of lists there is a comma between two.
 */
export function readRecords(
  from: i32,
  longest: i32,
  areLines: bool,
  before: i32,
  rowsAt: usize,
  base: f64,
  firstNumber: f64,
  firstLine: f64,
  firstColumn: f64,
): i32 {
  let row = rowsAt;
  let end = <usize>SOURCE + from;
  let passed = 0;
  let lastPassed: usize = 0;
  newlines = 0;
  let count = 0;
  for (let at = end; before + count < MOST_RECORDS; ) {
    const index = before + count;
    const column = newlines === 0 ? firstColumn + <f64>(at - SOURCE - from) : <f64>(at - lastNewline);
    const line = firstLine + <f64>newlines;
    const linesBefore = newlines;
    const columns = readMembers(at);
    if (columns < 0 || (areLines && newlines !== linesBefore)) break;
    const behind = membersEnd;
    if (behind - at > <usize>longest) break;
    const follows = areLines ? skipBlanks(behind) : behind;
    if (areLines && load<u8>(follows) !== NEWLINE) break;
    const rowEnd = writeRow(row);
    const words = <usize>WORDS_AT + index * WORD_BYTES;
    if (rowEnd === NOT_PLAIN || !printKey(words + WORD_KEY)) break;
    printRow(row, rowEnd, words + WORD_CONTENT);
    store<i32>(words + WORD_COLUMNS, columns);
    const places = <usize>PLACES_AT + index * PLACE_BYTES;
    store<f64>(places, firstNumber + <f64>count);
    store<f64>(places, line, 8);
    store<f64>(places, column, 16);
    store<f64>(places, base + <f64>(at - SOURCE), 24);
    store<u32>(<usize>LENGTHS_AT + (index << 2), <u32>(behind - at));
    row = rowEnd;
    end = follows;
    passed = newlines;
    lastPassed = lastNewline;
    count++;
    at = areLines ? skipWhite(end) : behindComma(end);
    if (at === NOT_PLAIN) break;
  }
  store<u32>(RESULT, <u32>(end - SOURCE), RESULT_END);
  store<i32>(RESULT, passed, RESULT_NEWLINES);
  store<u32>(RESULT, <u32>(lastPassed - SOURCE), RESULT_LAST_NEWLINE);
  store<u32>(RESULT, <u32>row, RESULT_ROWS_END);
  return count;
}

let membersEnd: usize = 0;

/** How many columns the members fill of the record that begins here; -1 for one that is not plain. */
function readMembers(from: usize): i32 {
  let member = <usize>load<u32>(PROGRAM, HEAD_MEMBERS);
  const last = member + <usize>load<u32>(PROGRAM, HEAD_MEMBER_COUNT) * MEMBER_BYTES;
  let slot: usize = SLOTS;
  let at = from;
  let columns = 0;
  for (; member < last; member += MEMBER_BYTES, slot += SLOT_BYTES) {
    const lead = <usize>load<u32>(member, MEMBER_LEAD_LENGTH);
    if (!isSame(at, <usize>load<u32>(member, MEMBER_LEAD), lead)) return -1;
    const lines = load<i32>(member, MEMBER_NEWLINES);
    if (lines > 0) {
      newlines += lines;
      lastNewline = at + <usize>load<u32>(member, MEMBER_LAST_NEWLINE);
    }
    at += lead;
    if (load<u32>(at) === NULL && load<u32>(member, MEMBER_MAY_BE_NULL)) {
      store<u32>(slot, 1, SLOT_IS_NULL);
      store<u32>(slot, 0, SLOT_LENGTH);
      at += 4;
      continue;
    }
    store<u32>(slot, 0, SLOT_IS_NULL);
    at = load<u8>(at) === QUOTE ? readText(member, slot, at + 1) : readScalar(member, slot, at);
    if (at === NOT_PLAIN) return -1;
    columns++;
  }
  at = skipWhite(at);
  if (load<u8>(at) !== CLOSE_OBJECT) return -1;
  membersEnd = at + 1;
  return columns;
}

function readText(member: usize, slot: usize, from: usize): usize {
  const end = endOfText(from);
  if (end === NOT_PLAIN) return NOT_PLAIN;
  const length = end - from;
  store<u32>(slot, <u32>from, SLOT_TEXT);
  store<u32>(slot, <u32>length, SLOT_LENGTH);
  switch (load<u32>(member, MEMBER_KIND)) {
    case KIND_TEXT: {
      const isWithin = <f64>length >= load<f64>(member, MEMBER_LEAST) && <f64>length <= load<f64>(member, MEMBER_MOST);
      return isWithin && !isException(member, from, length) ? end + 1 : NOT_PLAIN;
    }
    case KIND_TIMESTAMP:
      return readTime(slot, from, length, load<i32>(member, MEMBER_ZONE)) ? end + 1 : NOT_PLAIN;
    case KIND_DATE:
      return readDate(slot, from, length) ? end + 1 : NOT_PLAIN;
    case KIND_UUID:
      return isUuid(from, length) ? end + 1 : NOT_PLAIN;
    default:
      return NOT_PLAIN;
  }
}

function isException(member: usize, text: usize, length: usize): bool {
  const except = <usize>load<u32>(member, MEMBER_EXCEPT);
  return except !== 0 && length === <usize>load<u32>(member, MEMBER_EXCEPT_LENGTH) && isSame(text, except, length);
}

/** A number, true or false. */
function readScalar(member: usize, slot: usize, at: usize): usize {
  store<u32>(slot, 0, SLOT_LENGTH);
  const kind = load<u32>(member, MEMBER_KIND);
  if (kind === KIND_BOOLEAN) {
    const isTrue = load<u32>(at) === TRUE;
    if (!isTrue && (load<u32>(at) !== FALS || load<u8>(at, 4) !== LETTER_E)) return NOT_PLAIN;
    keepNumber(slot, isTrue ? 1 : 0);
    return at + (isTrue ? 4 : 5);
  }
  if (kind !== KIND_REAL && kind !== KIND_INTEGER && kind !== KIND_BIT) return NOT_PLAIN;
  const end = readNumber(at);
  if (end === NOT_PLAIN || number < load<f64>(member, MEMBER_LEAST) || number > load<f64>(member, MEMBER_MOST))
    return NOT_PLAIN;
  if (kind !== KIND_REAL && number !== Math.trunc(number)) return NOT_PLAIN;
  keepNumber(slot, number);
  return end;
}

function keepNumber(slot: usize, value: f64): void {
  store<f64>(slot, value, SLOT_NUMBER);
  store<i64>(slot, <i64>value, SLOT_WHOLE);
}

/** Behind white space within a line. */
function skipBlanks(from: usize): usize {
  let at = from;
  while (isBlank(load<u8>(at))) at++;
  return at;
}

function isBlank(byte: u8): bool {
  return byte === SPACE || byte === RETURN || byte === TAB;
}

/** Behind white space, with its line ends. */
function skipWhite(from: usize): usize {
  let at = skipBlanks(from);
  while (load<u8>(at) === NEWLINE) {
    newlines++;
    lastNewline = at;
    at = skipBlanks(at + 1);
  }
  return at;
}

/** Where the next element of a list begins. */
function behindComma(from: usize): usize {
  const at = skipWhite(from);
  return load<u8>(at) === COMMA ? skipWhite(at + 1) : NOT_PLAIN;
}
