import parsePrometheus from 'parse-prometheus-text-format';
import { describe, expect, test } from 'vitest';
import { metricsReport } from '../../src/reporters/metrics.ts';
import { hostile, type Sample, sampleReport } from '../setup/sample-report.ts';

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const LABEL = '[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\\\\n]|\\\\["\\\\n])*"';
const SAMPLE = new RegExp(`^(${NAME})(?:\\{((?:${LABEL})(?:,${LABEL})*)\\})? (-?[0-9.eE+-]+)$`);

interface Family {
  readonly kind: string;
  readonly unit: string | undefined;
  readonly samples: Map<string, number>;
}

function render(sample: Sample): string {
  return [...metricsReport(sampleReport(sample))].join('');
}

/** Families by name. Throws where https://prometheus.io/docs/specs/om/open_metrics_spec/#text-format is broken. */
function parseOpenMetrics(text: string): Map<string, Family> {
  if (!text.endsWith('\n# EOF\n')) throw new SyntaxError('the end is missing');
  const families = new Map<string, Family>();
  const parts = text.slice(0, -'# EOF\n'.length).split(/^(?=# HELP )/m);
  for (const part of parts) {
    const match = new RegExp(`^# HELP (${NAME}) [^\\n]+\\n# TYPE \\1 (gauge|counter)\\n(?:# UNIT \\1 (\\w+)\\n)?`).exec(
      part,
    );
    if (match === null) throw new SyntaxError(`no family: ${part}`);
    const [head, name = '', kind = '', unit] = match;
    if (families.has(name)) throw new SyntaxError(`${name} comes twice`);
    if (unit !== undefined && !name.endsWith(`_${unit}`)) throw new SyntaxError(`${name} does not end in its unit`);
    families.set(name, {
      kind,
      unit,
      samples: samplesOf(part.slice(head.length), kind === 'counter' ? `${name}_total` : name),
    });
  }
  return families;
}

function samplesOf(text: string, wanted: string): Map<string, number> {
  const samples = new Map<string, number>();
  for (const line of text.split('\n').slice(0, -1)) {
    const [, name, labels = '', value] = SAMPLE.exec(line) ?? [];
    if (name !== wanted || samples.has(labels)) throw new SyntaxError(`no sample of ${wanted}, or one twice: ${line}`);
    samples.set(labels, Number(value));
  }
  return samples;
}

describe('the metrics', () => {
  test.each([
    ['a usual run', {}],
    ['a run of nothing', { files: 0, head: { datasets: {}, tables: {}, reject_codes: [] } }],
    [
      'hostile names',
      { head: { run_id: hostile('run'), datasets: { [hostile('x')]: { files: 1, read: 1, loaded: 1, rejected: 0 } } } },
    ],
  ])('of %s are valid as OpenMetrics and for a parser of Prometheus text', (_what, sample) => {
    const text = render(sample);
    expect(parseOpenMetrics(text).size).toBeGreaterThan(8);
    expect(parsePrometheus(text).length).toBeGreaterThan(8);
  });

  test('of shards have a label that tells them apart', () => {
    const samples = [...parseOpenMetrics(render({ head: { shard: '2/4' } })).values()].flatMap((family) => [
      ...family.samples.keys(),
    ]);
    expect(samples.filter((labels) => !labels.startsWith('shard="2/4"'))).toEqual([]);
  });

  test('hold the numbers of the run', () => {
    const families = parseOpenMetrics(render({ files: 70, warnings: 4 }));
    const counts = (name: string) => Object.fromEntries(families.get(`migrate_json_${name}`)?.samples ?? []);
    expect(counts('files')).toEqual({
      'status="loaded"': 30,
      'status="unchanged"': 10,
      'status="partial"': 10,
      'status="not-reached"': 0,
      'status="failed"': 10,
      'status="unrecognised"': 10,
    });
    expect(counts('exit_code')).toEqual({ '': 1 });
    expect(counts('finished_timestamp_seconds')).toEqual({ '': Date.parse('2025-01-01T00:01:00Z') / 1000 });
    expect(counts('rejects')).toEqual({ 'code="wrong-type"': 1200, 'code="missing-member"': 1199 });
    expect(counts('warnings')).toEqual({ '': 4 });
    expect(families.get('migrate_json_records')?.kind).toBe('counter');
  });
});
