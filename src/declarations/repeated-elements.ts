import type { RecordAccount } from '../datasets/account.ts';
import { folded } from '../schema/fold.ts';
import { rowLayout, type Table } from '../schema/table.ts';
import type { ChildPlan, RecordPlan } from './plan.ts';
import type { ReadRecord } from './record-reader.ts';

/** Answers a record in which no two elements are the same row; what contradicts that goes into the account. */
type WithoutRepeats = (record: ReadRecord, account: RecordAccount) => ReadRecord;

/**
 * Of elements with one key, equal ones are one row, and counted; different ones reject the record. A database would refuse it,
 * and could not say where they are.
 */
export function compileWithoutRepeats(plan: RecordPlan): WithoutRepeats {
  const all = allChildren(plan);
  const doubtful = all.filter((child) => mayRepeat(child, plan));
  if (doubtful.length === 0) return (record) => record;
  const dropping = compileDropping(plan);
  const areDirect = doubtful.every((child) => plan.children.includes(child) && !isShared(child, all));
  const repeats = areDirect
    ? doubtful.map((child) => compileRepeats(child, plan.children.indexOf(child)))
    : [() => true];
  return (record, account) => (repeats.some((test) => test(record)) ? dropping(record, new Map(), account) : record);
}

/** Whether a record has two elements of one key: most have none. Within it their own key tells them apart. */
function compileRepeats(child: ChildPlan, index: number): (record: ReadRecord) => boolean {
  const links = new Set(child.links.map(({ column }) => column));
  const textOf = compileText(
    child,
    child.table.naturalKey.filter((name) => !links.has(name)),
  );
  return ({ children }) => {
    const rows = children[index] ?? [];
    return rows.length > 1 && new Set(rows.map(textOf)).size < rows.length;
  };
}

function isShared({ table }: ChildPlan, all: readonly ChildPlan[]): boolean {
  return all.filter((other) => other.table === table).length > 1;
}

function allChildren({ children }: RecordPlan): readonly ChildPlan[] {
  return children.flatMap((child) => [child, ...allChildren(child)]);
}

/**
 * Whether two elements of a record may have one key: unless the key holds all that tells their places apart, which is the link, what
 * is captured on the way, and the position in a list.
 */
function mayRepeat(child: ChildPlan, root: RecordPlan): boolean {
  const { table, links, columns, path } = child;
  const key = new Set(table.naturalKey);
  const filled = (of: 'capture' | 'position', name?: string): boolean =>
    columns.some(
      (column) =>
        key.has(column.name) &&
        column.sources.length === 1 &&
        column.sources.every((source) => source.of === of && (source.of !== 'capture' || source.name === name)),
    );
  const isPlaced =
    links.every(({ column }) => key.has(column)) &&
    path.captures.every((name) => filled('capture', name)) &&
    (path.steps.at(-1)?.to !== 'elements' || filled('position')) &&
    path.steps.slice(0, -1).every(({ to }) => to !== 'elements');
  return !isPlaced || isShared(child, allChildren(root));
}

/** The rows of each table that were met in the record, by their key. */
type Seen = Map<Table, Map<string, ReadRecord>>;

function compileDropping(plan: RecordPlan): (record: ReadRecord, seen: Seen, account: RecordAccount) => ReadRecord {
  const children = plan.children.map((child) => {
    const { naturalKey } = child.table;
    return {
      table: child.table,
      textOf: compileText(child, naturalKey),
      isSame: compileSame(child),
      dropping: compileDropping(child),
    };
  });
  return (record, seen, account) => {
    const kept = children.map(({ table, textOf, isSame, dropping }, index) => {
      const known = seen.get(table) ?? new Map<string, ReadRecord>();
      seen.set(table, known);
      return (record.children[index] ?? []).flatMap((row) => {
        const key = textOf(row);
        const earlier = known.get(key);
        if (earlier === undefined) {
          known.set(key, row);
          return [dropping(row, seen, account)];
        }
        if (isSame(earlier, row)) account.drop('repeated-element');
        else account.reject('conflicting-duplicate', row.pointer, conflict(earlier));
        return [];
      });
    });
    return { ...record, children: kept };
  };
}

function conflict({ pointer }: ReadRecord): string {
  return `the element at ${pointer} of the record has the same key and other content`;
}

function compileSame(plan: ChildPlan): (one: ReadRecord, other: ReadRecord) => boolean {
  const textOf = compileText(plan, rowLayout(plan.table).names);
  const below = plan.children.map(compileSame);
  return (one, other) =>
    textOf(one) === textOf(other) &&
    below.every((isSame, index) => {
      const [rows, others] = [one.children[index] ?? [], other.children[index] ?? []];
      return rows.length === others.length && rows.every((row, at) => isSame(row, others[at] ?? row));
    });
}

/** Cells as text: what a column holds until it is looked up is compared as it is looked up. */
function compileText({ columns }: ChildPlan, names: readonly string[]): (row: ReadRecord) => string {
  const folds = new Set(columns.flatMap(({ name, named }) => (named?.fold ? [name] : [])));
  const textIn = ({ cells }: ReadRecord, name: string): string | null => {
    const value = cells.get(name);
    if (value === null) return null;
    return folds.has(name) ? folded(String(value)) : String(value);
  };
  const [only = '', ...others] = names;
  // Most keys are one text, which needs no list; NUL is in no text, so it stands for NULL.
  if (others.length === 0) return (row) => textIn(row, only) ?? '\0';
  return (row) => JSON.stringify(names.map((name) => textIn(row, name)));
}
