import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import type { Report } from '../../src/report/report.ts';
import { htmlReport } from '../../src/reporters/html/html.ts';

export interface OpenedPage extends AsyncDisposable {
  readonly page: Page;
  /** Errors of the page and of its console. */
  readonly problems: readonly string[];
  readonly requests: readonly string[];
  readonly url: string;
  /** From the first byte to the load event, with the script run. */
  readonly milliseconds: number;
}

/** The report as a page, from a file as a user opens it. */
export async function openPage(
  browser: Browser,
  report: Report,
  options: BrowserContextOptions = {},
): Promise<OpenedPage> {
  const directory = mkdtempSync(join(tmpdir(), 'migrate-json-page-'));
  const path = join(directory, 'report.html');
  writeFileSync(path, [...htmlReport(report)].join(''));
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const problems: string[] = [];
  const requests: string[] = [];
  page.on('console', (message) => problems.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('request', (request) => requests.push(request.url()));
  const url = pathToFileURL(path).href;
  const began = performance.now();
  await page.goto(url, { waitUntil: 'load' });
  const milliseconds = performance.now() - began;
  return {
    ...{ page, problems, requests, url, milliseconds },
    async [Symbol.asyncDispose]() {
      await context.close();
      rmSync(directory, { recursive: true });
    },
  };
}
