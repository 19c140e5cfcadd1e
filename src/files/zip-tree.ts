import { closeSync, fstatSync, openSync } from 'node:fs';
import { type Entry, fromRandomAccessReaderPromise } from 'yauzl';
import { errorCode } from '../errors.ts';
import type { Listed, NameKind } from './directory-names.ts';
import { stampOf } from './file-stamp.ts';
import type { Scratch } from './scratch.ts';
import { READ_FLAGS } from './source-file.ts';
import { stampOfEntry, type ZipEntry } from './source-place.ts';
import type { Leaf, SourceTree, Trouble, Unreadable } from './source-tree.ts';
import { entryName } from './zip-names.ts';
import { ZipReader } from './zip-reader.ts';

/** Names that are read at once. */
const PAGE = 500;

/** What an entry of the list begins with. */
const ENTRY_SIGNATURE = 'PK\x01\x02';

/** Lists a zip file into the scratch store. What is wrong with it as a whole is an entry of the root. */
export async function readZip(archive: string, scratch: Scratch): Promise<SourceTree> {
  const tree = new ZipTree(scratch);
  let file: number | undefined;
  try {
    file = openSync(archive, READ_FLAGS);
    const stats = fstatSync(file, { bigint: true });
    const reader = new ZipReader(file);
    const zip = await fromRandomAccessReaderPromise(reader, Number(stats.size), {
      decodeStrings: false,
      validateEntrySizes: false,
    });
    for await (const entry of zip.eachEntry()) tree.add(entry, archive, stampOf(stats));
    // A count that is too small hides the others: it has 16 bits where the file is no zip64.
    if (reader.isFollowedBy(ENTRY_SIGNATURE)) throw new TypeError('it has more entries than it says');
  } catch (error) {
    // The scratch store is no part of the zip file.
    if (errorCode(error)?.startsWith('SQLITE_')) throw error;
    const reason = errorCode(error) ?? (error instanceof Error ? error.message : String(error));
    tree.addRoot({ code: 'damaged-archive', message: `the zip file cannot be listed to its end: ${reason}`, archive });
  } finally {
    if (file !== undefined) closeSync(file);
  }
  tree.findOverlaps();
  return tree;
}

/** What stands in the tables of the scratch store. */
interface Row {
  readonly name: string;
  readonly kind: NameKind;
}

/** Which of several entries has a name: a file that is called so, one whose name is another spelling, one that is not read. */
type Rank = 0 | 1 | 2;

class ZipTree implements SourceTree {
  private readonly scratch: Scratch;
  private readonly insert;
  private readonly find;
  private readonly rename;
  private readonly page;

  constructor(scratch: Scratch) {
    this.scratch = scratch;
    scratch.exec(`DROP TABLE IF EXISTS zip;
      CREATE TABLE zip (directory TEXT, name TEXT, kind TEXT, leaf TEXT, begins INTEGER, ends INTEGER, rank INTEGER,
        PRIMARY KEY (directory, name)) WITHOUT ROWID`);
    this.insert = scratch.prepare('INSERT OR IGNORE INTO zip VALUES (?, ?, ?, ?, ?, ?, ?)');
    this.find = scratch.prepare<[string, string], Row & { readonly leaf: string | null; readonly rank: Rank }>(
      'SELECT kind, leaf, rank FROM zip WHERE directory = ? AND name = ?',
    );
    this.rename = scratch.prepare<[string, string, string, string]>(
      `UPDATE zip SET name = ?, leaf = iif(leaf ->> '$.trouble' IS NULL, json_set(leaf, '$.trouble', json(?)), leaf)
        WHERE directory = ? AND name = ?`,
    );
    this.page = scratch.prepare<[string, string], Row>(
      `SELECT name, kind FROM zip WHERE directory = ? AND name > ? ORDER BY name LIMIT ${PAGE}`,
    );
  }

  add(entry: Entry, archive: string, stamp: ReturnType<typeof stampOf>): void {
    const { path, isRespelled = false, trouble: unsafe } = entryName(entry);
    const kind = kindOf(entry);
    // Directories are those of the files.
    if (kind === 'directory' || (path.endsWith('/') && entry.uncompressedSize === 0)) return;
    const content = { bytes: entry.uncompressedSize, mtimeNs: mtimeOf(entry), crc32: entry.crc32 };
    const place: ZipEntry = {
      archive,
      stamp: stampOfEntry(stamp, content),
      header: entry.relativeOffsetOfLocalHeader,
      method: entry.compressionMethod,
      packedBytes: entry.compressedSize,
      crc32: entry.crc32,
    };
    const trouble = unsafe ?? troubleOf(entry, path);
    const ofName = isRespelled ? 1 : 0;
    const rank = trouble || kind !== 'file' ? 2 : ofName;
    this.addLeaf(path.replace(/\/$/, '%2F'), { kind, rank }, { place, ...(trouble && { trouble }) });
  }

  /** The zip file as a whole. */
  addRoot({ archive, ...trouble }: Trouble & { readonly archive: string }): void {
    const leaf: Leaf = { place: archive, trouble };
    this.insert.run('', '/', 'unreadable-directory', JSON.stringify(leaf), null, null, 0);
  }

  /** The bytes of an entry are its own: a small file of overlapping ones may hold any amount of content. */
  findOverlaps(): void {
    const trouble: Trouble = { code: 'damaged-archive', message: 'the entry lies over another one in the zip file' };
    this.scratch
      .prepare<[string]>(
        `WITH overlapping AS (SELECT directory, name FROM
           (SELECT directory, name, ends, lead(begins) OVER (ORDER BY begins, ends) AS next FROM zip WHERE begins IS NOT NULL)
           WHERE ends > next)
         UPDATE zip SET leaf = json_set(leaf, '$.trouble', json(?)) WHERE (directory, name) IN (SELECT * FROM overlapping)`,
      )
      .run(JSON.stringify(trouble));
  }

  private addLeaf(
    path: string,
    { kind, rank }: { readonly kind: NameKind; readonly rank: Rank },
    leaf: Leaf & { readonly place: ZipEntry },
  ): void {
    const { directory, name } = splitPath(path);
    const { header, packedBytes } = leaf.place;
    const save = (called: string, { place, trouble }: Leaf): number =>
      this.insert.run(directory, called, kind, JSON.stringify({ place, trouble }), header, header + packedBytes, rank)
        .changes;
    const holder = this.find.get(directory, name);
    if (holder === undefined) save(name, leaf);
    else {
      const trouble: Trouble = { code: 'repeated-name', message: `another entry has the same name, ${path}` };
      let number = 2;
      while (this.find.get(directory, `${name}#${number}`)) number++;
      const spare = `${name}#${number}`;
      if (rank >= holder.rank) save(spare, { trouble, ...leaf });
      else {
        this.rename.run(spare, JSON.stringify(trouble), directory, name);
        save(name, leaf);
      }
    }
    for (let around = directory; around !== ''; ) {
      const above = splitPath(around.slice(0, -1));
      if (this.insert.run(above.directory, `${above.name}/`, 'directory', null, null, null, null).changes === 0) return;
      around = above.directory;
    }
  }

  list(path: string, onName: (name: string) => void): Iterator<Listed | Unreadable> {
    for (const { name } of this.each(path)) onName(name);
    return this.each(path);
  }

  *each(path: string): Generator<Listed | Unreadable> {
    for (let rows = this.page.all(path, ''); rows.length > 0; rows = this.page.all(path, rows.at(-1)?.name ?? ''))
      yield* rows;
  }

  kindAt(path: string): NameKind | undefined {
    const { directory, name } = splitPath(path);
    return (this.find.get(directory, name) ?? this.find.get(directory, `${name}/`))?.kind;
  }

  leafAt(path: string): Leaf {
    const { directory, name } = path === '/' ? { directory: '', name: path } : splitPath(path);
    const leaf: Leaf = JSON.parse(this.find.get(directory, name)?.leaf ?? 'null');
    return typeof leaf.place === 'string' ? leaf : { ...leaf, stamp: leaf.place.stamp };
  }
}

/** A path as its directory, which is empty or ends with `/`, and its name. */
function splitPath(path: string): { readonly directory: string; readonly name: string } {
  const at = path.lastIndexOf('/') + 1;
  return { directory: path.slice(0, at), name: path.slice(at) };
}

/** Systems whose modes of files stand in the upper half of the attributes: Unix and macOS. */
const UNIX = [3, 19];
const KINDS: Readonly<Record<number, NameKind>> = { 0: 'file', 8: 'file', 4: 'directory', 10: 'symlink' };

function kindOf({ versionMadeBy, externalFileAttributes }: Entry): NameKind {
  if (!UNIX.includes(versionMadeBy >> 8)) return 'file';
  return KINDS[externalFileAttributes >>> 28] ?? 'special';
}

/** In UTC where the entry does not say: a result must not depend on the zone of the machine. */
function mtimeOf(entry: Entry): string {
  const time = entry.getLastModDate({ timezone: 'UTC' }).getTime();
  return Number.isNaN(time) ? '0' : String(BigInt(Math.round(time)) * 1_000_000n);
}

/** Content of this size, in bytes, is read only where the zip file holds a fair part of it. */
const LARGE = 100 * 1024 * 1024;
const MOST_TIMES = 250;

function troubleOf(entry: Entry, path: string): Trouble | undefined {
  const { uncompressedSize: bytes, compressedSize: packed } = entry;
  if (entry.isEncrypted()) return { code: 'encrypted-entry', message: 'the entry is encrypted' };
  if (path.endsWith('/')) return { code: 'damaged-archive', message: 'a directory with content of its own' };
  if (bytes > LARGE && bytes > MOST_TIMES * packed)
    return {
      code: 'suspicious-size',
      message: `the content is more than ${MOST_TIMES} times as large as what is stored of it`,
    };
  return undefined;
}
