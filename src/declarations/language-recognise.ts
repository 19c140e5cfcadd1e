import { z } from 'zod';
import { oneOrMore, scalar } from './language-column.ts';

// How a dataset is known by what its records look like: the part of the language that `recognise:` holds.

export const condition = z
  .record(z.string(), z.union([scalar, z.array(scalar).min(1), oneOrMore]))
  .describe(
    'All must hold: a source and its value or values; `has` (there and not null), `any` (one of them), `lacks`.',
  );

const pointers = z.array(z.string()).min(1);

const look = z.strictObject({
  has: pointers.exactOptional().describe('Members that are all there.'),
  any: z
    .union([pointers, z.array(pointers).min(1)])
    .exactOptional()
    .describe('Members of which one is there; of lists of members one of each.'),
  two: z
    .array(z.union([z.string(), pointers]))
    .min(2)
    .exactOptional()
    .describe('Members of which at least two are there; those of a list within it count as one.'),
  lacks: pointers.exactOptional().describe('Members of which none is there.'),
  only: z
    .literal('lists')
    .exactOptional()
    .describe('Says nothing of a single document: it may as well describe such records.'),
});

export const recognise = z.strictObject({
  records: z
    .array(look)
    .min(1)
    .exactOptional()
    .describe('What the first records of a file look like, wherever it lies: one of these.'),
  called: z.string().exactOptional().describe('A regular expression: files of such a name are expected to be its own.'),
  below: z.string().exactOptional().describe('A regular expression: the same of files below a folder of such a name.'),
  inside: z
    .string()
    .exactOptional()
    .describe('A regular expression: the same of files that lie in a folder of such a name.'),
  expected: z.array(look).min(1).exactOptional().describe('What is enough in a file that is expected to be its own.'),
  under: z.array(z.string()).min(1).exactOptional().describe('Names under which a document has the list of records.'),
  named: z
    .array(z.string())
    .min(1)
    .exactOptional()
    .describe('The same, of names that say as much as the name of a file: for what lies there `expected` is enough.'),
  by_name: z
    .strictObject({ like: z.string(), lacks: pointers })
    .exactOptional()
    .describe(
      'A map whose names fit this regular expression is one of its records, unless they have one of these members.',
    ),
  written: z
    .strictObject({
      file: z.string().describe('Its name, without the ending; `<column>` stands for a value of the row.'),
      as: z.enum(['document', 'list', 'map']).describe('One record in each file, or a list or a map of records.'),
      name: z.string().exactOptional().describe('The column with the name of a record in a map.'),
      unless: condition.exactOptional().describe('Records that are not written: a condition.'),
    })
    .exactOptional()
    .describe('Where `export` writes the records. Default: as a list in a file that is called like the dataset.'),
  map_key: z
    .array(z.string())
    .exactOptional()
    .describe(
      'Of a map of records the name of each is kept as its member `map_key`, unless its `id` or one of these columns says it.',
    ),
});

export type Look = z.output<typeof look>;
export type RecogniseDeclaration = z.output<typeof recognise>;
