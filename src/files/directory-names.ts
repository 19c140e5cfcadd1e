import { type Dirent, opendirSync } from 'node:fs';
import { bytewise } from '../system/bytewise.ts';
import { openScratch, type Scratch } from './scratch.ts';

/** Names that memory holds of one directory; more go to a scratch store. */
const MOST_NAMES = 20_000;
const READ_AHEAD = 1024;
const PAGE = 500;

/** A name that is not UTF-8 reads with these, and two such names may read the same. */
const REPLACEMENT = '\ufffd';

export type NameKind = 'file' | 'directory' | 'symlink' | 'special';

/** An entry of a directory. The name of a directory ends with `/`, which puts what lies in it where it belongs. */
export interface Listed {
  readonly name: string;
  readonly kind: NameKind;
}

/** The entries of one directory in bytewise order, in memory that does not grow with their number. */
export class DirectoryNames {
  private names: Listed[] = [];
  private scratch: Scratch | undefined;
  private insert: ((entry: Listed) => void) | undefined;
  private readonly tempDir: string | undefined;

  constructor(tempDir?: string) {
    this.tempDir = tempDir;
  }

  /** @param onName is told each name, in no order. @throws as Node does where the directory cannot be read */
  read(path: string, onName: (name: string) => void): Iterator<Listed> {
    const odd: Listed[] = [];
    const directory = opendirSync(path, { bufferSize: READ_AHEAD });
    try {
      for (let entry = directory.readSync(); entry !== null; entry = directory.readSync()) {
        const each = listedOf(entry);
        onName(each.name);
        if (each.name.includes(REPLACEMENT)) odd.push(each);
        else this.add(each);
      }
    } finally {
      directory.closeSync();
    }
    for (const each of namesApart(odd, (name) => this.has(name))) this.add(each);
    return this.scratch === undefined ? this.sorted() : this.stored(this.scratch);
  }

  private add(entry: Listed): void {
    if (this.insert === undefined && this.names.length < MOST_NAMES) this.names.push(entry);
    else (this.insert ?? this.spill())(entry);
  }

  private has(name: string): boolean {
    if (this.scratch === undefined) return this.names.some((entry) => entry.name === name);
    return this.scratch.prepare<[string]>('SELECT 1 FROM names WHERE name = ?').get(name) !== undefined;
  }

  private spill(): (entry: Listed) => void {
    this.scratch = openScratch(this.tempDir);
    this.scratch.exec('CREATE TABLE names (name TEXT PRIMARY KEY, kind TEXT) WITHOUT ROWID');
    const statement = this.scratch.prepare<[string, string]>('INSERT INTO names VALUES (?, ?)');
    const insert = ({ name, kind }: Listed): void => {
      statement.run(name, kind);
    };
    this.names.forEach(insert);
    this.names = [];
    this.insert = insert;
    return insert;
  }

  private sorted(): Iterator<Listed> {
    return this.names.sort((a, b) => bytewise(a.name, b.name))[Symbol.iterator]();
  }

  private *stored(scratch: Scratch): Generator<Listed> {
    const page = scratch.prepare<[string], Listed>(`SELECT * FROM names WHERE name > ? ORDER BY name LIMIT ${PAGE}`);
    try {
      for (let rows = page.all(''); rows.length > 0; rows = page.all(rows.at(-1)?.name ?? '')) yield* rows;
    } finally {
      scratch.close();
    }
  }
}

export function listedOf(entry: Dirent): Listed {
  const kind = kindOf(entry);
  return { name: kind === 'directory' ? `${entry.name}/` : entry.name, kind };
}

export function kindOf(entry: Pick<Dirent, 'isFile' | 'isDirectory' | 'isSymbolicLink'>): NameKind {
  if (entry.isFile()) return 'file';
  if (entry.isDirectory()) return 'directory';
  return entry.isSymbolicLink() ? 'symlink' : 'special';
}

/** The second of two names that look the same is listed with a number behind it. */
function namesApart(entries: readonly Listed[], isTaken: (name: string) => boolean): Listed[] {
  const taken = new Set(entries.map(({ name }) => name));
  const seen = new Set<string>();
  return entries.map((entry) => {
    let { name } = entry;
    for (let number = 2; seen.has(name); number++) {
      const numbered = `${entry.name}#${number}`;
      if (!taken.has(numbered) && !isTaken(numbered)) name = numbered;
    }
    seen.add(name);
    return { ...entry, name };
  });
}
