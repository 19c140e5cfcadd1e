import { symlinkSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { load } from '../setup/load.ts';
import { type FreshTarget, freshTarget, PRODUCTS, queryTarget } from '../setup/targets.ts';
import { grow, plant } from '../setup/trees.ts';

describe.each(PRODUCTS)('how records lie in files, on %s', (product) => {
  let root: string;
  let target: FreshTarget;

  beforeEach(async () => {
    root = plant();
    target = await freshTarget(product);
    onTestFinished(() => target.drop());
  });

  const write = (path: string, content: unknown): void => grow(root, { [path]: content });

  const valuesOf = async (sql: string): Promise<unknown[]> =>
    (await queryTarget(target.url, sql)).map((row) => Object.values(row)[0]);

  const metric = (minute: number, more = {}) => ({
    timestamp: `2025-01-01T00:0${minute}:00`,
    source: 's',
    cpu_usage: 1,
    ...more,
  });
  const [one, two] = [metric(1), metric(2)];

  test.each<[string, string, string]>([
    ['one a line in a .json', 'm.json', `${JSON.stringify(one)}\n${JSON.stringify(two)}\n`],
    ['over several lines each', 'm.json', `${JSON.stringify(one, null, 2)}\n${JSON.stringify(two, null, 2)}`],
    ['on one line', 'm.json', JSON.stringify(one) + JSON.stringify(two)],
    ['after RFC 7464 separators', 'm.json', `\u001e${JSON.stringify(one)}\n\u001e${JSON.stringify(two)}\n`],
    ['after separators in a .jsonl', 'm.jsonl', `\u001e${JSON.stringify(one)}\n\u001e${JSON.stringify(two)}\n`],
    [
      'over several lines each in a .jsonl',
      'm.jsonl',
      `${JSON.stringify(one, null, 2)}\n${JSON.stringify(two, null, 2)}`,
    ],
  ])('documents %s are records', async (_how, name, text) => {
    write(`metrics/${name}`, text);
    const loaded = await load(root, target.url);
    expect(loaded).toMatchObject({ exitCode: 0, rejects: [], files: [{ records: { read: 2, loaded: 2 } }] });
  });

  test.each([
    ['without an id', 'default', {}],
    ['with it as its id', 'default', { id: 'default' }],
  ])('the one conversation of each user is its own: a file %s', async (_how, stem, id) => {
    for (const user of ['ann', 'ben'])
      write(`conversations/${user}/${stem}.json`, { ...id, title: user, messages: [{ role: 'user', content: user }] });
    write('conversations/ann/6f9619ff-8b86-4011-b42d-00c04fc964ff.json', { title: 'x', messages: [] });
    const loaded = await load(root, target.url);
    expect(loaded).toMatchObject({ exitCode: 0, rejects: [] });
    expect(await valuesOf('SELECT content FROM messages ORDER BY content')).toEqual(['ann', 'ben']);
    expect(await valuesOf("SELECT id FROM conversations WHERE title = 'x'")).toEqual([
      '6f9619ff-8b86-4011-b42d-00c04fc964ff',
    ]);
  });

  test.each(['a\u0000b', 'a\ud800b', 'x'.repeat(200)])(
    'an owner beside the records that no database holds is a reject: %j',
    async (owner) => {
      const conversation = { id: 'c', title: 't', created_at: '2025-01-01T00:00:00', messages: [] };
      write('db.json', { user_id: owner, settings: { theme: 'dark' }, conversations: [conversation] });
      const loaded = await load(root, target.url);
      expect(loaded.exitCode).toBe(1);
      expect(loaded.files).toMatchObject([{ status: 'failed', records: { read: 2, loaded: 0, rejected: 2 } }]);
    },
  );

  test('a line of a .jsonl that is a list is one bad record', async () => {
    write('metrics/m.jsonl', `[1, 2]\n${JSON.stringify(one)}\n`);
    const loaded = await load(root, target.url);
    expect(loaded.rejects).toMatchObject([{ record: 1, line: 1, code: 'wrong-shape' }]);
    expect(loaded.files).toMatchObject([{ records: { read: 2, loaded: 1, rejected: 1 } }]);
  });

  test('names in a map are kept, and two names on one key are a conflict', async () => {
    write('metrics/m.json', { a: one, b: two, c: { ...one, cpu_usage: 9 }, d: one });
    write('completion_requests.json', {
      r1: { success: true, prompt_tokens: 1 },
      r2: { success: true, prompt_tokens: 1 },
    });
    const loaded = await load(root, target.url);
    expect(loaded.rejects.map(({ code, record }) => [code, record])).toEqual([
      ['conflicting-duplicate', 3],
      ['conflicting-duplicate', 4],
    ]);
    const extras = await valuesOf('SELECT extra FROM completion_requests UNION ALL SELECT extra FROM metrics');
    const names = extras.map((extra) => (typeof extra === 'string' ? JSON.parse(extra) : extra).map_key);
    expect(names.sort()).toEqual(['a', 'b', 'r1', 'r2']);
  });

  test('messages under data.messages, an analysis_id in the response, and llm_usage.json', async () => {
    write('conversations/ann/c.json', {
      id: 'c',
      title: 't',
      data: { messages: [{ role: 'user', content: 'x' }], topic: 'y' },
    });
    write('analyses.json', [
      {
        request: { query: 'q' },
        response: { analysis_id: 'analysis_1', status: 'answer', confidence: 1, timeline: [] },
      },
    ]);
    const call = {
      timestamp: '2025-01-01T00:00:00',
      request_id: 'r',
      success: true,
      model: 'm',
      input_tokens: 3,
      output_tokens: 4,
      latency_ms: 5,
    };
    write('llm_usage.json', [call]);
    write('later/llm_usage.json', [call, { ...call, request_id: 's' }]);
    const loaded = await load(root, target.url);
    expect(loaded).toMatchObject({ rejects: [], exitCode: 0 });
    expect(await valuesOf('SELECT content FROM messages')).toEqual(['x']);
    expect(await valuesOf('SELECT analysis_id FROM analyses')).toEqual(['analysis_1']);
    const columns = 'prompt_tokens + completion_tokens + response_time_ms';
    expect((await valuesOf(`SELECT ${columns} FROM completion_requests`)).map(Number)).toEqual([12, 12]);
  });

  test('a copy never wins against a live file, also one that comes later', async () => {
    const chat = (title: string) => ({ id: 'c1', title, created_at: '2025-01-01T00:00:00', messages: [] });
    write('backup/conversations/ann/c1.json', chat('old'));
    await load(root, target.url);
    write('conversations/ann/c1.json', chat('live'));
    const copy = [{ path: 'backup/conversations/ann/c1.json', code: 'conflicting-duplicate' }];
    expect((await load(root, target.url)).rejects).toMatchObject(copy);
    expect(await valuesOf('SELECT title FROM conversations')).toEqual(['live']);
    const again = await load(root, target.url, { reload: true });
    expect(again.rejects).toMatchObject(copy);
    expect(await valuesOf('SELECT title FROM conversations')).toEqual(['live']);
  });

  test('files that look like data are named, until something explains them', async () => {
    write('metrics/m.json', [one]);
    write('notes.json', { text: 'x' });
    write('dump.jsonl.bz2', 'BZh9');
    symlinkSync('notes.json', join(root, 'link.json'));
    write('README.md', '# x');
    utimesSync(join(root, 'README.md'), 1, 1);
    const loaded = await load(root, target.url);
    expect(loaded).toMatchObject({
      exitCode: 1,
      head: { totals: { files_unrecognised: 4 }, notes: { unexplained: 3 } },
    });
    expect(loaded.warnings.map(({ code, path }) => [code, path])).toEqual([
      ['not-read', 'dump.jsonl.bz2'],
      ['not-read', 'link.json'],
      ['not-read', 'notes.json'],
    ]);
    const silent = { exitCode: 0, warnings: [], head: { notes: { unexplained: 0 } } };
    const all = ['notes.json', '*.bz2', 'link.json'];
    expect(await load(root, target.url, { ignore: all })).toMatchObject(silent);
    expect(await load(root, target.url, { exclude: all })).toMatchObject(silent);
    expect(await load(root, target.url, { include: ['metrics/**'] })).toMatchObject(silent);
    expect(await load(root, target.url, { only: ['metrics'] })).toMatchObject(silent);
  });

  test('--include names a file of a tool, and ** does not', async () => {
    write('metrics/m.json', [one]);
    write('.stversions/metrics/m.json', [two]);
    expect(await load(root, target.url, { include: ['**'] })).toMatchObject({
      head: { totals: { records_loaded: 1 } },
    });
    const named = await load(root, target.url, { include: ['.stversions/**'] });
    expect(named.files.map(({ path, status }) => [path, status])).toContainEqual([
      '.stversions/metrics/m.json',
      'loaded',
    ]);
  });
});
