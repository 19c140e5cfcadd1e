import { restoreSnapshot } from '../../copies/snapshot.ts';
import { MigrateError } from '../../errors.ts';
import { DEFAULT_TARGET } from '../../settings/target.ts';
import type { Action } from '../action.ts';
import { loadConfiguration } from '../configuration.ts';
import { confirmed } from '../confirmation.ts';
import { asJson } from '../differences.ts';
import { counted } from '../format.ts';
import { printable, writeResult, writeText } from '../terminal.ts';

const command: Action = async ([name], flags) => {
  const { options, environment } = await loadConfiguration(flags);
  if (name === undefined) throw new MigrateError('usage', 'snapshot restore needs the name of a snapshot');
  const confirm = (what: string): Promise<void> => confirmed(what, options);
  const settings = { ...options, name, to: options.to ?? DEFAULT_TARGET };
  const result = await restoreSnapshot(settings, { environment, confirm });
  const { target, tables, dropped } = result;
  const rows = Object.values(tables).reduce((sum, each) => sum + each, 0);
  const held = `${counted(rows, 'row')} in ${counted(Object.keys(tables).length, 'table')}`;
  const lines = [
    `${printable(target)} holds again what the snapshot ${name} did: ${held}, and their digests are equal\n`,
    ...(dropped.length > 0 ? [`dropped ${printable(dropped.join(', '))}\n`] : []),
  ];
  await (options.json ? writeResult([asJson(result)]) : writeText(lines));
  return 0;
};

export default command;
