import type { Value } from '../../src/schema/table.ts';

// References between rows of random declarations: by key, by a natural key of any type, to rows that are made, and links in child rows.

type Next = () => number;
type Row = Record<string, Value>;
type AddRow = (table: string, key: readonly Value[], row: Readonly<Row>) => void;

/** A value as JSON text, and what is stored of it. */
export interface Spelled {
  readonly text: string;
  readonly stored: Value;
}

export interface ReferenceParts {
  readonly next: Next;
  /** Texts, each once and none empty. */
  readonly texts: readonly string[];
  /** What people are known by: a type, and values that differ, as many as texts. */
  readonly codes: { readonly type: string; readonly values: readonly Spelled[] };
}

const IDS = ['text', 'identity'] as const;

const uniqueness = { unique: true, required: true } as const;

/** Datasets to which others refer, with the columns and children by which they do. */
export class GeneratedReferences {
  readonly datasets: Readonly<Record<string, unknown>>;
  readonly files: Readonly<Record<string, string>>;
  readonly records: number;
  private readonly next: Next;
  private readonly people: readonly { readonly id: string; readonly code: Spelled }[];
  private readonly hasId: boolean;
  private readonly words: readonly string[];

  constructor({ next, texts, codes }: ReferenceParts, addRow: AddRow) {
    this.next = next;
    this.words = ['', ...texts];
    const id = this.pick(IDS);
    this.hasId = id === 'text';
    this.people = codes.values.map((code, index) => ({ id: texts[index] ?? '', code }));
    const boss = { references: 'people.id', by: 'code', deferred: true };
    const lines = this.people.map((each, index) => {
      // What the database numbers itself is known when it is written: nobody can be above himself.
      const above = this.pick(this.hasId ? this.people : [undefined, ...this.people.slice(0, index)]);
      const key = this.hasId ? each.id : each.code.stored;
      const row = { ...(this.hasId && { id: each.id }), code: each.code.stored, boss: above?.code.stored ?? null };
      addRow('people', [key], row);
      const bossText = above === undefined ? '' : `,"boss":${above.code.text}`;
      return `{"id":${JSON.stringify(each.id)},"code":${each.code.text}${bossText}}`;
    });
    const columns = this.hasId
      ? { id, code: { type: codes.type, ...uniqueness }, boss }
      : { id, code: codes.type, boss, own: { from: '/id', type: 'text' } };
    this.datasets = { people: { files: 'people.json', key: this.hasId ? 'id' : 'code', columns } };
    this.files = { 'people.json': `[${lines.toSorted(() => this.next() - 0.5).join(',')}]` };
    this.records = lines.length;
  }

  /** Columns that refer to rows, and what fills them. */
  columns(addRow: AddRow): {
    readonly declared: Readonly<Record<string, unknown>>;
    readonly fill: (put: (name: string, text: string) => void, row: Row) => void;
  } {
    const hasKey = this.hasId && this.next() < 0.5;
    const declared = {
      person: { references: 'people.id', by: 'code' },
      word: { references: 'words.id', by: 'name', make: true },
      ...(hasKey && { by_key: { references: 'people.id' } }),
    };
    const fill = (put: (name: string, text: string) => void, row: Row): void => {
      const person = this.next() < 0.7 ? this.pick(this.people) : undefined;
      const word = this.next() < 0.7 ? this.pick(this.words) : undefined;
      if (person) put('person', person.code.text);
      if (word !== undefined) put('word', JSON.stringify(word));
      if (word !== undefined) addRow('words', [word], { name: word });
      Object.assign(row, { person: person?.code.stored ?? null, word: word ?? null });
      if (!hasKey) return;
      const other = this.pick(this.people);
      put('by_key', JSON.stringify(other.id));
      row['by_key'] = other.id;
    };
    return { declared, fill };
  }

  /** A child table of links to words, and to people now and then. */
  links(
    parent: string,
    addRow: AddRow,
  ): {
    readonly name: string;
    readonly declaration: unknown;
    readonly add: (id: string, put: (name: string, text: string) => void) => void;
  } {
    const name = `${parent}_words`;
    const link = `${parent}_id`;
    const isPlain = this.next() < 0.5;
    const from = isPlain ? '$value' : '/word';
    const person = isPlain ? {} : { person: { references: 'people.id', by: 'code' } };
    const word = { from, references: 'words.id', by: 'name', make: true };
    const columns = { word, ...person };
    const declaration = { records: '/words/*', order: 'none', key: [link, 'word'], columns };
    const add = (id: string, put: (name: string, text: string) => void): void => {
      const words = [...new Set(this.words.filter(() => this.next() < 0.3))];
      const elements = words.map((each) => {
        const other = isPlain || this.next() < 0.5 ? undefined : this.pick(this.people);
        addRow('words', [each], { name: each });
        addRow(name, [id, each], { [link]: id, word: each, ...(!isPlain && { person: other?.code.stored ?? null }) });
        if (isPlain) return JSON.stringify(each);
        return `{"word":${JSON.stringify(each)}${other ? `,"person":${other.code.text}` : ''}}`;
      });
      if (words.length > 0 || this.next() < 0.5) put('words', `[${elements.join(',')}]`);
    };
    return { name, declaration, add };
  }

  private pick<T>(from: readonly T[]): T {
    return from[Math.floor(this.next() * from.length)] as T;
  }
}
