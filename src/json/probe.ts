import { type Fault, Lexer } from './lexer.ts';

export type Kind = 'object' | 'array' | 'string' | 'number' | 'boolean' | 'null';

/** What the beginning of a file looks like. */
export interface Shape {
  /** `empty`: nothing but white space. `invalid`: not JSON, or damaged inside the prefix. NaN and Infinity are numbers. */
  readonly root: Kind | 'empty' | 'invalid';
  /** What the value began as; also known when it is damaged further on. */
  readonly begins: Kind | undefined;
  /** Of an object, as far as the prefix goes: at most 200 members, down to three levels below the root. */
  readonly members: ReadonlyMap<string, Shape>;
  /** The first element of an array; objects as one, with the members of all that are in the prefix. */
  readonly first: Shape | undefined;
  /** The whole value was inside the prefix. */
  readonly complete: boolean;
  /** Where an invalid text is damaged; `offset` in UTF-16 units. */
  readonly problem?: Fault;
}

/** Levels below the root whose members are known, and how many of them. */
export const MAX_LEVEL = 3;
export const MAX_MEMBERS = 200;
/** Lines of an NDJSON file that are looked at. */
const MAX_LINES = 50;
const BYTE_ORDER_MARK = 0xfeff;
const BLANKS = /^\ufeff?[ \t\r\n]*/;
const NO_MEMBERS: ReadonlyMap<string, Shape> = new Map();
const EMPTY: Shape = { root: 'empty', begins: undefined, members: NO_MEMBERS, first: undefined, complete: false };

/** The shape of a decoded prefix, cut anywhere unless it is the whole file (`atEnd`). Never throws. */
export function probe(text: string, atEnd: boolean): Shape {
  const begin = text.charCodeAt(0) === BYTE_ORDER_MARK ? 1 : 0;
  const walk = new Walk(text, begin, atEnd);
  if (walk.isEmpty()) return EMPTY;
  const fault = walk.run();
  const { root } = walk;
  if (fault === undefined) return root ?? { ...EMPTY, root: 'invalid' };
  return {
    root: 'invalid',
    begins: root?.root,
    members: root?.members ?? NO_MEMBERS,
    first: root?.first,
    complete: false,
    problem: fault,
  };
}

/** How many characters of a text come before its first value. */
export function blanksBefore(text: string): number {
  return BLANKS.exec(text)?.[0].length ?? 0;
}

/** The shape of the lines of an NDJSON file: objects as one, else the first line that is not blank. */
export function probeLines(text: string, atEnd: boolean): Shape {
  const begin = blanksBefore(text);
  if (begin === text.length) return EMPTY;
  const lines = text.slice(begin).split('\n', MAX_LINES);
  const shapes = lines.map((line, index) => probe(line, atEnd || index < lines.length - 1));
  const objects = shapes.filter((shape) => shape.root === 'object');
  const [first = EMPTY] = shapes;
  if (objects.length > 0) {
    const members = new Map(objects.toReversed().flatMap((shape) => [...shape.members]));
    return { root: 'object', begins: 'object', members, first: undefined, complete: first.complete };
  }
  if (first.problem === undefined) return first;
  return { ...first, problem: { ...first.problem, offset: first.problem.offset + begin } };
}

class Draft implements Shape {
  readonly root: Kind;
  readonly members = new Map<string, Shape>();
  first: Draft | undefined;
  complete = false;

  constructor(kind: Kind) {
    this.root = kind;
  }

  get begins(): Kind {
    return this.root;
  }
}

type Expected = 'value' | 'first' | 'item' | 'separator' | 'end';

/** Checks the grammar without recursion, so that no depth is too deep, and drafts the shapes near the root. */
class Walk {
  root: Draft | undefined;
  readonly #lexer: Lexer;
  readonly #atEnd: boolean;
  /** Of every open container, true for an object. */
  readonly #open: boolean[] = [];
  /** The drafts of the outermost open containers; undefined where nobody asks. */
  readonly #drafts: (Draft | undefined)[] = [];
  #expected: Expected = 'value';
  #name = '';

  constructor(text: string, begin: number, atEnd: boolean) {
    this.#lexer = new Lexer(text, begin);
    this.#atEnd = atEnd;
  }

  isEmpty(): boolean {
    this.#lexer.peek();
    return this.#lexer.ended;
  }

  run(): Fault | undefined {
    const lexer = this.#lexer;
    while (lexer.fault === undefined) {
      const unit = lexer.peek();
      if (lexer.ended && this.#expected === 'end') return undefined;
      if (lexer.ended) lexer.fail('');
      else this.#token(unit);
    }
    const cutOff = lexer.fault.code === 'truncated-json' && !this.#atEnd;
    return cutOff ? undefined : lexer.fault;
  }

  #token(unit: number): void {
    const closing = this.#open.at(-1) === true ? 0x7d : 0x5d;
    switch (this.#expected) {
      case 'value':
        this.#value(unit);
        return;
      case 'first':
      case 'item':
        if (unit === closing && this.#expected === 'first') this.#close();
        else if (closing === 0x7d) this.#member(unit);
        else this.#value(unit);
        return;
      case 'separator':
        if (unit === closing) this.#close();
        else if (unit === 0x2c) this.#advance('item');
        else this.#lexer.fail('expected a comma or a closing bracket');
        return;
      default:
        this.#lexer.fault = {
          code: 'trailing-garbage',
          message: 'something follows the end of the JSON document',
          offset: this.#lexer.at,
        };
    }
  }

  #advance(expected: Expected): void {
    this.#lexer.at++;
    this.#expected = expected;
  }

  #close(): void {
    const draft = this.#open.length === this.#drafts.length ? this.#drafts.pop() : undefined;
    if (draft !== undefined) draft.complete = true;
    this.#open.pop();
    this.#advance(this.#open.length === 0 ? 'end' : 'separator');
  }

  #member(unit: number): void {
    const lexer = this.#lexer;
    if (unit !== 0x22) {
      lexer.fail('expected a name in double quotes');
      return;
    }
    const name = lexer.string();
    if (name === undefined) return;
    this.#name = name;
    if (lexer.peek() === 0x3a) this.#advance('value');
    else lexer.fail('expected a colon behind the name');
  }

  #value(unit: number): void {
    if (unit === 0x7b || unit === 0x5b) {
      const draft = this.#draft(unit === 0x7b ? 'object' : 'array');
      if (this.#open.length <= MAX_LEVEL) this.#drafts.push(draft);
      this.#open.push(unit === 0x7b);
      this.#advance('first');
      return;
    }
    const draft = this.#draft(kindOf(unit));
    this.#scalar(unit);
    if (this.#lexer.fault !== undefined) return;
    // A number at the end of a prefix may go on.
    if (draft !== undefined) draft.complete = draft.root !== 'number' || this.#atEnd || !this.#lexer.ended;
    this.#expected = this.#open.length === 0 ? 'end' : 'separator';
  }

  #scalar(unit: number): void {
    const { text, at } = this.#lexer;
    if (unit === 0x22) this.#lexer.skipString();
    else if (isDigit(unit) || (unit === 0x2d && text[at + 1] !== 'I')) this.#lexer.number();
    else this.#lexer.word();
  }

  /** The draft of the value that begins here, registered with its parent; undefined where nobody asks for it. */
  #draft(kind: Kind | undefined): Draft | undefined {
    if (kind === undefined) return undefined;
    if (this.#open.length === 0) {
      this.root = new Draft(kind);
      return this.root;
    }
    const parent = this.#open.length === this.#drafts.length ? this.#drafts.at(-1) : undefined;
    if (parent === undefined || this.#open.length > MAX_LEVEL) return undefined;
    if (parent.root === 'array') {
      if (parent.first !== undefined && kind !== 'object') return undefined;
      if (parent.first?.root !== 'object') parent.first = new Draft(kind);
      return parent.first;
    }
    if (parent.members.size >= MAX_MEMBERS || parent.members.has(this.#name)) return undefined;
    const member = new Draft(kind);
    parent.members.set(this.#name, member);
    return member;
  }
}

function isDigit(unit: number): boolean {
  return unit >= 0x30 && unit <= 0x39;
}

function kindOf(unit: number): Kind | undefined {
  if (unit === 0x22) return 'string';
  if (isDigit(unit) || unit === 0x2d || unit === 0x4e || unit === 0x49) return 'number';
  if (unit === 0x74 || unit === 0x66) return 'boolean';
  return unit === 0x6e ? 'null' : undefined;
}
