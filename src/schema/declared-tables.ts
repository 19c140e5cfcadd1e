import { type Column, column, hasGeneratedKey, type Table } from './table.ts';

/** A table whose rows load, are verified and are taken back one by one, each with the rows that belong to it. */
export interface TableGroup {
  readonly root: Table;
  /** In order of reference. */
  readonly children: readonly Table[];
}

/** The tables of a run, frozen. */
export class DeclaredTables {
  /** In order of reference: every table stands after those that it refers to. */
  readonly list: readonly Table[];
  /** Whose rows are the owners of other rows. An owner who is missing gets a row with nothing but its key. */
  readonly owners: Table | undefined;
  /** In order of reference. */
  readonly groups: readonly TableGroup[];
  private readonly byName: ReadonlyMap<string, Table>;
  private readonly numbers: ReadonlyMap<Table, number>;

  constructor(list: readonly Table[], owners?: Table) {
    this.list = Object.freeze([...list]);
    this.owners = owners;
    this.byName = new Map(list.map((table) => [table.name, table]));
    const roots = list.filter(({ belongsTo }) => belongsTo === undefined);
    this.groups = Object.freeze(
      roots.map((root) => ({ root, children: list.filter(({ belongsTo }) => belongsTo?.table === root.name) })),
    );
    this.numbers = new Map(this.groups.map(({ root }, number) => [root, number]));
    Object.freeze(this);
  }

  find(name: string): Table | undefined {
    return this.byName.get(name);
  }

  /** For a name that this program wrote itself. */
  get(name: string): Table {
    const table = this.find(name);
    if (table === undefined) throw new TypeError(`no table ${name} is declared`);
    return table;
  }

  /** The table of the rows that rows of this one belong to. */
  rootOf({ belongsTo }: Table): Table | undefined {
    return belongsTo && this.find(belongsTo.table);
  }

  groupOf(root: Table): TableGroup {
    const group = this.groups[this.groupNumber(root)];
    if (group === undefined) throw new TypeError(`the rows of ${root.name} belong to those of another table`);
    return group;
  }

  /** The place of a root among the groups: how prints tell where a row belongs. -1 for what is no root. */
  groupNumber(root: Table | undefined): number {
    return (root && this.numbers.get(root)) ?? -1;
  }

  /** The declared table that a column refers to. */
  referenced({ references }: Pick<Column, 'references'>): Table | undefined {
    return references && this.find(references.table);
  }

  /** Such a column holds a value that says nothing outside of its database. */
  refersToGeneratedKey(table: Table, name: string): boolean {
    const target = this.referenced(column(table, name));
    return target !== undefined && hasGeneratedKey(target);
  }
}
