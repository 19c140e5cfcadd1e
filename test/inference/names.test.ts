import { describe, expect, test } from 'vitest';
import { Names, snakeCase } from '../../src/inference/names.ts';

test.each([
  [['userId'], 'user_id'],
  [['HTTPServer URL'], 'http_server_url'],
  [['Größe-der Datei'], 'größe_der_datei'],
  [['address', 'zip-code'], 'address_zip_code'],
  [['__proto__'], 'proto'],
  [['#!'], 'value'],
])('%j is called %s', (texts, name) => {
  expect(snakeCase(texts)).toBe(name);
});

describe('names', () => {
  test('are taken once, in the order of what is wanted', () => {
    const names = new Names();
    expect(names.take(['a', 'b'], '/1')).toBe('a');
    expect(names.take(['a', 'b'], '/2')).toBe('b');
    const third = names.take(['a', 'b'], '/3');
    expect(third).toMatch(/^a_[\da-f]{8}$/);
    expect(new Names(['a', 'b']).take(['a', 'b'], '/3')).toBe(third);
  });

  test('have at most 63 bytes, cut between characters', () => {
    const name = new Names().take(['ü'.repeat(100)], '/1');
    expect(Buffer.byteLength(name)).toBeLessThanOrEqual(63);
    expect(name).toMatch(/^ü+_[\da-f]{8}$/);
  });

  test.each(['xmin', 'record_key', 'row_id', 'constructor'])('are never %s, which is taken', (name) => {
    expect(new Names().take([name], '/1')).toMatch(new RegExp(`^${name}_[\\da-f]{8}$`));
  });

  test.each(['pg_catalog', 'sqlite_master'])('do not begin like %s', (name) => {
    expect(new Names().take([name], '/1')).toBe(`the_${name}`);
  });
});
