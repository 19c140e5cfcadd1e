import type { Table } from '../../schema/table.ts';
import { type BuiltDeclarations, buildDeclarations } from '../build.ts';
import { NO_FUNCTIONS } from '../functions.ts';
import type { Declarations } from '../language.ts';
import { type Problem, Problems } from '../problem.ts';
import { checkColumns } from './columns.ts';
import { declaredOf } from './declared.ts';
import { checkFiles } from './files.ts';
import { checkFinds } from './finds.ts';
import { checkReferences } from './references.ts';
import { checkSources } from './sources.ts';
import { checkSurplus } from './surplus.ts';
import { checkTables } from './tables.ts';
import { checkValues } from './values.ts';

const CHECKS = [
  checkFiles,
  checkTables,
  checkSources,
  checkColumns,
  checkValues,
  checkReferences,
  checkFinds,
  checkSurplus,
];

/** Everything that is wrong with declarations, but for what their functions are. `there` are tables that others declare. */
export function declarationProblems(declarations: Declarations, there: readonly Table[] = []): readonly Problem[] {
  return checkDeclarations(declarations, there).problems;
}

const OF_FUNCTIONS: readonly unknown[] = ['with', 'functions'];

/** The same with what is made of them where they name no functions. */
export function checkDeclarations(
  declarations: Declarations,
  there: readonly Table[] = [],
): { readonly problems: readonly Problem[]; readonly built: BuiltDeclarations } {
  const problems = new Problems();
  const built = buildDeclarations(declarations, NO_FUNCTIONS, there);
  for (const { at, message } of built.problems) {
    // Functions are looked at when they are loaded.
    if (!OF_FUNCTIONS.includes(at.at(-1) ?? '')) problems.add(at, message);
  }
  const declared = declaredOf(declarations, { ...built, tables: [...there, ...built.tables] });
  for (const check of CHECKS) check(declared, problems);
  return { problems: problems.list, built };
}
