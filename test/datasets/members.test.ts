import fc, { type Arbitrary } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RecordAccount } from '../../src/datasets/account.ts';
import { compileCheckedReader } from '../../src/datasets/checked-members.ts';
import type { MappingContext } from '../../src/datasets/dataset.ts';
import { columnRule, identifierRule, type MemberRule, textRule } from '../../src/datasets/member-rule.ts';
import type { MemberReader, MemberSpec, MemberSpecs } from '../../src/datasets/members.ts';
import { versionRule } from '../../src/datasets/model-version.ts';
import { compileUsualReader } from '../../src/datasets/usual-members.ts';
import { readFaithfully } from '../../src/json/parse.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../src/json/value.ts';
import { type Column, column, type Table } from '../../src/schema/table.ts';
import { compileTimeReader } from '../../src/time/time.ts';
import { BUILT_IN, TABLE_LIST } from '../setup/built-in.ts';
import { numberText, objectText, valueText } from '../setup/json-texts.ts';

/** A zone in which one hour of the year comes twice and one is skipped. */
const context: MappingContext = {
  naiveTime: 'Europe/Berlin',
  source: undefined,
  repair: [],
  hashSecrets: false,
  keepPlainKeys: false,
  readTime: compileTimeReader('Europe/Berlin'),
};

const timeText = fc.oneof(
  fc
    .date({ min: new Date('0001-01-02'), max: new Date('9999-12-30'), noInvalidDate: true })
    .map((date) => date.toJSON()),
  fc.constantFrom('2025-01-31 12:00:00', '2025-01-31T12:00:00.123456+02:00'),
);

/** What a column of this kind wants. */
function good({ type, max = 20, min = 0, most = 1000, oneOf }: Column): Arbitrary<string> {
  switch (type) {
    case 'integer':
      return fc.integer({ min, max: most }).map(String);
    case 'real':
      return fc.double({ min, max: most, noNaN: true }).map(String);
    case 'boolean':
      return fc.constantFrom('true', 'false', '0', '1');
    case 'timestamp':
      return timeText.map((text) => JSON.stringify(text));
    case 'date':
      return fc.constant('"2024-02-29"');
    case 'json':
      return fc.json({ maxDepth: 2 });
    default: {
      const texts = fc.constantFrom('', 'x'.repeat(Math.min(max, 10)), '42', '-7', '007');
      return (oneOf ? fc.constantFrom(...oneOf) : texts).map((text) => JSON.stringify(text));
    }
  }
}

/** What is just not, or just still what it wants. */
function doubtful({ type, max = 20, min = 0, most = 1000 }: Column): Arbitrary<string> {
  switch (type) {
    case 'integer':
    case 'real':
      return fc.oneof(numberText, fc.constantFrom(min - 1, min, most, most + 1).map(String));
    case 'boolean':
      return fc.constantFrom('-0', '2', '"true"', '1e0');
    case 'timestamp':
      return fc.constantFrom('"2025-10-26T02:30:00"', '"2025-03-30T02:30:00"', '"9999-12-31T23:59:59-01:00"', '"now"');
    case 'date':
      return fc.constantFrom('"2023-02-29"', '"2024-02-29T00:00:00Z"');
    case 'json':
      return valueText;
    default:
      return fc
        .constantFrom('x'.repeat(max), '🙂'.repeat(max), 'x'.repeat(max + 1), '🙂'.repeat(max + 1))
        .map((text) => JSON.stringify(text));
  }
}

const parsed = (text: string): JsonValue => readFaithfully(text) ?? null;

describe('what a rule accepts without zod is what zod makes of it', () => {
  const columns = TABLE_LIST.flatMap((table) =>
    Object.entries(table.columns).map(([name, declared]): [string, MemberRule, Column] => [
      `${table.name}.${name}`,
      columnRule(declared, context),
      declared,
    ]),
  ).filter(([, , { type }]) => type !== 'json');
  const others: [string, MemberRule, Column][] = [
    ['any text', textRule(), { type: 'text' }],
    ['an identifier', identifierRule(5), { type: 'text', max: 5 }],
    ['a version', versionRule(5), { type: 'text', max: 5 }],
  ];

  test.each([...columns, ...others])('%s', (_name, { schema, accept }, declared) => {
    fc.assert(
      fc.property(fc.oneof(good(declared), doubtful(declared), valueText).map(parsed), (value) => {
        const accepted = accept(value);
        if (accepted === undefined) return;
        expect(schema.safeParse(value)).toEqual({ success: true, data: accepted });
      }),
    );
  });
});

/** The spellings by which a dataset fills the columns of a table, and the kinds of its columns, at random. */
function specsOf(table: Table, destinations: ReadonlyMap<string, string>): Arbitrary<MemberSpecs> {
  const specs = new Map<string, string[]>();
  for (const [pointer, place] of destinations) {
    const [owner, name] = place.split('.');
    const member = pointer.slice(pointer.lastIndexOf('*') + 1).replace(/^\//, '');
    if (owner !== table.name || name === undefined || member === '' || column(table, name).type === 'identity')
      continue;
    specs.set(name, [...(specs.get(name) ?? []), member]);
  }
  const kinds = [...specs].map(([name, from]): [string, Arbitrary<MemberSpec>] => {
    const { type } = column(table, name);
    const special: MemberSpec[] = [
      { from, required: true },
      ...(type === 'text' ? [{ from, identifier: 'text' } as const, { from, identifier: 'number' } as const] : []),
      ...(type === 'boolean' ? [{ from, asNumber: true } as const] : []),
    ];
    return [name, fc.oneof({ weight: 20, arbitrary: fc.constant({ from }) }, fc.constantFrom(...special))];
  });
  return fc.record(Object.fromEntries(kinds));
}

const KEPT = new Set(['id', 'map_key']);
const STRANGERS = ['id', 'map_key', 'api_key', 'extra', 'a/b', '~', '__proto__', 'constructor', 'toString', 'timing'];

function spellings(specs: MemberSpecs): [string, string][] {
  return Object.entries(specs).flatMap(([name, { from = [] }]) =>
    [name, ...from].map((m): [string, string] => [m, name]),
  );
}

/** Members in any order, of a column now and then under several spellings; objects of members that have columns. */
function objects(table: Table, specs: MemberSpecs, hostility: number): Arbitrary<JsonObject> {
  const known = spellings(specs).map(([member, name]) => {
    const text = fc.oneof(
      { weight: 100, arbitrary: good(column(table, name)) },
      { weight: hostility, arbitrary: doubtful(column(table, name)) },
      { weight: hostility, arbitrary: valueText },
    );
    return fc.tuple(fc.constant(member), text);
  });
  const strange = fc.tuple(fc.constantFrom(...STRANGERS), fc.oneof(valueText, fc.constantFrom('null', '7', '"x"')));
  return fc
    .uniqueArray(fc.oneof({ weight: 9, arbitrary: fc.oneof(...known) }, { weight: 1, arbitrary: strange }), {
      selector: ([member]) => member,
      maxLength: 8,
    })
    .map(nest)
    .map((members) => parsed(objectText(members)))
    .filter((value) => isJsonObject(value));
}

/** `timing/total` becomes a member of the object `timing`. */
function nest(members: readonly (readonly [string, string])[]): [string, string][] {
  const isNested = ([member]: readonly [string, string]): boolean =>
    /^\w+\/\w/.test(member) && !STRANGERS.includes(member);
  const inner = Map.groupBy(members.filter(isNested), ([member]) => member.slice(0, member.indexOf('/')));
  const flat = members.filter((member) => !isNested(member) && !inner.has(member[0]));
  const opened = [...inner].map(([outer, parts]): [string, string] => [
    outer,
    objectText(parts.map(([member, text]) => [member.slice(outer.length + 1), text])),
  ]);
  return [...flat.map(([member, text]): [string, string] => [member, text]), ...opened];
}

function outcome(read: MemberReader, object: JsonObject): unknown {
  const account = new RecordAccount();
  const members = read(object, '/messages/7', account);
  const { findings, unmapped, summary } = account;
  return {
    members: members && { row: members.values.row, extra: members.extra },
    account: { findings, unmapped, summary },
  };
}

const NOTHING = outcome(() => undefined, {});

/** The members of a file of settings are its records. */
const cases = BUILT_IN.datasets
  .filter(({ name }) => name !== 'settings')
  .flatMap(({ name, tables, destinations }) =>
    tables
      .filter((table) => [...destinations.values()].some((place) => place.startsWith(`${table.name}.`)))
      .map((table): [string, Table, ReadonlyMap<string, string>] => [`${name} → ${table.name}`, table, destinations]),
  );

describe('the short way answers what zod and the repairs do, or nothing', () => {
  test.each(cases)('%s', (_name, table, destinations) => {
    const arbitrary = specsOf(table, destinations).chain((specs) => {
      const object = fc.constantFrom(0, 1, 50).chain((hostility) => objects(table, specs, hostility));
      return fc.tuple(fc.constant(specs), fc.array(object, { minLength: 10, maxLength: 30 }), fc.boolean());
    });
    let usual = 0;
    fc.assert(
      fc.property(arbitrary, ([specs, records, keepPlainKeys]) => {
        const given = { ...context, keepPlainKeys };
        const readUsual = compileUsualReader(table, specs, given, KEPT);
        const readChecked = compileCheckedReader(table, specs, given, KEPT);
        for (const object of records) {
          const isUsual = readUsual(object, '', new RecordAccount()) !== undefined;
          if (isUsual) usual++;
          expect(outcome(readUsual, object)).toEqual(isUsual ? outcome(readChecked, object) : NOTHING);
        }
      }),
      { numRuns: 15 },
    );
    expect(usual, 'objects that went the short way').toBeGreaterThan(20);
  });
});
