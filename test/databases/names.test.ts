import { describe, expect, test } from 'vitest';
import { runSettings } from '../../src/run/run-settings.ts';
import { undo } from '../../src/undo/undo.ts';
import { load } from '../setup/load.ts';
import { databaseIn, ENCODINGS } from '../setup/odd-databases.ts';
import { expectOrderlyRuns } from '../setup/odd-runs.ts';
import { random } from '../setup/random.ts';
import { queryTarget } from '../setup/targets.ts';
import { grow, plant } from '../setup/trees.ts';

const conversation = (id: string, title: string) => ({ id, title, messages: [{ role: 'user', content: 'hi' }] });

describe.each(['UTF8', 'SQLite'] as const)('%s', (encoding) => {
  test('names with U+0000 or half a surrogate pair in rejected records do not break the end of the run', async () => {
    const url = await databaseIn(encoding);
    const lines = [
      '{"timestamp":"2025-01-01T00:00:00Z","cpu_usage":1,"a\\u0000b":1}',
      '{"timestamp":"2025-01-01T00:00:00Z","cpu_usage":1,"c\\ud800":1}',
    ];
    lines.push('{"timestamp":"2025-01-02T00:00:00Z","cpu_usage":1}');
    const loaded = await load(plant({ 'metrics/m.jsonl': `${lines.join('\n')}\n` }), url);
    expect([loaded.exitCode, loaded.rejects.map(({ code }) => code)]).toEqual([1, ['nul-character', 'lone-surrogate']]);
    expect(await queryTarget(url, 'SELECT status FROM ledger.runs')).toEqual([{ status: 'partial' }]);
    expect((await load(plant({ 'metrics/m.jsonl': `${lines.join('\n')}\n` }), url)).rejects).toEqual(loaded.rejects);
  });

  test('an owner of more than 128 characters is a reject of his records only', async () => {
    const url = await databaseIn(encoding);
    const root = plant({
      [`conversations/${'o'.repeat(150)}/a.json`]: conversation('a', 'his'),
      'conversations/ann/b.json': conversation('b', 'hers'),
    });
    const first = await load(root, url);
    expect([first.exitCode, first.rejects.map(({ path }) => path.slice(-6))]).toEqual([1, ['a.json']]);
    expect(first.tables['conversations']).toMatchObject({ inserted: 1 });
    expect((await load(root, url)).rejects).toEqual(first.rejects);
  });
});

test.each(['LATIN1', 'WIN1252'] as const)(
  'in %s what has no character there is not-in-encoding, file by file',
  async (encoding) => {
    const url = await databaseIn(encoding);
    const root = plant({
      'conversations/ann/😀.json': conversation('named', 'a file with another name'),
      'conversations/ann/id.json': conversation('😀', 'an id'),
      'conversations/😀/owned.json': conversation('owned', 'an owner'),
      'conversations/ann/é.json': conversation('é', 'çà et là'),
      'metrics/m.json': [
        { timestamp: '2025-01-01T00:00:00Z', cpu_usage: 1, rack: { 漢: 1 } },
        { timestamp: '2025-01-02T00:00:00Z', cpu_usage: 1 },
      ],
    });
    const dry = await load(root, url, { dryRun: true });
    const first = await load(root, url);
    const told = ({ rejects }: typeof first) => rejects.map(({ path, code, record }) => [path, code, record]);
    expect(told(first)).toEqual([
      ['conversations/ann/id.json', 'not-in-encoding', 1],
      ['conversations/😀/owned.json', 'not-in-encoding', 1],
      ['metrics/m.json', 'not-in-encoding', 1],
    ]);
    expect(told(dry)).toEqual(told(first));
    expect(first.tables).toMatchObject({ conversations: { inserted: 2 }, metrics: { inserted: 1 } });
    const again = await load(root, url);
    expect(told(again)).toEqual(told(first));
    expect(again.files.filter(({ status }) => status === 'unchanged').map(({ path }) => path)).toEqual([
      'conversations/ann/é.json',
      'conversations/ann/😀.json',
    ]);
  },
);

test('in LATIN1 a run is taken back that a later file with any name has met', async () => {
  const url = await databaseIn('LATIN1');
  const root = plant({ 'conversations/ann/z.json': conversation('c', 'the same') });
  const { head } = await load(root, url);
  grow(root, { 'conversations/ann/😀.json': conversation('c', 'the same') });
  await load(root, url);
  const undone = await undo({ ...runSettings({ root: '.', to: url }), run: head.run_id, restoreFiles: false });
  expect(undone).toMatchObject({ exit_code: 0, totals: { deleted: 3 } });
  const again = await load(root, url);
  expect(again.tables['conversations']).toMatchObject({ inserted: 1 });
});

test('SQLite and LATIN1: whatever names, ids, keys and values are, runs end in order', async () => {
  for (const encoding of ['SQLite', 'LATIN1'] as const) await expectOrderlyRuns(await databaseIn(encoding), random());
});

test.each(ENCODINGS)('%s: whatever names, ids, keys and values are, runs end in order', async (encoding) => {
  const url = await databaseIn(encoding);
  const source = random();
  for (let input = 0; input < 3; input++) await expectOrderlyRuns(url, source);
});
