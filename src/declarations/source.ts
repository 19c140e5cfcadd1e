import type { Way } from '../json/pointer.ts';
import type { Step } from '../json/split.ts';

/** Where a value comes from: see "a value comes from" in docs/declarations.md. */
export type Source =
  /** A member of the record, or of an object in it. */
  | { readonly of: 'record'; readonly way: Way }
  /** The record or element itself, whatever it is. */
  | { readonly of: 'value' }
  | { readonly of: 'capture'; readonly name: string }
  | { readonly of: 'position' }
  /** The name of the record in a map that was known by its looks. */
  | { readonly of: 'map_key' }
  /** The SHA-256 of the API key that the record is about. */
  | { readonly of: 'api_key' }
  /** A value of the document around the record. */
  | { readonly of: 'document'; readonly way: Way }
  | { readonly of: 'parent'; readonly column: string }
  | { readonly of: 'file'; readonly part: FileFact }
  | { readonly of: 'option'; readonly name: string };

const FILE_FACTS = ['path', 'stem', 'mtime', 'owner'] as const;
export type FileFact = (typeof FILE_FACTS)[number];

/** Names behind a `$` that are no captures. */
export const RESERVED = ['value', 'position', 'map_key', 'api_key', 'document', 'parent', 'file', 'option'] as const;

/** What is wrong with the spelling of a source or path, in words. */
export class Misspelt {
  readonly problem: string;

  constructor(problem: string) {
    this.problem = problem;
  }
}

export function readSource(text: string): Source | Misspelt {
  if (text.startsWith('/')) return { of: 'record', way: tokensOf(text).map(unescaped) };
  if (!text.startsWith('$')) return new Misspelt(`a source begins with / or $: write /${text.replace(/^[*]?\/?/, '')}`);
  if (text === '$value') return { of: 'value' };
  if (text === '$position') return { of: 'position' };
  if (text === '$map_key') return { of: 'map_key' };
  if (text === '$api_key') return { of: 'api_key' };
  if (text.startsWith('$document/'))
    return { of: 'document', way: tokensOf(text.slice('$document'.length)).map(unescaped) };
  const [head = '', tail] = text.slice(1).split(/\.(.*)/s);
  if (head === 'parent' && tail) return { of: 'parent', column: tail };
  if (head === 'option' && tail) return { of: 'option', name: tail };
  if (head === 'file' && FILE_FACTS.includes(tail as FileFact)) return { of: 'file', part: tail as FileFact };
  if (tail === undefined && /^\w+$/.test(head) && !RESERVED.includes(head as 'value'))
    return { of: 'capture', name: head };
  return new Misspelt(
    `${text} is no source: there are $value, $position, $map_key, $api_key, $document/…, $parent.column, $file.path, $file.stem, $file.mtime, $file.owner, $option.name and captures`,
  );
}

/** A path to records: steps, and the names of what is captured on the way. */
export interface RecordPath {
  readonly steps: readonly Step[];
  /** The names of the `names` steps, in their order. */
  readonly captures: readonly string[];
}

/** `/a/*`, `/<id>/items/*`; empty for the document. */
export function readPath(text: string): RecordPath | Misspelt {
  if (text !== '' && !text.startsWith('/')) return new Misspelt(`a path begins with /: write /${text}`);
  const captures: string[] = [];
  const steps = tokensOf(text).map((token): Step => {
    const capture = /^<(\w+)>$/.exec(token)?.[1];
    if (token === '*') return { to: 'elements' };
    if (capture === undefined) return { to: 'member', name: unescaped(token) };
    captures.push(capture);
    return { to: 'names' };
  });
  return { steps, captures };
}

function tokensOf(pointer: string): string[] {
  return pointer === '' ? [] : pointer.slice(1).split('/');
}

/** RFC 6901, where `~*` and `~<` stand for names that would be patterns. */
function unescaped(token: string): string {
  return token
    .replace(/^~(?=[*<])/, '')
    .replaceAll('~1', '/')
    .replaceAll('~0', '~');
}
