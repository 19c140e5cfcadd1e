import type { Declarations } from '../declarations/language.ts';
import type { Signature } from './signature.ts';

/** Datasets that come with the program, for the files of one application or of one export. */
export interface Recipe {
  /** The files that it fits, in words. */
  readonly fits: string;
  /** Of an export: by what its files are known. Applications are recognised file by file. */
  readonly signature?: Signature;
  /** Its page under docs, where it has one. */
  readonly page?: string;
  /** Names of datasets that are not written in the language of declarations, in the order in which they are tried. */
  readonly coded?: readonly string[];
  /** What a config file would say under `datasets:` and `tables:`. */
  readonly declarations?: Declarations;
  /** What its declarations, and those of users, name as `recipe:NAME#function`. */
  readonly functions?: RecipeFunctions;
}

export interface RecipeFunctions {
  /** Raise it when a function changes a row: files that were loaded before are loaded again. */
  readonly version: number;
  readonly exports: Readonly<Record<string, unknown>>;
}
