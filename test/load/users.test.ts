import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { conversation } from '../setup/legacy.ts';
import { load } from '../setup/load.ts';
import { type FreshTarget, freshTarget, PRODUCTS, queryTarget } from '../setup/targets.ts';
import { grow, plant } from '../setup/trees.ts';

const CONVERSATION = { 'conversations/ann/c.json': conversation('c', ['Hello']) };
const ANN = { id: 'ann', email: 'ann@example.org', role: 'admin', created_at: '2024-01-02T03:04:05Z' };
const SELECT = 'SELECT id, email, role FROM users ORDER BY id';

describe.each(PRODUCTS)('users and the rows they own, on %s', (product) => {
  let target: FreshTarget;

  beforeEach(async () => {
    target = await freshTarget(product);
  });

  afterEach(() => target.drop());

  test.each(['update', 'overwrite', 'keep', 'fail'] as const)(
    'a users record fills the placeholder of its owner with --on-conflict %s',
    async (onConflict) => {
      const root = plant(CONVERSATION);
      await load(root, target.url, { onConflict });
      expect(await queryTarget(target.url, SELECT)).toEqual([{ id: 'ann', email: null, role: 'viewer' }]);
      grow(root, { 'users.json': [ANN] });
      const forecast = await load(root, target.url, { onConflict, dryRun: true });
      const loaded = await load(root, target.url, { onConflict });
      expect([loaded.exitCode, loaded.rejects, loaded.warnings]).toEqual([0, [], []]);
      expect(loaded.tables['users']).toMatchObject({ inserted: 0, updated: 1 });
      expect(forecast.tables).toEqual(loaded.tables);
      expect(await queryTarget(target.url, SELECT)).toEqual([{ id: 'ann', email: 'ann@example.org', role: 'admin' }]);
      const again = await load(root, target.url, { onConflict, reload: true });
      expect(again.tables['users']).toMatchObject({ inserted: 0, updated: 0, unchanged: 1 });
    },
  );

  test.each([
    ['keep', { kept: 1 }, []],
    ['fail', undefined, ['row-differs']],
  ] as const)(
    'what a users record filled is no placeholder: --on-conflict %s leaves it',
    async (onConflict, rows, codes) => {
      const root = plant({ 'users.json': [{ id: 'ann', role: 'viewer' }] });
      await load(root, target.url);
      grow(root, { 'users.json': [ANN] });
      const loaded = await load(root, target.url, { onConflict });
      expect(loaded.rejects.map(({ code }) => code)).toEqual(codes);
      if (rows) expect(loaded.tables['users']).toMatchObject(rows);
      expect(await queryTarget(target.url, SELECT)).toEqual([{ id: 'ann', email: null, role: 'viewer' }]);
    },
  );

  test('users load before what they own, also where their file comes last', async () => {
    const root = plant({ ...CONVERSATION, 'z/users.json': [ANN, { id: 'bob', email: 'bob@example.org' }] });
    const loaded = await load(root, target.url, { onConflict: 'fail' });
    expect(loaded.exitCode).toBe(0);
    expect(loaded.tables['users']).toMatchObject({ inserted: 2, updated: 0, unchanged: 0 });
  });

  test('two users with one email or username: the second is refused, by name of the column and of the other record', async () => {
    const root = plant({
      'users.json': [
        ANN,
        { id: 'eve', email: ANN.email, password_hash: 'never-shown' },
        { id: 'bob', email: 'bob@example.org', username: 'bob' },
        { id: 'rob', username: 'bob' },
      ],
    });
    const forecast = await load(root, target.url, { dryRun: true });
    const loaded = await load(root, target.url);
    const again = await load(root, target.url);
    expect(loaded.rejects).toMatchObject([
      { record: 2, code: 'not-unique', message: expect.stringMatching(/^email .* record 1 of users.json/) },
      { record: 4, code: 'not-unique', message: expect.stringMatching(/^username .* record 3 of users.json/) },
    ]);
    expect([forecast.exitCode, forecast.tables, forecast.rejects]).toEqual([1, loaded.tables, loaded.rejects]);
    expect([again.exitCode, again.rejects]).toEqual([1, loaded.rejects]);
    expect(await queryTarget(target.url, 'SELECT id FROM users ORDER BY id')).toEqual([{ id: 'ann' }, { id: 'bob' }]);
    for (const value of ['never-shown', ANN.email]) expect(JSON.stringify([forecast, loaded])).not.toContain(value);
  });
});
