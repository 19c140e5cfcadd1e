/**
 * What removes a difference: nothing needs to, `schema upgrade` where somebody wants it (`advised`) or because no run can load
 * before (`upgrade`), or a person, who is told by `ADVICE` what to do.
 */
export type Remedy = 'none' | 'advised' | 'upgrade' | 'person';

/** One way in which a stored table is not as declared. Never holds a value of a row. */
export interface Difference {
  readonly code: DifferenceCode;
  readonly table: string;
  readonly column: string | null;
  readonly message: string;
  readonly remedy: Remedy;
}

/** Every difference by stable code, with what it means. docs/schema.md explains them in this order. */
export const DIFFERENCES = {
  'missing-table': 'the table is not there; upgrade creates it, and so does a run that needs it',
  'no-lookup-table': 'the table in which rows are looked up is not there; only the application makes it',
  'missing-column': 'a declared column is not there; upgrade adds it to a table of ours',
  'kept-in-ledger': 'a declared column that tells rows apart is not there; the ledger keeps it beside the row',
  'no-key': 'the table has no key, and its declaration says so; files that no run has loaded are taken, each once',
  'missing-key': 'nothing forbids two rows with the same key',
  'missing-event': 'predictions have no events; upgrade makes one for each',
  'too-strict':
    'a column forbids NULL, and the loader may have no value for it; upgrade allows NULL in a table of ours',
  'not-generated': 'the database does not number the rows, and the loader has no numbers for them',
  'moved-column': 'the column lives in another table now; upgrade moves it',
  'tolerated-type': 'the type is another one, and the loader can work with it',
  'narrowed-type': 'somebody gave a column of a table of ours a type that would round values',
  nullable: 'a column allows NULL where the declared one does not; the loader can work with it',
  'no-default': 'a column has no default where the declared one does; the loader binds every value',
  'missing-index': 'a declared index is not there; the loader does not need it',
  'missing-reference': 'a declared foreign key is not there; the loader looks by itself',
  'crossed-reference':
    'a column is to hold another key of a table than its foreign key leads to: rows would belong to others',
  'unknown-column': 'a column is not declared; the loader leaves it alone',
  'computed-column': 'the database computes the column, so that a load leaves it alone',
  'folding-key': 'the key takes different texts for equal; the second of two such records is rejected',
  'refuses-null':
    'an application with SQLite before 3.41 cannot insert rows without a value for the JSON column; upgrade changes the check',
  'has-trigger': 'a trigger fires when rows are written, also by the loader',
  'impossible-type': 'the type holds no value of the declared one',
  'cannot-be-filled': 'a missing column must not be NULL, and nothing says what to put there',
  'unknown-required':
    'a column that is not declared must not be NULL, and nothing says what to put there; upgrade allows NULL in a table of ours',
  'computed-key': 'the database computes a part of the key or the owner, which the loader must write',
  'name-taken': 'something else has the name of a table that is missing, or of an index of it',
  'row-security': 'row level security hides rows from the role, which would be loaded twice or never undone',
  'missing-right': 'the role lacks a right on the table, or the one to create it',
  'other-primary-key': 'the primary key consists of other columns',
  'not-ours': 'a table with the name of a bookkeeping table belongs to another program',
} as const satisfies Record<string, string>;

export type DifferenceCode = keyof typeof DIFFERENCES;

/** What a person can do in place of an upgrade. */
export const ADVICE_BEFORE_UPGRADE: Readonly<Partial<Record<DifferenceCode, string>>> = {
  'missing-column': 'write `column:` with the name that it has in the table; schema upgrade adds it to a table of ours',
};

/** What a person can do about what nothing else removes. */
export const ADVICE: Readonly<Partial<Record<DifferenceCode, string>>> = {
  'no-lookup-table': 'make it, as the application does',
  'missing-column': 'add it to the table, or declare the table without it',
  'missing-key': 'make a unique index on these columns, name others that are unique as `key:`, or write `key: none`',
  'not-generated': 'let the database number them, or declare the column as an integer with its member',
  'crossed-reference': 'correct the declaration',
  'impossible-type':
    'declare a type that the column holds (a day as a timestamp: with its `format` and a `zone`), or change its type',
  'narrowed-type': 'give it back the declared type',
  'cannot-be-filled': 'declare a default, or add it to the table',
  'unknown-required': 'declare it with a `value:`, or allow NULL in it',
  'computed-key': 'declare a key that is written, or let the column be written',
  'name-taken': 'rename it, or load into another schema with --db-schema',
  'row-security': 'load as the owner of the table, or as a role with BYPASSRLS',
  'missing-right': 'grant it: docs/grants.sql has the statements',
  'other-primary-key': 'declare the columns of the primary key',
  'not-ours': 'rename it, or name another --ledger-schema',
};
