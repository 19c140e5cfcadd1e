import { createHash } from 'node:crypto';
import { canonicalJson } from '../json/canonical.ts';
import type { Way } from '../json/pointer.ts';
import type { JsonValue } from '../json/value.ts';
import { loadedColumns } from '../schema/key-link.ts';
import type { Table } from '../schema/table.ts';
import { apiKeyOf, keyMemberOf } from './api-key.ts';
import { ColumnBuilder } from './build-columns.ts';
import { buildLinks } from './build-links.ts';
import { PathBuilder } from './build-paths.ts';
import { RestBuilder } from './build-rest.ts';
import { statesOf, surplusGoes } from './build-states.ts';
import { declaredKey, NO_KEY } from './declared-key.ts';
import { markFileTimes } from './file-time.ts';
import { type Functions, NO_FUNCTIONS } from './functions.ts';
import type { ChildDeclaration, DatasetDeclaration, Declarations } from './language.ts';
import { declareLookups, lookupProblem } from './named.ts';
import type { ColumnPlan, DatasetPlan, LinkPlan } from './plan.ts';
import { type Problem, Problems } from './problem.ts';
import { recognisePlan } from './recognised.ts';
import { type AnyRecord, finishRecord, insideOf, type Parent, type Place, type RecordDraft } from './record-draft.ts';
import type { RecordPath } from './source.ts';
import { finishTable, inOrderOfReference, type TableDraft, tableDraft, tableNameProblem } from './table-draft.ts';
import { noColumn, noTable } from './unknown-name.ts';

export interface BuiltDeclarations {
  readonly datasets: readonly DatasetPlan[];
  /** In order of reference. */
  readonly tables: readonly Table[];
  /** Nothing may be made of the others while there are any. */
  readonly problems: readonly Problem[];
}

/** The normal form of declarations, with everything that is wrong with them. `there` are tables that others declare, too. */
export function buildDeclarations(
  declarations: Declarations,
  functions: Functions = NO_FUNCTIONS,
  there: readonly Table[] = [],
): BuiltDeclarations {
  return new Builder(declarations, functions, there).build();
}

class Builder {
  private readonly declarations: Declarations;
  private readonly functions: Functions;
  private readonly there: ReadonlyMap<string, Table>;
  private readonly problems = new Problems();
  private readonly drafts = new Map<string, TableDraft>();
  private readonly spelled = new PathBuilder(this.problems);
  private readonly columnBuilder: ColumnBuilder;
  private readonly restBuilder = new RestBuilder(this.spelled, this.problems);

  constructor(declarations: Declarations, functions: Functions, there: readonly Table[]) {
    this.there = new Map(there.map((table) => [table.name, table]));
    this.declarations = declarations;
    this.functions = functions;
    this.columnBuilder = new ColumnBuilder(declarations, functions, this.problems);
  }

  build(): BuiltDeclarations {
    const { datasets, tables: declared = {} } = this.declarations;
    const drafts = Object.entries(datasets).map(([name, declaration]) => {
      const at = ['datasets', name];
      const draft = this.record(declaration, name, at, undefined);
      return { name, declaration, at, draft };
    });
    declareLookups(this.columnBuilder.named, this.drafts, this.problems);
    for (const name of Object.keys(declared)) {
      if (!this.drafts.has(name)) this.problems.add(['tables', name], noTable(name, this.drafts.keys()));
    }
    const finished = new Map(
      [...this.drafts].map(([name, draft]) => [name, this.there.get(name) ?? finishTable(draft, declared[name])]),
    );
    const all = new Map([...this.there, ...finished]);
    this.checkLookups(finished);
    const plans = drafts.map(({ name, declaration, at, draft }) => this.dataset(name, declaration, at, draft, all));
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
    const { skip = {}, check = {}, duplicates, shared = [] } = declaration;
    const recognise =
      declaration.recognise && recognisePlan(declaration.recognise, [...at, 'recognise'], this.problems);
    for (const [rule, condition] of Object.entries(skip)) this.spelled.condition(condition, [...at, 'skip', rule]);
    for (const [rule, condition] of Object.entries(check)) this.spelled.condition(condition, [...at, 'check', rule]);
    if (duplicates !== undefined && declaredKey(declaration) === undefined)
      this.problems.add([...at, 'duplicates'], 'states of one record have one key: write `key:`');
    if (files === undefined && when === undefined && recognise === undefined)
      this.problems.add(at, 'say which files it takes: write `files:`, or `when:` for what its records have');
    if (recognise && [files, records, when].some((each) => each !== undefined))
      this.problems.add([...at, 'recognise'], 'this is in place of `files:`, `records:` and `when:`: leave them out');
    if (shared.length > 0 && recognise === undefined)
      this.problems.add([...at, 'shared'], 'this goes with `recognise:`; elsewhere a column takes `from: $document/…`');
    if (when) this.spelled.condition(when, [...at, 'when']);
    const module = this.module(declaration, at);
    if (module?.contain && (records !== undefined || files === undefined))
      this.problems.add(
        [...at, 'functions'],
        '`contain` finds the records of files: write `files:`, and no `records:`',
      );
    const { description: _words, ...rest } = declaration;
    return {
      ...finishRecord(draft, tables, [], declaration.parameters),
      rowKey: this.restBuilder.rowKey(declaration, at),
      mapKey: recognise?.mapKey,
      recognise,
      shared,
      name,
      description,
      files: this.spelled.patterns(files, [...at, 'files']),
      exclude: this.spelled.patterns(exclude, [...at, 'exclude']),
      records: records === undefined ? undefined : this.spelled.paths(records, [...at, 'records']),
      when,
      inside: [],
      origin,
      owner,
      apiKey: apiKeyOf(declaration.api_key),
      keyMember: keyMemberOf(declaration),
      skip: Object.entries(skip),
      check: Object.entries(check),
      states: statesOf(duplicates),
      surplusGoes: surplusGoes(declaration.children, declaration.surplus),
      onConflict: declaration.on_conflict,
      functions: module,
      parameters,
      fingerprint: createHash('sha256')
        .update(canonicalJson(plainOf(rest)) + this.functions.hashOf(declaration))
        .digest('hex')
        .slice(0, 16),
    };
  }

  private module({ functions: name }: DatasetDeclaration, at: Place): DatasetPlan['functions'] {
    const module = name === undefined ? undefined : this.functions.module(name);
    if (name?.includes('#') && typeof module !== 'object')
      this.problems.add([...at, 'functions'], `${name.replace('#', ' exports no object ')}`);
    return module;
  }

  private record(declaration: AnyRecord, name: string, at: Place, parent: Parent | undefined): RecordDraft {
    const table = this.table(declaration, name, at);
    const links = parent === undefined ? [] : buildLinks({ declaration, table, parent, at }, this.problems);
    const built = this.columnBuilder.build(declaration, table, [...at, 'columns']);
    const columns = markFileTimes(built, table, parent?.table);
    const key = this.key(declaration, table, columns, links, at, parent);
    if (table.key === undefined) table.key = key;
    else if (key !== undefined && String(table.key) !== String(key))
      this.problems.add([...at, 'key'], `another dataset feeds ${table.name} under the key ${table.key.join(', ')}`);
    const rest = this.restBuilder.rest(declaration.rest, table, [...at, 'rest']);
    const root = parent?.root ?? table;
    const children = Object.entries(declaration.children ?? {}).map(([childName, child]) => {
      const childAt = [...at, 'children', childName];
      const path = this.spelled.childPath(child, childAt);
      const draft = this.record(child, childName, childAt, { table, root });
      if (child.when) this.spelled.condition(child.when, [...childAt, 'when']);
      this.order(child, path, draft.columns, childAt);
      return { ...draft, at: childAt, path, when: child.when };
    });
    return { table, columns, links, children, childWays: children.map(({ path }) => wayOf(path)), rest };
  }

  /** The elements of a list have an order, which only a column can keep. */
  private order(child: ChildDeclaration, { steps }: RecordPath, columns: readonly ColumnPlan[], at: Place): void {
    const isList = steps.at(-1)?.to === 'elements';
    const isKept = columns.some(({ sources }) => sources.some(({ of }) => of === 'position'));
    if (isList && !isKept && child.order !== 'none' && declaredKey(child) !== undefined)
      this.problems.add(
        at,
        'a list has an order: write a column `position: { from: $position, type: integer }`, or `order: none`',
      );
  }

  private table(declaration: AnyRecord, name: string, at: Place): TableDraft {
    const given = declaration.table ?? name;
    const problem = tableNameProblem(given);
    if (problem !== undefined)
      this.problems.add([...at, ...(declaration.table === undefined ? [] : ['table'])], problem);
    const draft = this.drafts.get(given) ?? tableDraft(given, at);
    this.drafts.set(given, draft);
    if ('owner' in declaration && declaration.owner !== undefined) draft.owner = declaration.owner;
    return draft;
  }

  private key(
    declaration: AnyRecord,
    table: TableDraft,
    columns: readonly ColumnPlan[],
    links: readonly LinkPlan[],
    at: Place,
    parent: Parent | undefined,
  ): readonly string[] | undefined {
    const own = 'record_key' in declaration ? declaration.record_key?.column : undefined;
    const given = declaredKey(declaration) ?? (own === undefined ? undefined : [own]);
    const declared = given && loadedColumns(table, given);
    if (declaration.key === NO_KEY) this.keyless(declaration, table, [...at, 'key'], parent);
    if (declared !== undefined) {
      for (const name of declared) {
        if (!table.columns.has(name))
          this.problems.add([...at, 'key'], noColumn(table.name, name, table.columns.keys()));
      }
      return declared;
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

  /** Nothing names the rows of such a table. */
  private keyless(declaration: AnyRecord, table: TableDraft, at: Place, parent: Parent | undefined): void {
    table.mayLackKey = true;
    if (parent !== undefined) this.problems.add(at, 'a child has the key of its parent: leave this out');
    else if (declaration.children !== undefined)
      this.problems.add(at, 'children name the row that they belong to: name the columns of a key');
  }

  private checkLookups(tables: ReadonlyMap<string, Table>): void {
    for (const { named, at } of this.columnBuilder.named) {
      const target = tables.get(named.table);
      const problem = named.make && target && lookupProblem(target, named);
      if (problem !== undefined) this.problems.add([...at, 'make'], problem);
    }
  }
}

/** The members on the way to the elements. */
function wayOf({ steps }: RecordPath): Way {
  return steps.flatMap((step) => (step.to === 'member' ? [step.name] : []));
}

function plainOf(value: unknown): JsonValue {
  return JSON.parse(JSON.stringify(value)) as JsonValue;
}
