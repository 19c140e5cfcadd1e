import { MigrateError } from '../../errors.ts';
import { quoted } from '../../system/quoted.ts';
import { undo } from '../../undo/undo.ts';
import type { KeptRow, UndoResult } from '../../undo/undo-result.ts';
import type { Action } from '../action.ts';
import { loadConfiguration } from '../configuration.ts';
import { confirmed } from '../confirmation.ts';
import { asJson } from '../differences.ts';
import { counted, formatCount, formatDuration, table } from '../format.ts';
import { boundMemory } from '../memory.ts';
import { withCommands } from '../named-commands.ts';
import { Progress } from '../progress.ts';
import { stopOnSignals } from '../signals.ts';
import { paintFor, printable, writeResult, writeText } from '../terminal.ts';

/** Kept rows that are listed; `--json` has more. */
const MOST = 20;

const undoRun: Action = async ([run], flags) => {
  boundMemory();
  if (run === undefined) throw new MigrateError('usage', 'undo needs the id of a run');
  const { options, toOrigin, environment } = await loadConfiguration(flags);
  const confirm = (): Promise<void> =>
    confirmed(`undo takes back what run ${run} did: --dry-run shows which rows that would be`, options);
  const progress = await Progress.begin(options, 'undo');
  const { signal, release } = stopOnSignals();
  try {
    const result = await undo(
      { ...options, run, toOrigin },
      { listener: progress.listener, signal, environment, confirm },
    );
    progress.stop();
    await (options.json
      ? writeResult([asJson(result)])
      : writeText(asText(result, paintFor(process.stdout, options.color))));
    return result.exit_code;
  } finally {
    progress.stop();
    release();
  }
};

function* asText(result: UndoResult, paint: ReturnType<typeof paintFor>): Generator<string> {
  const { run_id, dry_run: isTrial, totals, tables, kept, archives, restored_files: restored, duration_ms } = result;
  const word = isTrial ? 'WOULD UNDO' : 'UNDONE';
  const verdict = totals.kept === 0 ? paint.green(word) : paint.yellow(`${word} IN PART`);
  yield `${verdict}  run ${printable(run_id)}, in ${formatDuration(duration_ms)}${isTrial ? '; nothing was changed' : ''}\n\n`;
  const lines = Object.entries(tables).map(([name, { deleted, restored: back, kept: stay }]) => [
    name,
    ...[deleted, back, stay].map(formatCount),
  ]);
  if (lines.length === 0) yield 'it has left no rows\n';
  else yield `${table([['table', 'deleted', 'restored', 'kept'], ...lines]).join('\n')}\n`;
  if (kept.length > 0) {
    yield '\n';
    for (const row of kept.slice(0, MOST)) yield `  ${printable(describe(row))}\n`;
    if (totals.kept > MOST) yield `  and ${formatCount(totals.kept - MOST)} more: see --json\n`;
  }
  for (const { into, files } of restored)
    yield `\n${counted(files, 'source file')} ${files === 1 ? 'is' : 'are'} in ${printable(into)} again\n`;
  if (restored.length > 0) return;
  for (const archive of archives)
    yield withCommands(
      `\nits source files are in ${printable(archive)}: see \`migrate-json restore ${printable(quoted(archive))}\`\n`,
    );
}

function describe({ table: name, path, record, key, reason, by }: KeptRow): string {
  const place = path === null ? JSON.stringify(key) : `${path} record ${record}`;
  return `kept  ${name}  ${place}  ${reason === 'changed' ? 'was changed since' : `rows of ${by} refer to it`}`;
}

export default undoRun;
