import { dirname, join, resolve } from 'node:path';
import { EXIT } from '../errors.ts';
import type { ReportHead } from '../report/report.ts';
import { DEFAULT_TARGET } from '../settings/target.ts';
import { counted } from '../system/quantities.ts';
import { quoted } from '../system/quoted.ts';
import type { NextStep } from './next-lines.ts';
import { type Call, following } from './repeated-call.ts';
import { again, freePlace } from './same-call.ts';

/** In the order in which a person would do them. */
export function nextSteps(head: ReportHead, call: Call): readonly NextStep[] {
  const { totals, status, command, dry_run: isDry } = head;
  if (status === 'interrupted')
    return [...copies(head), { why: 'what was committed stays; go on', command: goOn(head, call) }];
  if (CUT_SHORT.includes(head.exit_code))
    return [
      ...copies(head),
      { why: 'when that is mended, go on: what was committed stays', command: goOn(head, call) },
    ];
  if (totals.files === totals.files_unrecognised)
    return [
      { why: 'there was nothing to load; see what each file was taken for', command: scan(call) },
      ...(call.options.config === undefined
        ? [{ why: 'or have it declared by what is in it', command: following(call.typed, 'init', quoted(call.root)) }]
        : []),
    ];
  if (totals.records_rejected > 0) return [...copies(head), ...corrections(head, call)];
  if (head.exit_code !== 0)
    return [...copies(head), { why: 'see what each file was taken for', command: scan(call, '--verbose') }];
  if (command === 'validate') return [{ why: 'see what a run would do', command: rehearsal(call) }];
  if (isDry) return [{ why: 'load it', command: again(call, { without: ['dryRun'] }) }];
  return [...copies(head), comparison(head, call)];
}

/** The run did not come to its end. */
const CUT_SHORT: readonly number[] = [EXIT.unavailable, EXIT.refused, EXIT.sourceChanged, EXIT.bug];

/** The run itself goes on, into the directories that it has begun. */
function goOn({ command, dry_run: isDry, run_id: runId }: ReportHead, call: Call): string {
  return again(call, isDry || command === 'validate' ? {} : { runId });
}

function copies({ backup, archive }: ReportHead): NextStep[] {
  const steps: NextStep[] = [];
  if (backup !== null) steps.push({ why: `the sources were copied to ${backup}` });
  if (archive !== null) steps.push({ why: `what --archive moved is in ${archive}` });
  return steps;
}

function corrections(head: ReportHead, call: Call): NextStep[] {
  const { command, dry_run: isDry, backup, stopped_by: stoppedBy } = head;
  const { rejects, report } = call.options;
  const writes = !isDry && command !== 'validate';
  const kept = writes && rejects !== undefined ? rejects : undefined;
  // The sources are copied; a second copy is not needed.
  const copied = backup === null ? [] : (['backup', 'backupDir', 'encryptTo'] as const);
  const bytes = writes && rejects === undefined ? [`--rejects ${freePlace('rejects')}`] : [];
  const lists = report.length === 0 ? ['--report report.json', ...bytes] : bytes;
  const without = writes ? copied : ([...copied, 'rejects'] as const);
  const steps: NextStep[] = [];
  if (stoppedBy !== undefined) {
    const all = again(call, { without: [...without, 'maxErrors'], more: ['--max-errors 100%', ...lists] });
    steps.push({ why: `${notReached(head)}, whatever number of records is rejected`, command: all });
  } else if (kept === undefined && lists.length > 0) {
    const what = writes ? 'every reject with its place, and its bytes to correct' : 'every reject with its place';
    const why = report.length === 0 ? what : 'the bytes of every reject, to correct';
    steps.push({ why, command: again(call, { without, more: lists }) });
  }
  if (kept === undefined) return [...steps, ...afterCorrection(command, isDry, call)];
  return [
    ...steps,
    { why: `correct what is in ${kept}, then load it`, command: following(call.typed, 'retry', quoted(kept)) },
  ];
}

function notReached({ totals: { files_not_reached: files } }: ReportHead): string {
  return `${counted(files, 'file')} ${files === 1 ? 'was' : 'were'} not reached: go through all of them`;
}

function afterCorrection(command: string, isDry: boolean, call: Call): NextStep[] {
  if (command === 'retry')
    return [{ why: 'or correct what is there and run it again: only what is not loaded is read' }];
  if (command === 'validate') return [{ why: 'or correct the sources; what a run would do', command: rehearsal(call) }];
  if (!isDry) return [{ why: 'or correct the sources and run it again: only what is not loaded is read' }];
  const rejects = call.options.rejects === undefined ? [`--rejects ${freePlace('rejects')}`] : [];
  const load = again(call, { without: ['dryRun'], more: rejects });
  return [{ why: 'or load the others; what is not loaded is kept to be corrected', command: load }];
}

function rehearsal(call: Call): string {
  return following(call.typed, 'run', quoted(call.root), defaultPlace(call), '--dry-run');
}

/** The default database is refused inside the root. */
function defaultPlace({ root, options: { to } }: Call): string {
  const real = resolve(root);
  const isInside = to === undefined && resolve(DEFAULT_TARGET).startsWith(`${real}/`);
  return isInside ? `--to ${quoted(join(dirname(real), DEFAULT_TARGET))}` : '';
}

function scan(call: Call, ...more: readonly string[]): string {
  return following(call.typed, 'scan', quoted(call.root), ...more);
}

function comparison({ archive, command }: ReportHead, call: Call): NextStep {
  if (command === 'retry')
    return {
      why: 'compare what was loaded with what is there',
      command: following(call.typed, 'verify', '--ledger'),
    };
  const sources = archive === null ? quoted(call.root) : `--sources ${quoted(archive)}`;
  return { why: 'compare every value with the sources', command: following(call.typed, 'verify', sources) };
}
