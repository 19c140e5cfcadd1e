import type { Listener } from '../report/events.ts';
import type { DataFile } from './sources.ts';

/** Every file is read for its shape, then for its values. */
const TIMES = 2;

/** Tells how far the reading is. */
export class Reading {
  private readonly listener: Listener | undefined;
  private done = { files: 0, bytes: 0 };

  constructor(files: Iterable<DataFile>, listener: Listener | undefined) {
    this.listener = listener;
    if (listener === undefined) return;
    let bytes = 0;
    for (const file of files) bytes += file.bytes;
    listener({ kind: 'loading', files: 0, bytes: TIMES * bytes });
  }

  /** The files, each done when the next is asked for. */
  *through(files: Iterable<DataFile>): Generator<DataFile> {
    this.done = { ...this.done, files: 0 };
    for (const file of files) {
      yield file;
      this.done = { files: this.done.files + 1, bytes: this.done.bytes + file.bytes };
      this.listener?.({ kind: 'progress', ...this.done, records: 0, rejected: 0 });
    }
  }
}
