import type { Reject } from '../../src/reject.ts';
import type { FileReport, FileStatus, RejectCount, Report, ReportHead, Warning } from '../../src/report/report.ts';

const STATUSES: readonly FileStatus[] = [
  'loaded',
  'loaded',
  'loaded',
  'unchanged',
  'partial',
  'failed',
  'unrecognised',
];

export interface Sample {
  readonly files?: number;
  readonly head?: Partial<ReportHead>;
  /** Makes paths, messages and names of members hostile. */
  readonly text?: (plain: string) => string;
  readonly warnings?: number;
  readonly rejectsOfFile?: number;
}

/** A report of any size that is made while it is read. */
export function sampleReport({ files: count = 20, text = (plain) => plain, ...sample }: Sample = {}): Report {
  const rejects = sample.rejectsOfFile ?? 2;
  const totals = { ...sampleHead(count).totals, warnings: sample.warnings ?? 0 };
  const head = { ...sampleHead(count), totals, reject_codes: sampleCodes(text), ...sample.head };
  return {
    head,
    files: () => sampleFiles(count, rejects, text),
    warnings: () => sampleWarnings(sample.warnings ?? 0, text),
    rejectCodes: () => head.reject_codes,
    close: () => undefined,
  };
}

function* sampleFiles(count: number, rejects: number, text: (plain: string) => string): Generator<FileReport> {
  for (let at = 0; at < count; at++) {
    const status = STATUSES[at % STATUSES.length] ?? 'loaded';
    const isKnown = status !== 'unrecognised';
    const rejected = status === 'partial' || status === 'failed' ? rejects : 0;
    const loaded = status === 'failed' || !isKnown ? 0 : 3;
    yield {
      path: text(`conversations/user-${at % 97}/${String(at).padStart(6, '0')}.json`),
      dataset: isKnown ? 'conversations' : null,
      owner: isKnown ? text(`user-${at % 97}`) : null,
      owner_from: isKnown ? 'path' : null,
      reason: isKnown ? 'shape' : 'unknown-shape',
      status,
      skipped_by: status === 'unchanged' ? 'ledger' : null,
      sha256: 'a'.repeat(64),
      bytes: 100 + at,
      records: { read: loaded + rejected, loaded, rejected },
      rows: { inserted: loaded, updated: 0, unchanged: 0, kept: 0, deleted: 0 },
      repairs: {},
      unmapped: at % 10 === 0 ? { [text('/mood')]: 1 } : {},
      dropped: {},
      archived_to: null,
      rejects: { [Symbol.iterator]: () => sampleRejects(rejected, text) },
    };
  }
}

function* sampleRejects(count: number, text: (plain: string) => string): Generator<Reject> {
  for (let at = 0; at < count; at++) yield sampleReject(at, text);
}

function sampleReject(at: number, text: (plain: string) => string): Reject {
  return {
    code: at % 2 === 0 ? 'wrong-type' : 'missing-member',
    record: at + 1,
    line: 10 * at + 1,
    column: 5,
    byte: 100 * at,
    pointer: text(`/messages/${at}`),
    message: text('role must be text, not a number'),
    hint: 'Correct the value in the source.',
  };
}

function sampleCodes(text: (plain: string) => string): RejectCount[] {
  return ['wrong-type', 'missing-member'].map((code, at) => {
    const example = { ...sampleReject(at, text), path: text('conversations/user-4/000004.json') };
    return { code, records: 1200 - at, example, further: [{ ...example, record: 9 }] };
  });
}

function* sampleWarnings(count: number, text: (plain: string) => string): Generator<Warning> {
  for (let at = 0; at < count; at++)
    yield { code: 'duplicate-record', path: text(`users/${at}.json`), message: text('record 2 repeats record 1') };
}

function sampleHead(files: number): ReportHead {
  const ofStatus = (wanted: FileStatus): number => {
    const places = STATUSES.flatMap((status, at) => (status === wanted ? [at] : []));
    return places.reduce((sum, at) => sum + Math.ceil(Math.max(0, files - at) / STATUSES.length), 0);
  };
  return {
    report_version: 1,
    tool_version: '1.0.0',
    run_id: '20250101T000000-abcdef',
    shard: null,
    command: 'run',
    options: {},
    status: 'partial',
    exit_code: 1,
    dry_run: false,
    root: '/srv/app/data',
    target: 'postgres://app@db.example.com/app',
    schema_version: 1,
    started_at: '2025-01-01T00:00:00.000Z',
    finished_at: '2025-01-01T00:01:00.000Z',
    duration_ms: 60_000,
    backup: null,
    archive: null,
    totals: {
      files,
      files_loaded: ofStatus('loaded'),
      files_unchanged: ofStatus('unchanged'),
      files_partial: ofStatus('partial'),
      files_failed: ofStatus('failed'),
      files_not_reached: ofStatus('not-reached'),
      files_unrecognised: ofStatus('unrecognised'),
      bytes: 100 * files,
      records_read: 5 * files,
      records_loaded: 4 * files,
      records_rejected: files,
      repairs: 3,
      warnings: 0,
    },
    datasets: { conversations: { files, read: 5 * files, loaded: 4 * files, rejected: files } },
    tables: { conversations: { inserted: 2 * files, updated: 0, unchanged: files, kept: 0, deleted: 0 } },
    account: {},
    reject_codes: [],
    throughput: { interval_ms: 2000, rows: Array.from({ length: 30 }, (_, at) => 900 + 400 * ((at * 7) % 5)) },
  };
}

export const HOSTILE = [
  '</script><script>window.hacked = true</script>',
  '<img src=x onerror="window.hacked = true">',
  '"><svg onload=window.hacked=true>',
  '<!--<script>',
  ']]><x/>',
  "=cmd|' /C calc'!A0",
  '@everyone #1 [x](http://example.com) `a` | b \\| c ```',
  'line\nbreak\r\ttab \u2028 \u2029 \u0000 \u001b[31m \u202egnp.exe \ud800 \u{1f600}',
  '::error file=x::y %0A, "quoted"',
] as const;

/** Each text in turn with something hostile behind it. */
export function hostile(plain: string): string {
  return `${plain}${HOSTILE[plain.length % HOSTILE.length]}${HOSTILE.join('')}`;
}
