import type { ExportPlace } from '../datasets/dataset.ts';
import { POSITION_MEMBER } from '../declarations/place-members.ts';
import type { ExportDirectory } from '../files/export-directory.ts';
import { openScratch, type Scratch, type ScratchStatement } from '../files/scratch.ts';
import { spelledJson } from '../json/canonical.ts';
import type { Way } from '../json/pointer.ts';
import { emptyObject, isJsonObject, type JsonObject, type JsonValue } from '../json/value.ts';
import { ValuesAround } from './values-around.ts';
import { BETWEEN, wayIn, wayText } from './way-text.ts';

/** Endings of files that have a document on each line; the last ones are those of NeDB. */
const LINES = /^(?:jsonl|ndjson|db|nedb)$/i;
/** In place of a name: an element of a list. */
const ELEMENT = '\u0001';

/**
 * Files that several datasets fill, or whose records lie deep in them: the records are kept on disk until all are known, and
 * written file by file in the order of their ways.
 */
export class Assembly {
  private readonly scratch: Scratch;
  private readonly around: ValuesAround;
  private readonly insert: ScratchStatement<
    [string, string, string, number | null, number, string | null, number | null, string]
  >;

  constructor(tempDir?: string) {
    this.scratch = openScratch(tempDir);
    this.scratch.exec(
      'CREATE TABLE parts (file TEXT, ending TEXT, way TEXT, position INTEGER, tells INTEGER, pattern TEXT, around INTEGER, text TEXT)',
    );
    this.insert = this.scratch.prepare('INSERT INTO parts VALUES (?, ?, ?, ?, ?, ?, ?, ?)');
    this.around = new ValuesAround(this.scratch);
  }

  add(dataset: string, place: ExportPlace, record: JsonValue): void {
    const { file, ending, way, position, tellsPosition, inside, pattern } = place;
    const name = file.join(BETWEEN);
    const own = way.map((step) => step ?? ELEMENT);
    const isLine = LINES.test(ending);
    const around = isLine ? null : this.around.note(dataset, name, place);
    // Of lines the document around a record is its line.
    if (isLine && isJsonObject(record)) for (const each of place.around) putAround(record, each.way, each.value);
    for (const [at, value] of takenApart(own, record, inside)) {
      const tells = tellsPosition && at.length === own.length ? 1 : 0;
      const text = spelledJson(value);
      this.insert.run(name, ending, wayText(at), position ?? null, tells, pattern ?? null, around, text);
    }
  }

  /** Returns how many records, by dataset, lack what they had of the document around them. */
  async write(directory: ExportDirectory): Promise<Readonly<Record<string, number>>> {
    const lost = this.around.settle();
    const rows = this.scratch.prepare('SELECT * FROM parts ORDER BY file, way, position NULLS LAST, rowid').iterate();
    let current: DocumentWriter | undefined;
    for (const row of rows as Iterable<Part>) {
      if (current?.file !== row.file) {
        await current?.end();
        await directory.begin(row.file.split(BETWEEN), row.ending);
        current = new DocumentWriter(row.file, LINES.test(row.ending), directory);
      }
      await current.add(wayIn(row.way), row.text, row.tells === 1 ? row.position : null);
    }
    await current?.end();
    this.close();
    return lost;
  }

  close(): void {
    this.scratch.close();
  }
}

/** A member that the record does not have. */
function putAround(record: JsonObject, [member = '', ...inner]: Way, value: JsonValue): void {
  const there = record[member];
  if (inner.length === 0) record[member] ??= value;
  else if (there === undefined || isJsonObject(there)) {
    const held = there ?? emptyObject();
    record[member] = held;
    putAround(held, inner, value);
  }
}

interface Part {
  readonly file: string;
  readonly ending: string;
  readonly way: string;
  readonly position: number | null;
  /** Whether the text may tell its position, as 1 or 0. */
  readonly tells: number;
  readonly text: string;
}

function takenApart(
  way: readonly string[],
  value: JsonValue,
  inside: readonly (readonly string[])[],
): readonly (readonly [way: readonly string[], value: JsonValue])[] {
  const deeper = inside.filter(({ length }) => length > 1);
  if (!isJsonObject(value) || deeper.length === 0) return [[way, value]];
  const heads = new Set(deeper.map(([head = '']) => head));
  const rest = Object.fromEntries(
    Object.entries(value).filter(([name, held]) => !(heads.has(name) && isJsonObject(held))),
  );
  const parts = [...heads].flatMap((head) => {
    const held = value[head];
    if (held === undefined || !isJsonObject(held)) return [];
    const ways = deeper.filter(([first]) => first === head).map((each) => each.slice(1));
    return takenApart([...way, head], held, ways);
  });
  return [[way, rest], ...parts];
}

/** Writes one JSON document, or lines, from its parts in the order of their ways. */
class DocumentWriter {
  readonly file: string;
  private readonly isLines: boolean;
  private readonly directory: ExportDirectory;
  /** What is open: the steps to it, and how many entries were written into it, undefined where a record has written its own. */
  private readonly open: { readonly step: string; readonly close: string; entries: number | undefined }[] = [];
  private lines = 0;

  constructor(file: string, isLines: boolean, directory: ExportDirectory) {
    this.file = file;
    this.isLines = isLines;
    this.directory = directory;
  }

  /** @param position what the place of the value shall be, where it can tell it. */
  async add(way: readonly string[], text: string, position: number | null): Promise<void> {
    if (this.isLines) return this.directory.write(`${withPosition(text, position, this.lines++)}\n`);
    let shared = 0;
    while (shared < way.length && this.open[shared + 1]?.step === way[shared]) shared++;
    // Two elements of a list are two values, though their ways are the same.
    await this.closeTo(Math.min(shared + 1, way.length));
    for (let depth = this.open.length; depth < way.length; depth++) {
      if (depth > 0) await this.name(way[depth - 1] ?? '');
      await this.enter(depth === 0 ? '' : (way[depth - 1] ?? ''), way[depth] ?? '');
    }
    await this.value(way, text, position);
  }

  async end(): Promise<void> {
    await this.closeTo(0);
    if (!this.isLines) await this.directory.write('\n');
  }

  /** The value at the end of the way; an object stays open, because more may lie in it. */
  private async value(way: readonly string[], given: string, position: number | null): Promise<void> {
    const step = way.at(-1);
    const around = this.open.at(-1);
    const text = withPosition(given, position, around === undefined ? 0 : around.entries);
    const isObject = text.startsWith('{');
    if (step !== undefined) await this.name(step);
    await this.directory.write(isObject ? text.slice(0, -1) : text);
    if (isObject) this.open.push({ step: step ?? '', close: '}', entries: text === '{}' ? 0 : undefined });
  }

  private async enter(step: string, next: string): Promise<void> {
    const isList = next === ELEMENT;
    await this.directory.write(isList ? '[' : '{');
    this.open.push({ step, close: isList ? ']' : '}', entries: 0 });
  }

  private async name(step: string): Promise<void> {
    const around = this.open.at(-1);
    const isFirst = around === undefined || around.entries === 0;
    if (around?.entries !== undefined) around.entries++;
    await this.directory.write(`${isFirst ? '\n' : ',\n'}${step === ELEMENT ? '' : `${spelledJson(step)}:`}`);
  }

  private async closeTo(depth: number): Promise<void> {
    while (this.open.length > depth) {
      const closed = this.open.pop();
      await this.directory.write(`${closed?.close === ']' && closed.entries !== 0 ? '\n' : ''}${closed?.close ?? ''}`);
    }
  }
}

/** An object says its position where a load would count another. */
function withPosition(text: string, position: number | null, index: number | undefined): string {
  if (position === null || position === index || !text.startsWith('{')) return text;
  return `{"${POSITION_MEMBER}":${position}${text === '{}' ? '' : ','}${text.slice(1)}`;
}
