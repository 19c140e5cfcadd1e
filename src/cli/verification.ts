import type { ChalkInstance } from 'chalk';
import type { DeclaredTables } from '../schema/declared-tables.ts';
import type { Difference, VerifyResult } from '../verification/verify-result.ts';
import { formatCount, formatDuration, hang, listWidth, table, wrap } from './format.ts';
import { plain } from './terminal.ts';

/** Differences that are listed; `--json` has more. */
const MOST = 20;

const COMPARED = ['equal', 'different', 'missing', 'extra'] as const;

const NOT_COMPARED = 'records were loaded with --no-undo and cannot be compared';
const NOT_VALID = 'records of the sources are not valid and were not looked for';

/** What a person must know at once: whether the rows are what the sources say, and which are not. */
export function* verification(result: VerifyResult, declared: DeclaredTables, paint: ChalkInstance): Generator<string> {
  const { totals, tables, differences, records, exit_code: exitCode, duration_ms: duration } = result;
  const rows = totals.equal + totals.different + totals.missing + totals.extra;
  const { application } = totals;
  const verdict = exitCode === 0 ? paint.green('EQUAL') : paint.red(rows === 0 ? 'NOTHING' : 'DIFFERENT');
  const counts = `${formatCount(totals.equal)} of ${formatCount(rows)} rows are as they should be`;
  yield `${verdict}  ${counts}, in ${formatDuration(duration)}\n\n`;
  if (rows > 0) {
    const kinds = [...COMPARED, ...(application > 0 ? (['application'] as const) : [])];
    const lines = Object.entries(tables).map(([name, tally]) => [
      withChildren(name, declared),
      ...kinds.map((kind) => formatCount(tally[kind])),
    ]);
    yield `${table([['table', ...kinds], ...lines]).join('\n')}\n`;
  }
  if (application > 0)
    yield `\n${wrap(`${formatCount(application)} rows are the application's: no run loaded them`)}\n`;
  if (records.rejected > 0)
    yield `\n${wrap(`${formatCount(records.rejected)} ${result.root === null ? NOT_COMPARED : NOT_VALID}`)}\n`;
  if (differences.length === 0) return;
  yield '\n';
  for (const difference of differences.slice(0, MOST)) yield `  ${hang(plain(describe(difference)), 4, listWidth())}\n`;
  const more = totals.different + totals.missing + totals.extra - Math.min(MOST, differences.length);
  if (more > 0) yield `  and ${formatCount(more)} more${differences.length > MOST ? ': see --json' : ''}\n`;
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
