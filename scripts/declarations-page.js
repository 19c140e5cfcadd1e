// The tables of constructs in docs/declarations.md, from the schema of the language. Needs a build.
import { code, importSource, table } from './reference-parts.js';

/** What `export` makes of a construct. Those without an entry change nothing that is written. */
const WAY_BACK = {
  type: 'exact; times in UTC, numbers and ids in their shortest or usual spelling',
  from: 'the first source is written: another name or place is respelled',
  value: 'left out',
  default: 'respelled: written where the source had none',
  derive: 'exact: left out where it equals',
  plus: 'exact',
  uuid5: 'exact: left out where it equals',
  with: 'exact: by `nameBack`, else the member is written from its own column or from `extra`',
  trim: 'respelled',
  empty: 'respelled: the member is absent',
  capture: 'respelled: what was captured',
  split: 'exact',
  join: 'respelled: the text',
  lower: 'respelled',
  values: 'exact; respelled where two are stored as one',
  number: 'respelled: a number',
  words: 'respelled: true or false',
  format: 'respelled: in UTC',
  zone: 'respelled: in UTC',
  epoch: 'exact; `any` is written in the largest unit without a fraction',
  secret: 'one-way',
  kind: 'exact',
  numbers: 'exact',
  to: 'another place is respelled',
  zones: 'respelled: in UTC',
  written: 'exact',
  else: 'exact: what is derived is left out where it equals',
  found_by: 'exact: the rest keeps what names the row',
  api_key: 'one-way: the hash of a plain key',
  recognise: 'a list in a file that is called like the dataset',
  shared: 'respelled: in each record',
  files: 'the first pattern is written; a column has to hold each captured part',
  records: 'the first path is written; a column has to hold each captured name',
  key: 'records are sorted by it, or by a column from `$position`',
  rest: 'exact in a column; `ignore` is one-way',
  order: 'respelled: in the order of the key',
  children: 'exact',
  parameters: 'left out',
  skip: 'one-way',
  check: 'the record is not loaded',
  duplicates: 'one-way: the state that counts',
  functions: '`write` is the way back of `prepare`',
};

/** `<!-- constructs:a column -->` … `<!-- /constructs -->` holds what may be said of it. */
const CONSTRUCTS = /<!-- constructs:([a-z ]+) -->\n[\s\S]*?<!-- \/constructs -->/g;

/** The page with its generated blocks as the schema has them. Fails where a construct has no words, or words have no construct. */
export async function withConstructs(text) {
  const { PARTS } = await importSource('declarations/language.ts');
  const { allowedAt } = await importSource('declarations/schema-words.ts');
  const known = new Set(Object.values(PARTS).flatMap((part) => Object.keys(part.shape)));
  const unknown = Object.keys(WAY_BACK).filter((name) => !known.has(name));
  if (unknown.length > 0)
    throw new Error(`scripts/declarations-page.js has words for ${unknown}, which the schema lacks`);
  const rowsOf = (part) =>
    Object.entries(part.shape).map(([name, schema]) => {
      if (schema.description === undefined) throw new Error(`src/declarations/language.ts does not describe ${name}`);
      return [code(name), allowedAt(part, [name]), schema.description, WAY_BACK[name] ?? ''];
    });
  const columns = ['construct', 'is', 'what it says', 'the way back'];
  return text.replace(CONSTRUCTS, (_block, name) => {
    if (PARTS[name] === undefined) throw new Error(`the language has no ${name}; it has ${Object.keys(PARTS)}`);
    return `<!-- constructs:${name} -->\n\n${table(columns, rowsOf(PARTS[name]))}\n\n<!-- /constructs -->`;
  });
}
