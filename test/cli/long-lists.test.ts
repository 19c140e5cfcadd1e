import { expect, onTestFinished, test } from 'vitest';
import { table } from '../../src/cli/format.ts';
import { BIN, runCli } from '../setup/cli.ts';
import { queryTarget } from '../setup/targets.ts';
import { HAS_TERMINAL, TerminalSession } from '../setup/terminal-session.ts';
import { plant } from '../setup/trees.ts';

const MORE = 1000;

test('a table has as many rows as there are', () => {
  const rows = Array.from({ length: 300_000 }, (_, row) => [`row ${row}`, String(row)]);
  expect(table(rows).at(-1)).toBe('row 299999  299999');
});

test.skipIf(!HAS_TERMINAL)(
  'a terminal shows some of many files, those with problems first, and some of many members',
  async () => {
    const members = Object.fromEntries(
      Array.from({ length: MORE }, (_, member) => [`m${String(member).padStart(4, '0')}`, 1]),
    );
    const cwd = plant({
      'data/conversations/ann/a.json': { id: 'a', created_at: '2025-01-01T00:00:00Z', messages: [], ...members },
      'data/usage/ann/usage.json': { tier: 'gold' },
    });
    await runCli(['run', 'data', '--to', 'a.db', '--run-id', 'first'], { cwd });
    const columns = 'run_id, dataset, status, report, counts';
    await queryTarget(
      `sqlite:${cwd}/a.db`,
      `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${MORE})
      INSERT INTO ledger.files (${columns}, path) SELECT run_id, dataset, status,
        replace(report, 'conversations/ann/a.json', 'a/' || i || '.json'), counts, 'a/' || i || '.json'
        FROM ledger.files, n WHERE status = 'loaded'`,
    );
    const list = ['runs', 'first', '--to', 'a.db'];
    const show = async (...args: readonly string[]) => {
      const session = new TerminalSession(`'${process.execPath}' '${BIN}' ${args.join(' ')}`, cwd);
      onTestFinished(() => session.close());
      return (await session.until(/ended with \d/, 30)).split('\n');
    };
    const shown = await show(...list);
    expect(shown).toContain(`and ${(MORE + 2 - 200).toLocaleString('en-US')} more files: --verbose lists all of them`);
    expect(shown.filter((line) => /^a\//.test(line))).toHaveLength(199);
    expect(shown).toContainEqual(expect.stringMatching(/^usage\/ann\/usage\.json +failed /));
    const { stdout } = await runCli([...list, '--json'], { cwd });
    const entries: readonly unknown[] = JSON.parse(stdout);
    expect(entries).toHaveLength(MORE + 2);
    expect(stdout).toBe(`${JSON.stringify(entries, null, 2)}\n`);
    for (const more of [[], ['--verbose']]) {
      const { stdout: piped } = await runCli([...list, ...more], { cwd });
      expect(piped.split('\n')).toHaveLength(1 + MORE + 2 + 1);
    }
    const fields = await show('scan', 'data', '--fields');
    expect(fields.findLast((line) => line.startsWith('and '))).toMatch(/^and 8\d\d more members: --verbose lists all/);
  },
);
