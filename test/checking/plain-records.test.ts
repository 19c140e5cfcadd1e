import fc, { type Arbitrary } from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Dataset } from '../../src/datasets/dataset.ts';
import { PlainReader } from '../../src/json/plain-reader.ts';
import { KEPT } from '../../src/json/plain-rules.ts';
import { type Container, RecordSplitter } from '../../src/json/split.ts';
import { column } from '../../src/schema/table.ts';
import { compileTimeReader } from '../../src/time/time.ts';
import { BUILT_IN } from '../setup/built-in.ts';
import { CHECK_SETTINGS, checkedRecords, parsing } from '../setup/checked-records.ts';
import { valueText } from '../setup/json-texts.ts';
import { doubtfulText, goodText } from '../setup/member-texts.ts';
import { plant } from '../setup/trees.ts';

const CONTEXT = { ...CHECK_SETTINGS, readTime: compileTimeReader('UTC') };

const PARSING = parsing(BUILT_IN);

const FLAT = BUILT_IN.datasets.filter((dataset) => dataset.compile(CONTEXT).plain !== undefined);

const blank = fc.constantFrom('', ' ', '\n', '\r\n\t ');

/** Records of a dataset: mostly the same members in the same order, as a dump has them, with anything in between. */
function recordTexts({ destinations, tables: [table] }: Dataset): Arbitrary<string[]> {
  if (table === undefined) throw new TypeError('a dataset without tables');
  const members = [...destinations].flatMap(([pointer, place]): [string, Arbitrary<string>][] => {
    const name = place.split('.')[1] ?? '';
    const declared = table.columns[name];
    if (declared === undefined || declared.type === 'identity' || !/^\/\w+$/.test(pointer)) return [];
    const text = fc.oneof(
      { weight: 30, arbitrary: goodText(column(table, name)) },
      { weight: 1, arbitrary: doubtfulText(column(table, name)) },
      { weight: 1, arbitrary: fc.constant('null') },
    );
    return [[pointer.slice(1), text]];
  });
  const kept = ['id', 'map_key', 'origin', 'request_id'].map((name): [string, Arbitrary<string>] => [
    name,
    fc.constantFrom('7', '"x"', '1.5', 'null', 'true'),
  ]);
  const shape = fc.shuffledSubarray([...members, ...kept], { minLength: Math.min(3, members.length), maxLength: 9 });
  const other = fc.oneof(
    { weight: 7, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.tuple(fc.constantFrom('note', 'api_key', 'unix_timestamp'), valueText) },
  );
  return shape.chain((chosen) =>
    fc
      .array(fc.tuple(fc.tuple(...chosen.map(([, text]) => text)), other, blank), { minLength: 1, maxLength: 24 })
      .map((records) =>
        records.map(([values, extra, space]) => {
          const all = chosen.map(([name], index) => [name, values[index] ?? 'null'] as const);
          const text = [...all, ...(extra ? [extra] : [])].map(([name, value]) => `"${name}"${space}:${space}${value}`);
          return `{${space}${text.join(`${space},${space}`)}${space}}`;
        }),
      ),
  );
}

describe('records that are read from their bytes become what the parser makes of them', () => {
  test.each(FLAT.map((dataset) => [dataset.name, dataset] as const))('%s', async (name, dataset) => {
    const root = plant({});
    await fc.assert(
      fc.asyncProperty(
        recordTexts(dataset),
        fc.constantFrom('array', 'lines', 'member'),
        blank,
        fc.boolean(),
        async (texts, kind, space, keepBytes) => {
          const list = `[${space}${texts.join(`${space},${space}`)}${space}]`;
          const lines = texts.map((each) => each.replaceAll(/[\r\n]/g, ' ')).join('\n');
          const [container, text]: [Container, string] =
            kind === 'member'
              ? [{ kind, name: 'data' }, `{"cpu": 1, "data":${list}}`]
              : [{ kind }, kind === 'lines' ? lines : list];
          const given = { root, dataset: name, container, settings: { keepBytes } };
          expect(await checkedRecords(BUILT_IN, text, given)).toEqual(await checkedRecords(PARSING, text, given));
        },
      ),
      { numRuns: 100 },
    );
  });
});

describe('a dump whose records look alike is read without the parser', () => {
  test.each(FLAT.map((dataset) => [dataset.name, dataset] as const))('%s', (_name, dataset) => {
    const { plain } = dataset.compile(CONTEXT);
    if (plain === undefined) throw new TypeError(`${dataset.name} is not flat`);
    const members = new Map<number, [string, string | number | boolean]>();
    for (const [member, { place, accept }] of plain.slots) {
      const example = EXAMPLES.find((value) => accept(value) !== undefined);
      if (example !== undefined) members.set(place, [member, example]);
    }
    const list = Array.from({ length: 20 }, () => Object.fromEntries(members.values()));
    const splitter = new RecordSplitter({ kind: 'array' }, { maxRecordBytes: 4096 }, new PlainReader(plain));
    const split = splitter.push(Buffer.from(JSON.stringify(list, null, 2)));
    const columns = [...members.keys()].filter((place) => place !== KEPT).length;
    expect(columns).toBeGreaterThan(5);
    expect(split.map((one) => one.plain?.columns)).toEqual(list.map(() => columns));
  });
});

/** Some column takes each of them as it is. */
const EXAMPLES = ['2024-01-01T00:00:10Z', '2024-01-01', 'low', 'ready', 'abc', 0, 0.25, 1, 7, true];
