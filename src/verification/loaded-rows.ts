import { storedKeyPrint } from '../checking/prints.ts';
import type { StoredRow } from '../databases/stored-rows.ts';
import type { Scratch } from '../files/scratch.ts';
import { Fingerprint, printText } from '../hash/fingerprint.ts';
import { mayBeLoaded } from '../load/loaded-children.ts';
import type { StoredVisitor } from './stored-prints.ts';

/** The keys of the child rows that were loaded, of groups whose order does not tell: see `childKeys`. */
export class LoadedChildren {
  private readonly save;
  private readonly remove;
  private readonly select;
  private isEmpty = true;

  constructor(scratch: Scratch) {
    scratch.exec('CREATE TABLE loaded_children (key TEXT PRIMARY KEY, words TEXT) WITHOUT ROWID');
    this.save = scratch.prepare<[string, string]>('INSERT OR REPLACE INTO loaded_children VALUES (?, ?)');
    this.remove = scratch.prepare<[string]>('DELETE FROM loaded_children WHERE key = ?');
    this.select = scratch.prepare<[string], string>('SELECT words FROM loaded_children WHERE key = ?').pluck();
  }

  /** By the print of the group's key. The last word counts. */
  note(key: string, words: string | undefined): void {
    if (words !== undefined) this.save.run(key, words);
    else if (!this.isEmpty) this.remove.run(key);
    this.isEmpty &&= words === undefined;
  }

  /** The group whose key has the print at this place was loaded without them. */
  forget(words: Int32Array, at: number): void {
    if (!this.isEmpty) this.remove.run(printText(words, at));
  }

  find(key: string): ReadonlySet<number> | undefined {
    const words = this.isEmpty ? undefined : this.select.get(key);
    return words === undefined ? undefined : new Set(words.split(' ').map(Number));
  }
}

/** Of each stored group, tells the prints of the key and of the rows that a load may have put there, without those that were added. */
export class LoadedRows implements StoredVisitor {
  private readonly children: LoadedChildren;
  private readonly tell: (prints: string) => void;
  private readonly content = new Fingerprint();
  private key = '';
  private words: ReadonlySet<number> | undefined;

  constructor(children: LoadedChildren, tell: (prints: string) => void) {
    this.children = children;
    this.tell = tell;
  }

  begin(root: StoredRow): void {
    this.key = storedKeyPrint(root.table, (name) => root.value(name)).text;
    this.words = this.children.find(this.key);
    this.content.begin();
    root.addTo(this.content);
  }

  child(row: StoredRow): void {
    if (!this.isLoaded(row)) return;
    // Without their keys, all that follow may have been added.
    if (this.words === undefined) this.end();
    row.addTo(this.content);
  }

  end(): void {
    this.tell(`${this.key} ${this.content.ended().text}`);
  }

  private isLoaded(row: StoredRow): boolean {
    return mayBeLoaded(row.table, (name) => row.value(name), this.words);
  }
}
