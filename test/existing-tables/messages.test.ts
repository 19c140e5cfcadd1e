import { expect, test } from 'vitest';
import { PRODUCTS } from '../setup/targets.ts';
import { declared, world } from './world.ts';

// What is said of tables that are there leads somewhere.

test.each(PRODUCTS)(
  'what keeps the spelling of a value is what a table of %s lacks, not a column for it',
  async (product) => {
    const { run } = await world(
      product,
      declared({ id: 'integer', price: 'real' }, { rest: 'extra' }),
      [
        { id: 1, price: '1.50' },
        { id: 2, colour: 'red' },
      ],
      'CREATE TABLE u (id bigint PRIMARY KEY, price double precision)',
    );
    expect((await run()).rejects.map(({ code, message }) => [code, message])).toEqual([
      ['no-column', 'the table u has no column extra that keeps how the source spells "price"'],
      ['no-column', 'the table u has no column for "colour"'],
    ]);
  },
);

test.each(PRODUCTS)('a column that holds no such value is told with what to do on %s', async (product) => {
  const { cli } = await world(
    product,
    declared({ id: 'integer', seen: 'boolean' }),
    [{ id: 1, seen: true }],
    `CREATE TABLE u (id bigint PRIMARY KEY, seen ${product === 'PostgreSQL' ? 'varchar(5)' : 'TEXT'})`,
  );
  const { code, stdout } = await cli('schema', 'check');
  expect(code).toBe(5);
  expect(stdout).toMatch(/u\.seen +is .+, which holds no boolean +declare a type that the column holds/);
});
