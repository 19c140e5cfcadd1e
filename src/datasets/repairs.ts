/**
 * Every repair by name. `automatic` ones can be reversed, because `extra` keeps the source value; the others lose
 * something and happen only with `--repair NAME`.
 */
export const REPAIRS = {
  'non-finite-as-text': { automatic: true, description: 'NaN or Infinity in a JSON column is stored as a string.' },
  'non-finite-as-null': { automatic: false, description: 'NaN or Infinity in a column of numbers is stored as NULL.' },
  'nul-character': { automatic: false, description: 'U+0000 is replaced by U+FFFD.' },
  'lone-surrogate': { automatic: false, description: 'Half of a surrogate pair is replaced by U+FFFD.' },
  'number-from-text': {
    automatic: true,
    description: 'A number written as text is stored as a number; extra keeps the text.',
  },
  'boolean-from-text': {
    automatic: true,
    description: 'True or false written as text is stored as a boolean; extra keeps the text.',
  },
  'setting-from-text': {
    automatic: true,
    description: 'A typed setting written as text is stored under its type; extra keeps the text.',
  },
  'empty-as-null': {
    automatic: true,
    description:
      'Empty text or 0000-00-00 where a column has no text is stored as NULL, as is an empty text that must be unique; extra keeps it.',
  },
  'time-truncated': {
    automatic: true,
    description: 'Digits of a time after the microseconds are cut off; extra keeps all of them.',
  },
  'real-rounded': {
    automatic: true,
    description: 'A number has more digits than the column holds; extra keeps all of them.',
  },
  'plain-key-hashed': {
    automatic: true,
    description: 'A plain API key in a member without a column is replaced by its SHA-256.',
  },
  'round-to-column': {
    automatic: false,
    description:
      'A number or a time with more digits than the column of a table that is there holds is rounded. No key, reference or owner is.',
  },
  'cut-to-column': {
    automatic: false,
    description:
      'A text that is longer than the column of a table that is there is cut. No key, reference or owner is.',
  },
  respelled: {
    automatic: true,
    description: 'A step of the declaration stores the value in another spelling, which export writes.',
  },
  'ambiguous-local-time': { automatic: true, description: 'A local time that occurs twice takes the earlier instant.' },
} as const;

/** How MySQL and exports through CSV write that there is no value. */
const NO_VALUE = /^(?:|0000-00-00(?:[T ]00:00:00(?:\.0+)?Z?)?)$/;

/** A text that says nothing in a column that holds no texts. */
export function isNoValue(text: string): boolean {
  return NO_VALUE.test(text.trim());
}

/** Python's and JavaScript's spellings. */
export function booleanOf(text: string): boolean | undefined {
  if (/^(true|1)$/i.test(text)) return true;
  return /^(false|0)$/i.test(text) ? false : undefined;
}
