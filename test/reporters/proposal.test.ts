import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { BOX, layOut } from '../../src/reporters/proposal/layout.ts';
import { proposalPage } from '../../src/reporters/proposal/proposal.ts';
import { sampleProposal } from '../setup/sample-proposal.ts';

const pageFor = (...given: Parameters<typeof sampleProposal>): string =>
  [...proposalPage(sampleProposal(...given))].join('');

describe('the page of a proposal', () => {
  test('loads and runs nothing but its own style', () => {
    const page = pageFor(5);
    const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(page)?.[1] ?? '';
    const style = /<style>(.*)<\/style>/s.exec(page)?.[1] ?? '';
    const digest = createHash('sha256').update(style).digest('base64');
    expect(policy).toBe(`default-src 'none'; img-src data:; style-src 'sha256-${digest}'`);
    expect(page).not.toMatch(/<script|\bsrc=|https?:/);
  });

  test('shows names as text, whatever they hold', () => {
    const page = pageFor(4, (at) => `<img src=x onerror=alert(1)>"'&\u202e${at}`);
    expect(page).not.toContain('<img');
    expect(page).not.toContain('\u202e');
    expect(page).toContain('&lt;img src=x onerror=alert(1)&gt;');
  });

  test('has the questions first, and leads from each to its table', () => {
    const page = pageFor(3);
    expect(page.indexOf('<h2>Questions</h2>')).toBeLessThan(page.indexOf('<svg'));
    expect(page).toContain('<a href="#table-0">table_0.id</a>');
    expect(page).toContain('Write <code>zone</code>');
    expect(page.indexOf('<svg')).toBeLessThan(page.indexOf('the file is empty'));
    expect(pageFor(0)).toContain('0');
  });
});

describe('the drawing', () => {
  test.for([1, 5, 50, 150, 400])('of %i tables: boxes do not overlap, and lines lead to them', (count) => {
    const { tables } = sampleProposal(count);
    const { places, edges, width, height } = layOut(tables, 150);
    expect(places.size).toBe(Math.min(count, 150));
    const boxes = [...places.values()];
    for (const [at, one] of boxes.entries()) {
      expect(one.x >= 0 && one.y >= 0 && one.x + BOX.width <= width && one.y + BOX.height <= height).toBe(true);
      for (const other of boxes.slice(at + 1)) {
        const isApart = Math.abs(one.x - other.x) >= BOX.width || Math.abs(one.y - other.y) >= BOX.height;
        expect(isApart, `${JSON.stringify(one)} and ${JSON.stringify(other)}`).toBe(true);
      }
    }
    for (const { from, to } of edges) expect(places.has(from) && places.has(to)).toBe(true);
  });

  test('has what others refer to on the left, also where tables refer in a circle', () => {
    const [first, second, third] = sampleProposal(3).tables.map((each) => ({ ...each, parent: undefined }));
    if (!(first && second && third)) throw new Error('three tables');
    const to = (at: number) => [{ column: 'x', to: at, kind: 'enforced' as const }];
    const chain = layOut([first, { ...second, references: to(0) }, { ...third, references: to(1) }], 10).places;
    expect([0, 1, 2].map((at) => chain.get(at)?.x)).toEqual([0, 272, 544]);
    const wheel = layOut(
      [
        { ...first, references: to(2) },
        { ...second, references: to(0) },
        { ...third, references: to(1) },
      ],
      10,
    );
    expect(wheel.places.size).toBe(3);
  });
});
