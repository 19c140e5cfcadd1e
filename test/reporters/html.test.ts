import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { htmlReport } from '../../src/reporters/html/html.ts';
import { hostile, type Sample, sampleReport } from '../setup/sample-report.ts';

function render(sample: Sample): string {
  return [...htmlReport(sampleReport(sample))].join('');
}

/** What is between a tag and its end. */
function contentOf(html: string, tag: string): string {
  const name = /\w+/.exec(tag)?.[0];
  return html.split(tag)[1]?.split(`</${name}>`)[0] ?? '';
}

function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}

describe('the HTML report', () => {
  test('allows the browser its own style and script, and nothing else', () => {
    const html = render({ text: hostile, warnings: 3 });
    const script = hashOf(contentOf(html, '<script>'));
    const style = hashOf(contentOf(html, '<style>'));
    expect(html).toContain(`content="default-src 'none'; img-src data:; style-src ${style}; script-src ${script}"`);
  });

  test('hostile text adds no element and ends no script', () => {
    const tagsOf = (html: string) => html.match(/<\/?[a-z!][a-z0-9]*/g);
    const sample = { files: 70, warnings: 3 };
    expect(tagsOf(render({ ...sample, text: hostile }))).toEqual(tagsOf(render(sample)));
  });

  test('the data of its table is JSON with a row per file, those with problems first', () => {
    const html = render({ files: 350, text: hostile });
    const rows: unknown[][] = JSON.parse(contentOf(html, '<script type="application/json" id="file-data">'));
    expect(rows).toHaveLength(350);
    expect(rows.findLastIndex(([, , status]) => status === 'failed' || status === 'partial')).toBe(99);
  });

  test('is about as long as its files, and no longer than a browser bears', () => {
    const html = render({ files: 120_000 });
    expect(html).toContain('Listed are 100,000 of 120,000 files.');
    expect(html.length).toBeLessThan(16_000_000);
  });

  test('tells what ended the run early, and what to do', () => {
    const error = { code: 'disk-full', message: 'no space left', hint: 'Free some space.' };
    const html = render({ head: { error, status: 'failed', exit_code: 4 } });
    expect(html).toContain('<h1>Failed</h1>');
    expect(html).toContain('<strong>no space left.</strong> Free some space. <code>disk-full</code>');
  });

  test('a run that was too short for a chart says so', () => {
    const html = render({ head: { throughput: { interval_ms: 1000, rows: [12] }, duration_ms: 300 } });
    expect(html).toContain('12 rows in 300 ms, 40 rows per second on average. The run was too short for a chart.');
  });

  test('what is to be done with rejects depends on whether their bytes were kept', () => {
    const rejected = (head: object) => render({ head: { exit_code: 1, status: 'partial', ...head } });
    expect(rejected({})).toContain('Next: correct the files and run the same command again.');
    const kept = rejected({ options: { rejects: './to-correct' } });
    expect(kept).toContain('Next: correct what is in <code>./to-correct</code>, then load it with');
  });
});
