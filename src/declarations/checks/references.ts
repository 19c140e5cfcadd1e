import type { Column, Table } from '../../schema/table.ts';
import type { Problems } from '../problem.ts';
import { noColumn, noTable } from '../unknown-name.ts';
import type { Declared, DeclaredColumn, DeclaredRecord } from './declared.ts';

/** What columns refer to: a key, or another column that is unique; and no circle without an order. */
export function checkReferences(declared: Declared, problems: Problems): void {
  for (const record of declared.records) {
    for (const column of record.columns) checkReference(record, column, declared, problems);
  }
  checkGroups(declared, problems);
  checkCircles(declared, problems);
}

/** What is said of a reference, and of nothing else. */
const OF_REFERENCES = ['by', 'found_by', 'fold', 'make', 'orphans', 'on_delete', 'deferred'] as const;

function checkReference(
  record: DeclaredRecord,
  { name, full, type }: DeclaredColumn,
  { made }: Declared,
  problems: Problems,
): void {
  const { at } = record;
  const own = [...at, 'columns', name];
  const { references, by, required } = full;
  if (references === undefined) {
    for (const key of OF_REFERENCES) {
      if (full[key] !== undefined) problems.add([...own, key], 'this is said of a reference: write `references:`, too');
    }
    return;
  }
  for (const key of ['orphans', 'on_delete'] as const) {
    if (required && full[key] === 'set_null')
      problems.add([...own, key], 'the column is required, and cannot become NULL: leave one out');
  }
  for (const key of ['deferred', 'on_delete'] as const) {
    if (full.orphans === 'keep' && full[key] !== undefined)
      problems.add([...own, key], 'with `orphans: keep` there is no constraint: leave one out');
  }
  const dot = references.lastIndexOf('.');
  if (dot < 1) return;
  const [table, column] = [references.slice(0, dot), references.slice(dot + 1)];
  const target = made.get(table);
  const place = [...own, 'references'];
  if (target === undefined) {
    problems.add(place, noTable(table, made.keys()));
    return;
  }
  if (namesParent(record, full, { table, column })) {
    const there = target.naturalKey.includes(column) ? '' : `, with \`${column}: identity\` there`;
    problems.add(
      own,
      `the row of ${table} is stored together with its children: leave this column out, and write \`link: { ${name}: ${column} }\` for these${there}`,
    );
  }
  const isKept = full.orphans === 'keep';
  for (const each of by === undefined ? [column] : [column, by]) {
    const here = each === column ? place : [...own, 'by'];
    if (target.columns[each] === undefined) problems.add(here, noColumn(table, each, Object.keys(target.columns)));
    // What a record names may be there twice: then it is told which record that was.
    else if (each === column && !isKept && !isUnique(target, [each]))
      problems.add(here, `${table}.${each} may be there twice: make it the key, or write \`unique: true\` there`);
  }
  const wanted = target.columns[column];
  if (wanted && type && !isKept && by === undefined && plainType(wanted) !== plainType(type.column))
    problems.add(place, `${table}.${column} is ${plainType(wanted)}, and this column ${plainType(type.column)}`);
}

/** The row above, which comes together with this one, by another column than the one that is stored. */
function namesParent(
  { parent }: DeclaredRecord,
  { from, by = '' }: DeclaredColumn['full'],
  { table, column }: { readonly table: string; readonly column: string },
): boolean {
  return parent?.table === table && by !== column && String(from) === `$parent.${by}`;
}

/** What an identity numbers is an integer. */
function plainType({ type }: Pick<Column, 'type'>): string {
  return type === 'identity' ? 'integer' : type;
}

/** References of several columns. */
function checkGroups({ tables, made }: Declared, problems: Problems): void {
  for (const [name, { references = [] }] of Object.entries(tables)) {
    for (const [index, { columns, to }] of references.entries()) {
      const at = ['tables', name, 'references', index, 'to'];
      const [, table = '', inside = ''] = /^([^()]+)\(([^()]+)\)$/.exec(to) ?? [];
      const names = inside.split(',').map((each) => each.trim());
      const target = made.get(table.trim());
      if (table === '') problems.add(at, 'write the table and its columns: "orders(customer_id, number)"');
      else if (target === undefined) problems.add(at, noTable(table, made.keys()));
      else if (names.length !== columns.length)
        problems.add(at, `there are ${columns.length} columns here, and ${names.length} there: write as many`);
      else {
        const unknown = names.find((each) => target.columns[each] === undefined);
        if (unknown !== undefined) problems.add(at, noColumn(table, unknown, Object.keys(target.columns)));
        else if (!isUnique(target, names))
          problems.add(at, `rows of ${table} may be alike in these columns: make them the key, or write \`unique:\``);
      }
    }
  }
}

function isUnique({ primaryKey, naturalKey, unique = [] }: Table, names: readonly string[]): boolean {
  const wanted = String(names.toSorted());
  return [primaryKey, naturalKey, ...unique].some((columns) => String(columns.toSorted()) === wanted);
}

interface Arrow {
  readonly from: string;
  readonly to: string;
  /** Of a reference; undefined for the link of a child to its parent. */
  readonly at: readonly (string | number)[] | undefined;
}

/** A row cannot come both after and before the one that it refers to. */
function checkCircles(declared: Declared, problems: Problems): void {
  const all = [...declared.records.flatMap((record) => arrowsOf(record, declared)), ...groupArrows(declared)];
  const arrows = Map.groupBy(all, ({ from }) => from);
  const done = new Set<string>();
  const visit = (table: string, way: readonly Arrow[]): void => {
    for (const arrow of arrows.get(table) ?? []) {
      const begin = [...way, arrow].findIndex(({ from }) => from === arrow.to);
      const circle = begin === -1 ? [] : [...way, arrow].slice(begin);
      const last = circle.findLast(({ at }) => at !== undefined);
      if (last?.at !== undefined) problems.add(last.at, circleWords(circle));
      else if (begin === -1 && !done.has(arrow.to)) visit(arrow.to, [...way, arrow]);
    }
    done.add(table);
  };
  for (const table of arrows.keys()) if (!done.has(table)) visit(table, []);
}

/** What must be there before a row of the record. */
function arrowsOf({ at, table, columns, parent }: DeclaredRecord, { made }: Declared): readonly Arrow[] {
  const references = columns.flatMap(({ name, full: { references = '', deferred, orphans } }): Arrow[] => {
    const to = references.slice(0, references.lastIndexOf('.'));
    if (deferred || orphans === 'keep' || !made.has(to)) return [];
    return [{ from: table, to, at: [...at, 'columns', name, 'references'] }];
  });
  return parent === undefined ? references : [{ from: table, to: parent.table, at: undefined }, ...references];
}

function groupArrows({ tables, made }: Declared): readonly Arrow[] {
  return Object.entries(tables).flatMap(([from, { references = [] }]) =>
    references.flatMap(({ to, deferred }, index): Arrow[] => {
      const table = /^([^()]+)\(/.exec(to)?.[1]?.trim() ?? '';
      return deferred || !made.has(table) ? [] : [{ from, to: table, at: ['tables', from, 'references', index] }];
    }),
  );
}

function circleWords(circle: readonly Arrow[]): string {
  const [first] = circle;
  const what =
    circle.length === 1
      ? 'rows of the table refer to each other'
      : `${circle.map(({ from }) => from).join(' → ')} → ${first?.from} is a circle`;
  return `${what}: write \`deferred: true\` here`;
}
