import { isUtf8 } from 'node:buffer';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseJson } from '../../src/json/parse.ts';
import { split } from './splitting.ts';

const folder = join(import.meta.dirname, '../../../shared/corpora/JSONTestSuite/test_parsing');
const NO_REPAIRS = { nulCharacter: false, loneSurrogate: false };

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

const present = existsSync(folder);

describe.skipIf(!present)(present ? 'JSONTestSuite' : `JSONTestSuite: ${folder} is not there`, () => {
  const files = present ? readdirSync(folder) : [];

  it.each([1, 7, 1 << 24])('gives the expected verdicts in chunks of %i', (size) => {
    const verdicts = files.map((name) => ({ name, verdict: verdict(readFileSync(join(folder, name)), size) }));
    const refused = verdicts.filter(({ name, verdict: code }) => name.startsWith('y_') && code !== 'taken');
    const taken = verdicts.filter(({ name, verdict: code }) => name.startsWith('n_') && code === 'taken');
    expect(refused.map(({ name, verdict: code }) => `${code} ${name}`)).toEqual([
      'duplicate-member y_object_duplicated_key.json',
      'duplicate-member y_object_duplicated_key_and_value.json',
      'nul-character y_object_escaped_null_in_key.json',
      'nul-character y_string_null_escape.json',
    ]);
    expect(taken.map(({ name }) => name)).toEqual([
      'n_number_NaN.json',
      'n_number_infinity.json',
      'n_number_minus_infinity.json',
    ]);
    expect(verdicts.filter(({ name }) => name.startsWith('y_'))).toHaveLength(95);
    expect(verdicts.filter(({ name }) => name.startsWith('n_'))).toHaveLength(188);
  });
});
