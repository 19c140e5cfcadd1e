import type { Table } from '../../schema/table.ts';
import type { BuiltDeclarations } from '../build.ts';
import type {
  ChildDeclaration,
  ColumnDeclaration,
  Condition,
  DatasetDeclaration,
  Declarations,
  TableDeclaration,
} from '../language.ts';
import { Misspelt } from '../source.ts';
import { type DeclaredType, typeOfMembers } from '../types.ts';

/** A column as it is declared, its short form written out. */
export interface DeclaredColumn {
  readonly name: string;
  readonly full: ColumnDeclaration;
  /** Undefined where there is no such type, which is told elsewhere. */
  readonly type: DeclaredType | undefined;
}

/** A dataset, or a child of one, as it is declared. */
export interface DeclaredRecord {
  readonly at: readonly string[];
  readonly declaration: DatasetDeclaration | ChildDeclaration;
  /** Undefined for datasets. */
  readonly parent: DeclaredRecord | undefined;
  readonly dataset: DatasetDeclaration;
  readonly table: string;
  /** Where the table is named. */
  readonly tableAt: readonly string[];
  readonly columns: readonly DeclaredColumn[];
  readonly conditions: readonly DeclaredCondition[];
}

export interface DeclaredCondition {
  readonly place: readonly string[];
  readonly condition: Condition;
  readonly of: 'when' | 'skip' | 'check';
}

/** All that checks look at. */
export interface Declared {
  readonly datasets: Declarations['datasets'];
  /** Datasets and their children, each behind the one that holds it. */
  readonly records: readonly DeclaredRecord[];
  readonly tables: Readonly<Record<string, TableDeclaration>>;
  /** The tables that come of it, by name. */
  readonly made: ReadonlyMap<string, Table>;
}

export function declaredOf({ datasets, tables = {} }: Declarations, built: BuiltDeclarations): Declared {
  const made = new Map(built.tables.map((table) => [table.name, table]));
  const records = Object.entries(datasets).flatMap(([name, dataset]) =>
    recordsOf(dataset, name, ['datasets', name], { dataset, made, parent: undefined }),
  );
  return { datasets, records, tables, made };
}

function recordsOf(
  declaration: DeclaredRecord['declaration'],
  name: string,
  at: readonly string[],
  around: Pick<DeclaredRecord, 'dataset' | 'parent'> & Pick<Declared, 'made'>,
): readonly DeclaredRecord[] {
  const { table = name } = declaration;
  const { dataset, parent, made } = around;
  const columns = Object.entries(declaration.columns).map(([column, given]): DeclaredColumn => {
    const full = typeof given === 'string' ? { type: given } : given;
    const stored = made.get(table)?.columns[column];
    // A reference has the type of what it leads to.
    if (full.type === undefined && stored) return { name: column, full, type: { column: stored, reads: 'column' } };
    const type = typeOfMembers(full.type ?? 'text', full.from);
    return { name: column, full, type: type instanceof Misspelt ? undefined : type };
  });
  const tableAt = declaration.table === undefined ? at : [...at, 'table'];
  const conditions = conditionsOf(declaration, at);
  const own: DeclaredRecord = { at, declaration, parent, dataset, table, tableAt, columns, conditions };
  const children = Object.entries(declaration.children ?? {}).flatMap(([child, each]) =>
    recordsOf(each, child, [...at, 'children', child], { dataset, made, parent: own }),
  );
  return [own, ...children];
}

function conditionsOf(declaration: DeclaredRecord['declaration'], at: readonly string[]): readonly DeclaredCondition[] {
  const { when } = declaration;
  const own: readonly DeclaredCondition[] =
    when === undefined ? [] : [{ place: [...at, 'when'], condition: when, of: 'when' }];
  const named = (['skip', 'check'] as const).flatMap((of) => {
    const rules = of in declaration ? (declaration as DatasetDeclaration)[of] : undefined;
    return Object.entries(rules ?? {}).map(([name, condition]) => ({ place: [...at, of, name], condition, of }));
  });
  return [...own, ...named];
}
