import { storedKeyPrint } from '../checking/prints.ts';
import type { Database } from '../databases/database.ts';
import { rowCodec } from '../databases/open.ts';
import type { NeededRow, RowKey, RowUndo } from '../databases/row-undo.ts';
import type { StoredGroup } from '../databases/stored-rows.ts';
import { EXIT } from '../errors.ts';
import type { Scratch } from '../files/scratch.ts';
import { unpackBefore } from '../load/memory.ts';
import type { Listener } from '../report/events.ts';
import type { TableGroup } from '../schema/declared-tables.ts';
import { isKeyed, placeholderColumns, type Table, type Value } from '../schema/table.ts';
import { EventLoopTurn } from '../system/yield-to-event-loop.ts';
import { eachStored } from '../verification/stored-prints.ts';
import type { Follower } from './later-runs.ts';
import { type MadeRow, MadeRows } from './made-rows.ts';
import type { RunToUndo } from './run-to-undo.ts';
import type { KeptRow, UndoResult, UndoTally } from './undo-result.ts';

/** Rows that are marked or restored at once. */
const PAGE = 500;

/** Kept rows that are named. The others are counted. */
const MOST_NAMED = 1000;

interface FoundRow extends Pick<MadeRow, 'former'> {
  readonly id: number;
  readonly key: string;
}

/** Takes back what a run made of rows. */
export class RowsBack {
  readonly made: MadeRows;
  private readonly database: Database;
  private readonly throwIfStopped: () => void;
  private readonly listener: Listener;
  private readonly turn = new EventLoopTurn();
  /** Each row is found first, and taken back then. */
  private halves = 0;
  private readonly save;
  private readonly select;
  private readonly empty;
  private readonly tallies = new Map<string, UndoTally>();
  private kept: KeptRow[] = [];

  constructor(database: Database, scratch: Scratch, throwIfStopped: () => void, listener: Listener) {
    this.listener = listener;
    this.database = database;
    this.throwIfStopped = throwIfStopped;
    this.made = new MadeRows(scratch);
    scratch.exec('CREATE TABLE found (id INTEGER PRIMARY KEY, key TEXT, former INTEGER)');
    this.save = scratch.prepare<[string, number | null]>('INSERT INTO found (key, former) VALUES (?, ?)');
    this.select = scratch.prepare<[number, number], FoundRow>(
      `SELECT id, key, former FROM found WHERE (former IS NULL) = ? AND id > ? ORDER BY id LIMIT ${PAGE}`,
    );
    this.empty = scratch.prepare('DELETE FROM found');
  }

  /** Reads what the batches of the run made. Throws `not-remembered` where it was not kept. */
  async remember({ runId }: RunToUndo): Promise<void> {
    for await (const page of this.database.ledgerRows({ kind: 'batches-of-run', runId })) {
      for (const batch of page) {
        this.made.addBatch(batch, this.database.declared);
        await this.turn.take();
        this.throwIfStopped();
      }
    }
    this.made.sort();
  }

  /** Everything within one transaction. It may be called again after that has failed. */
  async takeBack(undoing: RowUndo, { runId, tables }: RunToUndo, followers: Iterable<Follower>): Promise<void> {
    this.tallies.clear();
    this.kept = [];
    this.halves = 0;
    this.listener({ kind: 'undoing', rows: this.made.count });
    const { groups, owners } = this.database.declared;
    for (const group of groups) {
      const { root } = group;
      const isOwners = this.made.hasOwners && root === owners;
      const isWanted = tables === undefined || tables.has(root) || isOwners || this.made.lookupTables.has(root.name);
      if (isWanted) await this.takeBackGroup(undoing, group);
    }
    for (const needed of await undoing.spare()) this.keepNeeded(needed);
    for (const [table, rows] of await undoing.remove()) this.tally(table).deleted += rows;
    await undoing.forget(runId, followers);
  }

  result(): Pick<UndoResult, 'exit_code' | 'totals' | 'tables' | 'kept'> {
    const totals = { deleted: 0, restored: 0, kept: 0 };
    for (const { deleted, restored, kept } of this.tallies.values()) {
      totals.deleted += deleted;
      totals.restored += restored;
      totals.kept += kept;
    }
    const exit_code = totals.kept > 0 ? EXIT.rejected : EXIT.complete;
    return { exit_code, totals, tables: Object.fromEntries(this.tallies), kept: this.kept };
  }

  private async takeBackGroup(undoing: RowUndo, group: TableGroup): Promise<void> {
    const { root } = group;
    this.empty.run();
    await this.findRows(group);
    for (const page of this.pages(1)) {
      await this.advance(page.length);
      const keys: readonly RowKey[] = page.map(({ key }) => JSON.parse(key));
      const written = new Set((await undoing.written(group, keys)).map(textOf));
      for (const key of keys.filter((each) => written.has(textOf(each)))) {
        const print = storedKeyPrint(root, (name) => key[root.naturalKey.indexOf(name)] ?? null);
        this.keep(root, key, this.made.find(print.text), 'changed', null);
      }
      await undoing.mark(
        group,
        keys.filter((each) => !written.has(textOf(each))),
      );
    }
    const codec = rowCodec(this.database.rowFormat);
    for (const page of this.pages(0)) {
      await this.advance(page.length);
      const groups = page.flatMap(({ former }) => {
        const before = former === null ? undefined : this.made.before(former);
        return before ? [keyedRows(unpackBefore(before, codec, this.database.declared))] : [];
      });
      const needed = await undoing.restore(groups);
      for (const each of needed) this.keepNeeded(each);
      this.tally(root.name).restored += groups.length - needed.length;
    }
  }

  /** Finds the rows that are as the run left them. Nothing else can be asked of the database meanwhile. */
  private async findRows(group: TableGroup): Promise<void> {
    const { root } = group;
    const unfilled = root.hasPlaceholders ? placeholderColumns(root) : [];
    let current: { readonly key: RowKey; readonly isPlaceholder: boolean } = { key: [], isPlaceholder: false };
    const tell = (): void => {
      this.throwIfStopped();
      this.tell();
    };
    await eachStored(this.database, group, tell, {
      begin: (row) => {
        const isPlaceholder = unfilled.length > 0 && unfilled.every((name) => row.value(name) === null);
        current = { key: root.naturalKey.map((name) => row.value(name)), isPlaceholder };
      },
      end: (key, content) => {
        const made = this.made.find(key.text);
        if (made === undefined) return;
        this.halves++;
        const left = made.content;
        const isAsLeft = left === null ? current.isPlaceholder : left === content.text;
        if (isAsLeft) this.save.run(JSON.stringify(current.key, bigintAsText), made.former);
        else {
          this.halves++;
          this.keep(root, current.key, made, 'changed', null);
        }
      },
    });
  }

  private async advance(rows: number): Promise<void> {
    this.halves += rows;
    this.tell();
    await this.turn.take();
    this.throwIfStopped();
  }

  private tell(): void {
    this.listener({ kind: 'progress', files: 0, bytes: 0, records: Math.floor(this.halves / 2), rejected: 0 });
  }

  private *pages(isNew: 0 | 1): Generator<readonly FoundRow[]> {
    for (let last = 0; ; ) {
      const page = this.select.all(isNew, last);
      if (page.length === 0) return;
      yield page;
      last = page.at(-1)?.id ?? last;
    }
  }

  private keepNeeded({ table, key, by }: NeededRow): void {
    const made = this.made.find(storedKeyPrint(table, (name) => key[table.naturalKey.indexOf(name)] ?? null).text);
    this.keep(table, key, made, 'referenced', by);
  }

  private keep(
    table: Table,
    key: RowKey,
    made: MadeRow | undefined,
    reason: KeptRow['reason'],
    by: string | null,
  ): void {
    this.tally(table.name).kept++;
    if (this.kept.length === MOST_NAMED) return;
    const { path = null, record = null } = made ?? {};
    this.kept.push({ table: table.name, path, record, key: path === null ? key.map(String) : null, reason, by });
  }

  private tally(table: string): UndoTally {
    const tally = this.tallies.get(table) ?? { deleted: 0, restored: 0, kept: 0 };
    this.tallies.set(table, tally);
    return tally;
  }
}

/** Child rows without a key are the application's: no run changes them, and nothing would find them. */
function keyedRows(group: StoredGroup): StoredGroup {
  const children = group.children.map(({ table, rows }) => ({
    table,
    rows: rows.filter((row) => isKeyed(table, row)),
  }));
  return { ...group, children };
}

function textOf(key: RowKey): string {
  return JSON.stringify(key.map(String));
}

function bigintAsText(_name: string, value: Value): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}
