import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { junitReport } from '../../src/reporters/junit.ts';
import { hostile, type Sample, sampleReport } from '../setup/sample-report.ts';

const SCHEMA = fileURLToPath(new URL('junit.xsd', import.meta.url));
const NO_XMLLINT =
  spawnSync('xmllint', ['--version']).error !== undefined && !process.env['CI']
    ? 'xmllint is not installed'
    : undefined;

/** What `xmllint` says of the report: its exit code, and the value of an XPath expression. */
function lint(xml: string, ...args: readonly string[]): { code: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync('xmllint', [...args, '-'], { input: xml, encoding: 'utf8' });
  return { code: status, output: `${stdout}${stderr}`.trim() };
}

function render(sample: Sample): string {
  return [...junitReport(sampleReport(sample))].join('');
}

describe('the JUnit report', () => {
  test.skipIf(NO_XMLLINT).each([
    ['of a usual run', {}],
    ['of no file', { files: 0 }],
    ['with hostile names and messages', { text: hostile, warnings: 3 }],
    [
      'of a run that an error ended',
      { head: { error: { code: 'disk-full', message: 'no space left on "/a<b>"', hint: 'Free some space & go on.' } } },
    ],
  ])('%s validates against the common schema', (_what, sample) => {
    expect(lint(render(sample), '--noout', '--schema', SCHEMA)).toEqual({ code: 0, output: '- validates' });
  });

  test.skipIf(NO_XMLLINT)('the schema refuses what is no JUnit report', () => {
    const broken = render({}).replace('time="0"', '');
    expect(lint(broken, '--noout', '--schema', SCHEMA).code).not.toBe(0);
  });

  test.skipIf(NO_XMLLINT)(
    'its counts are those of its test cases: one per file, failed where records are rejected',
    () => {
      const xml = render({ files: 70 });
      const count = (expression: string): number => Number(lint(xml, '--xpath', expression).output);
      expect(count('count(//testcase)')).toBe(70);
      expect(count('number(//testsuite/@tests)')).toBe(70);
      for (const [attribute, element, files] of [
        ['failures', 'failure', 20],
        ['skipped', 'skipped', 10],
      ] as const) {
        expect(count(`number(//testsuite/@${attribute})`), attribute).toBe(files);
        expect(count(`count(//${element})`), element).toBe(files);
      }
    },
  );

  test('the text of a failure is bounded, and tells that there is more', () => {
    const xml = render({ files: 5, rejectsOfFile: 100_000 });
    expect(xml.length).toBeLessThan(20_000);
    expect(xml).toContain('100000 of 100003 records rejected');
    expect(xml).toContain('… more in the JSON report');
  });
});
