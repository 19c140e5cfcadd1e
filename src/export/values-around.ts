import type { ExportPlace } from '../datasets/dataset.ts';
import { compileFilePattern } from '../declarations/file-pattern.ts';
import { Misspelt } from '../declarations/source.ts';
import type { Scratch } from '../files/scratch.ts';
import { spelledJson } from '../json/canonical.ts';
import { readFaithfully } from '../json/parse.ts';
import { joinPointer, pointerTokens, resolvePointer } from '../json/pointer.ts';
import type { JsonValue } from '../json/value.ts';
import { BETWEEN, wayText } from './way-text.ts';

/** What records of one dataset and file have of the document around them. */
interface Around {
  readonly id: number;
  readonly file: string;
  readonly ending: string;
  readonly pattern: string | null;
  readonly dataset: string;
  /** As `Held`, in JSON. */
  readonly held: string;
  readonly records: number;
}

/** Values by their pointers, as texts. */
type Held = readonly (readonly [pointer: string, text: string])[];

/**
 * Sees to it that records stand in a document that says what they have taken of it: in the one of another dataset, or else in one
 * of their own, into which these values are written.
 */
export class ValuesAround {
  private readonly scratch: Scratch;
  private readonly insert;
  private readonly saveHost;
  private readonly findHost;
  /** By file and pointer: what was written. */
  private readonly written = new Map<string, string>();
  private readonly hosted = new Set<string>();

  constructor(scratch: Scratch) {
    this.scratch = scratch;
    scratch.exec(`CREATE TABLE around (id INTEGER PRIMARY KEY, file TEXT, ending TEXT, pattern TEXT, dataset TEXT, held TEXT, records INTEGER,
        UNIQUE (file, dataset, held));
      CREATE TABLE hosts (name TEXT PRIMARY KEY, file TEXT) WITHOUT ROWID`);
    this.insert = scratch
      .prepare<[string, string, string | null, string, string], number>(
        `INSERT INTO around (file, ending, pattern, dataset, held, records) VALUES (?, ?, ?, ?, ?, 1)
          ON CONFLICT DO UPDATE SET records = records + 1 RETURNING id`,
      )
      .pluck();
    this.saveHost = scratch.prepare<[string, string]>('INSERT OR IGNORE INTO hosts VALUES (?, ?)');
    this.findHost = scratch.prepare<[string], string>('SELECT file FROM hosts WHERE name = ?').pluck();
  }

  /** The number under which the parts of the record are kept; null where it has nothing of the document. */
  note(dataset: string, file: string, { around, ending, pattern }: ExportPlace): number | null {
    if (around.length === 0) return null;
    const held = new Map(around.map(({ way, value }) => [way.reduce(joinPointer, ''), textOf(value)]));
    return this.insert.get(file, ending, pattern ?? null, dataset, JSON.stringify([...held].toSorted())) ?? null;
  }

  /** Once all parts are known. Returns how many records, by dataset, no document can stand around. */
  settle(): Readonly<Record<string, number>> {
    const lost: Record<string, number> = {};
    const all = this.scratch.prepare<[], Around>('SELECT * FROM around ORDER BY id').all();
    if (all.length === 0) return lost;
    this.scratch.exec('CREATE INDEX parts_file ON parts (file, way); CREATE INDEX parts_around ON parts (around)');
    const move = this.scratch.prepare<[string, number]>('UPDATE parts SET file = ? WHERE around = ?');
    for (const each of all) {
      const held: Held = JSON.parse(each.held);
      if (this.says(each.file, held)) continue;
      const host = this.hostOf(each.pattern, held);
      const own = ownFile(each, held);
      if (host !== undefined) move.run(host, each.id);
      else if (this.write(each, held)) continue;
      else if (own !== undefined && this.write({ ...each, file: own }, held)) move.run(own, each.id);
      else lost[each.dataset] = (lost[each.dataset] ?? 0) + each.records;
    }
    return lost;
  }

  /** Whether the file has all values by itself. */
  private says(file: string, held: Held): boolean {
    return held.every(([pointer, text]) => isSame(this.valueIn(file, pointer), text));
  }

  private valueIn(file: string, pointer: string): string | undefined {
    const select = this.scratch.prepare<[string], string>("SELECT text FROM parts WHERE file = ? AND way = ''").pluck();
    for (const text of select.iterate(file)) {
      const value = resolvePointer(readFaithfully(text) ?? null, pointer);
      if (value !== undefined) return textOf(value);
    }
    return undefined;
  }

  /** The file of a document of the same pattern that has all values. */
  private hostOf(pattern: string | null, held: Held): string | undefined {
    if (pattern === null) return undefined;
    const pointers = held.map(([pointer]) => pointer);
    const nameOf = (values: readonly string[]): string => JSON.stringify([pattern, pointers, values]);
    const kind = nameOf([]);
    if (!this.hosted.has(kind)) {
      this.hosted.add(kind);
      const documents = this.scratch
        .prepare<[string], { file: string; text: string }>(
          "SELECT file, text FROM parts WHERE way = '' AND pattern = ?",
        )
        .all(pattern);
      for (const { file, text } of documents) {
        const document = readFaithfully(text) ?? null;
        const values = pointers.map((pointer) => resolvePointer(document, pointer));
        if (values.every((value) => value !== undefined))
          this.saveHost.run(nameOf(values.map((value) => plain(textOf(value)))), file);
      }
    }
    return this.findHost.get(nameOf(held.map(([, text]) => plain(text))));
  }

  /** Writes the values beside the records. False where the file says something else. */
  private write({ file, ending, pattern }: Around, held: Held): boolean {
    const nameOf = (pointer: string): string => JSON.stringify([file, pointer]);
    const isFree = ([pointer, text]: Held[number]): boolean => {
      const there = this.written.get(nameOf(pointer)) ?? this.valueIn(file, pointer);
      return there === undefined || isSame(there, text);
    };
    if (!held.every(isFree)) return false;
    const insert = this.scratch.prepare<[string, string, string, string | null, string]>(
      'INSERT INTO parts (file, ending, way, tells, pattern, text) VALUES (?, ?, ?, 0, ?, ?)',
    );
    for (const [pointer, text] of held) {
      if (this.written.has(nameOf(pointer)) || this.valueIn(file, pointer) !== undefined) continue;
      this.written.set(nameOf(pointer), text);
      insert.run(file, ending, wayText(pointerTokens(pointer) ?? []), pattern, text);
    }
    return true;
  }
}

/** Another file of the pattern, where it leaves the name open and takes nothing of it. */
function ownFile({ file, ending, pattern }: Around, held: Held): string | undefined {
  const compiled = pattern === null ? undefined : compileFilePattern(pattern);
  if (compiled === undefined || compiled instanceof Misspelt || compiled.captures.length > 0) return undefined;
  const own = `${file} ${held.map(([, text]) => plain(text)).join(' ')}`.replaceAll('/', ' ');
  const path = `${own.replaceAll(BETWEEN, '/')}${ending === '' ? '' : `.${ending}`}`;
  return compiled.match(path) === undefined ? undefined : own;
}

function textOf(value: JsonValue): string {
  return spelledJson(value);
}

/** Equal for a number and its text: a column may hold either. */
function plain(text: string): string {
  return text.startsWith('"') ? String(JSON.parse(text)) : text;
}

function isSame(one: string | undefined, other: string): boolean {
  return one !== undefined && plain(one) === plain(other);
}
