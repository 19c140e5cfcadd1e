import { expect, test } from 'vitest';
import { runCli } from '../setup/cli.ts';
import { freshUrl, PRODUCTS, queryTarget } from '../setup/targets.ts';
import { plant } from '../setup/trees.ts';

// A row that the application changed after the files were written stays, whatever its table calls that time.

test.each(PRODUCTS.flatMap((product) => ['updated_at', 'updatedAt'].map((name) => [product, name] as const)))(
  '%s: a row with a later %s is kept',
  async (product, name) => {
    const url = await freshUrl(product);
    const time = product === 'PostgreSQL' ? 'timestamp(3)' : 'DATETIME';
    await queryTarget(
      url,
      `CREATE TABLE "Item" (id text PRIMARY KEY, title text, "${name}" ${time})`,
      `INSERT INTO "Item" VALUES ('a', 'of the application', '2026-01-01 00:00:00'), ('b', 'old', '2020-01-01 00:00:00')`,
    );
    const cwd = plant({
      'migrate-json.config.yaml': `datasets:
  Item: { files: items.json, key: id, rest: reject, columns: { id: text, title: text, ${name}: { from: /changed, type: timestamp } } }
`,
      'data/items.json': ['a', 'b'].map((id) => ({ id, title: 'of the file', changed: '2023-01-01T00:00:00Z' })),
    });
    const run = await runCli(['run', 'data', '--to', url, '--json'], { cwd });
    expect(JSON.parse(run.stdout).tables.Item).toMatchObject({ updated: 1, kept: 1 });
    const titles = await queryTarget(url, 'SELECT title FROM "Item" ORDER BY id');
    expect(titles).toEqual([{ title: 'of the application' }, { title: 'of the file' }]);
  },
);
