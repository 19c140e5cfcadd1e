import { once } from 'node:events';
import { createWriteStream, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { conversation } from '../setup/corpus.ts';
import { freshSqlite } from '../setup/databases.ts';
import { memoryDirectory } from '../setup/memory-directory.ts';
import { startCli } from '../setup/running-cli.ts';

const MB = 1024 * 1024;

/** What DESIGN promises for any input. */
const LIMIT = 300 * MB;

/** Records that are looked at one by one take more: Slack's messages name their channel. */
const LIMIT_ONE_BY_ONE = 400 * MB;

/** Several times the input may cost this much more, once the first batch is full. */
const SPREAD = 70 * MB;

/** 20,000 files and an array of 200 MB take a minute. */
const IS_LARGE = process.env['MIGRATE_JSON_TEST_LARGE'] === '1';

let scratch: string;

beforeAll(() => {
  scratch = mkdtempSync(join(memoryDirectory(), 'migrate-json-memory-'));
});

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Loads into a new SQLite file and tells the largest resident set that the kernel saw. */
async function peakOf(root: string, ...more: readonly string[]): Promise<{ peak: number; rows: number }> {
  const target = freshSqlite();
  const run = startCli(['run', root, '--to', target.url, '--json', '--quiet', ...more], { cwd: scratch });
  let peak = 0;
  const watch = setInterval(() => {
    peak = Math.max(peak, highWaterMark(run.child.pid));
  }, 5);
  const result = await run.ended;
  clearInterval(watch);
  target.drop();
  expect(result.code, result.stderr).toBe(0);
  const report: { tables: Record<string, { inserted: number }> } = JSON.parse(result.stdout);
  return { peak, rows: Object.values(report.tables).reduce((sum, { inserted }) => sum + inserted, 0) };
}

/** VmHWM only grows, so that looking at it now and then loses next to nothing. */
function highWaterMark(pid: number | undefined): number {
  try {
    const kilobytes = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return Number(kilobytes ?? 0) * 1024;
  } catch {
    return 0;
  }
}

function writeConversations(root: string, count: number): void {
  for (let index = 0; index < count; index++) {
    const directory = join(root, 'conversations', `user-${index % 200}`);
    if (index < 200) mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, `c${index}.json`), JSON.stringify(conversation(index, 600)));
  }
}

/** One line without a newline, as dumps are. */
async function writeMetrics(root: string, bytes: number): Promise<void> {
  mkdirSync(join(root, 'metrics'), { recursive: true });
  const file = createWriteStream(join(root, 'metrics', 'dump.json'));
  file.write('[');
  let index = 0;
  for (let written = 0; written < bytes; ) {
    const records: string[] = [];
    for (let more = 0; more < 2000; more++, index++) records.push(metric(index));
    const chunk = (written === 0 ? '' : ',') + records.join(',');
    written += chunk.length;
    if (!file.write(chunk)) await once(file, 'drain');
  }
  file.end(']');
  await finished(file);
}

function metric(index: number): string {
  const timestamp = new Date(Date.UTC(2020, 0, 1) + index * 1000).toISOString();
  const load = (index % 1000) / 10;
  return `{"timestamp":"${timestamp}","source":"host","cpu_usage":${load},"memory_usage":1.951975178410372,"disk_usage":71.5,"load_1m":${load},"load_5m":0.25,"disk_io_read":123456,"disk_io_write":98765,"network_rx":1e3,"network_tx":2048,"response_time":120.5,"is_anomaly":0,"disk_io":1,"network_io":2}`;
}

/** Messages refer to their channel by its name, so that each is looked at on its own. */
function writeSlackExport(root: string, files: number): void {
  const channel = (index: number): string => `channel-${index}`;
  const channels = Array.from({ length: 10 }, (_, index) => ({ id: `C${index}`, name: channel(index) }));
  mkdirSync(root);
  writeFileSync(join(root, 'users.json'), JSON.stringify([{ id: 'U0', name: 'ada', profile: {} }]));
  writeFileSync(join(root, 'channels.json'), JSON.stringify(channels.map((each) => ({ ...each, members: ['U0'] }))));
  for (let index = 0; index < files; index++) {
    const directory = join(root, channel(index % 10));
    if (index < 10) mkdirSync(directory);
    const day = Date.UTC(2000, 0, 1) + Math.floor(index / 10) * 86_400_000;
    const messages = Array.from({ length: 20 }, (_, at) => slackMessage(`${day / 1000 + at * 600}.000100`, at));
    writeFileSync(join(directory, `${new Date(day).toISOString().slice(0, 10)}.json`), JSON.stringify(messages));
  }
}

function slackMessage(ts: string, at: number): Record<string, unknown> {
  const text = 'The quick brown fox jumps over the lazy dog. '.repeat(2 + (at % 4));
  const reactions = [{ name: 'thumbsup', users: ['U0', 'U1'], count: 2 }];
  return { type: 'message', user: 'U0', ts, text, ...(at % 4 === 0 && { reactions }) };
}

const megabytes = (bytes: number): number => Math.round(bytes / MB);

describe('the memory of a load', { timeout: IS_LARGE ? 3_600_000 : 180_000 }, () => {
  const files = IS_LARGE ? 20_000 : 4_000;

  test(`of ${files} conversation files stays below 300 MB, and is about that of a fifth of them`, async () => {
    const [small, large] = [join(scratch, 'few'), join(scratch, 'many')];
    writeConversations(small, files / 5);
    writeConversations(large, files);
    const few = await peakOf(small);
    const many = await peakOf(large);
    console.info(`${files / 5} files: ${megabytes(few.peak)} MB; ${files} files: ${megabytes(many.peak)} MB`);
    expect(many.rows).toBe(files * 4 + 200);
    expect(many.peak).toBeLessThan(LIMIT);
    expect(many.peak - few.peak).toBeLessThan(SPREAD);
  });

  const slackFiles = IS_LARGE ? 50_000 : 2_000;

  test(`of a Slack export of ${slackFiles} files stays below 400 MB`, async () => {
    const root = join(scratch, 'slack');
    writeSlackExport(root, slackFiles);
    const { peak, rows } = await peakOf(root, '--recipe', 'slack');
    console.info(`${slackFiles} files of Slack: ${megabytes(peak)} MB`);
    expect(rows).toBe(1 + 10 + 10 + slackFiles * (20 + 5 + 10));
    expect(peak).toBeLessThan(LIMIT_ONE_BY_ONE);
  });

  // When garbage is collected is chance on a busy machine: what is kept would be there the second time, too.
  const size = IS_LARGE ? 200 * MB : 80 * MB;

  test(`of one array of ${megabytes(size)} MB in one line stays below 300 MB, and is about that of a tenth of it`, {
    retry: 1,
  }, async () => {
    const [small, large] = [join(scratch, 'short'), join(scratch, 'long')];
    await writeMetrics(small, size / 10);
    await writeMetrics(large, size);
    const short = await peakOf(small);
    const long = await peakOf(large);
    console.info(
      `${megabytes(size / 10)} MB: ${megabytes(short.peak)} MB; ${megabytes(size)} MB: ${megabytes(long.peak)} MB`,
    );
    expect(long.peak).toBeLessThan(LIMIT);
    expect(long.peak - short.peak).toBeLessThan(SPREAD);
  });
});
