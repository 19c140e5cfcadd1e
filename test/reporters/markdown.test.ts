import { describe, expect, test } from 'vitest';
import { markdownReport } from '../../src/reporters/markdown.ts';
import { hostile, type Sample, sampleReport } from '../setup/sample-report.ts';

/** https://github.com/orgs/community/discussions/27190 */
const MOST_IN_COMMENT = 65_536;

function render(sample: Sample): string {
  return [...markdownReport(sampleReport(sample))].join('');
}

/** The cells of a row of a table: pipes with a backslash before them do not separate. */
function cellsOf(line: string): string[] {
  return line.split(/(?<!\\)\|/).slice(1, -1);
}

describe('the Markdown report', () => {
  test('says first how the run ended, then what was not loaded and why', () => {
    const lines = render({ files: 70, warnings: 2 }).split('\n');
    expect(lines[0]).toBe('## migrate-json run: partial');
    expect(lines[2]).toMatch(/^\*\*280 records in the database, 70 rejected, in 1 min 0 s\.\*\* Files: 30 loaded/);
    expect(lines.filter((line) => line.startsWith('### '))).toEqual([
      '### Not loaded',
      '### Files with problems',
      '### Datasets',
      '### Tables',
      '### Warnings',
    ]);
    expect(lines).toContain(
      '| `wrong-type` | 1,200 | `conversations/user-4/000004.json` at `1:5 record 1 /messages/0`: role must be text, not a number | Correct the value in the source. |',
    );
  });

  test('fits into a comment, whatever the size of the run and of its names', () => {
    const [code] = sampleReport({ text: hostile }).head.reject_codes;
    const codes = Array.from({ length: 500 }, (_, at) => ({ ...code, code: `code-${at}` }));
    const head = { reject_codes: codes as never };
    for (const text of [hostile, (plain: string) => '*'.repeat(5000) + plain]) {
      const markdown = render({ files: 20_000, warnings: 20_000, text, head });
      expect(markdown.length).toBeLessThanOrEqual(MOST_IN_COMMENT);
    }
  });

  test('hostile text breaks no table, mentions nobody and links nothing', () => {
    const lines = render({ files: 30, text: hostile, warnings: 5 }).split('\n');
    let columns = 0;
    for (const line of lines.filter((each) => each.startsWith('|'))) {
      const cells = cellsOf(line);
      if (cells.every((cell) => / -+:? /.test(cell))) columns = cells.length;
      else if (columns > 0 && !line.startsWith('| code') && !/^\| (file|dataset|table) /.test(line))
        expect(cells, line).toHaveLength(columns);
    }
    expect(columns).toBeGreaterThan(0);
    const outsideOfCode = lines.join('\n').replaceAll(/(`+)(?!`).*?(?<!`)\1(?!`)/g, '');
    expect(outsideOfCode).not.toMatch(/@everyone|:\/\/example|[^&]#1 |<(script|img|svg|!--)/);
    expect(lines.join('\n')).not.toMatch(/[^\P{Cc}\n]|\p{Bidi_Control}/u);
  });
});
