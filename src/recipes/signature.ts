import { compileFilePattern } from '../declarations/file-pattern.ts';
import { Misspelt } from '../declarations/source.ts';

/** By what the files of an export are known: all of these marks must be there. */
export type Signature = readonly Mark[];

/** One of some files is there. */
export interface Mark {
  /** Patterns of its path, of at most two names. */
  readonly files: string | readonly string[];
  /** Members of its first records, or of its document where it is no list: all of these, or all of one of the lists. Without it the name says enough. */
  readonly has?: readonly string[] | readonly (readonly string[])[];
}

/** The first paths that a mark may speak of, at most so many. */
export function pathsFor({ files }: Mark, paths: readonly string[], most: number): readonly string[] {
  const patterns = [files].flat().map((text) => {
    const pattern = compileFilePattern(text);
    if (pattern instanceof Misspelt) throw new TypeError(`${text}: ${pattern.problem}`);
    return pattern;
  });
  const found = paths.values().filter((path) => patterns.some((pattern) => pattern.match(path) !== undefined));
  return [...found.take(most)];
}
