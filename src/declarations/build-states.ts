import type { DatasetDeclaration } from './language.ts';
import type { DatasetPlan } from './plan.ts';

/** The tables of children whose surplus is deleted, as they or what holds them say. */
export function surplusGoes(
  children: DatasetDeclaration['children'] = {},
  around: DatasetDeclaration['surplus'],
): ReadonlySet<string> {
  return new Set(
    Object.entries(children).flatMap(([name, child]) => {
      const { table = name, surplus = around } = child;
      return [...(surplus === 'delete' ? [table] : []), ...surplusGoes(child.children, surplus)];
    }),
  );
}

/** Where a file may hold several states of a record, what tells the one that counts. */
export function statesOf(duplicates: DatasetDeclaration['duplicates']): DatasetPlan['states'] {
  if (duplicates === undefined || duplicates === 'reject') return undefined;
  return { by: duplicates === 'last' ? undefined : duplicates.latest };
}
