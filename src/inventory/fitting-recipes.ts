import { openTree } from '../files/open-tree.ts';
import type { SourceTree } from '../files/source-tree.ts';
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

/** The exports whose signature is in a root. Names decide first; few files are opened, and of each only its beginning. */
export async function fittingRecipes(root: string): Promise<readonly RecipeName[]> {
  const tree = await openTree(root);
  const paths = pathsIn(tree);
  const shapes = new Map<string, Shape | undefined>();
  const shapeOf = (path: string): Shape | undefined => {
    if (!shapes.has(path))
      shapes.set(path, candidateOf({ path, place: tree.leafAt(path).place }, 'utf-8', LOOK)?.shape);
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
function pathsIn(tree: SourceTree): readonly string[] {
  const top = entriesOf(tree, '', MOST_NAMES);
  const inside = top.directories.slice(0, MOST_DIRECTORIES).flatMap((name) => {
    return entriesOf(tree, name, MOST_NAMES_BELOW).files.map((file) => `${name}${file}`);
  });
  return [...top.files, ...inside];
}

function entriesOf(
  tree: SourceTree,
  directory: string,
  most: number,
): { readonly files: readonly string[]; readonly directories: readonly string[] } {
  const files: string[] = [];
  const directories: string[] = [];
  try {
    for (const { name, kind } of tree.each(directory)) {
      (kind === 'directory' ? directories : files).push(name);
      if (files.length + directories.length === most) break;
    }
  } catch {
    // Whether there is a root at all is not the question here.
  }
  return { files: files.toSorted(bytewise), directories: directories.toSorted(bytewise) };
}
