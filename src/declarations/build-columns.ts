import type { Column } from '../schema/table.ts';
import { declaredKey } from './declared-key.ts';
import type { BackFunction, ColumnFunction, Functions } from './functions.ts';
import type { ColumnDeclaration, Declarations } from './language.ts';
import { namedOf, namesOf, targetOf } from './named.ts';
import type { ColumnPlan, ElsePlan, Named } from './plan.ts';
import type { Problems } from './problem.ts';
import type { AnyRecord, Place } from './record-draft.ts';
import { Misspelt, readSource, type Source } from './source.ts';
import { spellingsOf } from './spellings.ts';
import { addColumn, type TableDraft } from './table-draft.ts';
import { ANY_TEXT, readType, typeOfMembers } from './types.ts';

/** Columns in their normal form: types, sources, what they refer to and what makes them. */
export class ColumnBuilder {
  /** References that are looked up. */
  readonly named: { readonly named: Named; readonly type: Column; readonly at: Place }[] = [];
  private readonly declarations: Declarations;
  private readonly functions: Functions;
  private readonly problems: Problems;

  constructor(declarations: Declarations, functions: Functions, problems: Problems) {
    this.declarations = declarations;
    this.functions = functions;
    this.problems = problems;
  }

  /** Adds them to the table. */
  build(declaration: AnyRecord, table: TableDraft, at: Place): readonly ColumnPlan[] {
    const entries = Object.entries(declaration.columns);
    const taken = new Set(entries.map(([name]) => name));
    return entries.map(([name, given]) => {
      const own = [...at, name];
      const full: ColumnDeclaration = typeof given === 'string' ? { type: given } : given;
      const named = namedOf(full, this.columnsOf, (each) => this.referredType(each), own, this.problems);
      const declared = typeOfMembers(named?.reads ?? full.type ?? this.referredType(full) ?? 'text', full.from);
      const target = named ? readType(named.stores) : declared;
      if (declared instanceof Misspelt)
        this.problems.add(typeof given === 'string' ? own : [...own, 'type'], declared.problem);
      const type = declared instanceof Misspelt ? ANY_TEXT : declared;
      const stores = target instanceof Misspelt ? ANY_TEXT : target;
      const key = new Set(declaredKey(declaration));
      if (full.numbers !== undefined && type.column.type !== 'text')
        this.problems.add([...own, 'numbers'], 'this is said of a text');
      const read = columnOf(full, type, name, key);
      const { required = false } = full;
      const column = named ? { ...columnOf({ required }, stores, name, key), ...namesOf(named) } : read;
      const reference = this.reference(full, [...own, 'references']);
      const enforced = {
        ...column,
        ...(reference && full.orphans !== 'keep' && { references: reference }),
        ...(full.epoch !== undefined && full.epoch !== 'any' && { epoch: full.epoch }),
        ...(full.column !== undefined && { storedAs: [full.column].flat() }),
      };
      if (named) this.named.push({ named, type: read, at: own });
      addColumn(table, name, enforced, own, this.problems);
      // Several datasets may feed the table, and say so.
      if (full.unique && !table.unique.some((each) => String(each) === name)) table.unique.push([name]);
      if (full.kind !== undefined && !taken.has(full.kind))
        addColumn(table, full.kind, { type: 'text', max: 10 }, own, this.problems);
      const isKey = 'record_key' in declaration && declaration.record_key?.column === name;
      const sources = isKey ? [] : this.sources(full, name, own, taken);
      const made = this.made(full, own);
      const otherwise = full.else && this.otherwise(full.else, [...own, 'else']);
      return {
        name,
        at: own,
        declaration: full,
        type,
        column: named ? read : enforced,
        sources,
        made,
        named,
        otherwise,
      };
    });
  }

  private otherwise(full: NonNullable<ColumnDeclaration['else']>, at: Place): ElsePlan {
    const members = [full.from ?? []].flat().flatMap((text) => {
      const source = readSource(text);
      if (!(source instanceof Misspelt) && source.of === 'record' && source.way.length === 1) return source.way;
      this.problems.add([...at, 'from'], 'name members of the record itself, such as /host: they stay in the rest');
      return [];
    });
    const { epoch, value, derived } = full;
    if (members.length === 0 && value == null)
      this.problems.add(at, 'say what fills the column: write `from:` or `value:`');
    if (epoch !== undefined && (derived || value !== undefined))
      this.problems.add([...at, 'epoch'], 'a time is read of a member alone: leave out the others');
    return { members, epoch, value: value ?? undefined, isDerived: derived === true };
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

  private sources(full: ColumnDeclaration, name: string, at: Place, taken: ReadonlySet<string>): readonly Source[] {
    const { from, value, derive, uuid5, owned_by, type, found_by } = full;
    if (from === undefined) {
      const takesNone =
        value !== undefined ||
        derive !== undefined ||
        uuid5 !== undefined ||
        owned_by !== undefined ||
        found_by !== undefined ||
        type === 'identity';
      if (takesNone) return [];
      const spellings = spellingsOf(name).filter((each) => each === name || !taken.has(each));
      return spellings.map((each) => ({ of: 'record', way: [each] }));
    }
    return [from].flat().flatMap((text) => {
      const source = readSource(text);
      if (source instanceof Misspelt) this.problems.add([...at, 'from'], source.problem);
      else return [source];
      return [];
    });
  }
}

function columnOf(full: ColumnDeclaration, type: ColumnPlan['type'], name: string, key: ReadonlySet<string>): Column {
  const { required, min, max, enum: words, insert_default: standard, owned_by } = full;
  const isTime = type.column.type === 'timestamp' && (name === 'created_at' || name === 'updated_at');
  const fallback = standard ?? (isTime ? 'now' : undefined);
  return {
    ...type.column,
    ...(words && { oneOf: words }),
    ...(min !== undefined && { min }),
    ...(max !== undefined && { most: max }),
    ...((required === true || key.has(name)) && { notNull: true as const }),
    ...(owned_by && { isApplications: true as const }),
    ...(fallback !== undefined && fallback !== null && { default: fallback }),
  };
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
