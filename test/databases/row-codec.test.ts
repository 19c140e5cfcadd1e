import fc, { type Arbitrary } from 'fast-check';
import pg from 'pg';
import { describe, expect, test } from 'vitest';
import { rowCodec } from '../../src/databases/open.ts';
import { copyTuples } from '../../src/databases/postgres/copy.ts';
import { rowWriter } from '../../src/databases/row-codec.ts';
import { canonicalise, canonicalJson } from '../../src/json/canonical.ts';
import { normalDecimal } from '../../src/json/decimal.ts';
import type { Row, Table } from '../../src/schema/table.ts';
import { freshPostgres } from '../setup/databases.ts';

/** One column of every type that a load binds. */
const EVERY_TYPE = {
  name: 'every_type',
  columns: {
    key: { type: 'text' },
    whole: { type: 'integer' },
    number: { type: 'real' },
    flag: { type: 'boolean' },
    moment: { type: 'timestamp' },
    day: { type: 'date' },
    clock: { type: 'time' },
    price: { type: 'decimal', precision: 15, scale: 4 },
    amount: { type: 'decimal', precision: 38, scale: 10 },
    id: { type: 'uuid' },
    rest: { type: 'json' },
  },
  primaryKey: ['key'],
  naturalKey: ['key'],
} as const satisfies Table;

const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 60 }),
  fc.constantFrom('', '\\N', '\t\r\n', 'ä'.repeat(100), 'x'.repeat(100)),
);
/** PostgreSQL holds no U+0000, and no text here holds half of a surrogate pair: both are rejects or repaired before. */
const storable = text.map((value) => value.replaceAll('\u0000', '').toWellFormed());
const moment = fc
  .tuple(
    fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31T23:59:59Z'), noInvalidDate: true }),
    fc.integer({ min: 0, max: 999_999 }),
  )
  .map(([date, micros]) => {
    const iso = date.toISOString();
    return `${iso.slice(0, 10)} ${iso.slice(11, 19)}.${String(micros).padStart(6, '0')}`;
  });

const whole: Arbitrary<number | bigint> = fc.oneof(
  fc.maxSafeInteger(),
  fc
    .bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
    .map((value) => (Number.isSafeInteger(Number(value)) ? Number(value) : value)),
);

/** Any decimal of so many digits, as often at the border as not. */
function decimal(precision: number, scale: number): Arbitrary<string> {
  const most = 10n ** BigInt(precision) - 1n;
  return fc
    .oneof(
      fc.bigInt({ min: -most, max: most }),
      fc.constantFrom(0n, 1n, -1n, most, -most),
      fc.bigInt({ min: -9999n, max: 9999n }),
    )
    .map((digits) => normalDecimal(`${digits}e-${scale}`));
}

const row = fc.tuple(
  storable,
  fc.option(whole),
  // -0 is 0: SQLite cannot tell them apart.
  fc.option(fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0)),
  fc.option(fc.boolean()),
  fc.option(moment),
  fc.option(moment.map((value) => value.slice(0, 10))),
  fc.option(moment.map((value) => value.slice(11))),
  fc.option(decimal(15, 4)),
  fc.option(decimal(38, 10)),
  fc.option(fc.uuid()),
  fc.option(fc.dictionary(storable, storable).map((value) => canonicalJson(value))),
);

const rows = fc.array(row, { minLength: 1, maxLength: 40 });

function encoded(format: 'postgres' | 'sqlite', list: readonly Row[]): Uint8Array {
  const encoder = rowCodec(format).encoder();
  const write = rowWriter(EVERY_TYPE);
  for (const each of list) write(encoder, each);
  return encoder.take();
}

describe.each(['postgres', 'sqlite'] as const)('rows that are encoded for %s', (format) => {
  test('are what they were when they are decoded', () => {
    fc.assert(
      fc.property(rows, (list) => {
        const decoder = rowCodec(format).decoder(EVERY_TYPE, encoded(format, list));
        expect(list.map(() => decoder.next())).toEqual(list);
      }),
      { numRuns: 200 },
    );
  });
});

test('-0 is 0 on both databases, so that a stored row has the print that it had when it was loaded', () => {
  const [zero, minus] = [0, -0].map((value): Row => ['', null, value, null, null, null, null, null, null, null, null]);
  for (const format of ['postgres', 'sqlite'] as const)
    expect(encoded(format, [minus ?? []])).toEqual(encoded(format, [zero ?? []]));
});

test('PostgreSQL reads encoded rows as they are meant', async () => {
  const database = await freshPostgres();
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    await client.query(`SET timezone = 'America/St_Johns'; CREATE TABLE every_type (key text, whole bigint, number float8,
      flag boolean, moment timestamptz, day date, clock time, price numeric(15,4), amount numeric(38,10), id uuid, rest jsonb)`);
    const [list = []] = fc.sample(fc.array(row, { minLength: 500, maxLength: 500 }), 1);
    const segment = { table: EVERY_TYPE.name, rows: list.length, bytes: encoded('postgres', list) };
    expect(await copyTuples(client, 'COPY every_type FROM STDIN (FORMAT binary)', [segment])).toBe(list.length);
    const stored = await client.query<[string | null, ...unknown[]]>({
      rowMode: 'array',
      text: `SELECT rest::text, key, whole::text, number, flag, to_char(moment AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'),
        to_char(day, 'YYYY-MM-DD'), to_char(clock::interval, 'HH24:MI:SS.US'), trim_scale(price)::text, trim_scale(amount)::text, id FROM every_type`,
    });
    const comparable = list.map(([key, number, ...others]) => [
      key,
      number === null ? null : String(number),
      ...others,
    ]);
    const canonical = stored.rows.map(([rest, ...others]) => [...others, rest === null ? null : canonicalise(rest)]);
    expect(canonical).toEqual(comparable);
  } finally {
    await client.end();
    await database.drop();
  }
});
