import { type StateFiles, stateFilesOf } from '../checking/state-files.ts';
import type { Registry } from '../datasets/registry.ts';
import type { Scratch } from '../files/scratch.ts';
import { restoreFile } from '../inventory/inventory.ts';
import type { Examined } from '../inventory/source-root.ts';
import type { FileLoadingOptions } from '../load/load-files.ts';
import type { Precedence } from '../load/load-options.ts';

/** The files that are gone through together, and what is known of them. */
export interface Pass extends Examined {
  readonly scratch: Scratch;
  readonly precedence?: Precedence | 'settled-later';
  readonly insertedBefore?: NonNullable<FileLoadingOptions['insertedBefore']>;
}

/** The files of a pass that are to be checked of datasets of which several files may hold states of one record. */
export function stateFilesIn({ inventory }: Pass, root: string, registry: Registry): StateFiles {
  const phases = [...inventory.phases()].values();
  // What is done already, such as files that nothing reads, is told without what it was taken for.
  const open = phases.flatMap((phase) => inventory.filesOf(phase)).filter(({ verdict }) => verdict !== null);
  return stateFilesOf(
    open.map((stored) => restoreFile(stored, root)),
    registry,
  );
}
