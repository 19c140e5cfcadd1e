// The memory of the module that reads blocks of plain records (wasm/): what lies where. Both sides import this file, which is
// TypeScript and AssemblyScript. Addresses and lengths are in bytes; numbers are 32-bit integers unless something else is said.

/** What is read and written beyond the end of anything, because bytes are moved 16 at once. */
export const SLACK = 64;

/** The program of the example at hand. Below it the module keeps its own constants. */
export const PROGRAM = 0x1_0000;
export const PROGRAM_BYTES = 0x8000;

/** What the values of the record at hand are, a slot for each member. */
export const SLOTS = 0x1_8000;
export const MOST_MEMBERS = 256;

/** UTF-16 units of a text that goes into a key. */
export const UNITS = 0x2_0000;
export const MOST_UNITS = 0x3f00;

/** The chunk of the source. A zero follows it, at which everything stops. */
export const SOURCE = 0x3_0000;
export const MOST_SOURCE = 0x5_0000;

/** The encoded rows of the records that were read since the chunk was entered. */
export const ROWS = 0x9_0000;
export const ROWS_END = 0x19_0000;

/** Of each record: its words and places, as packed records have them, and its length. */
export const WORDS_AT = 0x19_0000 + SLACK;
export const MOST_RECORDS = 8192;
export const WORD_BYTES = 48;
export const PLACES_AT = 0x20_0000;
export const PLACE_BYTES = 32;
export const LENGTHS_AT = 0x25_0000;

/** What a call answers beside the number of records. The last of the memory: `PAGES` in scripts/wasm.js. */
export const RESULT = 0x26_0000;
/** Indexes in the chunk and counts: where the block ends, its line ends and the last of them, and where the rows end. */
export const RESULT_END = 0;
export const RESULT_NEWLINES = 4;
export const RESULT_LAST_NEWLINE = 8;
export const RESULT_ROWS_END = 12;

// The program: a head, then the members in the order of the source, the fields of a row and the parts of its key, then the bytes that
// they name by their addresses.

export const HEAD_MEMBERS = 0;
export const HEAD_MEMBER_COUNT = 4;
export const HEAD_FIELDS = 8;
export const HEAD_FIELD_COUNT = 12;
export const HEAD_KEY = 16;
export const HEAD_KEY_COUNT = 20;
/** What follows the last field of a row. */
export const HEAD_TAIL = 24;
export const HEAD_TAIL_LENGTH = 28;
/** A field that is NULL: up to four bytes, and how many they are. */
export const HEAD_NULL = 32;
export const HEAD_NULL_LENGTH = 36;
/** The print of a key before its first part: four words. */
export const HEAD_PRINT = 40;
export const HEAD_BYTES = 64;

/** The bytes before the value, with the separator and the name; line ends in them, and the index of the last one. */
export const MEMBER_LEAD = 0;
export const MEMBER_LEAD_LENGTH = 4;
export const MEMBER_NEWLINES = 8;
export const MEMBER_LAST_NEWLINE = 12;
/** One of the kinds below. */
export const MEMBER_KIND = 16;
export const MEMBER_MAY_BE_NULL = 20;
/** The least and the most: of a text its length, of a number its value (both 64-bit floats). */
export const MEMBER_LEAST = 24;
export const MEMBER_MOST = 32;
/** Of a time without a zone: seconds east of UTC; `NO_ZONE` where somebody else must say. */
export const MEMBER_ZONE = 40;
/** A text that somebody else must look at. */
export const MEMBER_EXCEPT = 44;
export const MEMBER_EXCEPT_LENGTH = 48;
export const MEMBER_BYTES = 64;

export const NO_ZONE = 0x7fff_ffff;

export const KIND_TEXT = 0;
export const KIND_REAL = 1;
export const KIND_INTEGER = 2;
/** Written as true and false. */
export const KIND_BOOLEAN = 3;
/** Written as 1 and 0. */
export const KIND_BIT = 4;
export const KIND_TIMESTAMP = 5;
export const KIND_DATE = 6;
export const KIND_UUID = 7;

/** The value of a member: whether it is NULL, its text, its number (64-bit float), and as a 64-bit integer a whole number,
 * microseconds or days from 2000-01-01. */
export const SLOT_IS_NULL = 0;
export const SLOT_TEXT = 4;
export const SLOT_LENGTH = 8;
export const SLOT_NUMBER = 16;
export const SLOT_WHOLE = 24;
/** For a text that is made. */
export const SLOT_SCRATCH = 32;
export const SLOT_BYTES = 64;

/** The constant bytes before a field, the slot of its value, the bytes that begin it (up to four), and its form. */
export const FIELD_LEAD = 0;
export const FIELD_LEAD_LENGTH = 4;
export const FIELD_SLOT = 8;
export const FIELD_BEGIN = 12;
export const FIELD_BEGIN_LENGTH = 16;
export const FIELD_FORM = 20;
export const FIELD_BYTES = 32;

/** Little-endian and big-endian. A text has its length before it. */
export const FORM_FLOAT_LE = 0;
export const FORM_FLOAT_BE = 1;
export const FORM_INT64_BE = 2;
export const FORM_INT32_BE = 3;
export const FORM_BYTE = 4;
export const FORM_TEXT_LE = 5;
export const FORM_TEXT_BE = 6;
/** The 16 bytes of a UUID. */
export const FORM_UUID = 7;

/** The slot of a part of the key, or the address of a constant text of ASCII; its kind, `KEY_CONSTANT` for the latter. */
export const KEY_TEXT = 0;
export const KEY_LENGTH = 4;
export const KEY_KIND = 8;
export const KEY_BYTES = 16;
export const KEY_CONSTANT = -1;
