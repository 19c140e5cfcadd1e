// The encoded row of a record and the print of its key, as the program says them.
import {
  FIELD_BEGIN,
  FIELD_BEGIN_LENGTH,
  FIELD_BYTES,
  FIELD_FORM,
  FIELD_LEAD,
  FIELD_LEAD_LENGTH,
  FIELD_SLOT,
  FORM_BYTE,
  FORM_FLOAT_BE,
  FORM_FLOAT_LE,
  FORM_INT32_BE,
  FORM_INT64_BE,
  FORM_TEXT_BE,
  FORM_TEXT_LE,
  HEAD_FIELD_COUNT,
  HEAD_FIELDS,
  HEAD_KEY,
  HEAD_KEY_COUNT,
  HEAD_NULL,
  HEAD_NULL_LENGTH,
  HEAD_PRINT,
  HEAD_TAIL,
  HEAD_TAIL_LENGTH,
  KEY_BYTES,
  KEY_CONSTANT,
  KEY_KIND,
  KEY_LENGTH,
  KEY_TEXT,
  KIND_BIT,
  KIND_BOOLEAN,
  KIND_INTEGER,
  MOST_UNITS,
  PROGRAM,
  ROWS_END,
  SLOT_IS_NULL,
  SLOT_LENGTH,
  SLOT_NUMBER,
  SLOT_SCRATCH,
  SLOT_TEXT,
  SLOT_WHOLE,
  UNITS,
} from '../src/checking/blocks/layout';
import { copy, NOT_PLAIN } from './bytes';
import { addPiece, beginPrint, endPrint } from './print';
import { hexDigit, writeWhole } from './values';

/** No row begins behind it. */
const LIMIT: usize = ROWS_END;
const LONGEST_KEY: usize = MOST_UNITS / 2;

const TRUE = memory.data<u8>([0x74, 0x72, 0x75, 0x65]);
const FALSE = memory.data<u8>([0x66, 0x61, 0x6c, 0x73, 0x65]);
const NO_STATE = memory.data(16);

/** Where the row ends that is written from here on; `NOT_PLAIN` where it does not fit. */
export function writeRow(from: usize): usize {
  const lengthOfNull = <usize>load<u32>(PROGRAM, HEAD_NULL_LENGTH);
  let field = <usize>load<u32>(PROGRAM, HEAD_FIELDS);
  const last = field + <usize>load<u32>(PROGRAM, HEAD_FIELD_COUNT) * FIELD_BYTES;
  let at = from;
  for (; field < last; field += FIELD_BYTES) {
    const lead = <usize>load<u32>(field, FIELD_LEAD_LENGTH);
    const slot = <usize>load<u32>(field, FIELD_SLOT);
    // No other value is longer than 16 bytes.
    if (at + lead + <usize>load<u32>(slot, SLOT_LENGTH) > LIMIT) return NOT_PLAIN;
    copy(at, <usize>load<u32>(field, FIELD_LEAD), lead);
    at += lead;
    if (load<u32>(slot, SLOT_IS_NULL)) {
      store<u32>(at, load<u32>(PROGRAM, HEAD_NULL));
      at += lengthOfNull;
    } else {
      store<u32>(at, load<u32>(field, FIELD_BEGIN));
      at = writeField(at + <usize>load<u32>(field, FIELD_BEGIN_LENGTH), slot, load<u32>(field, FIELD_FORM));
    }
  }
  const tail = <usize>load<u32>(PROGRAM, HEAD_TAIL_LENGTH);
  if (at + tail > LIMIT) return NOT_PLAIN;
  copy(at, <usize>load<u32>(PROGRAM, HEAD_TAIL), tail);
  return at + tail;
}

function writeField(at: usize, slot: usize, form: u32): usize {
  switch (form) {
    case FORM_FLOAT_LE: {
      // -0 is 0.
      store<f64>(at, load<f64>(slot, SLOT_NUMBER) + 0);
      return at + 8;
    }
    case FORM_FLOAT_BE: {
      store<u64>(at, bswap<u64>(reinterpret<u64>(load<f64>(slot, SLOT_NUMBER) + 0)));
      return at + 8;
    }
    case FORM_INT64_BE: {
      store<u64>(at, bswap<u64>(load<u64>(slot, SLOT_WHOLE)));
      return at + 8;
    }
    case FORM_INT32_BE: {
      store<u32>(at, bswap<u32>(load<u32>(slot, SLOT_WHOLE)));
      return at + 4;
    }
    case FORM_BYTE: {
      store<u8>(at, load<u8>(slot, SLOT_WHOLE));
      return at + 1;
    }
    case FORM_TEXT_LE: {
      store<u32>(at, load<u32>(slot, SLOT_LENGTH));
      return writeText(at + 4, slot);
    }
    case FORM_TEXT_BE: {
      store<u32>(at, bswap<u32>(load<u32>(slot, SLOT_LENGTH)));
      return writeText(at + 4, slot);
    }
    default:
      return writeUuid(at, <usize>load<u32>(slot, SLOT_TEXT));
  }
}

function writeText(at: usize, slot: usize): usize {
  const length = <usize>load<u32>(slot, SLOT_LENGTH);
  copy(at, <usize>load<u32>(slot, SLOT_TEXT), length);
  return at + length;
}

function writeUuid(to: usize, text: usize): usize {
  let digit = text;
  for (let at = to; at < to + 16; at++) {
    // A dash has two digits behind it.
    if (hexDigit(load<u8>(digit)) < 0) digit++;
    store<u8>(at, <u8>((hexDigit(load<u8>(digit)) << 4) | hexDigit(load<u8>(digit, 1))));
    digit += 2;
  }
  return to + 16;
}

/** The print of a row that is written. */
export function printRow(from: usize, end: usize, to: usize): void {
  v128.store(end, i64x2.splat(0));
  beginPrint(NO_STATE);
  addPiece(<u32>(end - from), from, end);
  endPrint(to);
}

/** The print of the table and the natural key. False where a text is too long. */
export function printKey(to: usize): bool {
  beginPrint(PROGRAM + HEAD_PRINT);
  let part = <usize>load<u32>(PROGRAM, HEAD_KEY);
  const last = part + <usize>load<u32>(PROGRAM, HEAD_KEY_COUNT) * KEY_BYTES;
  for (; part < last; part += KEY_BYTES) {
    const kind = load<i32>(part, KEY_KIND);
    const text = <usize>load<u32>(part, KEY_TEXT);
    if (kind === KEY_CONSTANT) addText(text, <usize>load<u32>(part, KEY_LENGTH));
    else if (kind === KIND_INTEGER) {
      const scratch = text + SLOT_SCRATCH;
      addText(scratch, writeWhole(load<i64>(text, SLOT_WHOLE), scratch));
    } else if (kind === KIND_BOOLEAN || kind === KIND_BIT) {
      if (load<i64>(text, SLOT_WHOLE) !== 0) addText(TRUE, 4);
      else addText(FALSE, 5);
    } else {
      const length = <usize>load<u32>(text, SLOT_LENGTH);
      if (length > LONGEST_KEY) return false;
      addText(<usize>load<u32>(text, SLOT_TEXT), length);
    }
  }
  endPrint(to);
  return true;
}

/** Texts enter as UTF-16. */
function addText(text: usize, length: usize): void {
  let to: usize = UNITS;
  for (let from = text; from < text + length; from += 8, to += 16)
    v128.store(to, i16x8.extend_low_i8x16_u(v128.load64_zero(from)));
  const end = <usize>UNITS + 2 * length;
  v128.store(end, i64x2.splat(0));
  addPiece(<u32>length, UNITS, end);
}
