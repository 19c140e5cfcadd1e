import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { unpackMemory } from '../../src/load/memory.ts';
import { runSettings } from '../../src/run/run-settings.ts';
import { undo } from '../../src/undo/undo.ts';
import { conversation, measurements, WITH_FAULTS } from '../setup/legacy.ts';
import { forecast, load } from '../setup/load.ts';
import { digestOf, type FreshTarget, freshTarget, PRODUCTS, queryTarget } from '../setup/targets.ts';
import { plant } from '../setup/trees.ts';
import { expectUntouched } from '../setup/verified.ts';

const CHAT = {
  'conversations/ann/a.json': conversation('a', ['Hello', 'Good morning']),
  'conversations/bob/b.json': conversation('b', ['Zażółć 😀']),
};
const METRICS = { 'metrics/dump.json': measurements(50, { load_1m: 0.25, note: 'kept' }) };

describe.each(PRODUCTS)('batches that load as a whole, on %s', (product) => {
  let target: FreshTarget;

  beforeEach(async () => {
    target = await freshTarget(product);
  });

  afterEach(() => target.drop());

  const reload = (root: string, options: Parameters<typeof load>[2] = {}) =>
    load(root, target.url, { reload: true, ...options });

  /** By batch of a run: whether all of its rows were there as they were given. */
  async function werePresent(runId: string): Promise<readonly boolean[]> {
    const batches = await queryTarget(
      target.url,
      `SELECT undo FROM ledger.batches WHERE run_id = '${runId}' ORDER BY batch`,
    );
    return batches.map((batch) => unpackMemory(batch['undo'] as Uint8Array).werePresent === true);
  }

  test.each([
    ['conversations with messages', CHAT, { conversations: 2, messages: 3 }],
    ['rows of one table', METRICS, { metrics: 50 }],
  ])('%s: what is there as it is given is unchanged, and nobody looks at each record', async (_name, tree, rows) => {
    const root = plant({ ...tree, 'notes.txt': 'not JSON' });
    const first = await load(root, target.url);
    const digest = await digestOf(target.url);
    const rehearsed = await reload(root, { dryRun: true });
    const again = await reload(root);
    expect([first.exitCode, again.exitCode, again.warnings]).toEqual([0, 0, first.warnings]);
    for (const [table, unchanged] of Object.entries(rows))
      expect(again.tables[table]).toEqual({ inserted: 0, updated: 0, unchanged, kept: 0, deleted: 0 });
    expect(forecast(rehearsed)).toEqual(forecast(again));
    expect((await werePresent(again.head.run_id)).at(-1)).toBe(true);
    expect(await digestOf(target.url)).toBe(digest);
    await expectUntouched({ root, url: target.url }, 'ledger');
  });

  test('undo of such a run takes no row back, undo of the run before it does', async () => {
    const root = plant({ ...CHAT, ...METRICS });
    const first = await load(root, target.url);
    const again = await reload(root);
    expect(again.tables['metrics']).toMatchObject({ unchanged: 50 });
    const back = (run: string) => undo({ ...runSettings({ root, to: target.url }), run });
    expect(await back(again.head.run_id)).toMatchObject({ exit_code: 0, totals: { deleted: 0, restored: 0 } });
    expect(await back(first.head.run_id)).toMatchObject({ exit_code: 0 });
    expect(await queryTarget(target.url, 'SELECT count(*) AS n FROM metrics')).toEqual([
      { n: expect.toBeOneOf([0, '0']) },
    ]);
    expect(await queryTarget(target.url, 'SELECT count(*) AS n FROM messages')).toEqual([
      { n: expect.toBeOneOf([0, '0']) },
    ]);
  });

  test.each([
    ['a value changed', "UPDATE messages SET content = 'Hi' WHERE content = 'Hello'", { updated: 1, unchanged: 2 }, []],
    [
      'a value became NULL',
      "UPDATE messages SET content = NULL WHERE content = 'Hello'",
      { updated: 1, unchanged: 2 },
      [],
    ],
    ['a row is gone', "DELETE FROM messages WHERE content = 'Hello'", { inserted: 1, unchanged: 2 }, []],
    [
      'a child row more',
      "INSERT INTO messages (conversation_id, position, role, content) VALUES ('a', 9, 'user', 'More')",
      { unchanged: 3 },
      ['database-has-more'],
    ],
  ])('one of them is not as it is given: %s', async (_name, sql, rows, codes) => {
    const root = plant(CHAT);
    await load(root, target.url);
    await queryTarget(target.url, sql);
    const again = await reload(root, { onConflict: 'overwrite' });
    expect(again.tables['messages']).toMatchObject(rows);
    expect(again.warnings.map(({ code }) => code)).toEqual(codes);
    expect(await werePresent(again.head.run_id)).toEqual([false]);
  });

  test('repetitions, conflicts and rejects are told again as they were', async () => {
    const root = plant(WITH_FAULTS);
    const first = await load(root, target.url);
    const again = await reload(root);
    const said = ({ rejects, warnings, exitCode }: typeof first) => ({ rejects, warnings, exitCode });
    expect(said(again)).toEqual(said(first));
    expect(Object.values(again.tables).every(({ inserted, updated }) => inserted + updated === 0)).toBe(true);
  });

  test('into empty tables a dry run forecasts what a run does, also where rows repeat', async () => {
    const root = plant(WITH_FAULTS);
    const rehearsed = await load(root, target.url, { dryRun: true });
    const loaded = await load(root, target.url);
    expect(forecast(rehearsed)).toEqual(forecast(loaded));
    expect(rehearsed.warnings).toEqual(loaded.warnings);
  });
});
