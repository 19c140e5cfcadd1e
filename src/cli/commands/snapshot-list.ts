import { listSnapshots, type SnapshotEntry } from '../../copies/snapshot.ts';
import type { Action } from '../action.ts';
import { loadConfiguration } from '../configuration.ts';
import { fittedTable, formatBytes, formatCount } from '../format.ts';
import { printable, writeResult, writeText } from '../terminal.ts';

const command: Action = async (_args, flags) => {
  const { options } = await loadConfiguration(flags);
  const entries = await listSnapshots(options.snapshotDir);
  await (options.json ? writeResult([`${JSON.stringify(entries, null, 2)}\n`]) : writeText([asText(entries)]));
  return 0;
};

function asText(entries: readonly SnapshotEntry[]): string {
  if (entries.length === 0) return 'there are no snapshots\n';
  const rows = entries.map(({ name, snapshot, bytes }) => [
    name,
    formatBytes(bytes),
    snapshot === null ? '-' : formatCount(rowsOf(snapshot)),
    snapshot === null ? 'incomplete or damaged' : 'complete',
    printable(
      snapshot === null ? '' : `${snapshot.target}${snapshot.kind === 'sqlite' ? '' : `, ${snapshot.db_schema}`}`,
    ),
  ]);
  return `${fittedTable([['snapshot', 'size', 'rows', 'state', 'of'], ...rows], [3, 4])}\n`;
}

function rowsOf({ tables }: NonNullable<SnapshotEntry['snapshot']>): number {
  return Object.values(tables).reduce((sum, { rows }) => sum + rows, 0);
}

export default command;
