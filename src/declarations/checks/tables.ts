import { canonicalJson } from '../../json/canonical.ts';
import { bareName } from '../../schema/table-place.ts';
import { declaredKey } from '../declared-key.ts';
import type { Problems } from '../problem.ts';
import { columnNameProblem, isNumbered, RECORD_KEY } from '../table-draft.ts';
import { noColumn } from '../unknown-name.ts';
import type { Declared, DeclaredRecord } from './declared.ts';

/** Names of tables and columns, and columns that other constructs name. */
export function checkTables(declared: Declared, problems: Problems): void {
  for (const record of declared.records) {
    checkNamedColumns(record, declared, problems);
    checkRest(record, problems);
  }
  checkDeclaredTables(declared, problems);
  checkShared(declared, problems);
  checkLetters(declared, problems);
}

/** Columns of the row that others are made of, or that say whose it is. */
function checkNamedColumns(
  { at, declaration, table, columns, parent }: DeclaredRecord,
  declared: Declared,
  problems: Problems,
): void {
  const names = new Set(Object.keys(declared.made.get(table)?.columns ?? {}));
  const above = Object.keys(declared.made.get(parent?.table ?? '')?.columns ?? {});
  const need = (name: string, place: readonly string[]): void => {
    if (!names.has(name)) problems.add(place, noColumn(table, name, names));
    else if (columns.some((each) => each.name === name && each.full.owned_by))
      problems.add(place, `only the application writes ${name}: name a column that a load fills`);
  };
  if ('owner' in declaration && declaration.owner !== undefined) need(declaration.owner, [...at, 'owner']);
  if ('duplicates' in declaration && typeof declaration.duplicates === 'object')
    need(declaration.duplicates.latest, [...at, 'duplicates', 'latest']);
  if ('link' in declaration && parent !== undefined) {
    const key = declared.made.get(parent.table)?.naturalKey ?? [];
    for (const [own, column] of Object.entries(declaration.link ?? {})) {
      if (!key.includes(column) && declared.made.get(table)?.link?.name !== own)
        problems.add(
          [...at, 'link', own],
          `a link names the key of ${parent.table}, which is ${key.join(', ')}, or a column of it that the database fills, such as \`id: identity\``,
        );
    }
  }
  for (const { name, full } of columns) {
    const own = [...at, 'columns', name];
    for (const part of full.uuid5 ?? []) need(part, [...own, 'uuid5']);
    if (full.derive === undefined) continue;
    if (!full.derive.startsWith('$')) need(full.derive, [...own, 'derive']);
    else if (!full.derive.startsWith('$parent.'))
      problems.add([...own, 'derive'], 'a value is derived from a column of the row, or from $parent.column');
    if (full.derive === name) problems.add([...own, 'derive'], 'a column is not derived from itself');
    const column = full.derive.slice('$parent.'.length);
    if (full.derive.startsWith('$parent.') && parent !== undefined && !above.includes(column))
      problems.add([...own, 'derive'], noColumn(parent.table, column, above));
  }
}

function checkRest({ at, declaration, columns }: DeclaredRecord, problems: Problems): void {
  const problem = typeof declaration.rest === 'string' ? columnNameProblem(declaration.rest) : undefined;
  if (problem !== undefined) problems.add([...at, 'rest'], problem);
  for (const { name, full } of columns) {
    const { kind } = full;
    if (kind === undefined) continue;
    const place = [...at, 'columns', name, 'kind'];
    if (columns.some((other) => other.name === kind))
      problems.add(place, `the column ${kind} is declared, too: name one that nothing else fills`);
    if (kind === (declaration.rest ?? 'extra')) problems.add(place, `${kind} takes the members without a column`);
  }
  if (declaredKey(declaration) === undefined && columns.some(({ name }) => name === RECORD_KEY))
    problems.add(
      [...at, 'columns', RECORD_KEY],
      'a table without a key has such a column of its own: choose another name',
    );
}

function checkDeclaredTables({ tables, made }: Declared, problems: Problems): void {
  const [, ...others] = Object.entries(tables).filter(([, { owners }]) => owners);
  for (const [name] of others)
    problems.add(['tables', name, 'owners'], 'another table has the owners of rows already: leave one of them out');
  for (const [name, { primary_key = [], unique = [], indexes = [], references = [], owners }] of Object.entries(
    tables,
  )) {
    if (owners && made.get(name)?.naturalKey.length !== 1)
      problems.add(['tables', name, 'owners'], 'an owner is named by one column: write `key:` with that alone');
    const { link } = made.get(name) ?? {};
    const columns = [...Object.keys(made.get(name)?.columns ?? {}), ...(link === undefined ? [] : [link.name])];
    if (columns.length === 0) continue;
    const need = (column: string, place: readonly (string | number)[]): void => {
      if (!columns.includes(column)) problems.add(['tables', name, ...place], noColumn(name, column, columns));
    };
    for (const column of primary_key) need(column, ['primary_key']);
    const numbered = Object.entries(made.get(name)?.columns ?? {}).find(isNumbered)?.[0];
    if (numbered !== undefined && primary_key.length > 0 && String(primary_key) !== numbered)
      problems.add(['tables', name, 'primary_key'], `the database numbers rows by ${numbered}, which is the key then`);
    for (const [index, group] of unique.entries()) for (const column of group) need(column, ['unique', index]);
    for (const [index, group] of indexes.entries())
      for (const column of group) need(column.replace(/^-/, ''), ['indexes', index]);
    for (const [index, key] of references.entries())
      for (const column of key.columns) need(column, ['references', index, 'columns']);
  }
}

/** Several records feed one table where they agree about its key and its columns. */
function checkShared({ records }: Declared, problems: Problems): void {
  const first = new Map<string, DeclaredRecord>();
  for (const record of records) {
    const known = first.get(record.table);
    if (known === undefined) {
      first.set(record.table, record);
      continue;
    }
    const other = known.at.slice(1).join('.');
    if (kindOfKey(known) !== kindOfKey(record))
      problems.add(record.tableAt, `${other} feeds the table ${record.table} under another key: choose another name`);
    if (canonicalJson(restOf(known)) !== canonicalJson(restOf(record)))
      problems.add(
        [...record.at, 'rest'],
        `${other} feeds the same table, and what it has no column for goes elsewhere`,
      );
  }
}

function kindOfKey({ declaration }: DeclaredRecord): string {
  return declaredKey(declaration) === undefined ? (declaration.key ?? []).toString() : 'columns';
}

function restOf({ declaration: { rest = 'extra' } }: DeclaredRecord): string {
  return typeof rest === 'string' ? rest : 'ignore';
}

/** SQLite does not tell `Id` from `id`. */
function checkLetters({ records }: Declared, problems: Problems): void {
  const tables = new Map<string, string>();
  for (const { table, tableAt, at, columns, declaration } of records) {
    const known = tables.get(table.toLowerCase()) ?? table;
    tables.set(table.toLowerCase(), known);
    if (known !== table) problems.add(tableAt, `SQLite does not tell ${table} from ${known}: choose another name`);
    if (/^migrate_json_/i.test(bareName(table)))
      problems.add(tableAt, 'names that begin with migrate_json_ are of the bookkeeping');
    const names = new Map<string, string>();
    if (typeof (declaration.rest ?? 'extra') === 'string') names.set('extra', 'extra');
    for (const { name } of columns) {
      const same = names.get(name.toLowerCase()) ?? name;
      names.set(name.toLowerCase(), same);
      if (same !== name) problems.add([...at, 'columns', name], `SQLite does not tell ${name} from ${same}`);
    }
  }
}
