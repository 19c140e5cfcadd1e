import type { Candidate, Taking } from '../datasets/dataset.ts';
import { pathText } from '../json/split.ts';
import { misfitOf } from './conditions.ts';
import type { DatasetPlan } from './plan.ts';
import { recordShape } from './record-shape.ts';

/** What a declaration says of a file: the first part that does not fit, or how its records lie. */
export function explainTaking(plan: DatasetPlan, path: string, candidate: Candidate | undefined): Taking {
  const { files, exclude } = plan;
  const pattern = files.find((each) => each.match(path) !== undefined);
  if (files.length > 0 && pattern === undefined) return no(`files: the path does not fit ${texts(files)}`);
  const excluded = exclude.find((each) => each.match(path) !== undefined);
  if (excluded !== undefined) return no(`exclude: the path fits ${excluded.text}`);
  const named = pattern === undefined ? [] : [`files: the path fits ${pattern.text}`];
  if (candidate === undefined) return no([...named, 'what is in the file cannot be read'].join('; '));
  const records = recordsIn(plan, candidate);
  return { takes: records.takes, reason: [...named, ...records.reasons].join('; ') };
}

function no(reason: string): Taking {
  return { takes: false, reason };
}

function texts(patterns: DatasetPlan['files']): string {
  return patterns.map(({ text }) => text).join(', ');
}

interface Found {
  readonly takes: boolean;
  readonly reasons: readonly string[];
}

/** A dataset that names files takes them, whatever is in them; of the others the records decide. */
function recordsIn({ files, records, when = {} }: DatasetPlan, { lines, shape }: Candidate): Found {
  const isNamed = files.length > 0;
  const paths = records?.map(({ steps }) => pathText(steps)) ?? [];
  if (lines && records !== undefined && !paths.includes(''))
    return {
      takes: false,
      reasons: [`records: ${paths.join(', ')} leads into a document, and here each line is a record`],
    };
  const there = records?.find(({ steps }) => recordShape(steps, shape) !== undefined);
  if (!lines && records !== undefined && there === undefined)
    return { takes: isNamed, reasons: [`records: nothing is at ${paths.join(', ')} in the beginning of the file`] };
  const first = firstRecord(there?.steps, { lines, shape });
  const place = there === undefined ? [] : [`records: something is at ${pathText(there.steps) || 'the root'}`];
  const misfit = first && Object.keys(when).length > 0 ? misfitOf(when, first.members) : undefined;
  if (misfit !== undefined)
    return { takes: isNamed, reasons: [...place, `when: in the beginning of the file no record has ${misfit}`] };
  if (first === undefined && !isNamed) return { takes: false, reasons: [...place, 'there is no record'] };
  const fits = Object.keys(when).length > 0 ? ['when: records in the beginning of the file may fit'] : [];
  return { takes: true, reasons: [...place, ...fits] };
}

function firstRecord(
  steps: Parameters<typeof recordShape>[0] | undefined,
  { lines, shape }: Pick<Candidate, 'lines' | 'shape'>,
): Candidate['shape'] | undefined {
  if (lines) return shape;
  return recordShape(steps ?? (shape.begins === 'array' ? [{ to: 'elements' }] : []), shape);
}
