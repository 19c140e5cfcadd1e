import { storedKeyPrint } from '../checking/prints.ts';
import type { Database } from '../databases/database.ts';
import { refuseLacking } from '../databases/lacking-columns.ts';
import type { Scratch } from '../files/scratch.ts';
import { printText } from '../hash/fingerprint.ts';
import type { FormerGroup } from '../recipes/past-declarations.ts';
import type { Shape } from '../schema/comparison/shape.ts';
import type { TableGroup } from '../schema/declared-tables.ts';
import { loadColumns, type Table } from '../schema/table.ts';
import { Findings } from './findings.ts';
import type { LoadedKeys } from './loaded-keys.ts';
import { type LoadedChildren, LoadedRows } from './loaded-rows.ts';
import { matchPrints, type RecordOf, type Rule } from './match-prints.ts';
import { ANOTHER_FORM, ANYTHING, PrintStore } from './print-store.ts';
import type { RejectedBefore } from './rejected-before.ts';
import { storedOwners } from './stored-owners.ts';
import { eachStored } from './stored-prints.ts';

/** Extra rows that are named. The others are counted. */
const MOST_NAMED = 1000;

/** Rows that are looked up at once. */
const PAGE = 500;

interface Suspect {
  readonly file: number;
  readonly record: number;
  readonly root: string;
}

/** Records with one key of which one is as the row is. */
interface Contradiction {
  readonly id: number;
  /** The print of the key, as a text. */
  readonly key: string;
  readonly root: string;
  /** The record that is as the row is, as JSON. */
  readonly same: string;
  /** The others, as JSON. */
  readonly others: string;
}

export interface ComparisonOptions {
  readonly database: Database;
  readonly scratch: Scratch;
  /** Between pages of rows: may end the work by throwing. */
  readonly throwIfStopped: () => void;
  readonly pathOf: (file: number) => string;
  /** What the database has. */
  readonly shape: Shape;
}

/** What should be stored against what is: prints of both, spread over partitions. */
export class Comparison {
  readonly findings = new Findings();
  readonly store: PrintStore;
  private readonly options: ComparisonOptions;
  private readonly extras = new Map<string, TableGroup>();
  /** By the words of their key's print. */
  private readonly absentOwners = new Set<string>();
  private readonly saveContradiction;
  private readonly saveUnexpected;
  private readonly saveSuspect;
  private readonly countSuspects;
  private readonly findSuspect;

  constructor(options: ComparisonOptions) {
    const { scratch } = options;
    this.options = options;
    this.store = new PrintStore(scratch);
    scratch.exec(`CREATE TABLE suspects
      (file INTEGER, record INTEGER, root TEXT, prints TEXT, PRIMARY KEY (file, record, root)) WITHOUT ROWID`);
    scratch.exec('CREATE TABLE unexpected (id INTEGER PRIMARY KEY, key TEXT, place INTEGER)');
    scratch.exec('CREATE TABLE contradictions (id INTEGER PRIMARY KEY, key TEXT, root TEXT, same TEXT, others TEXT)');
    this.saveContradiction = scratch.prepare<[string, string, string, string]>(
      'INSERT INTO contradictions (key, root, same, others) VALUES (?, ?, ?, ?)',
    );
    this.saveUnexpected = scratch.prepare<[string, number]>('INSERT INTO unexpected (key, place) VALUES (?, ?)');
    this.saveSuspect = scratch.prepare<[number, number, string, string]>(
      'INSERT OR IGNORE INTO suspects VALUES (?, ?, ?, ?)',
    );
    this.countSuspects = scratch.prepare<[number], number>('SELECT count(*) FROM suspects WHERE file = ?').pluck();
    this.findSuspect = scratch.prepare<[number, number, string]>(
      'SELECT 1 FROM suspects WHERE file = ? AND record = ? AND root = ?',
    );
  }

  /** Reads all rows of these tables. Inside a snapshot. */
  async readTables(isWanted: (group: TableGroup) => boolean, throwIfStopped: () => void): Promise<void> {
    const { shape } = this.options;
    const wanted = shape.declared.groups.filter(isWanted);
    refuseLacking(
      shape,
      wanted.flatMap(({ root, children }) => [root, ...children]),
    );
    for (const [number, group] of this.options.database.declared.groups.entries()) {
      if (!isWanted(group)) continue;
      await eachStored(this.options.database, group, throwIfStopped, {
        end: (key, content) => this.store.add('stored', key, content, ANYTHING, 0, number),
      });
    }
  }

  /** Reads the rows of a table once more, with the columns that a past declaration gave it, as far as they are there. */
  async readFormer({ then, now }: FormerGroup): Promise<void> {
    const { database, throwIfStopped, shape } = this.options;
    const number = database.declared.groupNumber(now.root);
    const isThere = (table: Table): boolean => {
      const stored = shape.tables.get(table.name)?.columns.map(({ name }) => name);
      return stored !== undefined && loadColumns(table).every((name) => stored.includes(name));
    };
    if (![then.root, ...then.children].every(isThere)) return;
    await eachStored(database, then, throwIfStopped, {
      end: (key, content) => this.store.add('stored', key, content, ANOTHER_FORM, 0, number),
    });
  }

  /** `mayBeRejected` says of which tables and files a record without a row must be looked at again. */
  match(rule: Rule, mayBeRejected: (root: Table, file: number) => boolean = () => false): void {
    const { findings } = this;
    const groupOf = (table: number): TableGroup => this.options.database.declared.groups[table] as TableGroup;
    matchPrints(this.store, rule, {
      equal: (table) => findings.count(groupOf(table).root.name, 'equal'),
      contradicted: (key, table, right, others) => {
        const { name } = groupOf(table).root;
        this.saveContradiction.run(printText(key, 0), name, JSON.stringify(right), JSON.stringify(others));
      },
      different: (file, record, table, last) =>
        this.saveSuspect.run(file, record, groupOf(table).root.name, last.join(' ')),
      missing: (file, record, table) => {
        const { root } = groupOf(table);
        if (mayBeRejected(root, file)) this.saveSuspect.run(file, record, root.name, '');
        else this.addMissing(root, file, record);
      },
      unknown: (key) => this.absentOwners.add(key.join(' ')),
      extra: (key, table) => this.saveUnexpected.run(key.join(' '), table),
    });
  }

  /**
   * Of records with one key and other content the loader rejects all but one, which the ledger knows. The row must be as that one has
   * it. Returns how many were rejected.
   */
  async settleContradictions(loaded: LoadedKeys, before: RejectedBefore): Promise<number> {
    const select = this.options.scratch.prepare<[number], Contradiction>(
      `SELECT * FROM contradictions WHERE id > ? ORDER BY id LIMIT ${PAGE}`,
    );
    let rejected = 0;
    for (let page = select.all(0); page.length > 0; page = select.all(page.at(-1)?.id ?? 0)) {
      for (const each of page) rejected += await this.settle(each, loaded, before);
    }
    this.options.scratch.exec('DELETE FROM contradictions');
    return rejected;
  }

  private async settle(
    { key, root, same, others }: Contradiction,
    loaded: LoadedKeys,
    before: RejectedBefore,
  ): Promise<number> {
    const { pathOf } = this.options;
    let rejected = 0;
    const isLoaded = ({ file, record }: RecordOf): Promise<boolean> => loaded.has(key, pathOf(file), record);
    const reject = ({ file, record }: RecordOf): boolean => {
      const isRejected = before.count(pathOf(file), record);
      if (isRejected) rejected++;
      return isRejected;
    };
    let winner: RecordOf | undefined;
    for (const each of JSON.parse(others) as readonly RecordOf[]) {
      if (await isLoaded(each)) winner ??= each;
      else reject(each);
    }
    const right = JSON.parse(same) as RecordOf;
    if (winner !== undefined && !(await isLoaded(right)) && reject(right))
      this.saveSuspect.run(winner.file, winner.record, root, key);
    else this.findings.count(root, 'equal');
    return rejected;
  }

  /** Counts the rows that nothing expects, by what they are: `extra`, the application's, or told of elsewhere. */
  async countUnexpected(
    kindOf: (group: TableGroup, key: string) => Promise<'extra' | 'application' | undefined>,
  ): Promise<void> {
    const { database, scratch } = this.options;
    const select = scratch.prepare<[number], { id: number; key: string; place: number }>(
      `SELECT id, key, place FROM unexpected WHERE id > ? ORDER BY id LIMIT ${PAGE}`,
    );
    for (let page = select.all(0); page.length > 0; page = select.all(page.at(-1)?.id ?? 0)) {
      for (const { key, place } of page) {
        const group = database.declared.groups[place] as TableGroup;
        const kind = await kindOf(group, key);
        if (kind === 'extra' && this.extras.size < MOST_NAMED) this.extras.set(key, group);
        else if (kind) this.findings.count(group.root.name, kind);
      }
    }
  }

  addMissing(root: Table, file: number, record: number): void {
    const path = this.options.pathOf(file);
    this.findings.add({ kind: 'missing', table: root.name, path, record, pointers: [], key: null });
  }

  /** Whether the row of a record seems to differ, or to be missing where it may be. */
  isSuspect(file: number, record: number, { name }: Table): boolean {
    return this.findSuspect.get(file, record, name) !== undefined;
  }

  /**
   * Where nothing but prints is known: a group is as it should be with more child rows than those that were loaded. They are
   * the application's. Inside a snapshot.
   */
  async acceptAdded(loaded: LoadedChildren): Promise<void> {
    const { scratch, database, throwIfStopped } = this.options;
    const suspected = scratch.prepare<[], string>('SELECT DISTINCT root FROM suspects').pluck().all();
    if (suspected.length === 0) return;
    scratch.exec('CREATE INDEX suspects_prints ON suspects (prints)');
    const accept = scratch.prepare<[string]>('DELETE FROM suspects WHERE prints = ?');
    for (const group of database.declared.groups) {
      if (group.children.length === 0 || !suspected.includes(group.root.name)) continue;
      const rows = new LoadedRows(loaded, (prints) => {
        if (accept.run(prints).changes > 0) this.findings.count(group.root.name, 'equal');
      });
      await eachStored(database, group, throwIfStopped, rows);
    }
  }

  /** Where nothing but prints is known: what seems to differ does. */
  tellSuspects(): void {
    const { scratch, pathOf } = this.options;
    const suspects = scratch.prepare<[], Suspect>('SELECT * FROM suspects ORDER BY file, record');
    for (const { file, record, root } of suspects.iterate()) {
      const place = { path: pathOf(file), record, key: null };
      this.findings.add({ kind: 'different', table: root, ...place, pointers: [] });
    }
  }

  hasSuspects(file: number): boolean {
    return (this.countSuspects.get(file) ?? 0) > 0;
  }

  /** Names the rows that nobody expects, and the owners who are not there though rows of theirs are. Inside a snapshot. */
  async nameRest(): Promise<void> {
    if (this.absentOwners.size > 0) await this.nameAbsentOwners();
    for (const { root } of new Set(this.extras.values())) {
      for await (const page of this.options.database.storedPairs({ root, children: [] })) {
        for (const { root: row } of page) {
          const name = storedKeyPrint(root, (column) => row.value(column)).text;
          if (!this.extras.delete(name)) continue;
          const key = root.naturalKey.map((column) => String(row.value(column)));
          this.findings.add({ kind: 'extra', table: root.name, path: null, record: null, pointers: [], key });
        }
      }
    }
  }

  /** Names those of these rows, by the print of their key, that are not there. */
  nameAbsent(rows: ReadonlyMap<string, { readonly root: Table; readonly name: readonly string[] }>): void {
    for (const [print, { root, name }] of rows) {
      if (this.absentOwners.delete(print))
        this.findings.add({
          kind: 'missing',
          table: root.name,
          path: null,
          record: null,
          pointers: [],
          key: [...name],
        });
    }
  }

  /** Records that were rejected at the load may have owners of whom nothing is there. */
  private async nameAbsentOwners(): Promise<void> {
    const { owners } = this.options.database.declared;
    // An application with tables of its own may have none of owners.
    if (owners === undefined || !this.options.database.hasTable(owners)) return;
    for await (const id of storedOwners(this.options.database)) {
      if (!this.absentOwners.delete(storedKeyPrint(owners, () => id).text)) continue;
      const key = [String(id)];
      this.findings.add({ kind: 'missing', table: owners.name, path: null, record: null, pointers: [], key });
    }
  }
}
