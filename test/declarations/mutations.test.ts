import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { invalidConfig } from '../../src/declarations/problem.ts';
import { readYaml } from '../../src/declarations/yaml-text.ts';
import { MigrateError } from '../../src/errors.ts';
import { registryWithFunctions } from '../../src/recipes/declare.ts';
import { compileTimeReader } from '../../src/time/time.ts';
import { loadDeclared } from '../setup/declared.ts';
import { random } from '../setup/random.ts';

const FOLDER = join(import.meta.dirname, '../contract/any-json');
const DECLARATIONS = readdirSync(FOLDER).map((name) => parse(readFileSync(join(FOLDER, name), 'utf8')));

const MUTATIONS = 400;

/** What somebody may have written in any place. */
const VALUES: readonly unknown[] = [
  ...[null, '', 5, -1.5, 1e21, true, [], {}, [null], ['a'], [['a']], { a: 1 }, { has: [] }, { '/a': [] }],
  ...[
    'text',
    'text(0)',
    'text(3)',
    'integer',
    'decimal(3,1)',
    'json',
    'identity',
    'list',
    'literal',
    'timestamp',
    'boolean',
  ],
  ...[
    '/',
    '/*',
    '/a/*/b',
    '<a>',
    '/<a>/<a>',
    '$',
    '$a',
    '$value',
    '$position',
    '$parent.x',
    '$document/a',
    '$file.mtime',
  ],
  ...[
    '(',
    '(a+)+',
    'yyyy',
    'now',
    'id',
    'orders.',
    '.id',
    '__proto__',
    'constructor',
    'x'.repeat(70),
    'a\nb',
    '\u0000',
    '☃',
  ],
];

const CHARACTERS = [...'{}[]:,*&#|%"\'-\n\t ', '007', '!!x ', '<<: '];

const CONTEXT = {
  naiveTime: 'UTC',
  source: undefined,
  repair: [],
  hashSecrets: false,
  keepPlainKeys: false,
  readTime: compileTimeReader('UTC'),
};

/** The maps and lists of a declaration. */
function holdersIn(value: unknown): Record<string, unknown>[] {
  if (typeof value !== 'object' || value === null) return [];
  return [value as Record<string, unknown>, ...Object.values(value).flatMap(holdersIn)];
}

/** A declaration in which something was taken out, put in, or written otherwise. */
function mutated(next: () => number): string {
  const pick = <T>(choices: readonly T[]): T => choices[Math.floor(next() * choices.length)] as T;
  const declaration = structuredClone(pick(DECLARATIONS));
  const holders = holdersIn(declaration);
  const keys = holders.flatMap((holder) => (Array.isArray(holder) ? [] : Object.keys(holder)));
  for (let left = 1 + Math.floor(next() * 3); left > 0; left--) {
    const holder = pick(holders);
    const own = Object.keys(holder);
    const key = next() < 0.5 && own.length > 0 ? pick(own) : pick(Array.isArray(holder) ? ['0'] : keys);
    if (next() < 0.3) delete holder[key];
    else holder[key] = pick(VALUES);
  }
  const text = stringify(declaration, { lineWidth: 0 });
  if (next() < 0.8) return text;
  const at = Math.floor(next() * text.length);
  return text.slice(0, at) + pick(CHARACTERS) + text.slice(at + Math.floor(next() * 3));
}

/** Reads a config as the program does. Whatever is wrong with it is told. */
async function read(text: string): Promise<void> {
  const { value, problems, placeOf } = readYaml(text, 'c.yaml');
  if (value === undefined || value === null || typeof value !== 'object') throw invalidConfig(problems);
  const { datasets, tables } = value as Record<string, unknown>;
  const registry = await registryWithFunctions({ datasets, tables }, FOLDER, { problems, placeOf, isWhole: true });
  for (const dataset of registry.datasets) dataset.compile(CONTEXT);
}

test('whatever is written, mistakes are told with a place in the file, and the rest can be used', async () => {
  const { seed, next } = random();
  for (let count = 0; count < MUTATIONS; count++) {
    const text = mutated(next);
    const error = await read(text).catch((reason: unknown) => reason);
    const note = `seed ${seed}, mutation ${count}:\n${text}`;
    if (error === undefined) continue;
    expect(error, note).toBeInstanceOf(MigrateError);
    const lines = (error as MigrateError).message.split('\n').filter((line) => !/^\d+ mistakes in/.test(line));
    const height = text.split('\n').length;
    for (const line of lines) {
      const [, row] = /^c\.yaml:(\d+):\d+ {2}\S/.exec(line) ?? [];
      expect(Number(row), `${note}\n${line}`).toBeLessThanOrEqual(height);
      expect(line, note).not.toMatch(/undefined|\[object|NaN|Invalid input/);
    }
  }
});

test('a column that the database numbers takes no member', async () => {
  const orders = { files: 'orders.json', key: 'name', columns: { id: 'identity', name: 'text' } };
  const { query, exitCode } = await loadDeclared(
    { datasets: { orders } },
    { 'orders.json': [{ name: 'a' }, { name: 'b' }] },
  );
  expect(exitCode).toBe(0);
  expect(await query('SELECT id, name FROM orders ORDER BY name')).toEqual([
    { id: 1, name: 'a' },
    { id: 2, name: 'b' },
  ]);
});
