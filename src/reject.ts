/**
 * Everything that can be wrong with a source file or a record, by stable code. The hint tells a non-programmer what to do.
 * docs/reference.md is generated from this table.
 */
export const REJECT_CODES = {
  // bytes and files
  'empty-file': 'Delete the file, or put its content back from a backup.',
  'unreadable-file': 'Give the user that runs migrate-json the right to read the file.',
  'source-changed': 'Something still writes to this file. Stop the writer and run the same command again.',
  'file-name-not-utf8': 'Rename the file so that its name is valid UTF-8.',
  'damaged-compression': 'Counted is what could be read: the file held at least that. Compress the original again.',
  'damaged-archive':
    'Counted is what could be read. Download or make the zip file again, or unpack it and load the directory.',
  'unsafe-name':
    'The name would lead out of the directory into which somebody unpacks the zip file: ask whoever made it, and load what you trust.',
  'repeated-name':
    'Several entries of the zip file have this name, and one of them was read. Unpack them apart, and load the right one.',
  'encrypted-entry': 'Unpack the zip file with its password, and load the directory.',
  'suspicious-size':
    'The content would be hundreds of times as large as what the zip file holds of it. If that is right, unpack the zip file and load the directory.',
  'window-too-large': 'Compress the file again without --long, or unpack it.',
  'invalid-utf8': 'The bytes are not UTF-8. If the file is in another encoding, name it: --encoding windows-1252.',
  'unsupported-encoding': 'Convert the file to UTF-8, or write it with a byte order mark.',
  // JSON
  'invalid-json': 'Correct the JSON at this place, or restore the file from a backup.',
  'truncated-json':
    'The file, or in a file of lines the line, ends in the middle of a value. Restore it from a backup, or remove the unfinished part.',
  'trailing-garbage': 'Remove what follows the JSON document. One document per line belongs into a .jsonl file.',
  'duplicate-member': 'Remove one of the two members with the same name.',
  'too-deep': 'Flatten the value: more than 512 nested levels cannot be stored.',
  'record-too-large': 'Raise --max-record-bytes if a record of this size is expected.',
  'nul-character': 'Databases cannot store U+0000. Allow --repair nul-character to store U+FFFD in its place.',
  'lone-surrogate':
    'Half of a surrogate pair is no character. Allow --repair lone-surrogate to store U+FFFD in its place.',
  'non-finite-number':
    'A column of numbers cannot hold NaN or Infinity. Allow --repair non-finite-as-null to store NULL.',
  'number-out-of-range': 'No column can hold this number exactly. Correct it in the source.',
  // records
  'wrong-shape': 'Compare the file with the layouts in the documentation of this dataset.',
  'wrong-type': 'Correct the value in the source.',
  'second-collection':
    'Declare a dataset for it, or put these records into a file of their own, under a name that tells what they are.',
  'taken-twice': 'Write `when:` or `exclude:` in one of the datasets, so that one of them takes it.',
  'not-taken': 'Declare a dataset whose `when` takes such records, or name them under `skip`.',
  'check-failed': 'The declaration of the dataset does not allow such a record: correct it in the source.',
  'unmapped-member': 'Declare a column for the member, or name it under `rest: { ignore: [...] }`.',
  'missing-member': 'Add the member to the record.',
  'out-of-range': 'Correct the value in the source.',
  'too-long': 'Shorten the value in the source.',
  'not-one-of': 'Use one of the allowed values.',
  'invalid-time': 'Write a time as 2025-01-31T12:00:00.000000Z, a date as 2025-01-31, a time of day as 12:00:00.',
  'nonexistent-local-time':
    'The clocks skipped this local time. Add an offset to it, or choose another --naive-time zone.',
  'masked-secret': 'The file was exported with its secrets hidden. Enter the real value, or remove the member.',
  'shifted-row':
    'A column that was dropped by its position moved the values of its neighbours. Take the row from an older backup.',
  // keys, owners and the database
  'conflicting-duplicate':
    'Decide which of the two is right and remove the other, or load this one with retry --on-conflict overwrite. Elements of one record need a key that tells them apart.',
  'not-unique': 'Decide which of the two records is right, and correct or remove the other.',
  'unknown-reference':
    'Put the file that holds what the record refers to under the same root, load it first, or correct the reference.',
  'ambiguous-reference': 'Refer to the row by its natural key: several rows had this id in the old databases.',
  'owner-differs': 'The database says that the row belongs to somebody else. Correct the owner in the source.',
  'loaded-before':
    'Nothing tells the rows of such a table apart. Put new records into a file of another name, or undo the run that has loaded the file.',
  'row-differs': 'The database holds another version. Load with --on-conflict update, overwrite or keep.',
  'number-taken':
    'If both are the same thing, load with --on-conflict update, or `on_conflict: update` in the declaration. Else number the record otherwise, or leave its number out.',
  'not-in-encoding':
    'The encoding of the database has no such character. Load into a database with ENCODING UTF8, or replace the character.',
  'does-not-fit':
    'The column of the table that is there cannot hold the value as it is. Correct it in the source, or widen the column. What it would round or cut is stored with --repair round-to-column or cut-to-column.',
  'no-column':
    'Add the column to the table: for members that have none, a JSON column "extra". In a declaration, name another with `column:`, or the members under `rest: { ignore: [...] }`.',
  'database-refused':
    'A constraint of the database does not allow this row. Compare the record with the constraint named here.',
  // --strict
  'strict-repair': 'Correct the value in the source, or load without --strict.',
  'strict-unmapped': 'Remove the member, or load without --strict: it is kept in the column "extra".',
  'strict-unexplained': 'Move the file away, exclude it, or load without --strict.',
  'strict-file': 'Correct the other records of the file, or load without --strict.',
} as const satisfies Record<string, string>;

export type RejectCode = keyof typeof REJECT_CODES;

/** Where something is in a source file. Line and column are 1-based characters, `byte` is 0-based in the decoded file. */
export interface Place {
  readonly record: number | null;
  readonly line: number | null;
  readonly column: number | null;
  readonly byte: number | null;
}

/** The place of a finding about a file as a whole. */
export const WHOLE_FILE: Place = { record: null, line: null, column: null, byte: null };

/** A finding about a record before its place is known. The message never quotes a value of the record. */
export interface Finding {
  readonly code: RejectCode;
  /** JSON pointer into the record, empty for the record itself; behind the member's name where records are members. */
  readonly pointer: string;
  readonly message: string;
}

/** `--strict`: what is wrong with the good records of a file with a reject. */
export const STRICT_FILE: Finding = {
  code: 'strict-file',
  pointer: '',
  message: 'another record of this file is rejected',
};

/** A record that was not loaded, with its reason. */
export interface Reject extends Place, Finding {
  readonly hint: string;
}

export function rejectAt(place: Place, finding: Finding): Reject {
  return {
    code: finding.code,
    record: place.record,
    line: place.line,
    column: place.column,
    byte: place.byte,
    pointer: finding.pointer,
    message: finding.message,
    hint: REJECT_CODES[finding.code],
  };
}
