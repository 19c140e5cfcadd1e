import { describe, expect, test } from 'vitest';
import { csvReport } from '../../src/reporters/csv.ts';
import { HOSTILE, hostile, type Sample, sampleReport } from '../setup/sample-report.ts';

function render(sample: Sample): string {
  return [...csvReport(sampleReport(sample))].join('');
}

/** Rows and cells as https://www.rfc-editor.org/rfc/rfc4180 says. Throws where a line breaks its grammar. */
function parseCsv(text: string): string[][] {
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/y;
  const rows: string[][] = [[]];
  while (cell.lastIndex < text.length) {
    const at = cell.lastIndex;
    const match = cell.exec(text);
    if (match === null) throw new SyntaxError(`no cell at ${at}: ${JSON.stringify(text.slice(at, at + 40))}`);
    const [, quoted, bare = '', end] = match;
    rows.at(-1)?.push(quoted?.replaceAll('""', '"') ?? bare);
    if (end === '\r\n') rows.push([]);
  }
  rows.pop();
  return rows;
}

describe('the CSV report', () => {
  test('has one row per file, with as many cells as the header names', () => {
    const [header, ...rows] = parseCsv(render({ files: 30, text: hostile }));
    expect(rows).toHaveLength(30);
    for (const row of rows) expect(row).toHaveLength(header?.length ?? 0);
  });

  test('tells what became of each file', () => {
    const [header = [], ...rows] = parseCsv(render({ files: 7 }));
    const files = rows.map((row) => Object.fromEntries(header.map((name, at) => [name, row[at]])));
    expect(files[4]).toMatchObject({
      path: 'conversations/user-4/000004.json',
      status: 'partial',
      records_read: '5',
      records_loaded: '3',
      records_rejected: '2',
      reject_codes: 'missing-member wrong-type',
    });
    expect(files[6]).toMatchObject({ status: 'unrecognised', dataset: '', reason: 'unknown-shape' });
  });

  test.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', ' =1', '\u200b=1', '＝1', '\n'])(
    'a spreadsheet takes no name for a formula: %j',
    (formula) => {
      const [, row] = parseCsv(render({ files: 1, text: () => formula }));
      expect(row?.[0]).toBe(`'${formula}`);
    },
  );

  test('other names stay as they are, whatever is in them', () => {
    for (const name of HOSTILE.filter((each) => !/^[=@]/.test(each))) {
      const [, row] = parseCsv(render({ files: 1, text: () => name }));
      expect(row?.[0]).toBe(name);
    }
  });
});
