/**
 * What removes a difference: nothing needs to, `schema upgrade` where somebody wants it (`advised`) or because no run can load
 * before (`upgrade`), the same with `--convert`, or a person.
 */
export type Remedy = 'none' | 'advised' | 'upgrade' | 'convert' | 'person';

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
  'missing-column': 'a declared column is not there; upgrade adds and fills it',
  'kept-in-ledger': 'a declared column that tells rows apart is not there; the ledger keeps it beside the row',
  'no-key': 'the table has no key, and its declaration says so; files that no run has loaded are taken, each once',
  'missing-key': 'nothing forbids two rows with the same key; upgrade adds a unique key',
  'missing-event': 'predictions have no event although they could name one; upgrade builds it',
  'too-strict': 'a column forbids NULL, and the loader may have no value for it; upgrade allows NULL',
  'not-generated': 'the database does not number the rows; upgrade makes it do so',
  'moved-column': 'the column lives in another table now; upgrade moves it',
  'other-type': 'the loader cannot work with the type, or with how the values are written; --convert changes them',
  'other-form':
    'rows write a value in another form, and are not found under the form of a load; --convert changes them',
  'tolerated-type': 'the type is another one, and the loader can work with it',
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
  'impossible-type': 'the type cannot become the declared one',
  'lossy-rows': 'rows hold values that the declared type cannot',
  'duplicate-keys': 'rows share a key that must be unique',
  'cannot-be-filled': 'a missing column must not be NULL, and nothing says what to put there',
  'unknown-required': 'a column that is not declared must not be NULL, and nothing says what to put there',
  'computed-key': 'the database computes a part of the key or the owner, which the loader must write',
  'name-taken': 'something else has the name of a table that is missing, or of an index of it',
  'row-security': 'row level security hides rows from the role, which would be loaded twice or never undone',
  'missing-right': 'the role lacks a right on the table, or the one to create it',
  'other-primary-key': 'the primary key consists of other columns',
  'is-needed': 'something outside of the declared tables needs a column as it is',
  'not-ours': 'a table with the name of a bookkeeping table belongs to another program',
} as const satisfies Record<string, string>;

export type DifferenceCode = keyof typeof DIFFERENCES;
