import type { ChalkInstance } from 'chalk';
import type { DeclaredTables } from '../schema/declared-tables.ts';
import type { Difference, VerifyResult } from '../verification/verify-result.ts';
import { stepsAfterVerify } from './after-verify.ts';
import { counted, formatCount, formatDuration, hang, listWidth, table, wrap } from './format.ts';
import { nextLines } from './next-lines.ts';
import type { Call } from './repeated-call.ts';
import { printable } from './terminal.ts';

/** Differences that are listed; `--json` has more. */
const MOST = 20;

const COMPARED = ['equal', 'different', 'missing', 'extra'] as const;

/** What a person must know at once: whether the rows are what the sources say, and which are not. */
export function* verification(result: VerifyResult, call: Call, paint: ChalkInstance): Generator<string> {
  const declared = call.options.registry.tables;
  const { totals, tables, differences, records, exit_code: exitCode, duration_ms: duration } = result;
  const rows = totals.equal + totals.different + totals.missing + totals.extra;
  const { application } = totals;
  const verdict = exitCode === 0 ? paint.green('EQUAL') : paint.red(rows === 0 ? 'NOTHING' : 'DIFFERENT');
  const areThey = totals.equal === 1 || rows === 1 ? 'is as it' : 'are as they';
  const counts = `${formatCount(totals.equal)} of ${counted(rows, 'row')} ${areThey} should be`;
  yield `${verdict}  ${counts}, in ${formatDuration(duration)}\n\n`;
  if (rows > 0) {
    const kinds = [...COMPARED, ...(application > 0 ? (['application'] as const) : [])];
    const lines = Object.entries(tables).map(([name, tally]) => [
      withChildren(name, declared),
      ...kinds.map((kind) => formatCount(tally[kind])),
    ]);
    yield `${table([['table', ...kinds], ...lines]).join('\n')}\n`;
  }
  if (application > 0) yield `\n${wrap(ofApplication(application))}\n`;
  if (records.rejected > 0) yield `\n${wrap(notLookedFor(result))}\n`;
  if (differences.length > 0) yield '\n';
  for (const difference of differences.slice(0, MOST))
    yield `  ${hang(printable(describe(difference)), 4, listWidth())}\n`;
  const more = totals.different + totals.missing + totals.extra - Math.min(MOST, differences.length);
  if (more > 0) yield `  and ${formatCount(more)} more${differences.length > MOST ? ': see --json' : ''}\n`;
  yield* nextLines(stepsAfterVerify(result, call), paint);
}

function ofApplication(rows: number): string {
  const [are, them] = rows === 1 ? ['is', 'it'] : ['are', 'them'];
  return `${counted(rows, 'row')} ${are} the application's: no run loaded ${them}`;
}

function notLookedFor({ records: { rejected }, root }: VerifyResult): string {
  const [are, were] = rejected === 1 ? ['is', 'was'] : ['are', 'were'];
  return root === null
    ? `${counted(rejected, 'record')} ${were} loaded with --no-undo and cannot be compared`
    : `${counted(rejected, 'record')} of the sources ${are} not valid and ${were} not looked for`;
}

/** Rows below another count with it. */
function withChildren(name: string, declared: DeclaredTables): string {
  const group = declared.groups.find(({ root }) => root.name === name);
  const children = group?.children.map((child) => child.name) ?? [];
  return children.length === 0 ? name : `${name} with their ${children.join(', ')}`;
}

function describe({ kind, table: name, path, record, pointers, key }: Difference): string {
  if (key !== null) return `${kind}  ${name}  ${JSON.stringify(key)}`;
  const place = path === null ? '' : `  ${path} record ${record}`;
  return `${kind}  ${name}${place}${pointers.length > 0 ? `  ${pointers.join(' ')}` : ''}`;
}
