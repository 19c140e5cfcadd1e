import { type Dir, opendirSync } from 'node:fs';
import { join } from 'node:path';
import type { Shape } from '../json/probe.ts';
import type { Recipe } from '../recipes/recipe.ts';
import { RECIPE_NAMES, RECIPES, type RecipeName } from '../recipes/recipes.ts';
import { type Mark, pathsFor } from '../recipes/signature.ts';
import { bytewise } from '../system/bytewise.ts';
import { HEADS } from './file-head.ts';
import { candidateOf } from './recognise-file.ts';

/** Names of a root, names of each of its directories, directories, and files of a mark that are looked at: an ordinary run gets no slower. */
const MOST_NAMES = 20_000;
const MOST_NAMES_BELOW = 1000;
const MOST_DIRECTORIES = 20;
const MOST_CANDIDATES = 5;
const [LOOK] = HEADS;

/** The exports whose signature is in a directory. Names decide first; few files are opened, and of each only its beginning. */
export function fittingRecipes(root: string): readonly RecipeName[] {
  const paths = pathsIn(root);
  const shapes = new Map<string, Shape | undefined>();
  const shapeOf = (path: string): Shape | undefined => {
    if (!shapes.has(path))
      shapes.set(path, candidateOf({ path, absolutePath: join(root, path) }, 'utf-8', LOOK)?.shape);
    return shapes.get(path);
  };
  const isThere = (mark: Mark): boolean => {
    const found = pathsFor(mark, paths, MOST_CANDIDATES);
    return mark.has === undefined ? found.length > 0 : found.some((path) => fits(mark, shapeOf(path)));
  };
  return RECIPE_NAMES.filter((name) => {
    const { signature }: Recipe = RECIPES[name];
    return signature?.every(isThere) === true;
  });
}

function fits({ has = [] }: Mark, shape: Shape | undefined): boolean {
  const record = shape?.begins === 'array' ? shape.first : shape;
  const hasAll = (names: readonly string[]): boolean => names.every((name) => record?.members.has(name));
  return record !== undefined && (isListOfLists(has) ? has.some(hasAll) : hasAll(has));
}

function isListOfLists(has: NonNullable<Mark['has']>): has is readonly (readonly string[])[] {
  return typeof has[0] === 'object';
}

/** Files of the root and of its directories, in the order of their bytes. */
function pathsIn(root: string): readonly string[] {
  const top = entriesOf(root, MOST_NAMES);
  const inside = top.directories.slice(0, MOST_DIRECTORIES).flatMap((name) => {
    return entriesOf(join(root, name), MOST_NAMES_BELOW).files.map((file) => `${name}/${file}`);
  });
  return [...top.files, ...inside];
}

function entriesOf(
  directory: string,
  most: number,
): { readonly files: readonly string[]; readonly directories: readonly string[] } {
  const files: string[] = [];
  const directories: string[] = [];
  const open = opened(directory);
  try {
    for (let count = 0; open !== undefined && count < most; count++) {
      const entry = open.readSync();
      if (entry === null) break;
      if (entry.isDirectory()) directories.push(entry.name);
      else files.push(entry.name);
    }
  } finally {
    open?.closeSync();
  }
  return { files: files.toSorted(bytewise), directories: directories.toSorted(bytewise) };
}

/** Whether there is a root at all is not the question here. */
function opened(directory: string): Dir | undefined {
  try {
    return opendirSync(directory, { bufferSize: 1000 });
  } catch {
    return undefined;
  }
}
