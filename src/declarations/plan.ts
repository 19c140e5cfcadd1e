import type { Way } from '../json/pointer.ts';
import type { Shape } from '../json/probe.ts';
import type { JsonValue } from '../json/value.ts';
import type { Column, Table } from '../schema/table.ts';
import type { FilePattern } from './file-pattern.ts';
import type { BackFunction, ColumnFunction, DatasetFunctions } from './functions.ts';
import type { ColumnDeclaration, Condition, DatasetDeclaration } from './language.ts';
import type { RecogniseDeclaration } from './language-recognise.ts';
import type { RecordPath, Source } from './source.ts';
import type { DeclaredType } from './types.ts';

// The normal form of declarations: every short form written out, every name resolved. The mapper, the tables and the way back
// are made of it.

/** A column of a record, and where its value comes from. */
export interface ColumnPlan {
  readonly name: string;
  /** Where it is declared: names from the root of the declarations. */
  readonly at: readonly string[];
  readonly declaration: ColumnDeclaration;
  readonly type: DeclaredType;
  readonly column: Column;
  /** The best first; empty where no source fills it. */
  readonly sources: readonly Source[];
  /** What makes the value of what the source says, and its way back. */
  readonly made: { readonly by: ColumnFunction; readonly back: BackFunction | undefined } | undefined;
  /** What fills it where no source does. */
  readonly otherwise?: ElsePlan | undefined;
  /** Where the member names a row by another value than the column stores. `column` is what the member is read as. */
  readonly named: Named | undefined;
}

export interface ElsePlan {
  /** Members that stay in the rest, the best first. */
  readonly members: readonly string[];
  readonly epoch: 's' | 'ms' | 'us' | 'any' | undefined;
  readonly value: string | number | boolean | undefined;
  /** It follows from the rest, so that export leaves it out. */
  readonly isDerived: boolean;
}

/** A column whose member names a row of another table by a value of it. */
export interface Named {
  readonly table: string;
  /** What the column stores of that row. */
  readonly column: string;
  /** What the member says of it. */
  readonly by: string;
  readonly fold: boolean;
  readonly orphans: 'reject' | 'set_null' | 'keep';
  /** Where rows that are not there are made: what fills their other columns. */
  readonly make: readonly { readonly name: string; readonly source: Source }[] | undefined;
  /** Types, as declarations name them. */
  readonly reads: string;
  readonly stores: string;
}

/** A column whose value is looked up by what the record says. */
export interface NamedReferencePlan extends Pick<Named, 'by' | 'fold' | 'orphans'> {
  readonly column: string;
  readonly table: Table;
  /** What the column stores of the row that is found. */
  readonly answer: string;
  /** Where a row that is not there is made: what fills its columns beside the one that it is named by. */
  readonly make: readonly MadeColumn[] | undefined;
  /** Where the record names it. */
  readonly way: Way;
}

export interface MadeColumn {
  readonly name: string;
  readonly source: Source;
  readonly column: Column;
}

/** A column that holds the key of a row which members of the rest name. */
export interface FindsPlan {
  readonly column: string;
  readonly isRequired: boolean;
  /** Of each group the first way that the record says counts; what it leads to is looked for in the order of the groups. */
  readonly groups: readonly (readonly FindPlan[])[];
}

export interface FindPlan {
  readonly table: Table;
  readonly parts: readonly FindPart[];
}

/** A column of the row that is looked for. */
export interface FindPart {
  /** The column; `model_id.model_name` for the column of a row that it refers to itself; `$id` for the id of the old database. */
  readonly name: string;
  readonly through: { readonly table: Table; readonly name: string } | undefined;
  readonly isTime: boolean;
  /** Members of the rest, the best first. */
  readonly ways: readonly Way[];
  /** The parameter that says it where no member does, and its value where no option gives it another. */
  readonly source: { readonly name: string; readonly standard: JsonValue } | undefined;
}

/** The key of the parent's row in a row of a child table. */
export interface LinkPlan {
  readonly column: string;
  /** The column of the parent's row. */
  readonly parent: string;
}

/** Columns of a row that name another row, which must be there. */
export interface ReferencePlan {
  readonly columns: readonly string[];
  readonly table: Table;
  readonly to: readonly string[];
  /** Where the record names it. */
  readonly way: Way;
}

/** How one record, or one element of it, becomes a row with those below it. */
export interface RecordPlan {
  readonly table: Table;
  readonly columns: readonly ColumnPlan[];
  readonly links: readonly LinkPlan[];
  readonly references: readonly ReferencePlan[];
  /** References that are looked up before the row is written. */
  readonly named: readonly NamedReferencePlan[];
  /** The same by members of the rest. */
  readonly finds?: readonly FindsPlan[];
  /** Where the rest keeps the hash of an API key that no column takes. */
  readonly keyMember?: string | undefined;
  readonly children: readonly ChildPlan[];
  /** Members that others read: children, and other datasets of the file. */
  readonly elsewhere: readonly Way[];
  readonly rest: RestPlan;
  /** Of a dataset whose rows are known by a hash over them, or by an id in the rest. */
  readonly rowKey?: RowKeyPlan | undefined;
  /** The name of a record in a map is kept in the rest, unless one of these columns has it. */
  readonly mapKey?: readonly string[] | undefined;
}

export interface RowKeyPlan {
  /** Members of the rest, the best first; with a word only texts, which it tells from ids of other members. */
  readonly ids: readonly { readonly member: string; readonly word: string | undefined }[];
  /** Old tables with ids of their own: the member of the rest that names one, and their names. */
  readonly tables: { readonly member: string; readonly names: readonly string[] } | undefined;
  /** Holds the key as a UUID; undefined where the table has a column for it. */
  readonly column: string | undefined;
}

export type RestPlan =
  | {
      readonly to: 'column';
      readonly column: string;
      /** Members that it takes by rule. */
      readonly kept: readonly string[];
      /** The source of a value that is stored otherwise has the name of its column there. */
      readonly isByColumn: boolean;
    }
  | { readonly to: 'reject' }
  /** Where nothing is stored. */
  | { readonly to: 'nobody' }
  | { readonly to: 'ignore'; readonly members: readonly Way[] };

export interface ChildPlan extends RecordPlan {
  /** Where it is declared. */
  readonly at: readonly string[];
  readonly path: RecordPath;
  readonly when: Condition | undefined;
}

export interface DatasetPlan extends RecordPlan {
  readonly name: string;
  readonly description: string;
  readonly files: readonly FilePattern[];
  readonly exclude: readonly FilePattern[];
  /** Undefined where the shape of the file decides: elements of a list, lines, else the document. */
  readonly records: readonly RecordPath[] | undefined;
  readonly when: Condition | undefined;
  /** How its files are known by what is in them, where nothing says which they are. */
  readonly recognise: RecognisePlan | undefined;
  /** Members beside the records that belong to each of them. */
  readonly shared: readonly string[];
  /** Ways in a record to what other datasets take of the same files. */
  readonly inside: readonly Way[];
  readonly origin: string;
  readonly owner: string | undefined;
  /** The API key that each record is about. */
  readonly apiKey: { readonly hashes: readonly string[]; readonly plain: readonly string[] } | undefined;
  readonly skip: readonly (readonly [name: string, condition: Condition])[];
  readonly check: readonly (readonly [name: string, condition: Condition])[];
  /** Where a file may hold several states of a record: the column that tells the latest, or nothing for the last. */
  readonly states: { readonly by: string | undefined } | undefined;
  /** Child tables of which rows go that the record no longer has. */
  readonly surplusGoes: ReadonlySet<string>;
  readonly onConflict: DatasetDeclaration['on_conflict'];
  readonly functions: DatasetFunctions | undefined;
  readonly parameters: Readonly<Record<string, string | number | boolean | null>>;
  /** All that can change a row. */
  readonly fingerprint: string;
}

export interface RecognisePlan {
  readonly records: readonly LookPlan[];
  /** What is enough in a file whose path says that it is its own. */
  readonly expected: readonly LookPlan[];
  readonly called: RegExp | undefined;
  readonly below: RegExp | undefined;
  readonly inside: RegExp | undefined;
  readonly under: readonly string[];
  readonly mapKey: readonly string[] | undefined;
  /** Names under which a list is as good as a file that is expected to be its own. */
  readonly named: readonly string[];
  readonly byName: { readonly like: RegExp; readonly lacks: LookPlan } | undefined;
  readonly written: RecogniseDeclaration['written'];
}

export interface LookPlan {
  fits(shape: Shape): boolean;
  /** It says nothing of a single document. */
  readonly isOfLists: boolean;
}

/** Whether a record that does not fill the column is rejected. */
export function isRequired({ column, declaration }: Pick<ColumnPlan, 'column' | 'declaration'>): boolean {
  return column.notNull === true || declaration.required === 'in_records';
}
