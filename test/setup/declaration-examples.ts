import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** An example of docs/declarations.md: a declaration, files, and what comes of them. */
export interface DeclarationExample {
  /** `docs/declarations.md:12` */
  readonly place: string;
  /** What stands in the config file. */
  readonly config: string;
  /** Texts of data files, and of modules beside the config file, by path. */
  readonly files: Readonly<Record<string, string>>;
  readonly modules: Readonly<Record<string, string>>;
  /** Rows by table: the columns that are shown. */
  readonly rows: Readonly<Record<string, readonly Row[]>>;
  /** Codes of the records that are not loaded. */
  readonly rejects: readonly string[];
  /** Files that `export` writes, where they differ from those that were read. */
  readonly exported: Readonly<Record<string, string>>;
  /** What `export` writes does not load as the same rows. */
  readonly isOneWay: boolean;
}

export type Row = Readonly<Record<string, unknown>>;

const PAGE = 'docs/declarations.md';

/** A block with the line above it, which says what it holds, and the sentence about rejects after it. */
const BLOCK = /^(?:([^\n]*)\n\n)?```(\w+)\n([\s\S]*?)^```$(?:\n\nRejected: ([^\n]+))?/gm;

interface Draft extends DeclarationExample {
  readonly files: Record<string, string>;
  readonly modules: Record<string, string>;
  readonly rows: Record<string, readonly Row[]>;
  readonly exported: Record<string, string>;
  readonly rejects: string[];
  isOneWay: boolean;
}

/** Each begins with a block of YAML that declares datasets; the blocks of JSON and TypeScript after it belong to it. */
export function declarationExamples(): readonly DeclarationExample[] {
  const page = readFileSync(join(import.meta.dirname, '../..', PAGE), 'utf8');
  const examples: Draft[] = [];
  for (const match of page.matchAll(BLOCK)) {
    const [, caption = '', language, body = '', rejects = ''] = match;
    if (language === 'yaml' && /^datasets:$/m.test(body)) {
      const place = `${PAGE}:${page.slice(0, match.index).split('\n').length}`;
      examples.push({
        place,
        config: body,
        files: {},
        modules: {},
        rows: {},
        rejects: [],
        exported: {},
        isOneWay: false,
      });
    } else if (language === 'json' || language === 'ts') {
      const example = examples.at(-1);
      if (example === undefined) throw new Error(`a block of ${language} stands before every example: ${caption}`);
      addBlock(example, caption, body);
    }
    examples.at(-1)?.rejects.push(...[...rejects.matchAll(/`([a-z-]+)`/g)].map(([, code = '']) => code));
  }
  return examples;
}

function addBlock(example: Draft, caption: string, body: string): void {
  const { files, modules, rows, exported } = example;
  const named = /^(?:(Rows of|Export writes) )?`([\w./<>-]+)`(, one-way)?:$/.exec(caption);
  if (named === null) throw new Error(`nothing says what a block of ${PAGE} holds: ${caption}`);
  const [, what, name = '', oneWay] = named;
  example.isOneWay ||= oneWay !== undefined;
  if (what === 'Rows of') rows[name] = JSON.parse(body);
  else if (what === 'Export writes') exported[name] = body;
  else if (name.endsWith('.ts')) modules[name] = body;
  else files[name] = body;
}
