import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'vitest';
import { restoreFiles } from '../../src/copies/restore.ts';
import { exportDatabase } from '../../src/export/export.ts';
import { runSettings } from '../../src/run/run-settings.ts';
import { verify } from '../../src/run/verify.ts';
import type { GivenOptions } from '../../src/settings/settings.ts';
import { undo } from '../../src/undo/undo.ts';
import { BUILT_IN } from '../setup/built-in.ts';
import { createTables } from '../setup/constraints.ts';
import { forecast, load } from '../setup/load.ts';
import { random } from '../setup/random.ts';
import { digestOf, type FreshTarget, freshTarget, type Product, queryTarget } from '../setup/targets.ts';
import { plant } from '../setup/trees.ts';
import { Model, type Records, type RowValue, tableOf } from './model.ts';

const START = '2025-01-01 00:';
const minuteOf = (key: string): string => key.slice(key.lastIndexOf('/') + 1);
const sourceOf = (key: string): string => key.split('/')[1] ?? '';

/** One sequence of random commands over one directory and one database. After each of them both are what the model says. */
export class Scene {
  readonly story: string[] = [];
  private readonly model = new Model();
  /** With a file that is no data, so that the root is the application's directory whatever else lies in it. */
  private readonly root = plant({ 'usage/notes.txt': 'none' });
  private readonly target: FreshTarget;
  private readonly product: Product;
  private readonly next: () => number;
  private serial = 0;

  constructor(seed: number, product: Product, target: FreshTarget) {
    this.next = random(seed).next;
    this.product = product;
    this.target = target;
    this.story.push(`seed ${seed} on ${product}`);
  }

  /** Throws where something is not as the model has it. */
  async play(steps: number): Promise<void> {
    await createTables(this.target.url);
    for (let file = 0; file < 3; file++) this.addFile();
    await this.run();
    for (let step = 0; step < steps; step++) {
      await this.oneOf<() => unknown>([
        ...Array.from({ length: 4 }, () => () => this.edit()),
        ...Array.from({ length: 4 }, () => () => this.run()),
        () => this.run({ archive: true }),
        () => this.run({ reload: true }),
        ...Array.from({ length: 3 }, () => () => this.writeAsApplication()),
        ...Array.from({ length: 2 }, () => () => this.undo()),
        () => this.empty(),
        () => this.restore(),
      ])();
      await this.check();
    }
    await this.run();
    await this.verify();
    await this.exportAndLoad();
  }

  private edit(): void {
    const path = this.oneOf([...this.model.files.keys(), undefined]);
    const records = path === undefined ? undefined : this.model.files.get(path);
    if (path === undefined || records === undefined) {
      this.addFile();
      return;
    }
    const what = this.oneOf(['change', 'change', 'add', 'remove']);
    if (what === 'remove') {
      this.story.push(`rm ${path}`);
      this.model.files.delete(path);
      rmSync(join(this.root, path));
      return;
    }
    const changed = new Map(records);
    if (tableOf(path) === 'metrics') {
      const key = this.oneOf([...records.keys()]);
      if (what === 'change') changed.set(key, this.value());
      else changed.set(`metrics/${sourceOf(key)}/${String(10 + (this.serial++ % 49))}`, this.value());
    } else {
      const [[key, value] = ['', '']] = records;
      const { title, messages } = JSON.parse(value);
      const grown = { title: what === 'change' ? this.value() : title, messages: [...messages, this.value()] };
      changed.set(key, JSON.stringify(grown));
    }
    this.write(path, changed);
  }

  private addFile(): void {
    const name = `f${this.serial++}`;
    const isMetrics = this.next() < 0.5;
    const [path, records] = isMetrics
      ? [`metrics/${name}.json`, [0, 1, 2].map((at): [string, RowValue] => [`metrics/${name}/0${at}`, this.value()])]
      : [
          `conversations/ann/${name}.json`,
          [[`conversations/${name}`, this.conversation(1 + (this.serial % 3))] as const],
        ];
    this.write(path as string, new Map(records as readonly [string, RowValue][]));
  }

  private write(path: string, records: Records): void {
    this.story.push(`write ${path} ${JSON.stringify([...records])}`);
    this.model.files.set(path, records);
    const content = tableOf(path) === 'metrics' ? [...records].map(metricOf) : conversationOf([...records][0]);
    mkdirSync(dirname(join(this.root, path)), { recursive: true });
    writeFileSync(join(this.root, path), JSON.stringify(content));
  }

  private async run(options: GivenOptions = {}): Promise<void> {
    const archiveDir = options.archive ? join(plant(), 'archive') : undefined;
    const given = { ...options, ...(archiveDir && { archiveDir }), allowEmpty: true };
    if (options.reload)
      for (const { files } of this.model.runs) for (const path of this.model.files.keys()) files.delete(path);
    const rehearsed = await load(this.root, this.target.url, {
      ...options,
      archive: false,
      allowEmpty: true,
      dryRun: true,
    });
    const real = await load(this.root, this.target.url, given);
    const paths = this.model.run(real.head.run_id);
    this.story.push(`run ${real.head.run_id} ${JSON.stringify(options)} loads ${paths.join(' ')}`);
    const loaded = real.files.filter(({ status }) => status === 'loaded').map(({ path }) => path);
    expect([real.exitCode, loaded, real.rejects], this.told).toEqual([0, paths, []]);
    expect(forecast(rehearsed), this.told).toEqual(forecast(real));
    if (archiveDir !== undefined) this.archive(archiveDir, new Set(paths));
  }

  private archive(directory: string, loaded: ReadonlySet<string>): void {
    const moved = new Map(
      [...this.model.files].filter(([path]) => loaded.has(path) || !this.model.staysAtArchive(path)),
    );
    this.story.push(`archived ${[...moved.keys()].join(' ')}`);
    for (const path of moved.keys()) this.model.files.delete(path);
    if (moved.size > 0) this.model.archives.set(directory, moved);
  }

  private async restore(): Promise<void> {
    const [directory, files] = this.oneOf([...this.model.archives, undefined]) ?? [];
    if (directory === undefined || files === undefined) return;
    if ([...files.keys()].some((path) => this.model.files.has(path))) return;
    this.story.push(`restore ${[...files.keys()].join(' ')}`);
    await restoreFiles({ directory, yes: true, into: this.root });
    for (const [path, records] of files) this.model.files.set(path, records);
    this.model.archives.delete(directory);
  }

  private async undo(): Promise<void> {
    const run = this.oneOf([...this.model.runs.filter(({ isUndone }) => !isUndone).slice(-3), undefined]);
    if (run === undefined) return;
    this.story.push(`undo ${run.id}`);
    const settings = { ...runSettings({ root: '.', to: this.target.url }), run: run.id, restoreFiles: false };
    if (this.model.isRefused(run)) {
      await expect(undo(settings), this.told).rejects.toMatchObject({ code: 'later-run' });
      return;
    }
    const { exit_code, totals, tables } = await undo(settings);
    // The model knows no owners: one stays where a conversation of his does.
    const owners = tables['users']?.kept ?? 0;
    expect([exit_code, totals.kept - owners], this.told).toEqual([totals.kept > 0 ? 1 : 0, this.model.undo(run)]);
  }

  /** The table is emptied, or dropped and made again. */
  private async empty(): Promise<void> {
    const table = this.oneOf(['metrics', 'conversations'] as const);
    const isDropped = this.next() < 0.5;
    this.story.push(`${isDropped ? 'drop' : 'empty'} ${table}`);
    const tables = table === 'metrics' ? ['metrics'] : ['messages', 'conversations'];
    const cascade = this.product === 'SQLite' ? '' : ' CASCADE';
    await this.sql(
      ...tables.map((name) => (isDropped ? `DROP TABLE IF EXISTS ${name}${cascade}` : `DELETE FROM ${name}`)),
    );
    for (const key of this.keysOf(table)) this.model.rows.delete(key);
    // The application makes its table again when it starts.
    if (isDropped) await createTables(this.target.url);
  }

  private async writeAsApplication(): Promise<void> {
    const key = this.oneOf([...this.model.rows.keys(), undefined]);
    const what = key === undefined ? 'insert' : this.oneOf(['insert', 'update', 'update', 'delete']);
    this.story.push(`application: ${what} ${key}`);
    if (what === 'insert' || key === undefined) {
      const [name, value] = [`app${this.serial++}`, this.value()];
      this.model.rows.set(`metrics/${name}/00`, value);
      await this.sql(
        `INSERT INTO metrics (timestamp, source, cpu_usage) VALUES ('${START}00:00.000000', '${name}', ${value})`,
      );
    } else if (what === 'delete') {
      this.model.rows.delete(key);
      await this.sql(`DELETE FROM messages WHERE conversation_id = '${sourceOf(key)}'`, `DELETE FROM ${whereIs(key)}`);
    } else if (tableOf(key) === 'metrics') {
      const value = this.value();
      this.model.rows.set(key, value);
      await this.sql(`UPDATE metrics SET cpu_usage = ${value} ${whereIs(key).slice('metrics '.length)}`);
    } else {
      const title = this.value();
      this.model.rows.set(key, JSON.stringify({ ...JSON.parse(this.model.rows.get(key) ?? ''), title }));
      await this.sql(`UPDATE conversations SET title = '${title}' WHERE id = '${sourceOf(key)}'`);
    }
  }

  private async check(): Promise<void> {
    const rows = new Map<string, RowValue>();
    const minute =
      this.product === 'SQLite' ? 'substr(timestamp, 15, 2)' : "to_char(timestamp AT TIME ZONE 'UTC', 'MI')";
    for (const row of await this.sql(`SELECT source, ${minute} AS minute, cpu_usage FROM metrics`))
      rows.set(`metrics/${row['source']}/${row['minute']}`, String(row['cpu_usage']));
    const messages = await this.sql('SELECT conversation_id, content FROM messages ORDER BY conversation_id, position');
    for (const { id, title } of await this.sql('SELECT id, title FROM conversations')) {
      const own = messages.filter(({ conversation_id: parent }) => parent === id).map(({ content }) => content);
      rows.set(`conversations/${id}`, JSON.stringify({ title, messages: own }));
    }
    expect(sorted(rows), this.told).toEqual(sorted(this.model.rows));
    const running = await this.sql("SELECT run_id FROM ledger.runs WHERE status = 'running'");
    expect(running, this.told).toEqual([]);
  }

  private async verify(): Promise<void> {
    const expected = new Map([...this.model.files.values()].flatMap((records) => [...records]));
    const fed = new Set([...this.model.files.keys()].map(tableOf));
    const { rows } = this.model;
    const keys = [...expected.keys()];
    const result = await verify(runSettings({ root: this.root, to: this.target.url, allowEmpty: true }));
    const { users: _users, ...tables } = result.tables;
    const sums = { missing: 0, different: 0, extra: 0 };
    for (const tally of Object.values(tables))
      for (const kind of Object.keys(sums) as (keyof typeof sums)[]) sums[kind] += tally[kind];
    expect(sums, this.told).toEqual({
      missing: keys.filter((key) => !rows.has(key)).length,
      different: keys.filter((key) => rows.has(key) && rows.get(key) !== expected.get(key)).length,
      extra: [...rows.keys()].filter((key) => fed.has(tableOf(key)) && !expected.has(key) && this.model.wasLoaded(key))
        .length,
    });
  }

  private async exportAndLoad(): Promise<void> {
    const directory = join(plant(), 'export');
    await exportDatabase({
      registry: BUILT_IN,
      from: this.target.url,
      directory,
      dbSchema: 'public',
      allowPlaintext: true,
    });
    const other = await freshTarget(this.product);
    try {
      await createTables(other.url);
      await load(directory, other.url, { allowEmpty: true });
      const tables = BUILT_IN.tables.list.filter(({ name }) => name !== 'users');
      expect(await digestOf(other.url, tables), this.told).toBe(await digestOf(this.target.url, tables));
      // A user of whom only the id is known comes back where something refers to him.
      const named =
        'SELECT id FROM users WHERE email IS NOT NULL OR id IN (SELECT user_id FROM conversations) ORDER BY id';
      const idsIn = async (url: string): Promise<unknown> => (await queryTarget(url, named)).map(({ id }) => id);
      expect(await idsIn(other.url), this.told).toEqual(await idsIn(this.target.url));
    } finally {
      await other.drop();
    }
  }

  private get told(): string {
    return this.story.join('\n');
  }

  private keysOf(table: string): readonly string[] {
    return [...this.model.rows.keys()].filter((key) => tableOf(key) === table);
  }

  private sql(...statements: readonly string[]): Promise<Record<string, unknown>[]> {
    return queryTarget(this.target.url, ...statements);
  }

  private conversation(messages: number): RowValue {
    return JSON.stringify({ title: this.value(), messages: Array.from({ length: messages }, () => this.value()) });
  }

  /** Another one each time. */
  private value(): string {
    return String((this.serial++ % 97) + 1);
  }

  private oneOf<T>(choices: readonly T[]): T {
    return choices[Math.floor(this.next() * choices.length)] as T;
  }
}

function whereIs(key: string): string {
  if (tableOf(key) === 'conversations') return `conversations WHERE id = '${sourceOf(key)}'`;
  return `metrics WHERE source = '${sourceOf(key)}' AND timestamp = '${START}${minuteOf(key)}:00.000000'`;
}

function metricOf([key, value]: readonly [string, RowValue]): object {
  return { timestamp: `2025-01-01T00:${minuteOf(key)}:00Z`, source: sourceOf(key), cpu_usage: Number(value) };
}

function conversationOf([key, value]: readonly [string, RowValue] = ['', '{}']): object {
  const { title, messages } = JSON.parse(value);
  const created_at = '2025-01-01T10:00:00Z';
  return {
    id: sourceOf(key),
    title,
    created_at,
    messages: messages.map((content: string) => ({ role: 'user', content })),
  };
}

function sorted(rows: ReadonlyMap<string, RowValue>): readonly (readonly [string, RowValue])[] {
  return [...rows].sort(([one], [other]) => (one < other ? -1 : 1));
}
