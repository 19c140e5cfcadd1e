import { namesBefore } from '../files/export-names.ts';
import { Misspelt } from './source.ts';

/** A glob below the root, in which `<name>` captures the shortest part of one name, as it was before an export wrote it. */
export interface FilePattern {
  /** As it is declared. */
  readonly text: string;
  readonly captures: readonly string[];
  /** The captured texts by name; undefined for other paths. */
  match(path: string): Readonly<Record<string, string>> | undefined;
  /** It is the path of one file. */
  readonly isPath: boolean;
  /** That of its files, without a dot; empty where they have none. */
  readonly ending: string;
  /** A path that matches, for given captures, without the ending. */
  write(captures: (name: string) => string, wildcard: string): readonly string[];
}

const COMPRESSION = /\.(?:gz|gzip|zst|zstd|bz2|xz|lzma|lz4|br|sz|z|zip|7z)$/i;
const ENDING = /\.[A-Za-z0-9]+$/;
const TOKEN = /\*\*\/|\*\*|\*|\?|<(\w+)>|\{([^{}]*)\}|[^*?<{]+|[<{]/g;

interface Part {
  readonly regex: string;
  readonly capture?: string;
  /** What it writes is a value, not part of the pattern. */
  readonly isData?: true;
  readonly write: (captures: (name: string) => string, wildcard: string) => string;
}

export function compileFilePattern(given: string): FilePattern | Misspelt {
  // How a file is packed its bytes say; a pattern may name it all the same.
  const pattern = given.replace(COMPRESSION, '');
  const problem = misspelling(pattern);
  if (problem !== undefined) return new Misspelt(problem);
  const parts = [...pattern.matchAll(TOKEN)].map(partOf);
  const regex = new RegExp(`^${parts.map((part) => part.regex).join('')}$`, 's');
  const captures = parts.flatMap(({ capture }) => (capture === undefined ? [] : [capture]));
  const ownEnding = ENDING.exec(pattern)?.[0] ?? '';
  return {
    text: given,
    captures,
    isPath: !/[*?<{]/.test(pattern),
    // What has a wildcard at its end is written as JSON.
    ending: ownEnding.slice(1) || (/[*?]$/.test(pattern) ? 'json' : ''),
    match(path) {
      const bare = path.replace(COMPRESSION, '');
      const spellings = [before(path), before(bare), path, bare];
      const found = spellings.map((each) => regex.exec(each)).find((match) => match !== null);
      if (found === undefined) return undefined;
      return Object.fromEntries(captures.map((name, index) => [name, (found[index + 1] ?? '').replaceAll(SLASH, '/')]));
    },
    write(captured, wildcard) {
      const segments = [''];
      for (const part of parts) {
        const text = part.write(captured, wildcard);
        // What is data is no more than a part of one name.
        const [first = '', ...others] = part.isData ? [text] : text.split('/');
        segments.push(`${segments.pop() ?? ''}${first}`, ...others);
      }
      const name = segments.pop() ?? '';
      return [...segments, name.slice(0, -ownEnding.length || undefined)];
    },
  };
}

/** In place of a `/` that is part of a name. */
const SLASH = '\ufdd4';

/** A path in which the names are as they were before an export wrote them. */
function before(path: string): string {
  if (!path.includes('%')) return path;
  const ending = ENDING.exec(path)?.[0] ?? '';
  const segments = path.slice(0, path.length - ending.length).split('/');
  return `${namesBefore(segments, ending)
    .map((name) => name.replaceAll('/', SLASH))
    .join('/')}${ending}`;
}

function misspelling(pattern: string): string | undefined {
  if (pattern === '' || pattern.startsWith('/') || /^[A-Za-z]:/.test(pattern))
    return 'files lie below the root: write a path that is relative to it';
  if (pattern.split('/').includes('..')) return 'files lie below the root: .. would leave it';
  return pattern.includes('\\') ? 'names in a path are separated by /' : undefined;
}

function partOf([token, capture, choice]: RegExpMatchArray): Part {
  if (token === '**/') return { regex: '(?:.*/)?', write: () => '' };
  if (token === '**') return { regex: '.*', isData: true, write: (_captures, wildcard) => wildcard };
  if (token === '*') return { regex: '[^/]*', isData: true, write: (_captures, wildcard) => wildcard };
  if (token === '?') return { regex: '[^/]', write: () => '_' };
  if (capture !== undefined)
    return { regex: '([^/]+?)', capture, isData: true, write: (captures) => captures(capture) };
  if (choice !== undefined) {
    const words = choice.split(',');
    return { regex: `(?:${words.map(escaped).join('|')})`, write: () => words[0] ?? '' };
  }
  return { regex: escaped(token), write: () => token };
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
