import { createHash } from 'node:crypto';
import { canonicalJson } from '../json/canonical.ts';
import type { Way } from '../json/pointer.ts';
import { pathText, waysMeet } from '../json/split.ts';
import type { JsonValue } from '../json/value.ts';
import type { Column, Table } from '../schema/table.ts';
import { conditionProblems } from './conditions.ts';
import { compileFilePattern, type FilePattern } from './file-pattern.ts';
import { type BackFunction, type ColumnFunction, type Functions, NO_FUNCTIONS } from './functions.ts';
import type {
  ChildDeclaration,
  ColumnDeclaration,
  Condition,
  DatasetDeclaration,
  Declarations,
  RestDeclaration,
} from './language.ts';
import { declareLookups, lookupProblem, namedOf, namedReferences, namesOf, targetOf } from './named.ts';
import type {
  ChildPlan,
  ColumnPlan,
  DatasetPlan,
  LinkPlan,
  Named,
  RecordPlan,
  ReferencePlan,
  RestPlan,
} from './plan.ts';
import { type Problem, Problems } from './problem.ts';
import { Misspelt, type RecordPath, readPath, readSource, type Source } from './source.ts';
import { singular, spellingsOf } from './spellings.ts';
import {
  addColumn,
  finishTable,
  inOrderOfReference,
  nameProblem,
  RECORD_KEY,
  type TableDraft,
  tableDraft,
} from './table-draft.ts';
import { ANY_TEXT, readType } from './types.ts';
import { noColumn, noTable } from './unknown-name.ts';

export interface BuiltDeclarations {
  readonly datasets: readonly DatasetPlan[];
  /** In order of reference. */
  readonly tables: readonly Table[];
  /** Nothing may be made of the others while there are any. */
  readonly problems: readonly Problem[];
}

/** The normal form of declarations, with everything that is wrong with them. */
export function buildDeclarations(declarations: Declarations, functions: Functions = NO_FUNCTIONS): BuiltDeclarations {
  return new Builder(declarations, functions).build();
}

type Place = readonly string[];
type AnyRecord = ChildDeclaration | DatasetDeclaration;

/** A record while its table is not finished yet. */
interface RecordDraft {
  readonly table: TableDraft;
  readonly columns: readonly ColumnPlan[];
  readonly links: readonly LinkPlan[];
  readonly children: readonly ChildDraft[];
  readonly childWays: readonly Way[];
  readonly rest: RestPlan;
}

interface ChildDraft extends RecordDraft {
  readonly path: RecordPath;
  readonly when: Condition | undefined;
}

/** What a child knows of the record around it. */
interface Parent {
  readonly table: TableDraft;
  readonly root: TableDraft;
}

class Builder {
  private readonly declarations: Declarations;
  private readonly functions: Functions;
  private readonly problems = new Problems();
  private readonly drafts = new Map<string, TableDraft>();
  /** References that are looked up. */
  private readonly named: { readonly named: Named; readonly type: Column; readonly at: Place }[] = [];

  constructor(declarations: Declarations, functions: Functions) {
    this.declarations = declarations;
    this.functions = functions;
  }

  build(): BuiltDeclarations {
    const { datasets, tables: declared = {} } = this.declarations;
    const drafts = Object.entries(datasets).map(([name, declaration]) => {
      const at = ['datasets', name];
      const draft = this.record(declaration, name, at, undefined);
      return { name, declaration, at, draft };
    });
    declareLookups(this.named, this.drafts, this.problems);
    for (const name of Object.keys(declared)) {
      if (!this.drafts.has(name)) this.problems.add(['tables', name], noTable(name, this.drafts.keys()));
    }
    const finished = new Map([...this.drafts].map(([name, draft]) => [name, finishTable(draft, declared[name])]));
    this.checkLookups(finished);
    const plans = drafts.map(({ name, declaration, at, draft }) =>
      this.dataset(name, declaration, at, draft, finished),
    );
    const withInside = plans.map((plan) => ({ ...plan, inside: insideOf(plan, plans, datasets) }));
    return { datasets: withInside, tables: inOrderOfReference([...finished.values()]), problems: this.problems.list };
  }

  private dataset(
    name: string,
    declaration: DatasetDeclaration,
    at: Place,
    draft: RecordDraft,
    tables: ReadonlyMap<string, Table>,
  ): DatasetPlan {
    const { files, exclude, records, when, description = '', origin = name, owner, parameters = {} } = declaration;
    const { skip = {}, check = {}, duplicates } = declaration;
    for (const [rule, condition] of Object.entries(skip)) this.condition(condition, [...at, 'skip', rule]);
    for (const [rule, condition] of Object.entries(check)) this.condition(condition, [...at, 'check', rule]);
    if (duplicates !== undefined && declaration.key === undefined)
      this.problems.add([...at, 'duplicates'], 'states of one record have one key: write `key:`');
    if (files === undefined && when === undefined)
      this.problems.add(at, 'say which files it takes: write `files:`, or `when:` for what its records have');
    if (when) this.condition(when, [...at, 'when']);
    const { description: _words, ...rest } = declaration;
    return {
      ...finishRecord(draft, tables),
      name,
      description,
      files: this.patterns(files, [...at, 'files']),
      exclude: this.patterns(exclude, [...at, 'exclude']),
      records: records === undefined ? undefined : this.paths(records, [...at, 'records']),
      when,
      inside: [],
      origin,
      owner,
      skip: Object.entries(skip),
      check: Object.entries(check),
      states: statesOf(duplicates),
      onConflict: declaration.on_conflict,
      functions: declaration.functions === undefined ? undefined : this.functions.module(declaration.functions),
      parameters,
      fingerprint: createHash('sha256')
        .update(canonicalJson(plainOf(rest)) + this.functions.hashOf(declaration))
        .digest('hex')
        .slice(0, 16),
    };
  }

  private record(declaration: AnyRecord, name: string, at: Place, parent: Parent | undefined): RecordDraft {
    const table = this.table(declaration, name, at);
    const links = parent === undefined ? [] : this.links(declaration, table, parent, at);
    const columns = this.columns(declaration, table, [...at, 'columns']);
    const key = this.key(declaration, table, columns, links, at, parent);
    if (table.key === undefined) table.key = key;
    else if (key !== undefined && String(table.key) !== String(key))
      this.problems.add([...at, 'key'], `another dataset feeds ${table.name} under the key ${table.key.join(', ')}`);
    const rest = this.rest(declaration.rest, table, [...at, 'rest']);
    const root = parent?.root ?? table;
    const children = Object.entries(declaration.children ?? {}).map(([childName, child]) => {
      const childAt = [...at, 'children', childName];
      const path = this.childPath(child, childAt);
      const draft = this.record(child, childName, childAt, { table, root });
      if (child.when) this.condition(child.when, [...childAt, 'when']);
      this.order(child, path, draft.columns, childAt);
      return { ...draft, path, when: child.when };
    });
    return { table, columns, links, children, childWays: children.map(({ path }) => wayOf(path)), rest };
  }

  /** The elements of a list have an order, which only a column can keep. */
  private order(child: ChildDeclaration, { steps }: RecordPath, columns: readonly ColumnPlan[], at: Place): void {
    const isList = steps.at(-1)?.to === 'elements';
    const isKept = columns.some(({ sources }) => sources.some(({ of }) => of === 'position'));
    if (isList && !isKept && child.order !== 'none' && child.key !== undefined)
      this.problems.add(
        at,
        'a list has an order: write a column `position: { from: $position, type: integer }`, or `order: none`',
      );
  }

  private table(declaration: AnyRecord, name: string, at: Place): TableDraft {
    const given = declaration.table ?? name;
    const problem = nameProblem(given);
    if (problem !== undefined)
      this.problems.add([...at, ...(declaration.table === undefined ? [] : ['table'])], problem);
    const draft = this.drafts.get(given) ?? tableDraft(given, at);
    this.drafts.set(given, draft);
    if ('owner' in declaration && declaration.owner !== undefined) draft.owner = declaration.owner;
    return draft;
  }

  /** The columns by which a row of a child table names its parent, and the row at the root of both. */
  private links(
    declaration: AnyRecord,
    table: TableDraft,
    { table: parent, root }: Parent,
    at: Place,
  ): readonly LinkPlan[] {
    const given = 'link' in declaration ? (declaration.link ?? {}) : {};
    const byParent = new Map(Object.entries(given).map(([own, column]) => [column, own]));
    const inherited = new Set(parent.belongsTo?.by);
    const nameOf = (column: string): string =>
      byParent.get(column) ?? (inherited.has(column) ? column : `${singular(parent.name)}_${column}`);
    const parentKey = parent.key ?? [RECORD_KEY];
    const toRoot = (parent.belongsTo?.by ?? parentKey).filter((column) => !parentKey.includes(column));
    const links = [...toRoot, ...parentKey].map((column) => ({ column: nameOf(column), parent: column }));
    const isDeferred = parent === table;
    for (const { column, parent: key } of links) {
      const target = parent.columns.get(key) ?? { type: 'text' as const, max: 64 };
      const { references: _target, default: _standard, ...own } = target;
      const isAlone = parentKey.length === 1 && parentKey[0] === key;
      const references = isAlone ? { table: parent.name, column: key, onDelete: 'cascade' as const } : undefined;
      const isNull = parent.key === undefined;
      addColumn(
        table,
        column,
        { ...own, ...(!isNull && { notNull: true }), ...(references && { references }) },
        at,
        this.problems,
      );
    }
    if (parentKey.length > 1 && !isDeferred)
      table.foreignKeys.push({
        columns: parentKey.map(nameOf),
        table: parent.name,
        to: parentKey,
        onDelete: 'cascade',
      });
    const rootKey = root.key ?? [RECORD_KEY];
    table.belongsTo = { table: root.name, by: (parent.belongsTo?.by ?? rootKey).map((column) => nameOf(column)) };
    return links;
  }

  private columns(declaration: AnyRecord, table: TableDraft, at: Place): readonly ColumnPlan[] {
    const entries = Object.entries(declaration.columns);
    const claimed = new Set(entries.map(([name]) => name));
    return entries.map(([name, given]) => {
      const own = [...at, name];
      const full: ColumnDeclaration = typeof given === 'string' ? { type: given } : given;
      const named = namedOf(full, this.columnsOf, (each) => this.referredType(each), own, this.problems);
      const declared = readType(named?.reads ?? full.type ?? this.referredType(full) ?? 'text');
      const target = named ? readType(named.stores) : declared;
      if (declared instanceof Misspelt)
        this.problems.add(typeof given === 'string' ? own : [...own, 'type'], declared.problem);
      const type = declared instanceof Misspelt ? ANY_TEXT : declared;
      const stores = target instanceof Misspelt ? ANY_TEXT : target;
      const key = new Set([declaration.key ?? []].flat());
      const read = columnOf(full, type, name, key);
      const { required = false } = full;
      const column = named ? { ...columnOf({ required }, stores, name, key), ...namesOf(named) } : read;
      const reference = this.reference(full, [...own, 'references']);
      const enforced = reference && full.orphans !== 'keep' ? { ...column, references: reference } : column;
      if (named) this.named.push({ named, type: read, at: own });
      addColumn(table, name, enforced, own, this.problems);
      if (full.unique) table.unique.push([name]);
      if (full.kind !== undefined && !claimed.has(full.kind))
        addColumn(table, full.kind, { type: 'text', max: 10 }, own, this.problems);
      const sources = this.sources(full, name, own, claimed);
      const made = this.made(full, own);
      return { name, declaration: full, type, column: named ? read : enforced, sources, made, named };
    });
  }

  private readonly columnsOf = (table: string): AnyRecord['columns'] | undefined =>
    recordsIn(this.declarations.datasets).find((record) => record.table === table)?.columns;

  /** The type of the column that a reference leads to, where it says none itself. */
  private referredType({ references = '' }: ColumnDeclaration, depth = 0): string | undefined {
    const { table, column: name } = targetOf(references);
    const target = this.columnsOf(table)?.[name];
    if (target === undefined || depth > MOST_HOPS) return undefined;
    const full: ColumnDeclaration = typeof target === 'string' ? { type: target } : target;
    const type = full.type ?? this.referredType(full, depth + 1);
    return type === 'identity' ? 'integer' : type;
  }

  private made({ with: name }: ColumnDeclaration, at: Place): ColumnPlan['made'] {
    if (name === undefined) return undefined;
    const by = this.functions.find(name);
    const back = this.functions.find(`${name}Back`);
    if (typeof by === 'function')
      return { by: by as ColumnFunction, back: typeof back === 'function' ? (back as BackFunction) : undefined };
    const [path = '', exported] = name.split('#');
    this.problems.add(
      [...at, 'with'],
      exported === undefined
        ? `write the file and its export: ${path}#name`
        : `${path} exports no function ${exported}`,
    );
    return undefined;
  }

  private reference({ references, on_delete, deferred }: ColumnDeclaration, at: Place): Column['references'] {
    if (references === undefined) return undefined;
    if (references.lastIndexOf('.') < 1) {
      this.problems.add(at, `write the table and its column: ${references}.id`);
      return undefined;
    }
    return {
      ...targetOf(references),
      ...(on_delete && { onDelete: on_delete === 'cascade' ? ('cascade' as const) : ('set null' as const) }),
      ...(deferred && { deferred: true as const }),
    };
  }

  private sources(full: ColumnDeclaration, name: string, at: Place, claimed: ReadonlySet<string>): readonly Source[] {
    const { from, value, derive, uuid5, owned_by, type } = full;
    if (from === undefined) {
      const takesNone =
        value !== undefined ||
        derive !== undefined ||
        uuid5 !== undefined ||
        owned_by !== undefined ||
        type === 'identity';
      if (takesNone) return [];
      const spellings = spellingsOf(name).filter((each) => each === name || !claimed.has(each));
      return spellings.map((each) => ({ of: 'record', way: [each] }));
    }
    return [from].flat().flatMap((text) => {
      const source = readSource(text);
      if (source instanceof Misspelt) this.problems.add([...at, 'from'], source.problem);
      else return [source];
      return [];
    });
  }

  private key(
    declaration: AnyRecord,
    table: TableDraft,
    columns: readonly ColumnPlan[],
    links: readonly LinkPlan[],
    at: Place,
    parent: Parent | undefined,
  ): readonly string[] | undefined {
    if (declaration.key !== undefined) {
      const key = [declaration.key].flat();
      for (const name of key) {
        if (!table.columns.has(name))
          this.problems.add([...at, 'key'], noColumn(table.name, name, table.columns.keys()));
      }
      return key;
    }
    if (parent === undefined) return undefined;
    const positions = columns.filter(({ sources }) => sources.some(({ of }) => of === 'position' || of === 'capture'));
    if (positions.length === 0)
      this.problems.add(
        at,
        'a child needs a key: write `key:`, or a column `position: { from: $position, type: integer }`',
      );
    for (const { name } of positions) {
      const known = table.columns.get(name);
      if (known) table.columns.set(name, { ...known, notNull: true });
    }
    return [...links.map(({ column }) => column), ...positions.map(({ name }) => name)];
  }

  private rest(rest: RestDeclaration | undefined, table: TableDraft, at: Place): RestPlan {
    if (rest === 'reject') return { to: 'reject' };
    if (typeof rest === 'object') return { to: 'ignore', members: rest.ignore.map((text) => this.ignored(text, at)) };
    const column = rest ?? 'extra';
    if (table.columns.has(column))
      this.problems.add(at, `the column ${column} takes a member: write \`rest:\` with another name`);
    table.rest = column;
    return { to: 'column', column };
  }

  private ignored(text: string, at: Place): Way {
    const source = readSource(text.replace(/\/\*$/, ''));
    if (!(source instanceof Misspelt) && source.of === 'record') return source.way;
    this.problems.add(at, `name members by pointer, such as /${text.replace(/^\W+/, '')}`);
    return [];
  }

  private childPath(child: ChildDeclaration, at: Place): RecordPath {
    const path = readPath(child.records);
    if (path instanceof Misspelt) {
      this.problems.add([...at, 'records'], path.problem);
      return { steps: [], captures: [] };
    }
    const first = path.steps.findIndex(({ to }) => to !== 'member');
    if (first === -1)
      this.problems.add(
        [...at, 'records'],
        `elements of a list are ${child.records}/*, members of a map ${child.records}/<name>`,
      );
    else if (path.steps.slice(first).some(({ to }) => to === 'member'))
      this.problems.add(
        [...at, 'records'],
        'what lies below elements belongs to a child of theirs: write it under `children:` of the child',
      );
    return path;
  }

  private paths(records: string | readonly string[], at: Place): readonly RecordPath[] {
    return [records].flat().flatMap((text) => {
      const path = readPath(text);
      if (path instanceof Misspelt) this.problems.add(at, path.problem);
      return path instanceof Misspelt ? [] : [path];
    });
  }

  private patterns(files: string | readonly string[] | undefined, at: Place): readonly FilePattern[] {
    return [files ?? []].flat().flatMap((text) => {
      const pattern = compileFilePattern(text);
      if (pattern instanceof Misspelt) this.problems.add(at, pattern.problem);
      return pattern instanceof Misspelt ? [] : [pattern];
    });
  }

  private condition(condition: Condition, at: Place): void {
    for (const problem of conditionProblems(condition)) this.problems.add(at, problem);
  }

  private checkLookups(tables: ReadonlyMap<string, Table>): void {
    for (const { named, at } of this.named) {
      const target = tables.get(named.table);
      const problem = named.make && target && lookupProblem(target, named);
      if (problem !== undefined) this.problems.add([...at, 'make'], problem);
    }
  }
}

function finishRecord(
  draft: RecordDraft,
  tables: ReadonlyMap<string, Table>,
  ofParent: RecordPlan['named'] = [],
): RecordPlan {
  const { columns, links, children, childWays, rest } = draft;
  const named = namedReferences(draft, tables, ofParent);
  return {
    table: tables.get(draft.table.name) as Table,
    columns,
    links,
    references: referencesOf(draft, tables, new Set(named.map(({ column }) => column))),
    named,
    children: children.map(
      (child): ChildPlan => ({ ...finishRecord(child, tables, named), path: child.path, when: child.when }),
    ),
    elsewhere: childWays,
    rest,
  };
}

function columnOf(full: ColumnDeclaration, type: ColumnPlan['type'], name: string, key: ReadonlySet<string>): Column {
  const { required, min, max, enum: words, insert_default: standard } = full;
  const isTime = type.column.type === 'timestamp' && (name === 'created_at' || name === 'updated_at');
  const fallback = standard ?? (isTime ? 'now' : undefined);
  return {
    ...type.column,
    ...(words && { oneOf: words }),
    ...(min !== undefined && { min }),
    ...(max !== undefined && { most: max }),
    ...((required || key.has(name)) && { notNull: true as const }),
    ...(fallback !== undefined && fallback !== null && { default: fallback }),
  };
}

/** The members on the way to the elements. */
function wayOf({ steps }: RecordPath): Way {
  return steps.flatMap((step) => (step.to === 'member' ? [step.name] : []));
}

function plainOf(value: unknown): JsonValue {
  return JSON.parse(JSON.stringify(value)) as JsonValue;
}

/** What datasets of the same files take below the records of this one, by the first path of each. */
function insideOf(plan: DatasetPlan, all: readonly DatasetPlan[], declared: Declarations['datasets']): readonly Way[] {
  const filesOf = ({ name }: DatasetPlan): string => String([declared[name]?.files ?? []].flat()[0]);
  const own = plan.records?.[0]?.steps;
  if (own === undefined) return [];
  return all.flatMap((other) => {
    const steps = other === plan || filesOf(other) !== filesOf(plan) ? [] : (other.records?.[0]?.steps ?? []);
    const isBelow = steps.length > own.length && waysMeet(pathText(own), pathText(steps.slice(0, own.length)));
    const inner = isBelow ? steps.slice(own.length) : [];
    const way = inner.flatMap((step, depth) =>
      step.to === 'member' && inner.slice(0, depth).every(({ to }) => to === 'member') ? [step.name] : [],
    );
    return way.length === 0 ? [] : [way];
  });
}

function statesOf(duplicates: DatasetDeclaration['duplicates']): DatasetPlan['states'] {
  if (duplicates === undefined || duplicates === 'reject') return undefined;
  return { by: duplicates === 'last' ? undefined : duplicates.latest };
}

/** References that lead from one to the next, before it is a circle. */
const MOST_HOPS = 10;

/** Every record that rows of a table are made of, with those inside of others. */
function recordsIn(
  records: Readonly<Record<string, AnyRecord>>,
): readonly { readonly table: string; readonly columns: AnyRecord['columns'] }[] {
  return Object.entries(records).flatMap(([name, record]) => [
    { table: record.table ?? name, columns: record.columns },
    ...recordsIn(record.children ?? {}),
  ]);
}

/** The foreign keys of a table but those to the parent, whose row is there. */
function referencesOf(
  { table: draft, columns, links }: RecordDraft,
  tables: ReadonlyMap<string, Table>,
  named: ReadonlySet<string>,
): readonly ReferencePlan[] {
  const table = tables.get(draft.name) as Table;
  const single = Object.entries(table.columns).flatMap(([name, { references }]) =>
    references
      ? [{ columns: [name], table: references.table, to: references.column === undefined ? [] : [references.column] }]
      : [],
  );
  const isLink = (names: readonly string[]): boolean =>
    names.every((name) => links.some(({ column }) => column === name));
  return [...single, ...(table.foreignKeys ?? [])].flatMap((key) => {
    const target = tables.get(key.table);
    if (target === undefined || isLink(key.columns) || key.columns.some((name) => named.has(name))) return [];
    const source = columns.find(({ name }) => name === key.columns[0])?.sources.find(({ of }) => of === 'record');
    const to = key.to.length > 0 ? key.to : target.primaryKey;
    return [{ columns: key.columns, table: target, to, way: source?.of === 'record' ? source.way : [] }];
  });
}
