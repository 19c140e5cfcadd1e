import fc, { type Arbitrary } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BlockReaders } from '../../src/checking/blocks/block-reader.ts';
import { POSTGRES_ROWS } from '../../src/databases/postgres/row-codec.ts';
import type { SourceContext } from '../../src/datasets/dataset.ts';
import type { Registry } from '../../src/datasets/registry.ts';
import { PlainReader } from '../../src/json/plain-reader.ts';
import { type Container, RecordSplitter } from '../../src/json/split.ts';
import { runSettings } from '../../src/run/run-settings.ts';
import { compileTimeReader } from '../../src/time/time.ts';
import { BUILT_IN } from '../setup/built-in.ts';
import { CHECK_SETTINGS, checkedRecords, parsing } from '../setup/checked-records.ts';
import { plant } from '../setup/trees.ts';

/** Columns that a member may fill, each with texts of values: those that most records have, and others. */
const COLUMNS = {
  name: [
    'text(12)',
    ['"Ann"', '"Bob Smith"', '""', '"a b,c:{}"'],
    ['"Ünal"', '"a\\"b"', '"thirteen char"', '7', '"\\u0041"'],
  ],
  note: ['text', ['"x"', `"${'long '.repeat(20)}"`], ['"\\n"', 'null', '{}', '"\u007f"', '"tail\t"']],
  amount: [
    { type: 'real', min: -1, max: 100 },
    ['0', '1.5', '99.999999', '-0.5', '-0', '100', '0.000001', '12.34567890123'],
    ['100.01', '-1.5', '1e2', '1234567890.1234567', '.5', '01', '1.', '"1.5"', 'NaN', 'true'],
  ],
  total: [
    'real',
    ['3', '123456789012345', '-2.25'],
    ['1234567890123456', '0.1234567890123456789', '9.999999999999999', '1e400', '-'],
  ],
  size: [
    { type: 'integer', min: -5 },
    ['0', '7', '-5', '1.0', '999999999999999', '-0'],
    ['-6', '1.5', '9007199254740993', '1e1', '"7"', '12345678901234567890123'],
  ],
  ok: ['boolean', ['true', 'false'], ['1', '0', '"yes"', 'True', 'nul', 'truex']],
  flag: [{ type: 'boolean', written: 'number' }, ['1', '0', '-0', '1.0'], ['2', 'true', '0.5']],
  at: [
    'timestamp',
    [
      '"2024-02-29T23:59:59.123456Z"',
      '"2024-01-01 00:00:00Z"',
      '"0001-01-01T00:00:00+00:00"',
      '"1999-12-31t12:30:00.5z"',
    ],
    [
      ...[
        '"2024-01-01T00:00:00"',
        '"2024-06-01T10:00:00.123456789Z"',
        '"2024-06-01T10:00:00.1234560Z"',
        '"2023-02-29T00:00:00Z"',
      ],
      ...[
        '"9999-12-31T23:59:59-01:00"',
        '"0001-01-01T00:00:00+00:01"',
        '"2024-03-01T00:30:00+0130"',
        '"2000-01-01T00:00:00-13"',
      ],
      ...[
        '"1600-02-29T01:02:03.000001+14:59"',
        '"2024-13-01T00:00:00Z"',
        '"2024-01-01T24:00:00Z"',
        '"now"',
        '""',
        '1704067200',
      ],
      ...['"2024-01-01T00:00:00.Z"', '"2024-01-01T00:00:00Zz"', '"2024-01-01T00:00"', '"0000-01-01T00:00:00Z"'],
    ],
  ],
  day: [
    'date',
    ['"2024-02-29"', '"0001-01-01"', '"9999-12-31"'],
    ['"2023-02-29"', '"2024-1-1"', '"2024-01-01T00:00:00Z"', '5'],
  ],
  token: [
    'uuid',
    ['"0b6a4a7e-9d1c-4c55-8f0e-2f1f3a9f0c11"', '"00000000-0000-0000-0000-000000000000"'],
    ['"0B6A4A7E-9D1C-4C55-8F0E-2F1F3A9F0C11"', '"0b6a4a7e9d1c4c558f0e2f1f3a9f0c11"', '"x"'],
  ],
  host: [{ type: 'text', else: { value: 'unknown', derived: true } }, ['"h1"'], ['"unknown"', 'null']],
  rank: [{ type: 'integer', else: { value: 0, derived: true } }, ['1', '2'], ['0', 'null']],
  need: [{ type: 'integer', required: true }, ['1', '2'], ['null']],
  level: [{ type: 'integer', default: 3 }, ['1', '2'], ['null', '3']],
} as const satisfies Record<string, readonly [unknown, readonly string[], readonly string[]]>;

type Name = keyof typeof COLUMNS;
const NAMES = Object.keys(COLUMNS) as Name[];

/** Keys that tell every record from the one before: records of one key are no matter of reading. */
const KEYS = {
  text: { id: 'text(40)' },
  integer: { id: 'integer' },
  'text and time': { id: 'text(40)', at: 'timestamp' },
  'constant and date': { id: 'text', day: 'date', made: { type: 'text', value: 'here' } },
} as const;

function declare(columns: readonly Name[], key: keyof typeof KEYS): Registry {
  const chosen = Object.fromEntries(columns.map((name) => [name, COLUMNS[name][0]]));
  const datasets = {
    things: { files: 'records.json', key: Object.keys(KEYS[key]), columns: { ...chosen, ...KEYS[key] } },
  };
  return runSettings({ root: '.', to: 'x.db', datasets }).registry;
}

interface Case {
  readonly columns: readonly Name[];
  readonly key: keyof typeof KEYS;
  readonly texts: readonly string[];
  readonly between: string;
}

const style = fc.record({
  blank: fc.constantFrom('', ' ', '\n  ', '\r\n\t'),
  colon: fc.constantFrom(':', ': ', ' :\n'),
  tail: fc.constantFrom('', ' ', '\n'),
});

/** In one of thirty records. */
function rarely<T>(arbitrary: Arbitrary<T>): Arbitrary<T | undefined> {
  return fc.oneof({ weight: 29, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });
}

/** Records that look alike, as a dump has them, with anything in between. */
const cases: Arbitrary<Case> = fc
  .tuple(
    fc.shuffledSubarray(NAMES, { minLength: 1, maxLength: 8 }),
    fc.constantFrom(...(Object.keys(KEYS) as (keyof typeof KEYS)[])),
    style,
    fc.constantFrom(',', ' , ', ',\n', '\r\n,\n\n'),
  )
  .chain(([columns, key, look, between]) => {
    const named = columns.filter((name) => !(name in KEYS[key]));
    const textOf = (name: Name): Arbitrary<string> => {
      const [, good, odd] = COLUMNS[name];
      return fc.oneof(
        { weight: 60, arbitrary: fc.constantFrom<string>(...good) },
        { weight: 1, arbitrary: fc.constantFrom<string>(...odd) },
      );
    };
    const record = fc.tuple(
      fc.tuple(...named.map(textOf)),
      rarely(style),
      rarely(fc.constantFrom<string>('"more":1', '"more":{}', '"id":"again"', '}')),
    );
    return fc.array(record, { minLength: 10, maxLength: 60 }).map((records) => ({
      columns: named,
      key,
      between,
      texts: records.map(([values, other, more], index) => {
        const { blank, colon, tail } = other ?? look;
        const keys = {
          id: key === 'integer' ? String(index) : `"k${index}"`,
          at: COLUMNS.at[1][index % 3],
          day: COLUMNS.day[1][0],
        };
        const members = [
          ...Object.keys(KEYS[key]).flatMap((name) =>
            name === 'made' ? [] : [[name, keys[name as keyof typeof keys]]],
          ),
          ...named.map((name, at) => [name, values[at]]),
        ].map(([name, value]) => `"${name}"${colon}${value}`);
        return `{${blank}${[...members, ...(more ? [more] : [])].join(`,${blank}`)}${tail}}`;
      }),
    }));
  });

/** Some are cut in two by a line end. */
const mostlyLine = (text: string, index: number): string =>
  index % 13 === 12 ? text : text.replaceAll(/[\r\n]/g, ' ');

describe('records that are read in blocks become what the parser makes of each', () => {
  test('of random declarations, in chunks of any size', { timeout: 300_000 }, async () => {
    const root = plant({});
    await fc.assert(
      fc.asyncProperty(
        cases,
        fc.constantFrom('array', 'lines', 'member'),
        fc.option(fc.array(fc.nat(), { maxLength: 40 })),
        fc.record({
          keepBytes: fc.boolean(),
          rowFormat: fc.constantFrom('sqlite', 'postgres'),
          naiveTime: fc.constantFrom('Europe/Berlin', 'UTC', '-03:30'),
          maxRecordBytes: fc.constantFrom(120, 4096),
          batchBytes: fc.constantFrom(600, 4 * 1024 * 1024),
        }),
        async ({ columns, key, texts, between }, kind, borders, settings) => {
          const registry = declare(columns, key);
          const list = `[\n${texts.join(between)}]`;
          const [container, text]: [Container, string] =
            kind === 'member'
              ? [{ kind, name: 'data' }, `{"é": "ü", "data":${list}}`]
              : [{ kind }, kind === 'lines' ? texts.map(mostlyLine).join(between.replace(/.*,/s, '\n')) : list];
          const given = { root, dataset: 'things', container, settings, ...(borders && { borders }) };
          expect(await checkedRecords(registry, text, given)).toEqual(
            await checkedRecords(parsing(registry), text, given),
          );
        },
      ),
      { numRuns: 300 },
    );
  });

  test.each(NAMES)('every value of a column of the kind %s', async (name) => {
    const root = plant({});
    const registry = declare([name], 'integer');
    const [, good, odd] = COLUMNS[name];
    for (const settings of [{ rowFormat: 'sqlite' }, { rowFormat: 'postgres', naiveTime: '+05:45' }] as const) {
      const values = [...good, ...odd].flatMap((value) => [...new Array<string>(9).fill(good[0]), value]);
      const text = values.map((value, id) => `{"id":${id},"${name}":${value}}`).join('\n');
      const given = { root, dataset: 'things', container: { kind: 'lines' }, settings } as const;
      expect(await checkedRecords(registry, text, given)).toEqual(await checkedRecords(parsing(registry), text, given));
    }
  });
});

describe('records of a dump are read in blocks', () => {
  const source: SourceContext = {
    stem: 'records',
    container: 'array',
    member: undefined,
    path: 'records.json',
    owner: 'system',
    occurrenceOf: () => 1,
  };
  const context = { ...CHECK_SETTINGS, readTime: compileTimeReader('UTC') };

  function inBlocks(registry: Registry, dataset: string, records: readonly string[]): number {
    const mapper = registry.get(dataset).compile(context);
    const blocks = new BlockReaders(POSTGRES_ROWS).readerFor(mapper, source);
    if (mapper.plain === undefined) throw new TypeError(`${dataset} is not flat`);
    const plain = new PlainReader(mapper.plain, blocks);
    const splitter = new RecordSplitter({ kind: 'array' }, { maxRecordBytes: 4096 }, plain);
    const split = splitter.push(Buffer.from(`[${records.join(',\n')}]`));
    return split.reduce((sum, { block }) => sum + (block?.count ?? 0), 0);
  }

  const times = Array.from({ length: 100 }, (_, index) => `2024-01-01T00:00:00.${String(index).padStart(6, '0')}`);

  test('metrics', () => {
    const texts = times.map((time) => `{"timestamp":"${time}","source":"a","cpu_usage":1.5,"is_anomaly":0}`);
    expect(inBlocks(BUILT_IN, 'metrics', texts)).toBe(92);
  });

  test('a declared dataset with columns of every kind', () => {
    // Of numbers that say what follows from the rest anyway nothing is known.
    const columns = NAMES.filter((name) => name !== 'rank');
    const texts = times.map(
      (_, id) => `{"id":${id},${columns.map((name) => `"${name}":${COLUMNS[name][1][0]}`).join(',')}}`,
    );
    expect(inBlocks(declare(columns, 'integer'), 'things', texts)).toBe(92);
  });

  test('also where measurements are missing', () => {
    const texts = times.map(
      (time, index) => `{"timestamp":"${time}","source":"a","cpu_usage":${index % 2 ? 'null' : '7'}}`,
    );
    expect(inBlocks(BUILT_IN, 'metrics', texts)).toBe(92);
  });
});
