import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isOwnDirectory } from '../../src/files/output-directory.ts';
import { RejectsWriter } from '../../src/files/rejects-writer.ts';
import { rejectAt } from '../../src/reject.ts';
import { filesBelow, HOSTILE_NAMES, modeOf, temporaryDirectory } from './temporary-directory.ts';

const head = { runId: 'r1', root: '/data', rootIsApplication: true, rootHasSettings: false };
const SOURCE = { path: 'of no interest here' };
const reject = rejectAt(
  { record: 3, line: 1, column: 1, byte: 0 },
  { code: 'wrong-type', pointer: '/a', message: 'a number is wanted' },
);

async function begin() {
  const dir = join(await temporaryDirectory(), 'rejects');
  return { dir, writer: await RejectsWriter.begin(dir, head) };
}

test('a rejected record is stored byte for byte beside its reason', async () => {
  const { dir, writer } = await begin();
  const bytes = Buffer.from([0x7b, 0xff, 0x00, 0x7d]);
  await writer.add({ path: 'u/c.json', source: SOURCE, record: 3, bytes, rejects: [reject] });
  await writer.finish();
  expect(await filesBelow(dir)).toEqual([
    'migrate-json-rejects.json',
    'u/c.json/00000003.json',
    'u/c.json/00000003.reason.json',
  ]);
  expect(await readFile(join(dir, 'u/c.json/00000003.json'))).toEqual(bytes);
  expect(JSON.parse(await readFile(join(dir, 'u/c.json/00000003.reason.json'), 'utf8'))).toEqual({
    path: 'u/c.json',
    record: 3,
    rejects: [reject],
    source: SOURCE,
  });
  expect(await modeOf(join(dir, 'u/c.json'))).toBe('700');
  expect(await modeOf(join(dir, 'u/c.json/00000003.json'))).toBe('600');
});

test.each([
  ['events.jsonl', 'file.jsonl'],
  ['events.jsonl.gz', 'file.jsonl.gz'],
  ['events.gz', 'file.gz'],
  ['settings', 'file'],
  [`a.${'x'.repeat(253)}`, 'file'],
  ['a.js\non', 'file'],
])('a whole file %j keeps its ending', async (path, name) => {
  const { dir, writer } = await begin();
  await writer.add({ path, source: SOURCE, record: null, bytes: Buffer.from('{'), rejects: [reject] });
  expect(await readFile(join(dir, path, name), 'utf8')).toBe('{');
  expect(JSON.parse(await readFile(join(dir, path, 'file.reason.json'), 'utf8'))).toMatchObject({ path, record: null });
});

test('a directory that cannot be read, be it the root itself, leaves its reason', async () => {
  const { dir, writer } = await begin();
  for (const path of ['conversations/ann/', '/'])
    await writer.addFile({ path, record: null, place: join('/data', path), rejects: [reject], source: SOURCE });
  expect(await filesBelow(dir)).toEqual([
    'conversations/ann/file.reason.json',
    'file.reason.json',
    'migrate-json-rejects.json',
  ]);
});

test('a whole file is copied; one that cannot be read leaves only its reason', async () => {
  const { dir, writer } = await begin();
  const source = join(await temporaryDirectory(), 'a.json');
  await writeFile(source, '{"cut');
  await writer.addFile({
    path: 'a.json',
    record: null,
    place: source,
    rejects: [reject],
    source: { path: 'a.json' },
  });
  await writer.addFile({
    path: 'b.json',
    record: null,
    place: join(source, 'absent'),
    rejects: [reject],
    source: { path: 'b.json' },
  });
  expect(await filesBelow(dir)).toEqual([
    'a.json/file.json',
    'a.json/file.reason.json',
    'b.json/file.reason.json',
    'migrate-json-rejects.json',
  ]);
  expect(await readFile(join(dir, 'a.json/file.json'), 'utf8')).toBe('{"cut');
});

test.each(HOSTILE_NAMES)('a source named %j becomes a directory', async (path) => {
  const { dir, writer } = await begin();
  await writer.add({ path, source: SOURCE, record: 1, bytes: Buffer.from('x'), rejects: [] });
  expect(await readFile(join(dir, path, '00000001.json'), 'utf8')).toBe('x');
});

test('names that clash with ours and paths that become too long move aside, and the reason has the path', async () => {
  const { dir, writer } = await begin();
  await writer.add({ path: 'a.json', source: SOURCE, record: 1, bytes: Buffer.from('first'), rejects: [] });
  const long = Array.from({ length: 20 }, () => 'x'.repeat(202)).join('/');
  const clashing = ['a.json/00000001.json', 'migrate-json-rejects.json', long];
  for (const path of clashing)
    await writer.add({ path, source: SOURCE, record: 1, bytes: Buffer.from(path), rejects: [] });
  const reasons = (await filesBelow(dir)).filter((name) =>
    /^migrate-json-path-[0-9a-f]{32}\/00000001\.reason\.json$/.test(name),
  );
  const paths = await Promise.all(
    reasons.map(async (name) => JSON.parse(await readFile(join(dir, name), 'utf8')).path),
  );
  expect(paths.sort()).toEqual([...clashing].sort());
  expect(await readFile(join(dir, 'a.json/00000001.json'), 'utf8')).toBe('first');
});

test('a directory of rejects is own output, and a second run does not write into it', async () => {
  const { dir, writer } = await begin();
  await writer.finish();
  expect(await isOwnDirectory(dir)).toBe(true);
  expect(JSON.parse(await readFile(join(dir, 'migrate-json-rejects.json'), 'utf8'))).toEqual({
    rejects_version: 1,
    run_id: 'r1',
    root: '/data',
    root_is_application: true,
    root_has_settings: false,
  });
  const other = RejectsWriter.begin(dir, { ...head, runId: 'r2' });
  await expect(other).rejects.toMatchObject({ code: 'output-exists' });
});

test('the same record twice is refused and leaves the first', async () => {
  const { dir, writer } = await begin();
  await writer.add({ path: 'a', source: SOURCE, record: 1, bytes: Buffer.from('first'), rejects: [] });
  const second = writer.add({ path: 'a', source: SOURCE, record: 1, bytes: Buffer.from('second'), rejects: [] });
  await expect(second).rejects.toMatchObject({ code: 'output-exists' });
  expect(await readFile(join(dir, 'a/00000001.json'), 'utf8')).toBe('first');
});
