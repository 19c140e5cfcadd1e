import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { blocksOf, type CommandBlock, documents } from './command-blocks.ts';
import { runBlocks } from './command-script.ts';
import { freshPostgres } from './databases.ts';

/** Pages with so many commands that only the nightly suite runs them. */
const LONG = ['docs/guide-after-a-failure.md', 'docs/guide-production.md'];

export const BLOCKS = documents().flatMap((document) =>
  blocksOf(document).map((block) => ({ document, isLong: LONG.includes(document), ...block })),
);

/** Blocks with programs that are not installed here. */
export const LACKING = BLOCKS.filter(({ needs }) => !needs.every(isInstalled));

export const SHORT_PAGES = pages((block) => !block.isLong);
export const LONG_PAGES = pages((block) => block.isLong);

function pages(isWanted: (block: (typeof BLOCKS)[number]) => boolean) {
  const blocks = BLOCKS.filter((block) => block.notRun === undefined && !LACKING.includes(block) && isWanted(block));
  return [...Map.groupBy(blocks, ({ document }) => document)];
}

function isInstalled(program: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((directory) => existsSync(join(directory, program)));
}

/** Every command of a page ends as the page says, and prints what it shows. */
export async function expectAsWritten(blocks: readonly CommandBlock[]): Promise<void> {
  const { url, drop } = await freshPostgres();
  onTestFinished(drop);
  const { code, output } = await runBlocks(blocks, url);
  expect(code, output.slice(-2_000)).toBe(0);
  const printed = new Set(output.split('\n').map(timeless));
  expect(blocks.flatMap(({ shows }) => shows).filter((line) => !printed.has(timeless(line)))).toEqual([]);
}

function timeless(line: string): string {
  return line.trim().replace(/in [\d.]+ m?s$/, 'in no time');
}
