import { column, type Table } from '../../schema/table.ts';
import type { HoldingColumn } from '../misfit.ts';
import { typeOf, unlimitedType } from './ddl.ts';
import type { Form } from './form.ts';

export interface StoredColumn extends HoldingColumn {
  readonly form: Form;
  /** The type of staged and looked up values. */
  readonly type: string;
}

/** A key of the row above: see `KeyLink`. */
export interface StoredLink {
  /** The column of the table. */
  readonly name: string;
  /** What it stands for, as the row above holds it. */
  readonly columns: ReadonlyMap<string, StoredColumn>;
}

/** What a link asks of the table of the rows above. */
interface LinkedTable {
  readonly columns: ReadonlyMap<string, StoredColumn>;
  readonly link: StoredLink | undefined;
  readonly absent: readonly string[];
}

/** What a table holds in place of the columns that name the row above. `above`: how the table of that row holds them. */
export function storedLink(
  table: Table,
  matched: ReadonlyMap<string, { readonly name: string }>,
  above: LinkedTable | undefined,
): StoredLink | undefined {
  const { link } = table;
  const stored = link && matched.get(link.name)?.name;
  if (link === undefined || stored === undefined || above === undefined) return undefined;
  if (link.by.some(([, name]) => above.absent.includes(name))) return undefined;
  const columns = link.by.map(([own, name]): [string, StoredColumn] => {
    const held = above.columns.get(name) ?? above.link?.columns.get(name);
    const declared = column(table, own);
    const kept = { form: {}, type: unlimitedType(declared), words: typeOf(declared), notNull: true };
    return [own, { ...(held ?? kept), name: own }];
  });
  return { name: stored, columns: new Map(columns) };
}
