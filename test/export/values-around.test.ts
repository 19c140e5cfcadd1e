import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runCli } from '../setup/cli.ts';
import { freshUrl, PRODUCTS, queryTarget } from '../setup/targets.ts';
import { plant, type Tree } from '../setup/trees.ts';

// What rows have of the document around their record, on the way back.

const POSTS = {
  key: 'id',
  columns: { id: 'integer', title: 'text' },
};
const COMMENTS = {
  records: '/comments/*',
  key: ['post_id', 'n'],
  columns: { post_id: { from: '$document/id', type: 'integer', references: 'posts.id' }, n: 'integer', text: 'text' },
};

async function written(product: (typeof PRODUCTS)[number], datasets: object, tree: Tree) {
  const [url, other] = [await freshUrl(product), await freshUrl(product)];
  const cwd = plant(tree);
  writeFileSync(join(cwd, 'migrate-json.config.json'), JSON.stringify({ datasets }), { mode: 0o600 });
  const cli = (...words: readonly string[]) => runCli([...words], { cwd });
  const first = await cli('run', 'data', '--to', url);
  expect(first.code, first.stdout).toBe(0);
  const out = await cli('export', 'out', '--from', url, '--json');
  const again = await cli('run', 'out', '--to', other);
  const over = await cli('run', 'out', '--to', url, '--json');
  const rows = (from: string) => queryTarget(from, 'SELECT post_id, n, text FROM comments ORDER BY post_id, n');
  return { out, again, over, rows: await rows(url), others: await rows(other) };
}

test.each(PRODUCTS)('children of the documents of another dataset stand in these again, from %s', async (product) => {
  const { out, again, over, rows, others } = await written(
    product,
    {
      posts: {
        files: 'posts/<slug>.json',
        records: '',
        ...POSTS,
        columns: { ...POSTS.columns, slug: { from: '$slug' } },
      },
      comments: { files: 'posts/<slug>.json', ...COMMENTS },
    },
    {
      'data/posts/a.json': {
        id: 1,
        title: 'A',
        comments: [
          { n: 1, text: 'x' },
          { n: 2, text: 'y' },
        ],
      },
      'data/posts/b.json': { id: 2, title: 'B', comments: [{ n: 1, text: 'z' }] },
    },
  );
  expect([out.code, JSON.parse(out.stdout).without_document]).toEqual([0, {}]);
  expect(again.code, again.stdout).toBe(0);
  expect(others).toEqual(rows);
  expect(over.code, over.stdout).toBe(0);
  expect(JSON.parse(over.stdout).tables).toMatchObject({ comments: { inserted: 0, updated: 0, unchanged: 3 } });
});

test.each(PRODUCTS)('what no dataset writes around the records is written with them, from %s', async (product) => {
  const { out, again, rows, others } = await written(
    product,
    {
      comments: {
        files: 'thread.json',
        ...COMMENTS,
        columns: { ...COMMENTS.columns, post_id: { from: '$document/of', type: 'integer' } },
      },
    },
    { 'data/thread.json': { of: 7, comments: [{ n: 1, text: 'x' }] } },
  );
  expect([out.code, again.code, others]).toEqual([0, 0, rows]);
});

test.each(PRODUCTS)('lines have it beside their members, from %s', async (product) => {
  const { out, again, rows, others } = await written(
    product,
    {
      comments: {
        files: 'lines.jsonl',
        key: COMMENTS.key,
        columns: { ...COMMENTS.columns, post_id: { from: '$document/id', type: 'integer' } },
      },
    },
    { 'data/lines.jsonl': '{"id":1,"n":1,"text":"x"}\n{"id":2,"n":1,"text":"y"}\n' },
  );
  expect([out.code, again.code, others]).toEqual([0, 0, rows]);
});

const THREADS: Tree = {
  'data/threads/a.json': { id: 1, comments: [{ n: 1, text: 'x' }] },
  'data/threads/b.json': {
    id: 2,
    comments: [
      { n: 1, text: 'y' },
      { n: 2, text: 'z' },
    ],
  },
};

test.each(PRODUCTS)('documents get files of their own where the names of files are open, from %s', async (product) => {
  const { out, again, rows, others } = await written(product, { comments: commentsOf('threads/*.json') }, THREADS);
  expect([out.code, again.code, others]).toEqual([0, 0, rows]);
});

test.each(PRODUCTS)('where a file has no room for it, the export of %s says of how many records', async (product) => {
  const { out } = await written(product, { comments: commentsOf('threads/<name>.json') }, THREADS);
  expect(out.code).toBe(1);
  expect(JSON.parse(out.stdout).without_document).toEqual({ comments: 2 });
  expect(out.stderr).toContain('2 records of comments');
});

function commentsOf(files: string): object {
  return { files, ...COMMENTS, columns: { ...COMMENTS.columns, post_id: { from: '$document/id', type: 'integer' } } };
}
