import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

const ROOT = join(import.meta.dirname, '../..');

/** Commands that a document tells to type, with the exit code that each of them should have. */
export interface CommandBlock {
  /** `docs/retry.md:3` */
  readonly place: string;
  /** False: the steps of a workflow. */
  readonly isShell: boolean;
  readonly statements: readonly Statement[];
  /** Lines that are printed, from the block of text behind. */
  readonly shows: readonly string[];
  /** Why no test can run it: `<!-- not run: REASON -->` above the block. */
  readonly notRun?: string;
  /** Programs without which it is left out: `<!-- needs: jq -->`. */
  readonly needs: readonly string[];
}

export interface Statement {
  readonly text: string;
  readonly exit: number;
}

/**
 * A block in a shell, or in YAML; the comment above it says how it is treated, and a block of text behind it what it prints.
 * Blocks of a list are indented.
 */
const BLOCK =
  /^(?: *<!-- (not run|needs|exits): ([^\n]+) -->\n\n?)?( *)```(sh|yaml)\n([\s\S]*?)^\3```$(?:\n+\3```text\n([\s\S]*?)^\3```$)?/gm;
/** A line that belongs to the statement above it. */
const CONTINUES = /^(?:\s|done\b|fi\b|\})/;
const EXIT = /#.*\bexit (?:code )?(\d+)/;

/** The README and every page below docs/. */
export function documents(): readonly string[] {
  const pages = readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' });
  return ['README.md', ...pages.filter((name) => name.endsWith('.md')).map((name) => join('docs', name))].toSorted();
}

export function blocksOf(document: string): readonly CommandBlock[] {
  return blocksIn(pageOf(document), document);
}

/** The language of each block of a document, `''` where it names none. */
export function languagesOf(document: string): readonly string[] {
  const fences = [...pageOf(document).matchAll(/^ *```(\S*)/gm)].map(([, language = '']) => language);
  return fences.filter((_language, index) => index % 2 === 0);
}

function pageOf(document: string): string {
  return readFileSync(join(ROOT, document), 'utf8');
}

export function blocksIn(page: string, document: string): readonly CommandBlock[] {
  return [...page.matchAll(BLOCK)].flatMap((match) => {
    const [whole, treatment, how = '', indent = '', language, body = '', text = ''] = match;
    const place = `${document}:${page.slice(0, match.index + whole.indexOf('```')).split('\n').length}`;
    const lines = body.replaceAll(new RegExp(`^${indent}`, 'gm'), '');
    const statements = language === 'yaml' ? stepsOf(lines, treatment === 'exits' ? how : '') : split(lines);
    if (statements.length === 0) return [];
    const needs = treatment === 'needs' ? how.split(' ') : [];
    const shows = text.split('\n').flatMap((line) => line.trim() || []);
    return [
      { place, isShell: language === 'sh', statements, shows, needs, ...(treatment === 'not run' && { notRun: how }) },
    ];
  });
}

function split(lines: string): readonly Statement[] {
  const statements: string[] = [];
  for (const line of lines.split('\n').filter((each) => each.trim() !== '' && !each.startsWith('#'))) {
    const last = statements.length - 1;
    if (last >= 0 && CONTINUES.test(line)) statements[last] += `\n${line}`;
    else statements.push(line);
  }
  return statements.map((text) => ({ text, exit: Number(EXIT.exec(text)?.[1] ?? 0) }));
}

/**
 * The steps of a workflow of GitHub or a pipeline of GitLab, after the variables that it sets. Other YAML has none.
 * `<!-- exits: 0 1 -->` has the exit codes of the steps.
 */
function stepsOf(text: string, exits: string): readonly Statement[] {
  const workflow: unknown = parse(text);
  const codes = exits.split(' ').map(Number);
  const steps = membersNamed(['run', 'script'], workflow).flatMap((member) => [member].flat());
  const variables = membersNamed(['env', 'variables'], workflow).flatMap((member) => Object.entries(member ?? {}));
  const commands = steps.map((step, index) => ({ text: String(step).trimEnd(), exit: codes[index] ?? 0 }));
  if (commands.length === 0) return [];
  return [...variables.map(([name, value]) => ({ text: `export ${name}='${value}'`, exit: 0 })), ...commands];
}

function membersNamed(names: readonly string[], value: unknown): readonly unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, member]: [string, unknown]) =>
    names.includes(name) ? [member] : membersNamed(names, member),
  );
}
