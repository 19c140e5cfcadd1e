import { createSnapshot } from '../../copies/snapshot.ts';
import { DEFAULT_TARGET } from '../../settings/target.ts';
import type { Action } from '../action.ts';
import { loadConfiguration } from '../configuration.ts';
import { asJson } from '../differences.ts';
import { fittedCommand, formatBytes } from '../format.ts';
import { following } from '../repeated-call.ts';
import { printable, writeResult, writeText } from '../terminal.ts';

const command: Action = async (_args, flags) => {
  const { options, environment } = await loadConfiguration(flags);
  const result = await createSnapshot({ ...options, to: options.to ?? DEFAULT_TARGET }, { environment });
  const { name, target: from, bytes, directory, proved, removed } = result;
  const lines = [
    `snapshot ${name} of ${printable(from)}: ${formatBytes(bytes)} in ${printable(directory)}\n`,
    ...(proved ? ['a scratch database that was made of it holds the same rows\n'] : []),
    ...removed.map((old) => `removed the older snapshot ${old}\n`),
    `bring it back:\n${fittedCommand(following(process.argv.slice(2), 'snapshot restore', name))}\n`,
  ];
  await (options.json ? writeResult([asJson(result)]) : writeText(lines));
  return 0;
};

export default command;
