import type { Way } from '../json/pointer.ts';
import { type Column, column, type Table } from '../schema/table.ts';
import { similarName } from '../system/similar-name.ts';
import type { ColumnDeclaration } from './language.ts';
import type { ColumnPlan, LinkPlan, MadeColumn, Named, NamedReferencePlan } from './plan.ts';
import type { Problems } from './problem.ts';
import { Misspelt, readSource } from './source.ts';
import { type TableDraft, tableDraft, tableNameProblem } from './table-draft.ts';

// References by what a source file knows of a row, such as `by: email`: they are looked up, because the column stores something else.

type Place = readonly string[];

/** The columns of the records that a table is made of, by its name. */
type ColumnsOf = (table: string) => Readonly<Record<string, string | ColumnDeclaration>> | undefined;

export function targetOf(references: string): { readonly table: string; readonly column: string } {
  const dot = references.lastIndexOf('.');
  return { table: references.slice(0, dot), column: references.slice(dot + 1) };
}

/** Undefined for a column that holds what it refers to, so that the database can check it by itself. */
export function namedOf(
  full: ColumnDeclaration,
  columnsOf: ColumnsOf,
  typeOf: (full: ColumnDeclaration) => string | undefined,
  at: Place,
  problems: Problems,
): Named | undefined {
  const { references, by, fold, make = false, orphans = 'reject', type, required, derive } = full;
  const isNamed = by !== undefined || make !== false || orphans === 'set_null' || fold !== undefined;
  if (references === undefined) {
    if (isNamed) problems.add(at, 'by, make, fold and orphans belong to a reference: write `references: table.column`');
    return undefined;
  }
  if (!isNamed || references.lastIndexOf('.') < 1) return undefined;
  const { table, column: stored } = targetOf(references);
  const name = by ?? stored;
  const target = columnsOf(table);
  const typeIn = (each: string): string | undefined => {
    const declared = target?.[each];
    if (declared === undefined) return undefined;
    return typeof declared === 'string' ? declared : (declared.type ?? typeOf(declared) ?? 'text');
  };
  const reads = typeIn(name) ?? type ?? 'text';
  // The key that the database generates where nothing of the table says one.
  const isGenerated = target?.[stored] === undefined && stored !== name;
  const own = isGenerated ? 'identity' : (typeIn(stored) ?? reads);
  const add = (message: string): void => problems.add(at, message);
  if (target && target[name] === undefined) add(`the table ${table} has no column ${name}: name one in \`by\``);
  if (type !== undefined && type !== reads)
    add(`the value is read as ${table}.${name} is declared: leave out \`type\``);
  if (fold !== undefined && !reads.startsWith('text')) add('`fold: case` is for texts');
  if (required && orphans === 'set_null') add('`required` and `orphans: set_null` contradict each other');
  if (derive !== undefined) add('a reference that is looked up takes a member: `derive` cannot fill it');
  if (orphans === 'keep' && make !== false) add('`make` leaves no orphans to keep');
  const stores = own === 'identity' ? 'integer' : own;
  if (orphans === 'keep' && stores !== reads)
    add(`\`orphans: keep\` stores the value itself, but ${references} is ${own} and ${table}.${name} is ${reads}`);
  return {
    table,
    column: stored,
    by: name,
    fold: fold !== undefined,
    orphans,
    make: make === false ? undefined : sourcesOf(make === true ? {} : make, at, problems),
    reads: reads === 'identity' ? 'integer' : reads,
    stores,
  };
}

function sourcesOf(make: Readonly<Record<string, string>>, at: Place, problems: Problems): NonNullable<Named['make']> {
  return Object.entries(make).flatMap(([name, text]) => {
    const source = readSource(text);
    if (source instanceof Misspelt) problems.add([...at, 'make', name], source.problem);
    return source instanceof Misspelt ? [] : [{ name, source }];
  });
}

/** What the table says of such a column: the constraint, unless orphans are kept, and what names the row outside. */
export function namesOf({ table, column: stored, by, orphans }: Named): Pick<Column, 'names'> {
  const keeps = orphans === 'keep' && { keepsOrphans: true as const };
  return by === stored ? {} : { names: { table, column: stored, by, ...keeps } };
}

/**
 * Declares the tables that no dataset feeds: of rows that are made, and of rows of the application that are looked up. Where a
 * dataset feeds one, a load may fill rows that were made.
 */
export function declareLookups(
  named: readonly { readonly named: Named; readonly type: Column; readonly at: Place }[],
  drafts: Map<string, TableDraft>,
  problems: Problems,
): void {
  const fed = new Set(drafts.keys());
  for (const { named: each, type, at } of named) {
    const isLookedUp = each.make === undefined && each.by !== each.column && isOfApplication(each.table, fed);
    if (each.make === undefined && !isLookedUp) continue;
    const draft = drafts.get(each.table) ?? tableDraft(each.table, at);
    if (isLookedUp) draft.isApplications = !draft.isMade;
    else [draft.isMade, draft.isApplications] = [true, false];
    if (fed.has(each.table)) continue;
    const problem = tableNameProblem(each.table);
    if (problem !== undefined) problems.add(at, problem);
    drafts.set(each.table, draft);
    if (each.column !== each.by) draft.columns.set(each.column, { type: 'identity' });
    const { names: _names, references: _references, notNull: _required, ...plain } = type;
    draft.columns.set(each.by, { ...plain, notNull: true });
    draft.key ??= [each.by];
    for (const { name } of each.make ?? []) if (!draft.columns.has(name)) draft.columns.set(name, { type: 'text' });
  }
}

/** A name that is near to another is a mistake. */
function isOfApplication(table: string, fed: ReadonlySet<string>): boolean {
  return !fed.has(table) && similarName(table, [...fed]) === undefined;
}

/** Whether rows of a table can be made of nothing but these columns. */
export function lookupProblem(table: Table, { by, make = [] }: Named): string | undefined {
  const filled = new Set([by, ...make.map(({ name }) => name)]);
  const unknown = make.find(({ name }) => table.columns[name] === undefined);
  if (unknown) return `the table ${table.name} has no column ${unknown.name}`;
  const needed = Object.entries(table.columns).flatMap(([name, declared]) => {
    const isFilled = filled.has(name) || declared.type === 'identity' || isStandard(declared);
    return isFilled || !(declared.notNull || table.naturalKey.includes(name)) ? [] : [name];
  });
  return needed.length === 0
    ? undefined
    : `no row of ${table.name} can be made without ${needed.join(', ')}: write \`make: { ${needed[0]}: /member }\``;
}

function isStandard({ type, default: standard }: Column): boolean {
  return standard !== undefined && standard !== 'now' && ['text', 'integer', 'real', 'boolean'].includes(type);
}

/** What the database would fill in for a row of the application. */
export function standardOf(declared: Column): string | number | boolean | null {
  return isStandard(declared) ? (declared.default ?? null) : null;
}

/** The references of a record that are looked up: its own, and those of the key of its parent that it takes over. */
export function namedReferences(
  { columns, links }: { readonly columns: readonly ColumnPlan[]; readonly links: readonly LinkPlan[] },
  tables: ReadonlyMap<string, Table>,
  ofParent: readonly NamedReferencePlan[],
): readonly NamedReferencePlan[] {
  const inherited = links.flatMap(({ column: name, parent }) => {
    const found = ofParent.find(({ column: each }) => each === parent);
    return found ? [{ ...found, column: name, make: undefined }] : [];
  });
  const own = columns.flatMap(({ name, named, sources }): NamedReferencePlan[] => {
    const table = named && tables.get(named.table);
    if (!named || !table) return [];
    const { column: answer, by, fold, orphans, make } = named;
    const source = sources.find(({ of }) => of === 'record');
    const way: Way = source?.of === 'record' ? source.way : [];
    const made = make?.flatMap((each): MadeColumn[] =>
      table.columns[each.name] ? [{ ...each, column: column(table, each.name) }] : [],
    );
    return [{ column: name, table, answer, by, fold, orphans, make: made, way }];
  });
  return [...inherited, ...own];
}
