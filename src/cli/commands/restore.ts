import { type RestoreResult, restoreFiles } from '../../copies/restore.ts';
import { MigrateError } from '../../errors.ts';
import type { Action } from '../action.ts';
import { loadConfiguration } from '../configuration.ts';
import { asJson } from '../differences.ts';
import { counted, formatBytes, formatCount } from '../format.ts';
import { stopOnSignals } from '../signals.ts';
import { printable, writeResult, writeText } from '../terminal.ts';

const command: Action = async ([directory], flags) => {
  const { options } = await loadConfiguration(flags);
  if (directory === undefined) throw new MigrateError('usage', 'restore needs the directory of a backup or an archive');
  const { signal, release } = stopOnSignals();
  try {
    const onVerified = (into: string): void => {
      if (!options.quiet) process.stderr.write(`every file is verified; restoring to ${printable(into)}\n`);
    };
    const result = await restoreFiles({ ...options, directory }, { signal, onVerified });
    await (options.json ? writeResult([asJson(result)]) : writeText(asText(result)));
    return 0;
  } finally {
    release();
  }
};

function* asText(result: RestoreResult): Generator<string> {
  const { kind, into, restored, bytes, already_there, complete, unvouched, not_moved } = result;
  yield `restored ${counted(restored, 'file')} (${formatBytes(bytes)}) to ${printable(into)}; ${formatCount(already_there)} were there already\n`;
  if (complete) return;
  yield `the run that wrote this ${kind} was killed: only what its journal vouches for was restored\n`;
  if (unvouched > 0) yield `${counted(unvouched, 'file')} in the directory may be torn, and were left there\n`;
  if (not_moved > 0) yield `${counted(not_moved, 'file')} had not been moved yet, and are in the source\n`;
}

export default command;
