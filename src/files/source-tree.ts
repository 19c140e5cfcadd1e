import { lstatSync, opendirSync } from 'node:fs';
import { sep } from 'node:path';
import type { RejectCode } from '../reject.ts';
import { DirectoryNames, kindOf, type Listed, listedOf, type NameKind } from './directory-names.ts';
import { diskError } from './disk-error.ts';
import type { FileStamp } from './file-stamp.ts';
import type { SourcePlace } from './source-place.ts';

/** What is wrong with an entry of a zip file, before anything of it is read. */
export interface Trouble {
  readonly code: RejectCode;
  readonly message: string;
}

/** What is known of a file without opening it. */
export interface Leaf {
  readonly place: SourcePlace;
  /** Undefined where the disk has to be asked. */
  readonly stamp?: FileStamp;
  readonly trouble?: Trouble;
}

/** A directory that cannot be listed stands for what is in it. */
export interface Unreadable {
  readonly name: string;
  readonly kind: 'unreadable-directory';
}

/**
 * What lies below a source root: a directory, or a zip file that is read as one. Paths are relative to the root, with `/`; those of
 * directories end with it, and that of the root is empty.
 */
export interface SourceTree {
  /** The names in a directory, bytewise; `onName` is told each before. @throws as Node does where it cannot be read */
  list(path: string, onName: (name: string) => void): Iterator<Listed | Unreadable>;
  /** The same in any order, while they are read. */
  each(path: string): Iterable<Listed | Unreadable>;
  /** What has this path, without the `/` of a directory. @throws MigrateError where that cannot be known */
  kindAt(path: string): NameKind | undefined;
  leafAt(path: string): Leaf;
}

export class DirectoryTree implements SourceTree {
  private readonly top: string;
  private readonly tempDir: string | undefined;

  constructor(root: string, tempDir?: string) {
    this.top = root.endsWith(sep) ? root : `${root}${sep}`;
    this.tempDir = tempDir;
  }

  list(path: string, onName: (name: string) => void): Iterator<Listed> {
    return new DirectoryNames(this.tempDir).read(`${this.top}${path}`, onName);
  }

  *each(path: string): Generator<Listed> {
    const directory = opendirSync(`${this.top}${path}`, { bufferSize: 1000 });
    try {
      for (let entry = directory.readSync(); entry !== null; entry = directory.readSync()) yield listedOf(entry);
    } finally {
      directory.closeSync();
    }
  }

  kindAt(path: string): NameKind | undefined {
    const absolutePath = `${this.top}${path}`;
    try {
      const stats = lstatSync(absolutePath, { throwIfNoEntry: false });
      return stats && kindOf(stats);
    } catch (error) {
      // To guess would decide who owns what lies beside it.
      throw diskError('check', absolutePath, error);
    }
  }

  leafAt(path: string): Leaf {
    return { place: `${this.top}${path}` };
  }
}
