import {
  Composer,
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Pair,
  Parser,
  type Scalar,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import type { Place, PlacedProblem, Problem } from './problem.ts';
import { numberProblem, syntaxWords } from './yaml-words.ts';

/** A config as text: what it says, and where it says it. */
export interface PlacedText {
  /** Undefined where the text is no YAML. */
  readonly value: unknown;
  readonly problems: readonly PlacedProblem[];
  /** Of the key that names something, or of the element of a list; of what is not there: of what is around it. */
  placeOf(at: Problem['at']): Place;
}

/** Of a config file. */
export const MOST_BYTES = 1024 ** 2;
const MOST_ALIASES = 100;
/** Values that aliases may make of a text. */
const MOST_VALUES = 100_000;

/** Reads YAML 1.2 with its core types: plain data, without tags, directives, merge keys and repeated keys. JSON is YAML, too. */
export function readYaml(text: string, file: string): PlacedText {
  const lines = new LineCounter();
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const problems: PlacedProblem[] = [];
  const add = (at: Problem['at'], offset: number, message: string): void => {
    problems.push({ at, place: placeAt(offset), message });
  };
  const nothing = (): PlacedText => ({ value: undefined, problems, placeOf: () => ({ file }) });
  if (Buffer.byteLength(text) > MOST_BYTES) {
    problems.push({
      at: [],
      place: { file },
      message: 'a config file has at most 1 MiB: spread the datasets over files',
    });
    return nothing();
  }
  const documents = compose(text, lines, add);
  for (const { errors } of documents) {
    for (const { code, pos } of errors) {
      // What follows a mistake in its line is most often part of it.
      const isFirst = !problems.some(({ place }) => place.line === placeAt(pos[0]).line);
      if (isFirst) add([], pos[0], syntaxWords(code));
    }
  }
  const [document, another] = documents;
  if (another) add([], another.range[0], 'a second document begins here: write one for each file');
  if (problems.length > 0 || document === undefined) return nothing();
  const reader = new Reader(add);
  const root = document.contents;
  const read = isNode(root) ? reader.read(root, [], root.range?.[0] ?? 0) : undefined;
  return { value: read?.value ?? null, problems, placeOf: (at) => placeAt(read ? offsetOf(read, at) : 0) };
}

type Add = (at: Problem['at'], offset: number, message: string) => void;

function compose(text: string, lines: LineCounter, add: Add): readonly Document.Parsed[] {
  const options = { version: '1.2', schema: 'core', merge: false, uniqueKeys: false, prettyErrors: false } as const;
  try {
    const tokens = [...new Parser(lines.addNewLine).parse(text)];
    for (const token of tokens)
      if (token.type === 'directive') add([], token.offset, 'a line that begins with % is a directive: leave it out');
    return [
      ...new Composer({ ...options, logLevel: 'silent' }).compose(tokens, true, text.length),
    ] as Document.Parsed[];
  } catch (error) {
    // Thousands of brackets within each other exhaust the stack.
    if (!(error instanceof RangeError)) throw error;
    add([], 0, 'the text is nested too deeply');
    return [];
  }
}

/** A value, where it stands, and the same of all that is in it. */
interface Read {
  readonly value: unknown;
  readonly offset: number;
  /** How many values it is, with those that aliases repeat. */
  readonly size: number;
  readonly inner?: ReadonlyMap<string, Read>;
}

function offsetOf(read: Read, at: Problem['at']): number {
  let found = read;
  for (const name of at) {
    const next = found.inner?.get(String(name));
    if (next === undefined) break;
    found = next;
  }
  return found.offset;
}

/** Turns the nodes of a document into plain values, and keeps the place of each. */
class Reader {
  private readonly add: Add;
  private aliases = 0;
  private readonly anchors = new Map<string, Read | 'open'>();

  constructor(add: Add) {
    this.add = add;
  }

  read(node: unknown, at: Problem['at'], offset: number): Read {
    if (isAlias(node)) return this.alias(node.source, at, node.range?.[0] ?? offset, offset);
    if (!isNode(node)) return { value: null, offset, size: 1 };
    const start = node.range?.[0] ?? offset;
    if (node.tag !== undefined)
      this.add(at, start, 'a tag stands before this value: leave it out, and quote what is text');
    const { anchor } = node as { anchor?: string };
    if (anchor !== undefined) this.anchors.set(anchor, 'open');
    const read = this.plain(node, at, offset);
    if (anchor !== undefined) this.anchors.set(anchor, read);
    return read;
  }

  private plain(node: unknown, at: Problem['at'], offset: number): Read {
    if (isMap(node)) return this.map(node, at, offset);
    return isSeq(node) ? this.list(node, at, offset) : this.scalar(node as Scalar, at, offset);
  }

  private alias(name: string, at: Problem['at'], start: number, offset: number): Read {
    const none = { value: null, offset, size: 1 };
    const found = this.anchors.get(name);
    this.aliases++;
    if (this.aliases === MOST_ALIASES + 1)
      this.add(at, start, `more than ${MOST_ALIASES} aliases: write the values out`);
    if (this.aliases > MOST_ALIASES) return none;
    if (found === undefined)
      this.add(at, start, 'a text that begins with * is an alias, and nothing before it has this name: quote the text');
    else if (found === 'open') this.add(at, start, 'an alias names what it is part of: write the values out');
    return found === undefined || found === 'open' ? none : { ...found, offset };
  }

  private scalar(node: Scalar, at: Problem['at'], offset: number): Read {
    const problem = numberProblem(node);
    if (problem !== undefined) this.add(at, node.range?.[0] ?? offset, problem);
    // As it is written: what follows is about another mistake.
    return { value: problem === undefined ? node.value : (node.source ?? ''), offset, size: 1 };
  }

  private list(node: YAMLSeq, at: Problem['at'], offset: number): Read {
    const inner = new Map<string, Read>();
    for (const [index, item] of node.items.entries()) {
      const start = isNode(item) ? (item.range?.[0] ?? offset) : offset;
      inner.set(String(index), this.read(item, [...at, index], start));
    }
    return this.whole(
      [...inner.values()].map(({ value }) => value),
      at,
      offset,
      inner,
    );
  }

  private map(node: YAMLMap, at: Problem['at'], offset: number): Read {
    // Inherits nothing: `__proto__` is a name like any other.
    const value: Record<string, unknown> = Object.create(null);
    const inner = new Map<string, Read>();
    let before: { readonly name: string; readonly text: unknown } | undefined;
    for (const pair of node.items as Pair[]) {
      const { key } = pair;
      const start = isNode(key) ? (key.range?.[0] ?? offset) : offset;
      if (!isScalar(key)) {
        this.add(at, start, 'a key is one text: quote it');
        continue;
      }
      // Numbers keep their text: 007 is not 7.
      const name = typeof key.value === 'string' ? key.value : (key.source ?? '');
      if (this.isHalf(name, pair, before?.text)) {
        this.add(
          [...at, before?.name ?? ''],
          start,
          `the comma ends a value in braces: quote "${before?.text},${name}"`,
        );
        value[before?.name ?? ''] = `${before?.text},${name}`;
        continue;
      }
      if (key.tag !== undefined) this.add([...at, name], start, 'a tag stands before this key: leave it out');
      if (name === '<<') this.add(at, start, 'keys are not merged with <<: write them out');
      else if (inner.has(name)) this.add([...at, name], start, 'the key is there twice: leave one out');
      else {
        const read = this.read(pair.value, [...at, name], start);
        inner.set(name, read);
        value[name] = read.value;
      }
      before = { name, text: value[name] };
    }
    return this.whole(value, at, offset, inner);
  }

  /** `2)` of `{ type: decimal(12,2) }`. */
  private isHalf(name: string, { value }: Pair, before: unknown): boolean {
    const isAlone = !isNode(value) || (isScalar(value) && value.value === null);
    return isAlone && /^\d+\s*\)$/.test(name) && typeof before === 'string' && /^\w+\(\s*\d+$/.test(before);
  }

  private whole(value: unknown, at: Problem['at'], offset: number, inner: ReadonlyMap<string, Read>): Read {
    const size = inner.values().reduce((sum, read) => sum + read.size, 1);
    if (size <= MOST_VALUES) return { value, offset, size, inner };
    this.add(at, offset, `aliases make more than ${MOST_VALUES} values of this text: write the values out`);
    return { value: null, offset, size: 1 };
  }
}
