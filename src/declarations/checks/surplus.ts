import type { ChildDeclaration } from '../language.ts';
import type { Problems } from '../problem.ts';
import type { Declared } from './declared.ts';

type Policy = ChildDeclaration['surplus'];

/** What is done with child rows that a record no longer has: one word for a table, and what lies below rows goes with them. */
export function checkSurplus({ datasets }: Declared, problems: Problems): void {
  for (const [name, { surplus, children = {} }] of Object.entries(datasets)) {
    const at = ['datasets', name];
    if (surplus !== undefined && Object.keys(children).length === 0)
      problems.add([...at, 'surplus'], 'this is said of child rows, and the dataset has no children: leave it out');
    checkChildren(children, [...at, 'children'], surplus, { problems, known: new Map() });
  }
}

function checkChildren(
  children: Readonly<Record<string, ChildDeclaration>>,
  at: readonly string[],
  around: Policy,
  to: { readonly problems: Problems; readonly known: Map<string, Policy> },
): void {
  for (const [name, child] of Object.entries(children)) {
    const { table = name, surplus = around ?? 'keep', children: inner = {}, columns } = child;
    const own = [...at, name];
    if (surplus === 'keep' && around === 'delete' && at.length > 3)
      to.problems.add([...own, 'surplus'], 'rows go with those that they lie below: leave it out');
    const other = to.known.get(table) ?? surplus;
    to.known.set(table, other);
    if (other !== surplus)
      to.problems.add(
        [...own, 'surplus'],
        `another child feeds ${table}, and says ${other} of its surplus: say the same`,
      );
    const owned = Object.entries(columns).find(([, each]) => typeof each === 'object' && each.owned_by)?.[0];
    if (surplus === 'delete' && owned !== undefined)
      to.problems.add(
        [...own, 'columns', owned],
        'no undo could bring back what the application writes: say `surplus: keep` of its table',
      );
    checkChildren(inner, [...own, 'children'], surplus, to);
  }
}
