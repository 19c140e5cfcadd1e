import type { ChildPlan, ColumnPlan, DatasetPlan, RecordPlan } from '../declarations/plan.ts';
import type { Source } from '../declarations/source.ts';
import type { ProposedColumn, ProposedRecord } from './proposed.ts';

/** The column of a config that takes what a proposed column does. */
export function declaredColumn(record: ProposedRecord, column: ProposedColumn): ColumnPlan | undefined {
  for (const { plan } of record.declared) {
    const found = plan.columns.find(({ sources }) => sources.some((source) => isSource(source, record, column, plan)));
    if (found !== undefined) return found;
  }
  return undefined;
}

function isSource(
  own: Source,
  record: ProposedRecord,
  { draft: { source } }: ProposedColumn,
  plan: RecordPlan,
): boolean {
  if (source.of === 'member')
    return (
      own.of === 'record' &&
      own.way.length === source.way.length &&
      own.way.every((name, at) => name === source.way[at])
    );
  if (source.of !== 'capture') return own.of === source.of;
  const alike = record.draft.columns.filter(({ source: each }) => each.of === 'capture' && each.from === source.from);
  const at = alike.findIndex((each) => each.source === source);
  return own.of === 'capture' && own.name === capturesOf(plan, source.from)[at];
}

function capturesOf(plan: RecordPlan, from: 'path' | 'map'): readonly string[] {
  if ('path' in plan) return (plan as ChildPlan).path.captures;
  const { files, records = [] } = plan as DatasetPlan;
  return (from === 'path' ? files[0]?.captures : records[0]?.captures) ?? [];
}
