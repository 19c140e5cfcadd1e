import { isUtf8 } from 'node:buffer';
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { canonicalJson } from '../../src/json/canonical.ts';
import { parseJson, readFaithfully } from '../../src/json/parse.ts';
import { JSON_TEST_SUITE } from '../setup/corpora.ts';
import { load } from '../setup/load.ts';
import { freshTarget, PRODUCTS, type Product, queryTarget } from '../setup/targets.ts';
import { plant } from '../setup/trees.ts';
import { split } from './splitting.ts';

const { folder, isPresent, title } = JSON_TEST_SUITE;
const NO_REPAIRS = { nulCharacter: false, loneSurrogate: false };

/** JSON that no database can store, or that means two things. */
const REFUSED_BY_POLICY = {
  'y_object_duplicated_key.json': 'duplicate-member',
  'y_object_duplicated_key_and_value.json': 'duplicate-member',
  'y_object_escaped_null_in_key.json': 'nul-character',
  'y_string_null_escape.json': 'nul-character',
};

/** No JSON, but Python writes it. */
const TAKEN_AS_REPAIR = ['n_number_NaN.json', 'n_number_infinity.json', 'n_number_minus_infinity.json'];

/** What the standard leaves open, by what becomes of it. UTF-16 is decoded before, where its mark or its zeros show. */
const OURS_TO_CHOOSE: Readonly<Record<string, readonly string[]>> = {
  taken: [
    'number_double_huge_neg_exp',
    'number_huge_exp',
    'number_neg_int_huge_exp',
    'number_pos_double_huge_exp',
    'number_real_neg_overflow',
    'number_real_pos_overflow',
    'number_real_underflow',
    'number_too_big_neg_int',
    'number_too_big_pos_int',
    'number_very_big_negative_int',
    'structure_500_nested_arrays',
    'structure_UTF-8_BOM_empty_object',
  ],
  'lone-surrogate': [
    'object_key_lone_2nd_surrogate',
    'string_1st_surrogate_but_2nd_missing',
    'string_1st_valid_surrogate_2nd_invalid',
    'string_incomplete_surrogate_and_escape_valid',
    'string_incomplete_surrogate_pair',
    'string_incomplete_surrogates_escape_valid',
    'string_invalid_lonely_surrogate',
    'string_invalid_surrogate',
    'string_inverted_surrogates_U+1D11E',
    'string_lone_second_surrogate',
  ],
  'invalid-utf8': [
    'string_UTF-8_invalid_sequence',
    'string_UTF8_surrogate_U+D800',
    'string_invalid_utf-8',
    'string_iso_latin_1',
    'string_lone_utf8_continuation_byte',
    'string_not_in_unicode_range',
    'string_overlong_sequence_2_bytes',
    'string_overlong_sequence_6_bytes',
    'string_overlong_sequence_6_bytes_null',
    'string_truncated-utf-8',
  ],
  'invalid-json': ['string_UTF-16LE_with_BOM', 'string_utf16BE_no_BOM'],
  'trailing-garbage': ['string_utf16LE_no_BOM'],
};

/** The code that a document is refused with, or `taken`; every refusal has a place. */
function verdict(bytes: Buffer, size: number): string {
  const { records, failure } = split(bytes, { kind: 'document' }, [size]);
  if (failure !== undefined) {
    expect(failure.byte).toBeGreaterThanOrEqual(0);
    return failure.code;
  }
  const [record] = records;
  if (record === undefined) throw new Error('neither a record nor a failure');
  if (record.finding !== undefined) return record.finding.code;
  if (!isUtf8(record.bytes)) return 'invalid-utf8';
  const result = parseJson(record.text, record, NO_REPAIRS);
  if ('ok' in result) return 'taken';
  expect(result.problem.offset).toBeLessThanOrEqual(record.text.length);
  return result.problem.code;
}

describe.skipIf(!isPresent)(title, () => {
  const files = isPresent ? readdirSync(folder).sort() : [];
  const named = (kind: string) => files.filter((name) => name.startsWith(kind));
  const taken = [...named('y_').filter((name) => !(name in REFUSED_BY_POLICY)), ...TAKEN_AS_REPAIR];

  it('has the files that the tests speak of', () => {
    expect(['y_', 'n_', 'i_'].map((kind) => named(kind).length)).toEqual([95, 188, 35]);
  });

  it.each([1, 7, 1 << 24])('gives the expected verdicts in chunks of %i', (size) => {
    const verdicts = new Map(files.map((name) => [name, verdict(readFileSync(join(folder, name)), size)]));
    const refused = named('y_').filter((name) => verdicts.get(name) !== 'taken');
    expect(Object.fromEntries(refused.map((name) => [name, verdicts.get(name)]))).toEqual(REFUSED_BY_POLICY);
    expect(named('n_').filter((name) => verdicts.get(name) === 'taken')).toEqual(TAKEN_AS_REPAIR);
    for (const [code, names] of Object.entries(OURS_TO_CHOOSE)) {
      const found = named('i_').filter((name) => verdicts.get(name) === code);
      expect(found.map((name) => name.slice(2, -5)).sort(), code).toEqual([...names].sort());
    }
  });

  it.each(PRODUCTS)('is a reject of its file with line and column where it is no JSON, with %s', async (product) => {
    const root = plant();
    const conversations = join(root, 'conversations/alice');
    mkdirSync(conversations, { recursive: true });
    for (const name of named('n_')) cpSync(join(folder, name), join(conversations, name));
    const { files: entries, exitCode } = await load(root, await targetOf(product));
    expect([entries.length, exitCode]).toEqual([188, 1]);
    const unplaced = entries.filter(({ rejects: [first], bytes }) => {
      // What is empty has no line.
      return bytes !== 0 && !(first?.line && first.column && first.byte !== null);
    });
    expect(unplaced.map(({ path, dataset }) => [path.split('/').at(-1), dataset])).toEqual(
      TAKEN_AS_REPAIR.map((name) => [name, null]),
    );
  });

  it.each(PRODUCTS)('is in a JSON column of %s what it is in the file', async (product) => {
    const root = plant();
    const conversations = join(root, 'conversations/alice');
    mkdirSync(conversations, { recursive: true });
    for (const [index, name] of taken.entries()) {
      const text = `{"id":"${index}x","messages":[{"role":"user","content":"","metadata":{"value":${readFileSync(join(folder, name), 'utf8')}}}]}`;
      writeFileSync(join(conversations, name), text);
    }
    const url = await targetOf(product);
    const { exitCode, head } = await load(root, url);
    expect([exitCode, head.totals.records_loaded, head.totals.repairs]).toEqual([0, 94, 3]);
    const rows = await queryTarget(url, 'SELECT conversation_id, CAST(metadata AS text) AS json FROM messages');
    const stored = new Map(rows.map(({ conversation_id, json }) => [conversation_id, canonical(String(json))]));
    for (const [index, name] of taken.entries()) {
      const text = readFileSync(join(folder, name), 'utf8');
      const given = TAKEN_AS_REPAIR.includes(name) ? text.replace(/-?[A-Z]\w+/, '"$&"') : text;
      expect(stored.get(`${index}x`), name).toBe(canonical(`{"value":${given}}`));
    }
  });
});

async function targetOf(product: Product): Promise<string> {
  const target = await freshTarget(product);
  onTestFinished(() => target.drop());
  return target.url;
}

function canonical(text: string): string {
  const value = readFaithfully(text);
  if (value === undefined) throw new Error(`no JSON: ${text}`);
  return canonicalJson(value);
}
