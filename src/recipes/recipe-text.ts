import { Document, isMap, isPair, type Node, visit } from 'yaml';
import type { ProposedExport } from './proposed.ts';
import type { Recipe } from './recipe.ts';
import { tablesOf } from './with-recipes.ts';

const WIDTH = 120;

/** A declared recipe as a config file to start from. Undefined for one whose datasets are not written in the language. */
export function recipeText(name: string, { fits, declarations, functions, page }: Recipe): string | undefined {
  if (declarations === undefined) return undefined;
  const { datasets } = declarations;
  const tables = Object.entries(datasets).flatMap(([dataset, each]) =>
    tablesOf(each, dataset).map(({ table }) => table),
  );
  return documentText(declarations, [
    ` ${name}: ${fits}`,
    ` Tables: ${[...new Set(tables)].join(', ')}`,
    ...(page === undefined ? [] : [` What is stored how: ${page}`]),
    ...(functions === undefined ? [] : [` Functions of recipe:${name} are part of the program.`]),
    ` As it is, \`recipes: [${name}]\` says the same.`,
  ]);
}

/** What `init` proposes for an export without fixed tables, by an example. */
export function exampleText(name: string, { fits, page, example }: ProposedExport): string {
  return documentText(example, [
    ` ${name}: ${fits}`,
    ' It has no fixed tables: `migrate-json init` proposes them for the files at hand. This is an example of such a proposal.',
    ` What is stored how: ${page}`,
  ]);
}

function documentText(declarations: object, comment: readonly string[]): string {
  const document = new Document(declarations, { aliasDuplicateObjects: false });
  visit(document, { Map: (_, map, path) => closeUp(map, path.filter((each) => isPair(each)).length) });
  document.commentBefore = comment.join('\n');
  return document.toString({ lineWidth: WIDTH, flowCollectionPadding: true });
}

/** A column, a condition or a table on one line, where it is short. */
function closeUp(map: Node, depth: number): void {
  if (!isMap(map) || depth < 3) return;
  const text = JSON.stringify(map.toJSON());
  if (text.length + 2 * depth < WIDTH * 0.75) map.flow = true;
}
