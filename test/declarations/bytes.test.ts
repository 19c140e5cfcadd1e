import { expect, test } from 'vitest';
import { runSettings } from '../../src/run/run-settings.ts';
import { verify } from '../../src/run/verify.ts';
import { undo } from '../../src/undo/undo.ts';
import { loadDeclared } from '../setup/declared.ts';
import { forecast, load } from '../setup/load.ts';
import { PRODUCTS } from '../setup/targets.ts';
import { grow } from '../setup/trees.ts';

// `bytes`: base64 in the source, bytes in the database.

const datasets = {
  images: { files: 'images.json', key: 'id', columns: { id: 'integer', data: 'bytes', thumb: 'bytes' } },
};

const IMAGES = [{ id: 1, data: 'AP8Kc8OpJ1w=' }, { id: 2, data: 'AP8\nKc8_-pJ1w' }, { id: 3, data: '' }, { id: 4 }];

test.each(PRODUCTS)('bytes are stored as they are, and written back as they were, in %s', async (product) => {
  const { root, url, query, exitCode, exported, head } = await loadDeclared(
    { datasets },
    { 'images.json': IMAGES },
    product,
  );
  expect(exitCode).toBe(0);
  const hex = product === 'SQLite' ? 'lower(hex(data))' : "encode(data, 'hex')";
  const rows = async () =>
    (await query(`SELECT ${hex} AS hex, data IS NULL AS gone FROM images ORDER BY id`)).map((row) =>
      row['gone'] ? 'null' : row['hex'],
    );
  const first = Buffer.from('AP8Kc8/+pJ1w', 'base64').toString('hex');
  expect(await rows()).toEqual(['00ff0a73c3a9275c', first, '', 'null']);
  expect(JSON.parse(await exported('images.json'))).toEqual(IMAGES);
  grow(root, { 'images.json': [{ id: 1, data: 'AQI=' }, ...IMAGES.slice(1)] });
  const trial = await load(root, url, { datasets, dryRun: true });
  const second = await load(root, url, { datasets });
  expect(second.tables).toMatchObject({ images: { updated: 1, unchanged: 3 } });
  expect(forecast(trial)).toEqual(forecast(second));
  expect((await rows())[0]).toBe('0102');
  for (const ledger of [false, true])
    expect((await verify(runSettings({ root, to: url, workers: 1, ledger, datasets }))).exit_code).toBe(0);
  for (const run of [second.head, head]) {
    const settings = { ...runSettings({ root, to: url, datasets }), run: run.run_id, restoreFiles: false };
    expect(await undo(settings as never)).toMatchObject({ exit_code: 0 });
  }
  expect(await rows()).toEqual([]);
});

test.each(['abc!', 'QR==', 'AAAAA', 5])('%s is no base64', async (data) => {
  const { rejects } = await loadDeclared({ datasets }, { 'images.json': [{ id: 1, data }] });
  expect(rejects.map(({ code, message }) => [code, message])).toEqual([['wrong-type', 'data must be bytes in base64']]);
});
