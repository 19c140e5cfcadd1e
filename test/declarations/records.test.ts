import { expect, test } from 'vitest';
import { loadDeclared } from '../setup/declared.ts';
import { forecast, load } from '../setup/load.ts';
import { PRODUCTS } from '../setup/targets.ts';

// Which records of a file a declared dataset takes, leaves out and refuses.

test.each(PRODUCTS)('records of one list go to the datasets that their conditions name, into %s', async (product) => {
  const shapes = { files: 'shapes.json', records: '/all/*', key: 'id' };
  const datasets = {
    circles: { ...shapes, when: { '/type': 'circle' }, columns: { id: 'integer', radius: 'real' } },
    squares: {
      ...shapes,
      when: { '/type': ['square', 'box'], has: ['/side'] },
      columns: { id: 'integer', side: 'real' },
    },
  };
  const all = [
    { id: 1, type: 'circle', radius: 2 },
    { id: 2, type: 'box', side: 3 },
    { id: 3, type: 'square' },
    { id: 4, type: 'line' },
    { id: 5, type: 'circle', radius: 'x' },
  ];
  const { exitCode, rejects, head, query, root, url } = await loadDeclared(
    { datasets },
    { 'shapes.json': { all } },
    product,
  );
  expect(exitCode).toBe(1);
  expect(rejects.map(({ code, record }) => [code, record])).toEqual([
    ['not-taken', 3],
    ['not-taken', 4],
    ['wrong-type', 5],
  ]);
  expect(head.datasets).toMatchObject({
    circles: { read: 4, loaded: 1, rejected: 3 },
    squares: { read: 1, loaded: 1, rejected: 0 },
  });
  expect(await query('SELECT count(*) AS n FROM circles')).toEqual([{ n: product === 'SQLite' ? 1 : '1' }]);
  const again = await load(root, url, { datasets });
  expect({ code: again.exitCode, rejects: again.rejects.length }).toEqual({ code: 1, rejects: 3 });
});

test.each(PRODUCTS)(
  'of several states of a record the last counts, a tombstone takes the others along, into %s',
  async (product) => {
    const datasets = {
      docs: {
        files: 'docs.jsonl',
        key: 'id',
        duplicates: 'last',
        skip: { deleted: { '/$$deleted': true } },
        check: { negative: { '/n': [-1], hint: 'n counts something' } },
        columns: { id: { from: '/_id', type: 'text' }, n: 'integer' },
      },
    };
    const lines = [
      { _id: 'a', n: 1 },
      { _id: 'b', n: 2 },
      { _id: 'a', n: 3 },
      { _id: 'b', $$deleted: true },
      { _id: 'c', n: -1 },
    ];
    const files = { 'docs.jsonl': lines.map((line) => `${JSON.stringify(line)}\n`).join('') };
    const {
      rejects,
      files: [file],
      query,
      root,
      url,
    } = await loadDeclared({ datasets }, files, product);
    expect(rejects).toMatchObject([{ code: 'check-failed', record: 5, message: 'negative: n counts something' }]);
    expect(file).toMatchObject({
      records: { read: 2, loaded: 1, rejected: 1 },
      dropped: { superseded: 2, 'skip: deleted': 1 },
    });
    expect(await query('SELECT id, n FROM docs')).toEqual([{ id: 'a', n: product === 'SQLite' ? 3 : '3' }]);
    const dry = await load(root, url, { datasets, dryRun: true, reload: true });
    const again = await load(root, url, { datasets, reload: true });
    expect(again.error).toBeUndefined();
    expect(forecast(dry)).toEqual(forecast(again));
    expect(again.tables).toMatchObject({ docs: { inserted: 0, updated: 0, unchanged: 1 } });
  },
);

test('the latest state counts where a column says which it is, wherever it stands', async () => {
  const datasets = {
    docs: {
      files: 'docs.json',
      key: 'id',
      duplicates: { latest: 'at' },
      columns: { id: 'text', at: 'timestamp', n: 'integer' },
    },
  };
  const docs = [
    { id: 'a', at: '2025-01-02T00:00:00Z', n: 2 },
    { id: 'a', at: '2025-01-01T00:00:00Z', n: 1 },
    { id: 'b', n: 1 },
    { id: 'b', n: 2 },
    { id: 'c', at: '2025-01-02T00:00:00Z', n: 1 },
    { n: 1, id: 'c', at: '2025-01-02T00:00:00Z' },
  ];
  const { exitCode, query, warnings } = await loadDeclared({ datasets }, { 'docs.json': docs });
  expect(exitCode).toBe(0);
  expect(await query('SELECT id, n FROM docs ORDER BY id')).toEqual([
    { id: 'a', n: 2 },
    { id: 'b', n: 2 },
    { id: 'c', n: 1 },
  ]);
  // Of two states without a time, or of one time, nobody knows which is right; equal ones are one.
  expect(warnings).toEqual([
    expect.objectContaining({ code: 'states-of-one-time', message: expect.stringContaining('record 4') }),
  ]);
});

test('members that no column holds are kept, ignored by name, or rejected', async () => {
  const record = { id: 1, a: 2, _v: 3, ui: { open: true, size: 4 }, other: { deep: 5 } };
  const of = (rest: unknown) =>
    loadDeclared(
      { datasets: { things: { files: 'x.json', key: 'id', rest, columns: { id: 'integer', a: 'integer' } } } },
      { 'x.json': [record] },
    );
  const kept = await of('more');
  expect(JSON.parse(String((await kept.query('SELECT more FROM things'))[0]?.['more']))).toEqual({
    _v: 3,
    ui: record.ui,
    other: record.other,
  });
  const ignoring = await of({ ignore: ['/_v', '/ui/*', '/other'] });
  expect(ignoring.files).toMatchObject([{ status: 'loaded', dropped: { 'ignored-member': 3 } }]);
  const refused = await of('reject');
  expect(refused.rejects.map(({ code, pointer }) => [code, pointer])).toEqual([
    ['unmapped-member', '/_v'],
    ['unmapped-member', '/ui/open'],
    ['unmapped-member', '/ui/size'],
    ['unmapped-member', '/other/deep'],
  ]);
});

test('a step that spells a value otherwise is counted, and does not refuse it with --strict', async () => {
  const datasets = {
    things: { files: 'x.json', key: 'id', columns: { id: 'integer', a: { from: '/a', trim: true, type: 'text' } } },
  };
  const files = { 'x.json': [{ id: 1, a: ' x ' }] };
  const { root, url, files: told } = await loadDeclared({ datasets }, files);
  expect(told).toMatchObject([{ status: 'loaded', repairs: { respelled: 1 } }]);
  expect(await load(root, url, { datasets, strict: true, reload: true })).toMatchObject({ exitCode: 0, rejects: [] });
});

test('datasets that name no files take the records of one list that fit them', async () => {
  const datasets = {
    images: { when: { '/type': 'image' }, key: 'id', columns: { id: 'integer', url: 'text' } },
    notes: { when: { '/type': 'note' }, key: 'id', columns: { id: 'integer', text: 'text' } },
  };
  const all = [
    { id: 1, type: 'image', url: 'a.png' },
    { id: 2, type: 'note', text: 'b' },
  ];
  const { exitCode, rejects, query } = await loadDeclared({ datasets }, { 'any.json': all });
  expect({ exitCode, rejects }).toEqual({ exitCode: 0, rejects: [] });
  expect(await query('SELECT id, text FROM notes')).toEqual([{ id: 2, text: 'b' }]);
});

test('a secret is stored as its hash, and never written back, where it would be hashed again', async () => {
  const datasets = { keys: { files: 'keys.json', key: 'id', columns: { id: 'integer', token: { secret: 'sha256' } } } };
  const { query, exported } = await loadDeclared({ datasets }, { 'keys.json': [{ id: 1, token: 'abc' }] });
  expect(await query('SELECT token FROM keys')).toEqual([
    { token: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad' },
  ]);
  expect(JSON.parse(await exported('keys.json'))).toEqual([{ id: 1 }]);
});

test('a record that two datasets take is a reject, and in neither table', async () => {
  const columns = { id: 'integer' };
  const datasets = { all: { files: '*.json', key: 'id', columns }, some: { files: 'p.json', key: 'id', columns } };
  const { rejects, query } = await loadDeclared({ datasets }, { 'p.json': [{ id: 1 }], 'q.json': [{ id: 2 }] });
  expect(rejects).toMatchObject([{ code: 'taken-twice', path: 'p.json', record: 1 }]);
  expect(await query('SELECT id FROM "all"')).toEqual([{ id: 2 }]);
});

test('of what stands beside declared records only single values may be dropped', async () => {
  const datasets = {
    maps: { files: 'world.json', records: '/maps/<m>', key: 'm', columns: { m: { from: '$m' }, w: 'integer' } },
  };
  const world = (more: object) => loadDeclared({ datasets }, { 'world.json': { maps: { m1: { w: 1 } }, ...more } });
  expect(await world({ time: 12.5 })).toMatchObject({ exitCode: 0, warnings: [{ code: 'beside-records' }] });
  for (const more of [{ season: { n: 4 } }, { list: [1, 2] }])
    expect(await world(more)).toMatchObject({ exitCode: 1, rejects: [{ code: 'second-collection' }] });
  expect(await world({ none: [], nothing: {} })).toMatchObject({ exitCode: 0 });
});

test.each(PRODUCTS)('tables that refer to each other load whichever is declared first, into %s', async (product) => {
  const guilds = (deferred: boolean) => ({
    files: 'g.json',
    records: '/<name>',
    key: 'name',
    columns: { name: { from: '$name' }, leader: { references: 'players.id', deferred } },
  });
  const players = (deferred: boolean) => ({
    files: 'p.json',
    key: 'id',
    columns: { id: 'integer', guild: { references: 'guilds.name', deferred } },
  });
  const files = { 'p.json': [{ id: 1, guild: 'W' }], 'g.json': { W: { leader: 1 } } };
  for (const isFirst of [true, false]) {
    const [g, p] = [guilds(isFirst), players(!isFirst)];
    for (const datasets of [
      { guilds: g, players: p },
      { players: p, guilds: g },
    ]) {
      const { exitCode, rejects } = await loadDeclared({ datasets }, files, product);
      expect({ exitCode, rejects }).toEqual({ exitCode: 0, rejects: [] });
    }
  }
});

test('files of a pattern with a packed ending are known unpacked too, and written back as lines', async () => {
  const datasets = {
    kills: { files: 'logs/<day>.jsonl.gz', key: ['day', 'n'], columns: { day: { from: '$day' }, n: 'integer' } },
  };
  const { exitCode, exported } = await loadDeclared({ datasets }, { 'logs/a.jsonl': '{"n":1}\n{"n":2}\n' });
  expect(exitCode).toBe(0);
  expect(await exported('logs/a.jsonl')).toBe('{"n":1}\n{"n":2}\n');
});
