import { z } from 'zod';

// The parts of the language that its other parts are made of, and the column.

export const name = z.string().min(1);
export const names = z.array(name).min(1);
export const oneOrMore = z.union([z.string(), z.array(z.string()).min(1)]);
export const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);
export const flag = z.boolean();
const bound = z.union([z.number(), z.string().regex(/^-?\d+(?:\.\d+)?$/)]);

export const description = z.string().exactOptional().describe('Words for people. They change no row.');
export const onDelete = z
  .enum(['cascade', 'set_null'])
  .exactOptional()
  .describe('What becomes of the row when the one that it names is deleted.');
export const deferred = flag
  .exactOptional()
  .describe(
    'The database checks the reference at the end: for circles, and for rows that name rows of their own table.',
  );

const way = z.record(z.string(), oneOrMore);

export const fullColumn = z.strictObject({
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
  default: z
    .union([
      scalar,
      z.array(scalar),
      z.strictObject({}),
      z.strictObject({ by: name, values: z.record(z.string(), scalar) }),
    ])
    .exactOptional()
    .describe(
      'The value where no source has one, `[]` and `{}` as well; `{ by: tier, values: { free: 10 } }` takes it by another column.',
    ),
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
      "How times are written, the best first: `yyyy-MM-dd HH:mm:ss`, `d MMM yyyy`. The letters: `yyyy`; `M`, `MM`, `MMM` (Jan); `d`, `dd`; `H`, `HH` (to 23), `h`, `hh` (to 12, with `a`); `mm`; `ss`; `S` (up to six digits of a second); `X` (an offset). Other letters in quotes: `'T'`. Of a timestamp without an hour it is midnight in its `zone`.",
    ),
  zone: z
    .string()
    .exactOptional()
    .describe('Of times that name none: `UTC`, `+02:00`, `Europe/Berlin`. Default: `--naive-time`.'),
  zones: z
    .record(z.string(), z.string())
    .exactOptional()
    .describe('Zones of times that name none, by what they look like: a regular expression, and the zone.'),
  epoch: z
    .enum(['s', 'ms', 'us', 'any'])
    .exactOptional()
    .describe(
      'The time is a number since 1970, in this unit, in the years 1990 to 2100: another unit would be another time. `any` finds out the unit of each.',
    ),
  secret: z
    .enum(['sha256', 'mask', 'api_key'])
    .exactOptional()
    .describe(
      'Stores the SHA-256 of the value, or stars; of an `api_key` the SHA-256 that it may be already, unless `--keep-plain-keys` is given.',
    ),
  kind: name
    .exactOptional()
    .describe('Of a `literal`: a column that says what the value was (string, number, boolean, json).'),
  numbers: z
    .enum(['whole', 'any'])
    .exactOptional()
    .describe('A text that some files write as a number: whole ones, or any. The rest keeps which of them.'),
  to: z
    .string()
    .exactOptional()
    .describe(
      'Where `export` writes it, a pointer. Default: the first of `from`, as it is where the rest has another of them.',
    ),
  written: z
    .enum(['number', 'text', 'stored'])
    .exactOptional()
    .describe(
      '`export` writes `number`: 1 and 0 in place of true and false, and texts of digits as numbers; `text`: numbers, also of times, as texts; `stored`: what is stored, whatever `values` made it of.',
    ),
  else: z
    .strictObject({
      from: oneOrMore.exactOptional(),
      epoch: z.enum(['s', 'ms', 'us', 'any']).exactOptional(),
      value: scalar.exactOptional(),
      derived: z.literal(true).exactOptional(),
    })
    .exactOptional()
    .describe(
      'Where no source fills the column: members that stay in the rest, the best first, or a constant. `epoch` reads numbers as times; `derived` lets `export` leave out what follows from them.',
    ),
  // What must hold.
  required: z
    .union([flag, z.literal('in_records')])
    .exactOptional()
    .describe(
      'NOT NULL: a record without it is a reject. `in_records`: the reject alone, the application may leave it NULL.',
    ),
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
  found_by: z
    .array(z.union([way, z.array(way).min(1)]))
    .min(1)
    .exactOptional()
    .describe(
      'In place of a member the ways to find the row, each with columns of it and the members that say them, which the rest keeps: `[{ sku: /sku }, { $id: /product }]`, where `$id` is the id that the old database gave it. The first that finds it counts; of ways in a list the first that the record says.',
    ),
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

type Default = NonNullable<z.infer<typeof fullColumn>['default']>;

/** Whether a default depends on another column. */
export function isByColumn(
  standard: Default | null | undefined,
): standard is Extract<Default, { readonly by: string }> {
  return typeof standard === 'object' && standard !== null && 'by' in standard;
}
