import { listSnapshots, type SnapshotEntry } from '../../snapshot.ts';
import type { Action } from '../action.ts';
import { loadConfiguration } from '../configuration.ts';
import { formatBytes, table } from '../format.ts';
import { plain, writeResult } from '../terminal.ts';

const command: Action = async (_args, flags) => {
  const { options } = await loadConfiguration(flags);
  const entries = await listSnapshots(options.snapshotDir);
  await writeResult(options.json ? [`${JSON.stringify(entries, null, 2)}\n`] : [asText(entries)]);
  return 0;
};

function asText(entries: readonly SnapshotEntry[]): string {
  if (entries.length === 0) return 'there are no snapshots\n';
  const rows = entries.map(({ name, snapshot, bytes }) => [
    name,
    formatBytes(bytes),
    String(snapshot?.tables.length ?? '-'),
    snapshot === null ? 'incomplete or damaged' : 'complete',
    plain(snapshot === null ? '' : `${snapshot.target}${snapshot.kind === 'sqlite' ? '' : `, ${snapshot.db_schema}`}`),
  ]);
  return `${table([['snapshot', 'size', 'tables', 'state', 'of'], ...rows], [3, 4]).join('\n')}\n`;
}

export default command;
