import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { PARTS } from '../../src/declarations/language.ts';
import { OPTIONS } from '../../src/settings/options.ts';

const ROOT = join(import.meta.dirname, '../..');
const FILE = 'migrate-json.schema.json';
const SCHEMA = JSON.parse(readFileSync(join(ROOT, FILE), 'utf8'));

const accepts = (config: unknown): boolean => z.fromJSONSchema(SCHEMA).safeParse(config).success;

describe('the schema of config files', () => {
  test('comes with the package', () => {
    const { files, exports } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    expect(files).toContain(FILE);
    expect(exports[`./${FILE}`]).toBe(`./${FILE}`);
  });

  test('knows every option, and every construct of the language', () => {
    expect(Object.keys(SCHEMA.properties)).toEqual([
      '$schema',
      'root',
      'datasets',
      'tables',
      'recipes',
      ...Object.keys(OPTIONS),
    ]);
    const text = JSON.stringify(SCHEMA);
    for (const { shape } of Object.values(PARTS)) {
      for (const name of Object.keys(shape)) expect(text).toContain(`"${name}":`);
    }
  });

  const folder = join(import.meta.dirname, '../contract/any-json');
  test.each(readdirSync(folder))('takes the declarations of %s', (name) => {
    expect(accepts(parse(readFileSync(join(folder, name), 'utf8')))).toBe(true);
  });

  test.each([
    [
      'options and files of datasets',
      { $schema: FILE, strict: true, only: ['a'], workers: 2, datasets: './datasets/*.yaml' },
      true,
    ],
    ['the directory of the data', { root: './data' }, true],
    ['a list of directories', { root: ['a', 'b'] }, false],
    ['a list of files', { datasets: ['a.yaml', 'b.yaml'] }, true],
    ['an unknown option', { strictt: true }, false],
    ['an unknown construct', { datasets: { a: { columns: { id: { tipe: 'text' } } } } }, false],
    [
      'an unknown construct of a child of a child',
      { datasets: { a: nested({ records: '/b/*', columns: {}, tipe: 1 }) } },
      false,
    ],
    ['a child of a child', { datasets: { a: nested({ records: '/b/*', columns: {} }) } }, true],
    ['an unknown word', { datasets: { a: { columns: { id: { epoch: 'm' } } } } }, false],
    ['a number of workers as text', { workers: 'two' }, false],
  ])('judges %s', (_name, config, isRight) => {
    expect(accepts(config)).toBe(isRight);
  });
});

/** A dataset with a child that has this child. */
function nested(child: unknown): unknown {
  return { columns: {}, children: { one: { records: '/a/*', columns: {}, children: { two: child } } } };
}
