import { canonicalJson } from '../../src/json/canonical.ts';
import { readFaithfully } from '../../src/json/parse.ts';
import type { Value } from '../../src/schema/table.ts';
import { GeneratedReferences } from './generated-references.ts';
import { randomString } from './random-strings.ts';

// Random declarations with data for them, and what their tables must hold afterwards: written down while the data is made, not
// read from the program.

type Next = () => number;

/** A column, a value for it as JSON text, and what is stored of that. */
interface MadeColumn {
  readonly declaration: string | Record<string, unknown>;
  /** Pointer tokens of the member. */
  readonly way: readonly string[];
  value(next: Next): { readonly text: string; readonly stored: Value };
}

export interface GeneratedCase {
  readonly declarations: { datasets: Record<string, unknown>; tables: Record<string, unknown> };
  readonly files: Readonly<Record<string, string>>;
  /** Stored columns by table and by the key of the row as JSON. */
  readonly rows: ReadonlyMap<string, ReadonlyMap<string, Readonly<Record<string, Value>>>>;
  readonly records: number;
}

const pick = <T>(next: Next, from: readonly T[]): T => from[Math.floor(next() * from.length)] as T;
const below = (next: Next, limit: number): number => Math.floor(next() * limit);
const quoted = (value: string): string => JSON.stringify(value);

function digits(next: Next, count: number): string {
  return Array.from({ length: count }, () => below(next, 10)).join('');
}

function hostileText(next: Next): string {
  return randomString({ seed: 0, next })
    .replaceAll('\0', '')
    .replace(/[\ud800-\udfff]/gu, '');
}

function isoTime(next: Next): { iso: string; stored: string } {
  const at = new Date(below(next, 4_000_000_000_000)).toISOString();
  const micros = digits(next, 3);
  const stored = `${at.slice(0, 23).replace('T', ' ')}${micros}`;
  return { iso: `${at.slice(0, 23)}${micros}Z`, stored };
}

/** Any JSON value of little depth, as text. */
function anyJson(next: Next, depth = 2): string {
  const kind = below(next, depth > 0 ? 7 : 5);
  if (kind === 0) return quoted(hostileText(next));
  if (kind === 1) return String(below(next, 1000) - 500);
  if (kind === 2) return `${digits(next, 1)}.${digits(next, 20)}1e${below(next, 40) - 20}`;
  if (kind === 3) return pick(next, ['true', 'false']);
  if (kind === 4) return quoted('');
  if (kind === 5) return `[${Array.from({ length: below(next, 3) }, () => anyJson(next, depth - 1)).join(',')}]`;
  const names = [...new Set(Array.from({ length: below(next, 3) }, () => hostileText(next)))];
  return `{${names.map((name) => `${quoted(name)}:${anyJson(next, depth - 1)}`).join(',')}}`;
}

/** What can be said of a column that is no key, with values for it. */
const KINDS: Readonly<Record<string, (next: Next, name: string) => Omit<MadeColumn, 'way'>>> = {
  text: () => ({
    declaration: 'text',
    value: (next) => {
      const text = hostileText(next);
      return { text: quoted(text), stored: text };
    },
  }),
  integer: () => ({
    declaration: 'integer',
    value: (next) => {
      const whole = BigInt(`${pick(next, ['', '-'])}${1 + below(next, 8)}${digits(next, below(next, 18))}`);
      return { text: String(whole), stored: Number.isSafeInteger(Number(whole)) ? Number(whole) : whole };
    },
  }),
  real: () => ({
    declaration: 'real',
    value: (next) => {
      const real = (next() - 0.5) * 10 ** (below(next, 30) - 15);
      return { text: JSON.stringify(real), stored: real };
    },
  }),
  boolean: () => ({
    declaration: 'boolean',
    value: (next) => {
      const truth = next() < 0.5;
      return { text: String(truth), stored: truth };
    },
  }),
  time: () => ({
    declaration: 'timestamp',
    value: (next) => {
      const { iso, stored } = isoTime(next);
      return { text: quoted(iso), stored };
    },
  }),
  epoch: (_next, name) => ({
    declaration: { from: `/${name}`, type: 'timestamp', epoch: 'ms' },
    value: (next) => {
      const millis = 1_000_000_000_000 + below(next, 1_000_000_000_000);
      return { text: String(millis), stored: `${new Date(millis).toISOString().slice(0, 23).replace('T', ' ')}000` };
    },
  }),
  formatted: (_next, name) => ({
    declaration: { from: `/${name}`, type: 'timestamp', format: 'dd.MM.yyyy HH:mm', zone: '+02:00' },
    value: (next) => {
      const at = new Date(999_999_960_000 + below(next, 10_000_000) * 60_000);
      const local = new Date(at.getTime() + 2 * 3_600_000).toISOString();
      const text = `${local.slice(8, 10)}.${local.slice(5, 7)}.${local.slice(0, 4)} ${local.slice(11, 16)}`;
      return { text: quoted(text), stored: `${at.toISOString().slice(0, 19).replace('T', ' ')}.000000` };
    },
  }),
  date: () => ({
    declaration: 'date',
    value: (next) => {
      const date = isoTime(next).iso.slice(0, 10);
      return { text: quoted(date), stored: date };
    },
  }),
  clock: () => ({
    declaration: 'time',
    value: (next) => {
      const clock = isoTime(next).stored.slice(11);
      return { text: quoted(clock), stored: clock };
    },
  }),
  decimal: () => ({
    declaration: 'decimal(12,3)',
    value: (next) => {
      const [whole, fraction] = [String(BigInt(digits(next, 1 + below(next, 9)))), digits(next, 3)];
      const stored = `${whole}.${fraction}`.replace(/\.?0+$/, '');
      return { text: `${whole}.${fraction}`, stored: stored === '' ? '0' : stored };
    },
  }),
  money: (_next, name) => ({
    declaration: { from: `/${name}`, type: 'decimal(12,2)', number: { unit: '€', group: '.', decimal: ',' } },
    value: (next) => {
      const [thousands, rest, cents] = [1 + below(next, 900), digits(next, 3), 10 + below(next, 90)];
      const stored = `${thousands}${rest}.${cents}`.replace(/0$/, '');
      return { text: quoted(`€ ${thousands}.${rest},${cents}`), stored };
    },
  }),
  uuid: () => ({
    declaration: 'uuid',
    value: (next) => {
      const hex = Array.from({ length: 32 }, () => below(next, 16).toString(16)).join('');
      const id = hex.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5');
      return { text: quoted(id), stored: id };
    },
  }),
  bytes: () => ({
    declaration: 'bytes',
    value: (next) => {
      const bytes = Buffer.from(Array.from({ length: below(next, 40) }, () => below(next, 256)));
      const stored = bytes.toString('base64');
      return { text: quoted(pick(next, [stored, bytes.toString('base64url')])), stored };
    },
  }),
  json: () => ({
    declaration: 'json',
    value: (next) => {
      const text = anyJson(next);
      return { text, stored: canonicalJson(readFaithfully(text) ?? null) };
    },
  }),
  list: () => ({
    declaration: 'list(text)',
    value: (next) => {
      const list = Array.from({ length: below(next, 4) }, () => hostileText(next));
      return { text: JSON.stringify(list), stored: canonicalJson(list) };
    },
  }),
  values: (_next, name) => ({
    declaration: { from: `/${name}`, values: { P: 'paid', O: 'open', 1: 'one' }, enum: ['paid', 'open', 'one'] },
    value: (next) => {
      const [text, stored] = pick(next, [
        ['"P"', 'paid'],
        ['"O"', 'open'],
        ['1', 'one'],
      ] as const);
      return { text, stored };
    },
  }),
  trimmed: (_next, name) => ({
    declaration: { from: `/${name}`, trim: true, lower: true, empty: ['n/a'] },
    value: (next) =>
      pick(next, [
        { text: '" ABC "', stored: 'abc' },
        { text: '" n/a"', stored: null },
        { text: '"x"', stored: 'x' },
      ]),
  }),
};

/** Names that statements, rows or JavaScript could take for something else. */
const ODD_NAMES = [
  'n',
  'key',
  'value',
  'record',
  'order',
  'select',
  'Group',
  'differs',
  'stored',
  't',
  's',
  'r',
  'rowid',
  'constructor',
  'toString',
  'a b',
  'ß"q',
];

function makeColumns(next: Next, prefix: string): ReadonlyMap<string, MadeColumn> {
  const kinds = Object.keys(KINDS);
  const free = [...ODD_NAMES];
  return new Map(
    Array.from({ length: 1 + below(next, 6) }, (_, index): [string, MadeColumn] => {
      const name =
        next() < 0.3 && free.length > 0 ? (free.splice(below(next, free.length), 1)[0] as string) : `${prefix}${index}`;
      const made = (KINDS[pick(next, kinds)] as (typeof KINDS)[string])(next, name);
      if (next() < 0.7) return [name, { ...made, way: [name] }];
      // Deeper in the record, under a name with signs that pointers escape.
      const way = [pick(next, ['in ner', 'a/b', '~x']), name];
      const pointer = way.map((each) => `/${each.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
      const full = typeof made.declaration === 'string' ? { type: made.declaration } : made.declaration;
      return [name, { ...made, way, declaration: { ...full, from: pointer } }];
    }),
  );
}

type Parts = Map<string, string | Parts>;

function putAt(parts: Parts, [name = '', ...inner]: readonly string[], text: string): void {
  if (inner.length === 0) parts.set(name, text);
  else {
    const there = parts.get(name);
    const held: Parts = there instanceof Map ? there : new Map();
    parts.set(name, held);
    putAt(held, inner, text);
  }
}

function objectText(parts: Parts): string {
  const members = [...parts].map(
    ([name, value]) => `${quoted(name)}:${value instanceof Map ? objectText(value) : value}`,
  );
  return `{${members.join(',')}}`;
}

/** One record with everything below it, and the rows that it must become. */
class RecordMaker {
  private readonly next: Next;
  private readonly columns: ReadonlyMap<string, MadeColumn>;
  private readonly hasRest: boolean;

  constructor(next: Next, prefix: string, hasRest: boolean) {
    this.next = next;
    this.columns = makeColumns(next, prefix);
    this.hasRest = hasRest;
  }

  get declared(): Record<string, unknown> {
    return Object.fromEntries([...this.columns].map(([name, { declaration }]) => [name, declaration]));
  }

  make(): { readonly parts: Parts; readonly row: Record<string, Value> } {
    const { next } = this;
    const parts: Parts = new Map();
    const row: Record<string, Value> = {};
    for (const [name, { way, value }] of this.columns) {
      const made = next() < 0.85 ? value(next) : { text: pick(next, ['null', '']), stored: null };
      row[name] = made.stored;
      if (made.text !== '') putAt(parts, way, made.text);
    }
    if (this.hasRest && next() < 0.5) putAt(parts, [`other ${hostileText(next)}`], anyJson(next));
    return { parts, row };
  }
}

type Rows = Map<string, Map<string, Readonly<Record<string, Value>>>>;

function addRow(rows: Rows, table: string, key: readonly Value[], row: Readonly<Record<string, Value>>): void {
  const known = rows.get(table) ?? new Map();
  rows.set(table, known);
  known.set(JSON.stringify(key.map(String)), row);
}

/** How the records of a dataset lie, and where. */
const PLACES = ['list', 'lines', 'document', 'member', 'map', 'deep map', 'map of lists'] as const;

export function generateCase(next: Next): GeneratedCase {
  const datasets: Record<string, unknown> = {};
  const files: Record<string, string> = {};
  const rows: Rows = new Map();
  const references = next() < 0.7 ? generateReferences(next, rows) : undefined;
  Object.assign(datasets, references?.datasets);
  Object.assign(files, references?.files);
  let records = references?.records ?? 0;
  for (let number = 0; number < 1 + below(next, 3); number++) {
    const place = pick(next, PLACES);
    const name = `set${number}`;
    const made = generateDataset(next, { name, place, references: next() < 0.8 ? references : undefined }, rows);
    datasets[name] = made.declaration;
    Object.assign(files, made.files);
    records += made.records;
  }
  return { declarations: { datasets, tables: {} }, files, rows, records };
}

/** What people are known by: types of which values can be told apart. */
const CODES = {
  text: 'text',
  integer: 'integer',
  decimal: 'decimal(12,3)',
  date: 'date',
  time: 'timestamp',
  uuid: 'uuid',
};

function generateReferences(next: Next, rows: Rows): GeneratedReferences {
  const texts = [...new Set(Array.from({ length: 8 }, () => hostileText(next)))].filter((text) => text !== '');
  const kind = pick(next, Object.keys(CODES) as (keyof typeof CODES)[]);
  const { value } = (KINDS[kind] as (typeof KINDS)[string])(next, 'code');
  const values = new Map<string, ReturnType<typeof value>>();
  for (let tries = 0; values.size < texts.length && tries < 1000; tries++) {
    const made = value(next);
    if (made.stored !== '') values.set(String(made.stored), made);
  }
  const codes = { type: CODES[kind], values: [...values.values()] };
  return new GeneratedReferences({ next, texts, codes }, (...row) => addRow(rows, ...row));
}

interface DatasetParts {
  readonly name: string;
  readonly place: (typeof PLACES)[number];
  readonly references: GeneratedReferences | undefined;
}

function generateDataset(next: Next, { name, place, references }: DatasetParts, rows: Rows) {
  const add = (...row: [table: string, key: readonly Value[], row: Readonly<Record<string, Value>>]): void =>
    addRow(rows, ...row);
  const referring = references?.columns(add);
  const links = next() < 0.6 ? references?.links(name, add) : undefined;
  const maker = new RecordMaker(next, 'c', true);
  const child = next() < 0.6 ? generateChild(next, name) : undefined;
  const ids = [...new Set(Array.from({ length: 1 + below(next, 12) }, () => hostileText(next)))].filter(
    (id) => id !== '',
  );
  const isCaptured = place === 'map' || place === 'deep map' || place === 'document';
  const texts = ids.map((id, index) => {
    const { parts, row } = maker.make();
    const put = (member: string, text: string): unknown => parts.set(member, text);
    referring?.fill(put, row);
    links?.add(place === 'document' ? `n${index}` : id, put);
    if (place === 'document') {
      addRow(rows, name, [`n${index}`], { id: `n${index}`, ...row });
      child?.add(`n${index}`, parts, rows);
    } else {
      if (!isCaptured) parts.set('id', quoted(id));
      addRow(rows, name, [id], { id, ...row });
      child?.add(id, parts, rows);
    }
    return { id, index, text: objectText(parts) };
  });
  const list = (some: readonly { readonly text: string }[]): string => `[${some.map(({ text }) => text).join(',')}]`;
  const map = (some: readonly { readonly id: string; readonly text: string }[]): string =>
    `{${some.map(({ id, text }) => `${quoted(id)}:${text}`).join(',')}}`;
  const half = Math.ceil(texts.length / 2);
  const layouts: Readonly<
    Record<(typeof PLACES)[number], { files: string; records?: string; texts: Record<string, string> }>
  > = {
    list: { files: `${name}.json`, texts: { [`${name}.json`]: list(texts) } },
    lines: { files: `${name}.jsonl`, texts: { [`${name}.jsonl`]: texts.map(({ text }) => `${text}\n`).join('') } },
    document: {
      files: `${name}/<name>.json`,
      texts: Object.fromEntries(texts.map(({ index, text }) => [`${name}/n${index}.json`, text])),
    },
    member: { files: `${name}.json`, records: '/all/*', texts: { [`${name}.json`]: `{"all":${list(texts)}}` } },
    map: { files: `${name}.json`, records: '/<name>', texts: { [`${name}.json`]: map(texts) } },
    'deep map': {
      files: `${name}.json`,
      records: '/x/<outer>/<name>',
      texts: { [`${name}.json`]: `{"x":{"one":${map(texts.slice(0, half))},"two":${map(texts.slice(half))}}}` },
    },
    'map of lists': {
      files: `${name}.json`,
      records: '/<outer>/*',
      texts: { [`${name}.json`]: `{"one":${list(texts.slice(0, half))},"two":${list(texts.slice(half))}}` },
    },
  };
  const layout = layouts[place];
  const outer = place === 'deep map' || place === 'map of lists' ? { outer: { from: '$outer', type: 'text' } } : {};
  const declaration = {
    files: layout.files,
    ...(layout.records !== undefined && { records: layout.records }),
    key: 'id',
    columns: {
      id: isCaptured ? { from: '$name', type: 'text' } : 'text',
      ...outer,
      ...maker.declared,
      ...referring?.declared,
    },
    ...((child || links) && {
      children: {
        ...(child && { [child.name]: child.declaration }),
        ...(links && { [links.name]: links.declaration }),
      },
    }),
  };
  return { declaration, files: layout.texts, records: texts.length };
}

/** A child table: elements of a list or map, objects or scalars, with children of their own now and then. */
function generateChild(next: Next, parent: string) {
  const name = `${parent}_part`;
  const link = `${parent}_id`;
  const kind = pick(next, ['objects', 'scalars', 'map'] as const);
  const maker = new RecordMaker(next, 'p', true);
  const hasInner = kind === 'objects' && next() < 0.5;
  const inner = `${name}_inner`;
  const path = kind === 'map' ? '/parts/<label>' : '/parts/*';
  const position =
    kind === 'map' ? { label: { from: '$label', type: 'text' } } : { place: { from: '$position', type: 'integer' } };
  const declaration = {
    records: path,
    columns: { ...position, ...(kind === 'scalars' ? { value: { from: '$value', type: 'text' } } : maker.declared) },
    ...(hasInner && {
      children: {
        [inner]: {
          records: '/inner/*',
          columns: { at: { from: '$position', type: 'integer' }, word: { from: '$value', type: 'integer' } },
        },
      },
    }),
  };
  const add = (id: string, parts: Parts, rows: Rows): void => {
    const count = below(next, 4);
    const labels = [...new Set(Array.from({ length: count }, () => hostileText(next)))];
    const elements = (kind === 'map' ? labels : Array.from({ length: count }, String)).map((label, place) => {
      const mark = kind === 'map' ? { label } : { place };
      if (kind === 'scalars') {
        const value = hostileText(next);
        addRow(rows, name, [id, place], { [link]: id, ...mark, value });
        return { label, text: quoted(value) };
      }
      const { parts: own, row } = maker.make();
      if (hasInner) {
        const words = Array.from({ length: below(next, 3) }, () => below(next, 100));
        own.set('inner', JSON.stringify(words));
        for (const [at, word] of words.entries()) addRow(rows, inner, [id, place, at], { [link]: id, at, word });
      }
      addRow(rows, name, [id, kind === 'map' ? label : place], { [link]: id, ...mark, ...row });
      return { label, text: objectText(own) };
    });
    const text =
      kind === 'map'
        ? `{${elements.map(({ label, text: each }) => `${quoted(label)}:${each}`).join(',')}}`
        : `[${elements.map(({ text: each }) => each).join(',')}]`;
    if (count > 0 || next() < 0.5) parts.set('parts', text);
  };
  return { name, declaration, add };
}
