import { z } from 'zod';

// The language of declarations: what may be written under `datasets:` and `tables:`. One schema checks YAML, JSON and TypeScript.

const name = z.string().min(1);
const names = z.array(name).min(1);
const oneOrMore = z.union([z.string(), z.array(z.string()).min(1)]);
const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const flag = z.boolean();
const bound = z.union([z.number(), z.string().regex(/^-?\d+(?:\.\d+)?$/)]);

const condition = z
  .record(z.string(), z.union([scalar, z.array(scalar).min(1), oneOrMore]))
  .describe(
    'All must hold: a source and its value or values; `has` (there and not null), `any` (one of them), `lacks`.',
  );

const description = z.string().exactOptional().describe('Words for people. They change no row.');
const onDelete = z
  .enum(['cascade', 'set_null'])
  .exactOptional()
  .describe('What becomes of the row when the one that it names is deleted.');
const deferred = flag
  .exactOptional()
  .describe(
    'The database checks the reference at the end: for circles, and for rows that name rows of their own table.',
  );

const fullColumn = z.strictObject({
  description,
  type: z
    .string()
    .exactOptional()
    .describe(
      'text, text(n), integer, decimal(p,s), real, boolean, timestamp, date, time, uuid, json, bytes (base64), list(text), literal, identity. Default: that of the column that it refers to, else text.',
    ),
  // Where the value comes from.
  from: oneOrMore
    .exactOptional()
    .describe('Sources, the best first. Default: the member that has the name of the column, in any common spelling.'),
  value: scalar.exactOptional().describe('A constant. Takes no member.'),
  default: scalar.exactOptional().describe('The value where no source has one.'),
  insert_default: scalar
    .exactOptional()
    .describe('What the database fills in for rows that the application inserts; `now` for a timestamp.'),
  derive: z
    .string()
    .exactOptional()
    .describe(
      'Fills NULL from another column of the row, or from `$parent.column`. Takes no member unless `from` names one.',
    ),
  plus: z
    .literal('$position')
    .exactOptional()
    .describe('Makes a derived time one microsecond later for each place in the list, so that the order stays.'),
  uuid5: names.exactOptional().describe('An id that follows from these columns: the same for the same values.'),
  with: z.string().exactOptional().describe('A function makes the value: `./file.ts#name`.'),
  // What is done to it, in this order.
  trim: flag.exactOptional().describe('Takes blanks away from both ends of a text.'),
  empty: z.array(z.string()).exactOptional().describe('Texts that say nothing: they become NULL.'),
  capture: z
    .string()
    .exactOptional()
    .describe('A regular expression. Its first group is the value; a text that does not match is a reject.'),
  split: z.string().min(1).exactOptional().describe('Makes a list of a text, at this separator.'),
  join: z.string().exactOptional().describe('Makes a text of a list, with this between the elements.'),
  lower: flag.exactOptional().describe('Makes small letters of capital ones.'),
  values: z
    .record(z.string(), scalar)
    .exactOptional()
    .describe('What a value is stored as. Values that are not listed pass as they are.'),
  number: z
    .strictObject({
      unit: z.string().exactOptional().describe('before or after the number; another unit is a reject'),
      group: z.string().exactOptional().describe('between groups of three digits'),
      decimal: z.string().exactOptional().describe('before the fraction; default: a point'),
    })
    .exactOptional()
    .describe('How a text writes numbers: `unit`, `group` between thousands, `decimal` before the fraction.'),
  words: z
    .strictObject({ true: z.array(z.string()).min(1), false: z.array(z.string()).min(1) })
    .exactOptional()
    .describe('Texts that mean true and texts that mean false.'),
  format: oneOrMore
    .exactOptional()
    .describe(
      "How times are written, the best first: `yyyy-MM-dd HH:mm:ss`, `d MMM yyyy`. Other letters in quotes: `'T'`.",
    ),
  zone: z
    .string()
    .exactOptional()
    .describe('Of times that name none: `UTC`, `+02:00`, `Europe/Berlin`. Default: `--naive-time`.'),
  epoch: z
    .enum(['s', 'ms', 'us'])
    .exactOptional()
    .describe(
      'The time is a number since 1970, in this unit, in the years 1990 to 2100: another unit would be another time.',
    ),
  secret: z.enum(['sha256', 'mask']).exactOptional().describe('Stores the SHA-256 of the value, or stars.'),
  kind: name
    .exactOptional()
    .describe('Of a `literal`: a column that says what the value was (string, number, boolean, json).'),
  // What must hold.
  required: flag.exactOptional().describe('NOT NULL: a record without it is a reject.'),
  unique: flag.exactOptional().describe('No two rows have the same.'),
  enum: z.array(z.string()).min(1).exactOptional().describe('The texts that may be stored; another is a reject.'),
  min: bound.exactOptional().describe('The least number. In quotes with any number of digits: "9223372036854775807".'),
  max: bound.exactOptional().describe('The greatest number, likewise.'),
  // What it refers to.
  references: z
    .string()
    .exactOptional()
    .describe('`table.column`: the row that the value names. One that is not there is a reject.'),
  by: name
    .exactOptional()
    .describe('The column of that table that the value names, where it is not the one that is stored.'),
  fold: z.literal('case').exactOptional().describe('Finds the row also where only the case of letters differs.'),
  make: z
    .union([flag, z.record(z.string(), z.string())])
    .exactOptional()
    .describe('Rows that are not there are made.'),
  orphans: z
    .enum(['reject', 'set_null', 'keep'])
    .exactOptional()
    .describe('What becomes of a value that names no row: a reject (default), NULL, or kept without a foreign key.'),
  on_delete: onDelete,
  deferred,
  // In tables that are there.
  column: z.union([name, names]).exactOptional().describe('Its name in a table that is there: the first that exists.'),
  owned_by: z.literal('application').exactOptional().describe('Only the application writes it; no load does.'),
});

const column = z.union([z.string(), fullColumn]);

const columns = z
  .record(z.string(), column)
  .describe('The columns of the table, each with its type or all that it says.');

const rest = z.union([name, z.strictObject({ ignore: z.array(z.string()).min(1) })]);

const tableName = name
  .exactOptional()
  .describe(
    'The table. Default: the name above. Several may feed one table. On PostgreSQL `billing.invoices` is one of the schema `billing`.',
  );

const surplus = z
  .enum(['keep', 'delete'])
  .exactOptional()
  .describe(
    'What is done with child rows that the record no longer has: kept (default), or deleted where a run loaded them and nobody changed them.',
  );

const common = {
  description,
  columns,
  key: z
    .union([name, names])
    .exactOptional()
    .describe(
      'The columns by which a row is known when it is loaded again. Default: a key made from the whole record; in a child the key of the parent and the place.',
    ),
  rest: rest
    .exactOptional()
    .describe(
      'What becomes of members without a column: the JSON column that takes them (default: `extra`), `reject`, or `{ ignore: [/_v] }`.',
    ),
};

export interface ChildDeclaration extends z.output<typeof childBase> {
  readonly children?: Readonly<Record<string, ChildDeclaration>>;
}

const childBase = z.strictObject({
  ...common,
  records: z.string().describe('Where the elements lie in the record: `/items/*`, `/items/<id>`, `/pages/<year>/*`.'),
  table: tableName,
  order: z.literal('none').exactOptional().describe('The order of the list says nothing: no column has to keep it.'),
  link: z
    .record(z.string(), z.string())
    .exactOptional()
    .describe(
      'Names of the columns that hold the key of the parent: `{ author: id }`. Default: `<parent singular>_<column>`.',
    ),
  when: condition
    .exactOptional()
    .describe('Which elements: a condition. One that no child of the same list takes is a reject.'),
  surplus,
});

const child: z.ZodType<ChildDeclaration> = childBase.extend({
  get children() {
    return z.record(z.string(), child).exactOptional();
  },
}) as never;

const dataset = z.strictObject({
  ...common,
  files: oneOrMore
    .exactOptional()
    .describe(
      'Patterns of files below the root: `*`, `**`, `?`, `{a,b}`; `<name>` captures a part. Default: any file whose records fit `when`.',
    ),
  exclude: oneOrMore.exactOptional().describe('Patterns of files that it does not take.'),
  records: oneOrMore
    .exactOptional()
    .describe(
      'Where the records lie: `/orders/*`, `/users/<id>`, `""` for the whole document. Of a list the first path that is there. Default: the elements of a list, lines, else the document.',
    ),
  when: condition.exactOptional().describe('Which records: a condition.'),
  table: tableName,
  origin: z
    .string()
    .exactOptional()
    .describe('The former name of a dataset without a `key`, so that its rows are known after it got another.'),
  children: z
    .record(z.string(), child)
    .exactOptional()
    .describe('Tables of what lies inside a record, by name. Children have children.'),
  owner: name.exactOptional().describe('The column that says whose row it is. No load changes it.'),
  functions: z
    .string()
    .exactOptional()
    .describe('A file that exports any of `contain`, `prepare`, `check` and `write`, for whole documents and records.'),
  parameters: z
    .record(z.string(), scalar)
    .exactOptional()
    .describe('Constants with a name, for `$option.name` and for functions.'),
  skip: z
    .record(z.string(), condition)
    .exactOptional()
    .describe('Records that are left out and counted, by name: `{ deleted: { /deleted: true } }`.'),
  check: z
    .record(z.string(), condition)
    .exactOptional()
    .describe('Records that are rejects, by name, with an optional `hint`: `{ free: { /total: 0, hint: … } }`.'),
  duplicates: z
    .union([z.enum(['reject', 'last']), z.strictObject({ latest: name })])
    .exactOptional()
    .describe(
      'Which of several states of one key counts: none (default: a reject), the last, or `{ latest: updated_at }`.',
    ),
  on_conflict: z
    .enum(['update', 'overwrite', 'keep', 'fail'])
    .exactOptional()
    .describe('What is done where a row is there and differs; as the option of `run`.'),
  surplus,
});

const table = z.strictObject({
  primary_key: names
    .exactOptional()
    .describe('Default: the column that the database numbers, else the `key` of the dataset.'),
  unique: z.array(names).exactOptional().describe('Lists of columns that no two rows share.'),
  indexes: z.array(names).exactOptional().describe('Lists of columns; `-name` is descending.'),
  references: z
    .array(
      z.strictObject({
        columns: names,
        to: z.string().describe('table(column, column)'),
        on_delete: onDelete,
        deferred,
      }),
    )
    .exactOptional()
    .describe('References of several columns: `{ columns: [a, b], to: "t(a, b)" }`.'),
});

/** What a config file may say of data: datasets by name, and what belongs to no column of one dataset. */
export const DECLARATIONS = z.strictObject({
  datasets: z.record(z.string(), dataset),
  tables: z.record(z.string(), table).exactOptional(),
});

/** The parts of the language by name: what is unknown in one may belong to another. */
export const PARTS = {
  'a dataset': dataset,
  'a child of a dataset': childBase,
  'a column': fullColumn,
  'a table under tables': table,
};

export type Declarations = z.output<typeof DECLARATIONS>;
export type DatasetDeclaration = z.output<typeof dataset>;
export type TableDeclaration = z.output<typeof table>;
export type ColumnDeclaration = z.output<typeof fullColumn>;
export type Condition = z.output<typeof condition>;
export type RestDeclaration = z.output<typeof rest>;

/** What a config file in TypeScript may hold beside options: `export default { … } satisfies Config`. */
export interface Config {
  readonly datasets?: Readonly<Record<string, z.input<typeof dataset>>>;
  readonly tables?: Readonly<Record<string, z.input<typeof table>>>;
  readonly [option: string]: unknown;
}

/** A dataset as TypeScript writes it. */
export function defineDataset(declaration: z.input<typeof dataset>): DatasetDeclaration {
  return declaration as DatasetDeclaration;
}
