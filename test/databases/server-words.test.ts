import { expect, test } from 'vitest';
import { classify } from '../../src/databases/postgres/errors.ts';
import { MigrateError } from '../../src/errors.ts';

function saidOf(code: string, message: string, hint?: string): MigrateError {
  const error = classify(Object.assign(new Error(message), { code, hint }), 'postgres://db');
  if (!(error instanceof MigrateError)) throw new TypeError('no error of the program');
  return error;
}

test('what only the server knows is told in its words, without values', () => {
  const { code, message, hint } = saidOf(
    'XX000',
    'cannot modify table "users" because of value 4711 and \'secret\'',
    'Try "SET LOCAL x".',
  );
  expect(code).toBe('database-refused');
  expect(message).toBe('postgres://db refuses (SQLSTATE XX000): cannot modify table … because of value … and …');
  expect(hint).toBe('The server says: Try ….');
});

test('where better words are known, those are told', () => {
  expect(saidOf('42P01', 'relation "users" does not exist').message).toBe(
    'postgres://db: a table is gone (SQLSTATE 42P01)',
  );
});
