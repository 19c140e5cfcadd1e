import axe from 'axe-core';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { HOSTILE, hostile, sampleReport } from '../setup/sample-report.ts';
import { NO_BROWSER, startBrowser } from './browser.ts';
import { type OpenedPage, openPage } from './opened-page.ts';

const PAGE = 100;
const SCHEMES = ['light', 'dark'] as const;

/** The texts of a column of the table of files. */
function columnOf({ page }: OpenedPage, column: number): Promise<string[]> {
  return page.locator(`#file-table tbody tr > :nth-child(${column})`).allTextContents();
}

describe.skipIf(NO_BROWSER)('the HTML report in Chromium', () => {
  let browser: Browser;

  beforeAll(async () => {
    browser = await startBrowser();
  });

  afterAll(async () => {
    await browser.close();
  });

  test('opens without an error and without a request but its own', async () => {
    await using opened = await openPage(browser, sampleReport({ files: 250, warnings: 3 }));
    expect(opened.problems).toEqual([]);
    expect(opened.requests).toEqual([opened.url]);
    expect(await opened.page.locator('h1').textContent()).toBe('Partial');
    const headings = await opened.page.locator('h2').allTextContents();
    expect(headings).toEqual(['Not loaded', 'Counts', 'Rows per second', 'Unmapped members', 'Warnings', 'Files']);
  });

  test('the table of files sorts by each column, both ways, and says so', async () => {
    await using opened = await openPage(browser, sampleReport({ files: 250 }));
    const { page } = opened;
    expect((await columnOf(opened, 3)).every((status) => status === 'failed' || status === 'partial')).toBe(false);
    expect((await columnOf(opened, 3)).slice(0, 5)).not.toContain('loaded');
    const header = page.locator('#file-table thead th').first();
    await header.getByRole('button').click();
    expect(await header.getAttribute('aria-sort')).toBe('ascending');
    expect((await columnOf(opened, 1))[0]).toBe('conversations/user-0/000000.json');
    await header.getByRole('button').press('Enter');
    expect(await header.getAttribute('aria-sort')).toBe('descending');
    expect((await columnOf(opened, 1))[0]).toBe('conversations/user-96/000193.json');
    await page.getByRole('button', { name: 'size' }).click();
    expect(await header.getAttribute('aria-sort')).toBe('none');
    expect((await columnOf(opened, 7)).slice(0, 3)).toEqual(['349 bytes', '348 bytes', '347 bytes']);
  });

  test('the table of files is searched, filtered and paged with the keyboard', async () => {
    await using opened = await openPage(browser, sampleReport({ files: 250 }));
    const { page } = opened;
    const count = page.locator('#count');
    expect(await count.textContent()).toBe('250 files');
    expect(await columnOf(opened, 1)).toHaveLength(PAGE);
    const next = page.getByRole('button', { name: 'Next' });
    await next.press('Enter');
    await next.press('Enter');
    expect(await page.locator('#page').textContent()).toBe('Page 3 of 3');
    expect(await columnOf(opened, 1)).toHaveLength(50);
    await page.getByLabel('Search').fill('USER-4/ 0101');
    await expect.poll(() => count.textContent()).toBe('1 of 250 files');
    expect(await columnOf(opened, 1)).toEqual(['conversations/user-4/000101.json']);
    await page.getByLabel('Search').fill('');
    await page.getByLabel('Status').selectOption('failed');
    await expect.poll(() => count.textContent()).toBe('35 of 250 files');
    expect(new Set(await columnOf(opened, 3))).toEqual(new Set(['failed']));
  });

  test('hostile names and messages stay text', async () => {
    await using opened = await openPage(browser, sampleReport({ files: 150, text: hostile, warnings: 20 }));
    const { page } = opened;
    expect(opened.problems).toEqual([]);
    expect(opened.requests).toEqual([opened.url]);
    expect(await page.evaluate(() => 'hacked' in globalThis)).toBe(false);
    expect(await page.locator('main :is(img, script:not([type]), a)').count()).toBe(0);
    const [name] = await columnOf(opened, 1);
    for (const text of HOSTILE.slice(0, 6)) expect(name).toContain(text);
    expect(name).toContain('\\u202egnp.exe');
    await page.getByLabel('Search').fill('</script> 000004');
    await expect.poll(() => page.locator('#count').textContent()).toBe('1 of 150 files');
  });

  test.each(SCHEMES)('axe finds nothing serious in the %s page, at two widths', async (colorScheme) => {
    for (const width of [1280, 390]) {
      const viewport = { width, height: 900 };
      const report = sampleReport({ files: 15, warnings: 3 });
      await using opened = await openPage(browser, report, { colorScheme, viewport });
      const { page } = opened;
      // The page's own policy runs no script of others.
      await page.evaluate(axe.source);
      const { violations } = await page.evaluate<axe.AxeResults>('axe.run()');
      const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
      expect(serious.map(({ id, nodes }) => [id, nodes[0]?.html])).toEqual([]);
      const overflow = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
      expect(overflow, `nothing sticks out at ${width}`).toBeLessThanOrEqual(0);
    }
  });

  test.each([400, 1280])('what is wrong can be read without scrolling to the side at %i px', async (width) => {
    const report = sampleReport({ files: 15, warnings: 3 });
    await using opened = await openPage(browser, report, { viewport: { width, height: 900 } });
    const { page } = opened;
    if (process.env['SHOT']) await page.screenshot({ path: `${process.env['SHOT']}-${width}.png`, fullPage: true });
    const cells = page.locator('.reject td:last-child, #warnings td:last-child, #file-table td:last-child');
    expect(await cells.count()).toBeGreaterThan(20);
    for (const box of await Promise.all((await cells.all()).map((cell) => cell.boundingBox()))) {
      expect((box?.x ?? width) + (box?.width ?? width)).toBeLessThanOrEqual(width);
      expect(box?.x).toBeGreaterThanOrEqual(0);
    }
  });

  test.each([320, 400, 1280])(
    'the page itself never scrolls to the side at %i px, whatever its names and numbers',
    async (width) => {
      const long = 'w'.repeat(180);
      const many = 999_999_999_999;
      const rows = { inserted: many, updated: many, unchanged: many, kept: many, deleted: many };
      const { head, ...report } = sampleReport({ files: 150, warnings: 20, text: (plain) => `${plain}${long}` });
      const wide = {
        ...head,
        ...{ run_id: long, root: `/${long}`, target: `sqlite:${long}`, backup: `/${long}`, archive: `/${long}` },
        error: { code: 'bug' as const, message: `the file ${long}`, hint: `Look at ${long}` },
        tables: { [long]: rows },
        datasets: { [long]: { files: many, read: many, loaded: many, rejected: many } },
      };
      for (const javaScriptEnabled of [true, false]) {
        const options = { viewport: { width, height: 900 }, javaScriptEnabled };
        await using opened = await openPage(browser, { ...report, head: wide }, options);
        const { page } = opened;
        expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBe(0);
        const boxes = page.locator('table').filter({ hasText: 'inserted' }).locator('xpath=..');
        expect(await boxes.count()).toBe(1);
        // What is too wide scrolls in its own box.
        const hidden = await boxes.first().evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth);
        expect(hidden > 0).toBe(width < 1280);
      }
    },
  );

  test('can be read without JavaScript: problems first, no control that does nothing', async () => {
    const report = sampleReport({ files: 250 });
    await using opened = await openPage(browser, report, { javaScriptEnabled: false });
    const { page } = opened;
    expect(await page.locator('noscript p').textContent()).toContain('the first 100 of 250 files');
    expect(await columnOf(opened, 1)).toHaveLength(PAGE);
    expect((await columnOf(opened, 3))[0]).toBe('partial');
    expect(await page.getByRole('searchbox').count()).toBe(0);
    expect(await page.getByRole('button').count()).toBe(0);
  });

  test('the page on paper has no controls and cuts nothing off', async () => {
    await using opened = await openPage(browser, sampleReport({ files: 20 }), { colorScheme: 'dark' });
    await opened.page.emulateMedia({ media: 'print' });
    expect(await opened.page.getByRole('searchbox').count()).toBe(0);
    const background = await opened.page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
    expect(background).toBe('rgb(253, 253, 252)');
    expect((await opened.page.pdf()).length).toBeGreaterThan(10_000);
  });
});
