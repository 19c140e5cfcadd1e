import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import axe from 'axe-core';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { proposalPage } from '../../src/reporters/proposal/proposal.ts';
import { sampleProposal } from '../setup/sample-proposal.ts';
import { NO_BROWSER, startBrowser } from './browser.ts';

describe.skipIf(NO_BROWSER)('the page of a proposal in Chromium', () => {
  let browser: Browser;
  const directory = mkdtempSync(join(tmpdir(), 'migrate-json-page-'));

  beforeAll(async () => {
    browser = await startBrowser();
  });

  afterAll(async () => {
    await browser.close();
    rmSync(directory, { recursive: true });
  });

  test.for([
    { colorScheme: 'light', width: 1280, tables: 50 },
    { colorScheme: 'dark', width: 1280, tables: 5 },
    { colorScheme: 'light', width: 400, tables: 5 },
    { colorScheme: 'dark', width: 400, tables: 50 },
  ] as const)('$tables tables, $colorScheme, $width wide', async ({ colorScheme, width, tables }) => {
    const path = join(directory, `${tables}-${width}.html`);
    writeFileSync(path, [...proposalPage(sampleProposal(tables))].join(''));
    const context = await browser.newContext({ colorScheme, viewport: { width, height: 900 }, bypassCSP: true });
    const page = await context.newPage();
    const problems: string[] = [];
    const requests: string[] = [];
    page.on('console', (message) => problems.push(message.text()));
    page.on('request', (request) => requests.push(request.url()));
    const url = pathToFileURL(path).href;
    await page.goto(url);
    expect([problems, requests]).toEqual([[], [url]]);
    // Nothing but what scrolls by itself is wider than the window.
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
    await page.addScriptTag({ content: axe.source });
    const { violations } = await page.evaluate(
      async () => await (globalThis as never as { axe: typeof axe }).axe.run(),
    );
    expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
    await page.locator('a.box').first().focus();
    await page.keyboard.press('Enter');
    expect(await page.evaluate("document.querySelector(':target h3').textContent")).toBe('table_0');
    await context.close();
  });
});
