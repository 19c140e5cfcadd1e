import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { reporterFor } from '../../src/reporters/index.ts';
import { FORMATS } from '../../src/settings/options.ts';
import { NO_BROWSER, startBrowser } from '../reporters/browser.ts';
import { openPage } from '../reporters/opened-page.ts';
import { sampleReport } from '../setup/sample-report.ts';

const MOST_MS = 2000;
const MEGABYTE = 1024 * 1024;

function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
}

/** What the heap holds at most while the report is written. */
function heapPeak(format: string, files: number): number {
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  let peak = 0;
  let pieces = 0;
  for (const _piece of reporterFor(`report.${format}`)?.(sampleReport({ files })) ?? []) {
    if (++pieces % 50_000 !== 0) continue;
    collectGarbage();
    peak = Math.max(peak, process.memoryUsage().heapUsed - before);
  }
  return peak;
}

describe('a large report', () => {
  // Markdown stops reading after a few files.
  test.each(FORMATS.filter((format) => format !== 'md'))('costs no memory by the number of its files: %s', (format) => {
    expect(heapPeak(format, 500_000)).toBeLessThan(8 * MEGABYTE);
  });
});

describe.skipIf(NO_BROWSER)('the page of 50,000 files', () => {
  let browser: Browser;

  beforeAll(async () => {
    browser = await startBrowser();
  });

  afterAll(async () => {
    await browser.close();
  });

  test(`opens within ${MOST_MS} ms, and sorts and searches without a pause`, async () => {
    await using opened = await openPage(browser, sampleReport({ files: 50_000 }));
    const { page, milliseconds } = opened;
    expect(milliseconds).toBeLessThan(MOST_MS);
    expect(await page.locator('#count').textContent()).toBe('50,000 files');
    // As text, because tests know no DOM.
    const slowest = await page.evaluate<number>(`Math.max(
      ...[...document.querySelectorAll('#file-table th button')].map((button) => {
        const began = performance.now();
        button.click();
        return performance.now() - began;
      }))`);
    expect(slowest).toBeLessThan(300);
    await page.getByLabel('Search').fill('049999');
    await expect.poll(() => page.locator('#count').textContent()).toBe('1 of 50,000 files');
  });
});
