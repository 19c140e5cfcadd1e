import { type Column, column, type ForeignKey, foreignKeysOf, type Table } from './table.ts';

/** A table whose rows load, are verified and are taken back one by one, each with the rows that belong to it. */
export interface TableGroup {
  readonly root: Table;
  /** In order of reference. */
  readonly children: readonly Table[];
}

/** A foreign key to a declared table, with the columns that it leads to. */
export interface DeclaredKey extends Required<Pick<ForeignKey, 'columns' | 'to'>> {
  readonly target: Table;
}

/** What a column holds of a row that has another name outside of the database. */
export interface NamedColumn {
  readonly table: Table;
  /** The column that names it inside: a generated key, or what a declaration chose. */
  readonly name: string;
  /** What names it outside. Default: its natural key. */
  readonly by?: string;
  /** A value without such a row stands for itself. */
  readonly keepsOrphans?: true;
}

/** The tables of a run, frozen. */
export class DeclaredTables {
  /** In order of reference: every table stands after those that it refers to, but for deferred keys. */
  readonly list: readonly Table[];
  /** Whose rows are the owners of other rows. An owner who is missing gets a row with nothing but its key. */
  readonly owners: Table | undefined;
  /** In order of reference. */
  readonly groups: readonly TableGroup[];
  private readonly byName: ReadonlyMap<string, Table>;
  private readonly numbers: ReadonlyMap<Table, number>;
  private readonly keys: ReadonlyMap<Table, readonly DeclaredKey[]>;
  private readonly named: ReadonlyMap<Table, ReadonlyMap<string, NamedColumn>>;

  /** Where a table is declared, for people: a file and its line. */
  readonly placeOf: (table: Table) => string | undefined;

  /** Throws where a table refers to itself or to a later one by a key that is not deferred. */
  constructor(list: readonly Table[], placeOf: DeclaredTables['placeOf'] = () => undefined) {
    this.placeOf = placeOf;
    this.list = Object.freeze([...list]);
    this.owners = list.find(({ holdsOwners }) => holdsOwners);
    this.byName = new Map(list.map((table) => [table.name, table]));
    const roots = list.filter(({ belongsTo }) => belongsTo === undefined);
    this.groups = Object.freeze(
      roots.map((root) => ({ root, children: list.filter(({ belongsTo }) => belongsTo?.table === root.name) })),
    );
    this.numbers = new Map(this.groups.map(({ root }, number) => [root, number]));
    this.keys = new Map(list.map((table) => [table, this.findKeys(table)]));
    this.named = new Map(list.map((table) => [table, this.findNamed(table)]));
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

  /** How a column reads outside of the database: not as it is stored where its value says nothing there. */
  readColumn(table: Table, name: string): Column {
    const named = this.namedBy(table, name);
    if (named === undefined) return column(table, name);
    return named.by === undefined ? { type: 'text' } : column(named.table, named.by);
  }

  /** The foreign keys of a table that lead to declared ones: those of single columns first. */
  keysOf(table: Table): readonly DeclaredKey[] {
    return this.keys.get(table) ?? this.findKeys(table);
  }

  /** The row that a column names by a value that says nothing outside of its database, through however many foreign keys. */
  namedBy(table: Table, name: string): NamedColumn | undefined {
    return this.named.get(table)?.get(name);
  }

  private findKeys(table: Table): readonly DeclaredKey[] {
    return foreignKeysOf(table).flatMap(({ columns, table: name, to, deferred }): DeclaredKey[] => {
      const target = this.find(name);
      if (target === undefined) return [];
      const isBefore = this.list.indexOf(target) < this.list.indexOf(table);
      if (this.list.includes(table) && !isBefore && !deferred)
        throw new TypeError(
          `${table.name} refers to ${name}, which does not come before it, and the key is not deferred`,
        );
      return [{ columns, target, to: to ?? target.primaryKey }];
    });
  }

  private findNamed(table: Table): ReadonlyMap<string, NamedColumn> {
    const found = Object.keys(table.columns).flatMap((name): [string, NamedColumn][] => {
      const named = this.follow(table, name, new Set());
      return named === undefined ? [] : [[name, named]];
    });
    return new Map(found);
  }

  private follow(table: Table, name: string, seen: Set<string>): NamedColumn | undefined {
    const place = `${table.name}.${name}`;
    if (seen.has(place)) return undefined;
    seen.add(place);
    const { names } = column(table, name);
    const declared = names && this.find(names.table);
    if (names && declared) {
      const { column: inside, by, keepsOrphans } = names;
      return { table: declared, name: inside, by, ...(keepsOrphans && { keepsOrphans }) };
    }
    for (const { columns, target, to } of this.keysOf(table)) {
      const referred = to[columns.indexOf(name)];
      if (referred === undefined) continue;
      if (column(target, referred).type === 'identity') return { table: target, name: referred };
      const further = this.follow(target, referred, seen);
      if (further) return further;
    }
    return undefined;
  }
}
