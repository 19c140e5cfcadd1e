import { parse } from 'yaml';

// What a person does to a proposal, line by line: the text that `init` must keep.

/** Picks a number from 0 to 1. */
type Next = () => number;

interface Edited {
  readonly text: string;
  /** What was taken out, and may come back once as a comment: names of datasets and columns. */
  readonly takenOut: number;
}

type Edit = (text: string, next: Next, number: number) => Edited | undefined;

interface Block {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

/** The lines of each dataset. */
function datasetsIn(lines: readonly string[]): readonly Block[] {
  const starts = lines.flatMap((line, at) => (/^ {2}[^ #].*:$/.test(line) ? [at] : []));
  return starts.map((from) => {
    const after = lines.findIndex((line, at) => at > from && !/^ {3}/.test(line));
    return { name: (lines[from] ?? '').trim().slice(0, -1), from, to: after < 0 ? lines.length : after };
  });
}

function pick<T>(values: readonly T[], next: Next): T | undefined {
  return values[Math.floor(next() * values.length)];
}

function isReferredTo(text: string, name: string): boolean {
  return text.includes(`references: ${name}.`);
}

/** Lines of columns that are told by their name and type only, and that nothing else names. */
function plainColumns(text: string): readonly { readonly at: number; readonly name: string }[] {
  return text.split('\n').flatMap((line, at) => {
    const name = /^ {6}(?: {4})*([a-z_]+): text(?: |$)/.exec(line)?.[1];
    const isKey = new RegExp(`^ +key: (?:${name}|\\[.*\\b${name}\\b.*\\])$`, 'm').test(text);
    return name === undefined || isKey || text.includes(`.${name} `) ? [] : [{ at, name }];
  });
}

function withLine(text: string, at: number, change: (line: string) => string | undefined): string {
  const lines = text.split('\n');
  const changed = change(lines[at] ?? '');
  lines.splice(at, 1, ...(changed === undefined ? [] : [changed]));
  return lines.join('\n');
}

const EDITS: Readonly<Record<string, Edit>> = {
  comment: (text, next, number) => {
    const at = Math.floor(next() * text.split('\n').length);
    const line = text.split('\n')[at] ?? '';
    if (line.trim() === '' || line.startsWith('#')) return undefined;
    return { text: withLine(text, at, (old) => `${/^ */.exec(old)?.[0]}# a note ${number}\n${old}`), takenOut: 0 };
  },
  evidence: (text, next) => {
    const lines = text.split('\n').flatMap((line, at) => (/ # \d+\/\d+/.test(line) ? [at] : []));
    const at = pick(lines, next);
    return at === undefined
      ? undefined
      : { text: withLine(text, at, (line) => line.replace(/ +# .*/, '')), takenOut: 0 };
  },
  'another name of a dataset': (text, next, number) => {
    const { name } = pick(datasetsIn(text.split('\n')), next) ?? {};
    if (name === undefined || !/^\w+$/.test(name)) return undefined;
    const renamed = text.replace(new RegExp(`^ {2}${name}:$`, 'm'), `  kept_${number}:`);
    return { text: renamed.replaceAll(`references: ${name}.`, `references: kept_${number}.`), takenOut: 0 };
  },
  'another table': (text, next, number) => {
    const { name, from } = pick(datasetsIn(text.split('\n')), next) ?? {};
    if (name === undefined || from === undefined || isReferredTo(text, name)) return undefined;
    if (text.includes(`\n    table:`)) return undefined;
    return { text: withLine(text, from, (line) => `${line}\n    table: table_${number}`), takenOut: 0 };
  },
  'another name of a column': (text, next, number) => {
    const column = pick(plainColumns(text), next);
    if (column === undefined) return undefined;
    const written = (line: string): string =>
      line.replace(`${column.name}: text`, `column_${number}: { from: ${pointer(text, column)}, type: text }`);
    return pointer(text, column) === '' ? undefined : { text: withLine(text, column.at, written), takenOut: 0 };
  },
  'another type': (text, next) => {
    const column = pick(plainColumns(text), next);
    if (column === undefined) return undefined;
    return { text: withLine(text, column.at, (line) => line.replace(': text', ': json')), takenOut: 0 };
  },
  'a column less': (text, next) => {
    const column = pick(plainColumns(text), next);
    if (column === undefined) return undefined;
    const cut = withLine(text, column.at, () => undefined);
    // A map that is empty is none.
    return /columns:(?: #.*)?\n(?! {6})/.test(cut) ? undefined : { text: cut, takenOut: 1 };
  },
  'a dataset less': (text, next) => {
    const lines = text.split('\n');
    const blocks = datasetsIn(lines);
    const block = pick(blocks, next);
    if (block === undefined || blocks.length === 1) return undefined;
    const own = lines.slice(block.from, block.to).join('\n');
    const tables = [block.name, ...[...own.matchAll(/^ {6}(?: {4})*(\w+):$/gm)].map(([, name]) => name ?? '')];
    if (tables.some((name) => isReferredTo(text, name))) return undefined;
    return { text: [...lines.slice(0, block.from), ...lines.slice(block.to)].join('\n'), takenOut: 1 };
  },
  'another order': (text, next) => {
    const lines = text.split('\n');
    const block = pick(datasetsIn(lines), next);
    const start = lines.indexOf('datasets:') + 1;
    if (block === undefined) return undefined;
    const own = lines.splice(block.from, block.to - block.from);
    lines.splice(start, 0, ...own);
    return { text: lines.join('\n'), takenOut: 0 };
  },
  'a description': (text, next, number) => {
    const { from } = pick(datasetsIn(text.split('\n')), next) ?? {};
    if (from === undefined || text.includes('description:')) return undefined;
    return {
      text: withLine(text, from, (line) => `${line}\n    description: |\n      words ${number}\n      # and more`),
      takenOut: 0,
    };
  },
  'an option': (text, _next, number) =>
    text.includes('workers') ? undefined : { text: `workers: ${1 + (number % 3)} # mine\n${text}`, takenOut: 0 },
};

/** The member behind a column that is told by its name: of several words it may be spelled otherwise. */
function pointer(text: string, { name }: { readonly name: string }): string {
  return name.includes('_') || text.includes(`/${name}`) ? '' : `/${name}`;
}

/** So many edits, each of another kind where that is possible. */
export function editedConfig(given: string, next: Next, count: number): Edited & { readonly edits: readonly string[] } {
  let text = given;
  let takenOut = 0;
  const edits: string[] = [];
  for (let number = 0; edits.length < count && number < 200; number++) {
    const name = pick(Object.keys(EDITS), next) ?? '';
    const edited = EDITS[name]?.(text, next, number);
    if (edited === undefined) continue;
    parse(edited.text);
    text = edited.text;
    takenOut += edited.takenOut;
    edits.push(name);
  }
  return { text, takenOut, edits };
}
