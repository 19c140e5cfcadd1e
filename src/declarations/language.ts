import { z } from 'zod';
import {
  deferred,
  description,
  flag,
  fullColumn,
  name,
  names,
  onDelete,
  oneOrMore,
  scalar,
} from './language-column.ts';
import { condition, recognise } from './language-recognise.ts';

// The language of declarations: what may be written under `datasets:` and `tables:`. One schema checks YAML, JSON and TypeScript.

const column = z.union([z.string(), fullColumn]);

const columns = z
  .record(z.string(), column)
  .describe('The columns of the table, each with its type or all that it says.');

const rest = z.union([
  name,
  z.strictObject({ ignore: z.array(z.string()).min(1) }),
  z.strictObject({
    to: name,
    keep: z
      .array(z.string())
      .min(1)
      .exactOptional()
      .describe('Members that it takes by rule: a run does not tell them as members without a column.'),
    spelled: z
      .literal('as_column')
      .exactOptional()
      .describe('The source of a value that its column stores otherwise is kept under the name of the column.'),
  }),
]);

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
      'The columns by which a row is known when it is loaded again. Default: a key made from the whole record; in a child the key of the parent and the place. `none`: the table that is there has no key, and a file is loaded into it once.',
    ),
  rest: rest
    .exactOptional()
    .describe(
      'What becomes of members without a column: the JSON column that takes them (default: `extra`), `reject`, `{ ignore: [/_v] }`, or `{ to: extra, keep: [/id] }`.',
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
      'Names of the columns that hold the key of the parent: `{ author: id }`. Default: `<parent singular>_<column>`. `{ order_id: id }` with a column that the database fills: that key of the parent, in place of all of its own key.',
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
  recognise: recognise
    .exactOptional()
    .describe(
      'In place of `files`, `records` and `when`: any file whose first records look so, as a list, lines, a map, a document or a list in one.',
    ),
  record_key: z
    .strictObject({
      of: z.literal('row'),
      id: oneOrMore
        .exactOptional()
        .describe(
          'Members of the rest that tell a record from others, the best first. A word before one, as in `request /request_id`, tells its texts from ids of other members.',
        ),
      tables: z
        .strictObject({ from: z.string(), names: z.array(name).min(2) })
        .exactOptional()
        .describe(
          'Old tables with ids of their own: the member that names the one of a record, and their names. Else it is the one with which the name of its list or file begins, or the first.',
        ),
      column: name
        .exactOptional()
        .describe('The column that holds the key as a UUID. Default: `record_key`, as a text.'),
    })
    .exactOptional()
    .describe(
      'Without a `key` rows are known by a hash over the record as it is read. `of: row`: over the row, or over its own id.',
    ),
  shared: names
    .exactOptional()
    .describe('Members beside a list of records which each record has that says none of them.'),
  api_key: z
    .strictObject({ hashes: names, plain: names })
    .exactOptional()
    .describe(
      'Members that say which API key a record is about: `hashes` of it, and the `plain` key, of which nothing but its SHA-256 stays. The source `$api_key` is that hash; where no column takes it, the rest keeps it as the first of `hashes`.',
    ),
  owner: name.exactOptional().describe('The column that says whose row it is. No load changes it.'),
  functions: z
    .string()
    .exactOptional()
    .describe(
      'A file that exports any of `contain`, `inspect`, `prepare`, `check`, `doubt` and `write`, for whole documents and records; `file#name` where `name` is an object with these.',
    ),
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
  keeps_rest: flag
    .exactOptional()
    .describe('Where a table that is there has no column for the rest, the ledger keeps it.'),
  found_by_id: flag
    .exactOptional()
    .describe('Records of others name rows by the `id` that they had, which the rest keeps: it is indexed.'),
  owners: flag
    .exactOptional()
    .describe(
      'Its rows are the owners of others: one who is missing is made with nothing but a key, and a record may fill that row later.',
    ),
  distributed_by: name
    .exactOptional()
    .describe('The column by which a distributed database spreads the rows. Default: every node has all of them.'),
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
