import { z } from 'zod';

// The language of declarations: what may be written under `datasets:` and `tables:`. One schema checks YAML, JSON and TypeScript.

const name = z.string().min(1);
const names = z.array(name).min(1);
const oneOrMore = z.union([z.string(), z.array(z.string()).min(1)]);
const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const flag = z.boolean();

const condition = z
  .record(z.string(), z.union([scalar, z.array(scalar).min(1), oneOrMore]))
  .describe(
    'All must hold: a source and its value or values; `has` (there and not null), `any` (one of them), `lacks`.',
  );

const fullColumn = z.strictObject({
  description: z.string().exactOptional(),
  type: z
    .string()
    .exactOptional()
    .describe(
      'text(n), integer, decimal(p,s), real, boolean, timestamp, date, time, uuid, json, list, literal, identity',
    ),
  // Where the value comes from.
  from: oneOrMore.exactOptional().describe('sources, the best first; default: the member of the name of the column'),
  value: scalar.exactOptional().describe('a constant'),
  default: scalar.exactOptional().describe('where the member is absent'),
  insert_default: scalar.exactOptional().describe('what the database fills in for rows of the application'),
  derive: z.string().exactOptional().describe('fills NULL from another column of the row, or $parent.column'),
  plus: z.literal('$position').exactOptional().describe('so many microseconds later'),
  uuid5: names.exactOptional().describe('an id that follows from these columns'),
  with: z.string().exactOptional().describe('file#function'),
  // What is done to it, in this order.
  trim: flag.exactOptional(),
  empty: z.array(z.string()).exactOptional().describe('texts that say nothing'),
  capture: z.string().exactOptional().describe('a regular expression, whose first group is the value'),
  split: z.string().min(1).exactOptional(),
  join: z.string().exactOptional(),
  lower: flag.exactOptional(),
  values: z.record(z.string(), scalar).exactOptional().describe('what a value is stored as'),
  number: z
    .strictObject({
      unit: z.string().exactOptional(),
      group: z.string().exactOptional(),
      decimal: z.string().exactOptional(),
    })
    .exactOptional(),
  words: z
    .strictObject({ true: z.array(z.string()).min(1), false: z.array(z.string()).min(1) })
    .exactOptional()
    .describe('texts of a boolean'),
  format: oneOrMore.exactOptional().describe('how times are written: yyyy-MM-dd HH:mm:ss'),
  zone: z.string().exactOptional().describe('of times without one'),
  epoch: z.enum(['s', 'ms', 'us']).exactOptional(),
  secret: z.enum(['sha256', 'mask']).exactOptional(),
  kind: name.exactOptional().describe('of a literal: the column that says what it was'),
  // What must hold.
  required: flag.exactOptional(),
  unique: flag.exactOptional(),
  enum: z.array(z.string()).min(1).exactOptional(),
  min: z.number().exactOptional(),
  max: z.number().exactOptional(),
  // What it refers to.
  references: z.string().exactOptional().describe('table.column'),
  by: name.exactOptional().describe('the column of that table that the value names'),
  fold: z.literal('case').exactOptional(),
  make: z
    .union([flag, z.record(z.string(), z.string())])
    .exactOptional()
    .describe('rows that are not there are made'),
  orphans: z.enum(['reject', 'set_null', 'keep']).exactOptional(),
  on_delete: z.enum(['cascade', 'set_null']).exactOptional(),
  deferred: flag.exactOptional(),
  // In tables that are there.
  column: z.union([name, names]).exactOptional().describe('its name in a table that is there: the first that exists'),
  owned_by: z.literal('application').exactOptional().describe('no load writes it'),
});

const column = z.union([z.string(), fullColumn]);

const columns = z.record(z.string(), column);

const rest = z.union([name, z.strictObject({ ignore: z.array(z.string()).min(1) })]);

const common = {
  description: z.string().exactOptional(),
  columns,
  key: z.union([name, names]).exactOptional().describe('the conflict target'),
  rest: rest
    .exactOptional()
    .describe('what takes members without a column: a JSON column, `reject`, or members to ignore'),
};

export interface ChildDeclaration extends z.output<typeof childBase> {
  readonly children?: Readonly<Record<string, ChildDeclaration>>;
}

const childBase = z.strictObject({
  ...common,
  records: z.string(),
  table: name.exactOptional(),
  order: z.literal('none').exactOptional(),
  link: z
    .record(z.string(), z.string())
    .exactOptional()
    .describe('column of this table: column of the key of the parent'),
  when: condition.exactOptional(),
});

const child: z.ZodType<ChildDeclaration> = childBase.extend({
  get children() {
    return z.record(z.string(), child).exactOptional();
  },
}) as never;

const dataset = z.strictObject({
  ...common,
  files: oneOrMore.exactOptional(),
  exclude: oneOrMore.exactOptional(),
  records: oneOrMore.exactOptional(),
  when: condition.exactOptional(),
  table: name.exactOptional(),
  origin: z.string().exactOptional(),
  children: z.record(z.string(), child).exactOptional(),
  owner: name.exactOptional(),
  functions: z.string().exactOptional(),
  parameters: z.record(z.string(), scalar).exactOptional(),
  skip: z.record(z.string(), condition).exactOptional(),
  check: z.record(z.string(), condition).exactOptional(),
  duplicates: z.union([z.enum(['reject', 'last']), z.strictObject({ latest: name })]).exactOptional(),
  on_conflict: z.enum(['update', 'overwrite', 'keep', 'fail']).exactOptional(),
  surplus: z.enum(['keep', 'delete']).exactOptional(),
});

const table = z.strictObject({
  primary_key: names.exactOptional(),
  unique: z.array(names).exactOptional(),
  indexes: z.array(names).exactOptional(),
  references: z
    .array(
      z.strictObject({
        columns: names,
        to: z.string(),
        on_delete: z.enum(['cascade', 'set_null']).exactOptional(),
        deferred: flag.exactOptional(),
      }),
    )
    .exactOptional(),
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
