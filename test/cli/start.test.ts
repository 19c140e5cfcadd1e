import { expect, test } from 'vitest';
import { runInNewProcess } from '../setup/running-cli.ts';

/** Tells on stderr what is loaded, and of what is bundled where it comes from. */
const TELL_MODULES = `data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from 'node:module';
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      const bundled = String(loaded.source ?? '').match(/(?<=^\\/\\/ .*)node_modules\\/[\\w-]+/gm) ?? [];
      for (const each of [url, ...bundled]) process.stderr.write(each + '\\n');
      return loaded;
    },
  });
`)}`;

async function packagesLoadedBy(...args: readonly string[]): Promise<string[]> {
  const { code, stderr } = await runInNewProcess(args, { env: { NODE_OPTIONS: `--import ${TELL_MODULES}` } });
  expect(code, stderr).toBe(0);
  return [...new Set(stderr.match(/(?<=node_modules\/)[\w-]+/g))].sort();
}

test.each([[['--help']], [['--version']], [['run', '--help']]])(
  '%j loads nothing but what it prints with',
  async (args) => {
    expect(await packagesLoadedBy(...args)).toEqual(['chalk', 'commander']);
  },
);

test('a run loads the driver of its own database only, and no patterns or progress bars where there are none', async () => {
  const loaded = await packagesLoadedBy('run', '.', '--to', 'app.db', '--allow-empty');
  expect(loaded).toEqual(expect.arrayContaining(['better-sqlite3', 'zod']));
  for (const name of ['pg', 'fast-glob', 'cli-progress', 'yaml']) expect(loaded).not.toContain(name);
});
