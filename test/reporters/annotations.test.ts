import { describe, expect, test } from 'vitest';
import { annotations } from '../../src/reporters/annotations.ts';
import { hostile, type Sample, sampleReport } from '../setup/sample-report.ts';

function linesOf(sample: Sample): string[] {
  return [...annotations(sampleReport(sample), (path) => `legacy/${path}`)];
}

function ofLevel(lines: readonly string[], level: string): string[] {
  return lines.filter((line) => line.startsWith(`::${level} `));
}

describe('annotations for GitHub', () => {
  test('tell how the run ended, and the first reject of each code where it is', () => {
    const lines = linesOf({ files: 70 });
    expect(lines[0]).toBe(
      '::notice title=migrate-json run%3A Partial::280 records in the database, 70 rejected, in 1 min 0 s.\n',
    );
    expect(lines[1]).toBe(
      '::error file=legacy/conversations/user-4/000004.json,line=1,col=5,title=wrong-type%3A 1%2C200 records%2C first::' +
        '1:5 record 1 /messages/0: role must be text, not a number. Correct the value in the source.\n',
    );
  });

  test('are at most ten of each level', () => {
    const [code] = sampleReport().head.reject_codes;
    const codes = Array.from({ length: 43 }, (_, at) => ({ ...code, code: `code-${at}` }));
    const lines = linesOf({ warnings: 500, head: { reject_codes: codes as never } });
    expect(ofLevel(lines, 'error')).toHaveLength(10);
    expect(ofLevel(lines, 'warning')).toHaveLength(10);
    expect(ofLevel(lines, 'notice')).toHaveLength(1);
  });

  test('what ended the run early comes first', () => {
    const error = { code: 'disk-full', message: 'no space left', hint: 'Free some space.' };
    const [first] = ofLevel(linesOf({ head: { error } }), 'error');
    expect(first).toBe('::error title=disk-full::no space left. Free some space.\n');
  });

  test('hostile text stays one line and one command', () => {
    for (const line of linesOf({ text: hostile, warnings: 10 })) {
      expect(line).toMatch(/^::(error|warning|notice) [^\r\n]*\n$/);
      const [, properties = ''] = /^::\w+ (.*?)::/s.exec(line) ?? [];
      const names = properties.split(',').map((property) => property.split('=')[0]);
      for (const name of names) expect(['file', 'line', 'col', 'title']).toContain(name);
    }
  });
});
