import type { Column, KeyLink } from '../schema/table.ts';
import { bareName } from '../schema/table-place.ts';
import type { LinkPlan } from './plan.ts';
import type { Problems } from './problem.ts';
import type { AnyRecord, Parent, Place } from './record-draft.ts';
import { singular } from './spellings.ts';
import { addColumn, RECORD_KEY, type TableDraft } from './table-draft.ts';

interface Link {
  readonly declaration: AnyRecord;
  readonly table: TableDraft;
  readonly parent: Parent;
  readonly at: Place;
}

/** The columns by which a row of a child table names its parent, and the row at the root of both. */
export function buildLinks(link: Link, problems: Problems): readonly LinkPlan[] {
  const { declaration, table, parent: around, at } = link;
  const { table: parent, root } = around;
  const byParent = new Map(Object.entries(linkIn(declaration)).map(([own, column]) => [column, own]));
  const inherited = new Set(parent.belongsTo?.by);
  const nameOf = (column: string): string =>
    byParent.get(column) ?? (inherited.has(column) ? column : `${singular(bareName(parent.name))}_${column}`);
  const parentKey = parent.key ?? [RECORD_KEY];
  const toRoot = (parent.belongsTo?.by ?? parentKey).filter((column) => !parentKey.includes(column));
  const links = [...toRoot, ...parentKey].map((column) => ({ column: nameOf(column), parent: column }));
  for (const { column, parent: key } of links) {
    const target = parent.columns.get(key) ?? { type: 'text' as const, max: 64 };
    const { references: _target, default: _standard, numbered: _numbered, keepsWhenNull: _keeps, ...own } = target;
    const isAlone = parentKey.length === 1 && parentKey[0] === key;
    const references = isAlone ? { table: parent.name, column: key, onDelete: 'cascade' as const } : undefined;
    const isNull = parent.key === undefined;
    const declared = { ...own, ...(!isNull && { notNull: true as const }), ...(references && { references }) };
    addColumn(table, column, declared, at, problems);
  }
  if (parentKey.length > 1 && parent !== table)
    table.foreignKeys.push({
      columns: parentKey.map(nameOf),
      table: parent.name,
      to: parentKey,
      onDelete: 'cascade',
    });
  const rootKey = root.key ?? [RECORD_KEY];
  table.belongsTo = { table: root.name, by: (parent.belongsTo?.by ?? rootKey).map((column) => nameOf(column)) };
  noteKeyLink(link, links, problems);
  return links;
}

/** The table may hold a key of its parent that the database makes, in place of these columns. */
function noteKeyLink(
  { declaration, table, parent: { table: parent }, at }: Link,
  links: readonly LinkPlan[],
  problems: Problems,
): void {
  const [name, to] = Object.entries(linkIn(declaration)).find(([, column]) => isMade(parent.columns.get(column))) ?? [];
  const target = parent.columns.get(to ?? '');
  if (name === undefined || to === undefined || target === undefined) {
    if (parent.link !== undefined)
      problems.add(
        at,
        `rows of ${parent.name} are named by a key that the database makes: give it a column, such as \`id: identity\`, and write \`link: { ${singular(bareName(parent.name))}_id: id }\` here`,
      );
    return;
  }
  const place = [...at, 'link', name];
  if (parent === table) problems.add(place, 'rows of the same table are linked by their own key: leave this out');
  if (name in declaration.columns) problems.add([...at, 'columns', name], 'the link fills this column: leave it out');
  const { isApplications: _written, default: _standard, ...type } = target;
  const references = { table: parent.name, column: to, onDelete: 'cascade' as const };
  const column: Column = { ...type, type: typeOf(target), notNull: true, references };
  const link: KeyLink = { name, column, table: parent.name, to, by: links.map((each) => [each.column, each.parent]) };
  if (table.link !== undefined && JSON.stringify(table.link) !== JSON.stringify(link))
    problems.add(place, `another dataset links the rows of ${table.name} otherwise`);
  table.link = link;
}

/** The source says nothing of it. */
function isMade(column: Column | undefined): boolean {
  return column?.type === 'identity' || column?.isApplications === true;
}

function typeOf({ type }: Column): Column['type'] {
  return type === 'identity' ? 'integer' : type;
}

function linkIn(declaration: AnyRecord): Readonly<Record<string, string>> {
  return 'link' in declaration ? (declaration.link ?? {}) : {};
}
