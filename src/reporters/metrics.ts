import type { Report, ReportHead } from '../report/report.ts';

type Labels = Readonly<Record<string, string>>;
type Sample = readonly [value: number, labels?: Labels];

interface Metric {
  /** No others: the node exporter refuses a file with types that OpenMetrics added. */
  readonly kind: 'gauge' | 'counter';
  readonly help: string;
  readonly unit?: 'seconds' | 'bytes';
  readonly samples: (head: ReportHead) => readonly Sample[];
}

/** What the ending of a sample's name must be: https://prometheus.io/docs/specs/om/open_metrics_spec */
const SUFFIXES = { gauge: '', counter: '_total' } as const satisfies Record<Metric['kind'], string>;

/** By name, without `migrate_json_`. */
const METRICS: Readonly<Record<string, Metric>> = {
  run_info: {
    kind: 'gauge',
    help: 'The run that these numbers are of.',
    samples: ({ run_id: run, command, tool_version: version, status }) => [[1, { run, command, version, status }]],
  },
  exit_code: { kind: 'gauge', help: 'Exit code of the run; 0 is success.', samples: (head) => [[head.exit_code]] },
  dry_run: {
    kind: 'gauge',
    help: '1 where nothing was written.',
    samples: ({ dry_run: isDry }) => [[isDry ? 1 : 0]],
  },
  started_timestamp_seconds: {
    kind: 'gauge',
    unit: 'seconds',
    help: 'When the run started, Unix time.',
    samples: (head) => [[Date.parse(head.started_at) / 1000]],
  },
  finished_timestamp_seconds: {
    kind: 'gauge',
    unit: 'seconds',
    help: 'When the run finished, Unix time.',
    samples: (head) => [[Date.parse(head.finished_at) / 1000]],
  },
  duration_seconds: {
    kind: 'gauge',
    unit: 'seconds',
    help: 'How long the run took.',
    samples: (head) => [[head.duration_ms / 1000]],
  },
  source_bytes: {
    kind: 'counter',
    unit: 'bytes',
    help: 'Bytes of the files under the root.',
    samples: ({ totals }) => [[totals.bytes]],
  },
  files: {
    kind: 'counter',
    help: 'Files under the root, by what became of them.',
    samples: ({ totals }) => [
      [totals.files_loaded, { status: 'loaded' }],
      [totals.files_unchanged, { status: 'unchanged' }],
      [totals.files_partial, { status: 'partial' }],
      [totals.files_failed, { status: 'failed' }],
      [totals.files_not_reached, { status: 'not-reached' }],
      [totals.files_unrecognised, { status: 'unrecognised' }],
    ],
  },
  records: {
    kind: 'counter',
    help: 'Records, by dataset and by whether they are in the database.',
    samples: ({ datasets }) =>
      Object.entries(datasets).flatMap(([dataset, { loaded, rejected }]): Sample[] => [
        [loaded, { dataset, outcome: 'loaded' }],
        [rejected, { dataset, outcome: 'rejected' }],
      ]),
  },
  rows: {
    kind: 'counter',
    help: 'Rows, by table and by what was done with them.',
    samples: ({ tables }) =>
      Object.entries(tables).flatMap(([table, rows]) =>
        Object.entries(rows).map(([action, count]): Sample => [count, { table, action }]),
      ),
  },
  rejects: {
    kind: 'counter',
    help: 'Rejected records, by reason.',
    samples: ({ reject_codes: codes }) => codes.map(({ code, records }): Sample => [records, { code }]),
  },
  repairs: {
    kind: 'counter',
    help: 'Values that were repaired.',
    samples: ({ totals }) => [[totals.repairs]],
  },
  warnings: {
    kind: 'counter',
    help: 'Warnings of the run.',
    samples: ({ totals }) => [[totals.warnings]],
  },
};

/** Prometheus text of the run, for the textfile collector of the node exporter; valid as OpenMetrics too. */
export function* metricsReport({ head }: Pick<Report, 'head'>): Generator<string> {
  for (const [name, metric] of Object.entries(METRICS)) yield* metricLines(`migrate_json_${name}`, metric, head);
  yield '# EOF\n';
}

function* metricLines(name: string, { kind, help, unit, samples }: Metric, head: ReportHead): Generator<string> {
  const found = samples(head);
  // Shards write files of their own, which the collector reads together.
  const common: Labels = head.shard === null ? {} : { shard: head.shard };
  if (found.length === 0) return;
  yield `# HELP ${name} ${help}\n# TYPE ${name} ${kind}\n`;
  if (unit) yield `# UNIT ${name} ${unit}\n`;
  for (const [value, labels = {}] of found)
    yield `${name}${SUFFIXES[kind]}${labelText({ ...common, ...labels })} ${value}\n`;
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
