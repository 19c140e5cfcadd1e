import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { canonicalise, canonicalJson, normaliseDecimal } from '../../src/json/canonical.ts';
import { readFaithfully } from '../../src/json/parse.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../src/json/value.ts';
import type { Reject, RejectCode } from '../../src/reject.ts';
import type { FileEntry, Report, ReportHead } from '../../src/report/report.ts';
import { type ColumnType, column, loadColumns, type Row, type Table, type Value } from '../../src/schema/table.ts';
import type { GivenOptions } from '../../src/settings/settings.ts';
import { BUILT_IN, TABLES, type TableName } from './built-in.ts';

const FIXTURES = fileURLToPath(new URL('../../fixtures', import.meta.url));

/** A reject of the report with the file that it is about. */
type PlacedReject = Pick<Reject, 'record' | 'line' | 'column' | 'byte' | 'pointer' | 'code'> & {
  readonly path: string;
};

type ExpectedFile = Partial<FileEntry> & { readonly path: string };
type ExpectedReject = Partial<PlacedReject> & { readonly path: string; readonly code: RejectCode };

/** What `expected.json` says. A member that it does not name is not compared. */
export interface Expected {
  readonly description: string;
  readonly options?: GivenOptions;
  readonly exit_code: number;
  readonly files?: readonly ExpectedFile[];
  /** Where the members went, by dataset. */
  readonly account?: ReportHead['account'];
  /** All of them, by path and record. */
  readonly rejects: readonly ExpectedReject[];
  /** Codes of all warnings, sorted. */
  readonly warnings?: readonly string[];
  /** All rows of the tables it names, by natural key. */
  readonly tables?: Partial<Record<TableName, readonly JsonObject[]>>;
}

export interface FixtureCase {
  /** `<dataset>/<case>` */
  readonly name: string;
  readonly input: string;
  readonly expected: Expected;
}

/** Directories under `fixtures/` that hold no cases of files: the demo, and tables as applications made them. */
const NO_CASES = ['demo', 'old-predictions', 'own-tables', 'recipes'];

/**
 * Every case under `fixtures/`, but for those directories. `fixtures/files/` is about bytes, compression, containers, recognition
 * and owners; the other directories are named after their dataset.
 */
export function fixtureCases(): readonly FixtureCase[] {
  const groups = readdirSync(FIXTURES).filter((name) => !NO_CASES.includes(name));
  return groups.flatMap((group) => casesOf(group));
}

export function casesOf(group: string): readonly FixtureCase[] {
  const directory = join(FIXTURES, group);
  if (!existsSync(directory)) return [];
  return readdirSync(directory).map((name) => ({
    name: `${group}/${name}`,
    input: join(directory, name, 'input'),
    expected: readExpected(join(directory, name, 'expected.json')),
  }));
}

/** Rows keep every digit of their numbers; the rest is ordinary JSON. */
function readExpected(path: string): Expected {
  const text = readFileSync(path, 'utf8');
  const exact = readFaithfully(text);
  if (exact === undefined || !isJsonObject(exact)) throw new SyntaxError(`${path} is not a JSON object`);
  const { tables: _rounded, ...expected }: Expected = JSON.parse(text);
  return exact['tables'] === undefined ? expected : { ...expected, tables: tablesOf(exact['tables'], path) };
}

function tablesOf(value: JsonValue, path: string): Partial<Record<TableName, readonly JsonObject[]>> {
  if (!isJsonObject(value)) throw new SyntaxError(`${path}: tables must be an object`);
  const entries = Object.entries(value).map(([name, rows]): [string, readonly JsonObject[]] => {
    if (!Object.hasOwn(TABLES, name)) throw new SyntaxError(`${path}: there is no table ${name}`);
    if (!Array.isArray(rows)) throw new SyntaxError(`${path}: the rows of ${name} must be a list`);
    return [name, rows.filter((row): row is JsonObject => isJsonObject(row))];
  });
  return Object.fromEntries(entries);
}

/** Every file below a directory, as the report names them. */
export function filesBelow(directory: string): string[] {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true }).filter(
    (entry) => !entry.isDirectory(),
  );
  return entries.map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1)).sort();
}

/** The members of the report's entry that the case names. */
export function namedMembers(expected: ExpectedFile, entry: FileEntry | undefined): Partial<FileEntry> | undefined {
  if (entry === undefined) return undefined;
  return Object.fromEntries(Object.entries(entry).filter(([name]) => Object.hasOwn(expected, name)));
}

/** All rejects of a report: a finding about a file as a whole comes behind those of its records. */
export function rejectsOf(report: Report): readonly PlacedReject[] {
  const rejects = [...report.files()].flatMap(({ path, rejects: found }) =>
    [...found].map(({ record, line, column: at, byte, pointer, code }) => ({
      path,
      record,
      line,
      column: at,
      byte,
      pointer,
      code,
    })),
  );
  return rejects.sort(byPlace);
}

/** Expected and found rejects side by side; of a found one only what its counterpart names. */
export function pairRejects(
  expected: readonly ExpectedReject[],
  found: readonly PlacedReject[],
): { readonly expected: readonly ExpectedReject[]; readonly found: readonly Partial<PlacedReject>[] } {
  const sorted = expected.toSorted(byPlace);
  return {
    expected: sorted,
    found: found.map((reject, index) => {
      const counterpart = sorted[index] ?? reject;
      return Object.fromEntries(Object.entries(reject).filter(([name]) => Object.hasOwn(counterpart, name)));
    }),
  };
}

function byPlace(a: ExpectedReject, b: ExpectedReject): number {
  return (
    Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)) ||
    recordOrder(a) - recordOrder(b) ||
    (a.pointer ?? '').localeCompare(b.pointer ?? '', 'en')
  );
}

function recordOrder({ record }: ExpectedReject): number {
  return record ?? Number.MAX_SAFE_INTEGER;
}

type Comparable = Readonly<Record<string, string | boolean | null>>;

/** Expected and stored rows in one form; of a stored row only the columns that its counterpart names. */
export function pairRows(
  table: Table,
  expected: readonly JsonObject[],
  stored: readonly Row[],
): { readonly expected: readonly Comparable[]; readonly stored: readonly Comparable[] } {
  return {
    expected: expected.map((row) => select(Object.keys(row), (name) => expectedCell(typeOf(table, name), row[name]))),
    stored: stored.map((row, index) => {
      const names = Object.keys(expected[index] ?? {});
      const shown = names.length > 0 ? names : table.naturalKey;
      return select(shown, (name) => storedCell(typeOf(table, name), row[loadColumns(table).indexOf(name)]));
    }),
  };
}

/** A generated key that a column refers to reads as the natural key of its row. */
function typeOf(table: Table, name: string): ColumnType {
  return BUILT_IN.tables.namedBy(table, name) ? 'text' : column(table, name).type;
}

function select(names: readonly string[], cellOf: (name: string) => string | boolean | null): Comparable {
  return Object.fromEntries(names.map((name) => [name, cellOf(name)]));
}

function expectedCell(type: ColumnType, value: JsonValue | undefined): string | boolean | null {
  if (value === null || value === undefined) return null;
  if (type === 'json' || isNumeric(type)) return canonicalJson(value);
  return typeof value === 'boolean' ? value : String(value);
}

function storedCell(type: ColumnType, value: Value | undefined): string | boolean | null {
  if (value === null || value === undefined) return null;
  if (type === 'json') return canonicalise(String(value));
  if (isNumeric(type)) return normaliseDecimal(String(value));
  return typeof value === 'boolean' ? value : String(value);
}

function isNumeric(type: ColumnType): boolean {
  return type === 'integer' || type === 'real' || type === 'identity';
}

/** Codes and repairs that some case expects. */
export function coveredBy(cases: readonly FixtureCase[]): {
  readonly codes: Set<RejectCode>;
  readonly repairs: Set<string>;
} {
  const codes = cases.flatMap(({ expected }) => expected.rejects.map(({ code }) => code));
  const repairs = cases.flatMap(({ expected }) =>
    (expected.files ?? []).flatMap((file) => Object.keys(file.repairs ?? {})),
  );
  return { codes: new Set(codes), repairs: new Set(repairs) };
}
