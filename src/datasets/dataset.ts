import type { PlainRules } from '../json/plain-rules.ts';
import type { Way } from '../json/pointer.ts';
import type { Shape } from '../json/probe.ts';
import type { Container, RecordPlace } from '../json/split.ts';
import type { JsonValue } from '../json/value.ts';
import type { Finding } from '../reject.ts';
import type { RowGroup } from '../schema/row-group.ts';
import type { Table, Value } from '../schema/table.ts';
import type { TimeReader } from '../time/time.ts';
import type { RecordAccount } from './account.ts';
import type { Members } from './read-value.ts';

/** A source file as recognition sees it: its path under the root and the shape of its beginning. */
export interface Candidate {
  /** Directories and file name, relative to the root. */
  readonly segments: readonly string[];
  /** The file name without `.json`, `.jsonl`, `.ndjson`, `.gz`, `.zst`. */
  readonly stem: string;
  /** One record per line. */
  readonly lines: boolean;
  readonly shape: Shape;
}

/** The file that a record came from, as far as a mapping may depend on it. */
export interface SourceContext {
  readonly stem: string;
  readonly container: Container['kind'];
  /** The member that holds the records, where one does. */
  readonly member: string | undefined;
  /** Who owns records that name no owner. */
  readonly owner: string;
  /** Members beside the records that belong to each of them. */
  readonly shared?: Readonly<Record<string, string>> | undefined;
  /** Where the file lies under the root. */
  readonly path: string;
  /** When it was last changed, as ISO 8601 in UTC; undefined where nobody knows. */
  readonly mtime?: string | undefined;
  /** Values of the document around the records that a declaration asks for, by way. */
  readonly document?: ReadonlyMap<string, JsonValue> | undefined;
  /** How many records of this file had the same content so far, this one among them: 1 for the first. */
  readonly occurrenceOf: (content: string) => number;
}

/** A record that is JSON: what a dataset validates. */
export interface SourceRecord {
  readonly value: JsonValue;
  /** The record as the source spells it. */
  readonly text: string;
  /** Member name in a map container. */
  readonly key: string | undefined;
  /** Where its dataset says by a path where records lie. */
  readonly place?: RecordPlace | undefined;
}

/** Every option that can change a row. Together with the mapping version it makes the fingerprint of a loaded file. */
export interface MappingOptions {
  readonly naiveTime: string;
  readonly source: string | undefined;
  readonly repair: readonly string[];
  readonly hashSecrets: boolean;
  readonly keepPlainKeys: boolean;
}

export interface MappingContext extends MappingOptions {
  readonly readTime: TimeReader;
}

/** Validates and maps the records of one dataset, compiled once per run. Findings go into the account, never thrown. */
export interface RecordMapper<Valid = unknown> {
  validate(record: SourceRecord, source: SourceContext, account: RecordAccount): Valid | undefined;
  map(valid: Valid, source: SourceContext, account: RecordAccount): RowGroup;
  /** The records of a document as JSON, where a function finds them, or why there are none. */
  contain?(document: JsonValue, source: SourceContext): readonly string[] | Finding;
  /** Whether a record of a file that several datasets share is one of this one. Without it, each is. */
  takes?(record: SourceRecord, source: SourceContext): boolean;
  /** The rule by which a record is left out, if any does. */
  leavesOut?(record: SourceRecord, source: SourceContext): string | undefined;
  /** By what others may name the row of a record that is rejected, as far as it says: see schema/row-names.ts. */
  namesOf?(record: SourceRecord, source: SourceContext): readonly string[];
  /** The names of watched members that some record had until now. */
  seen?(): Iterable<string>;
  /** Where a file may hold several states of one record, of which one counts. */
  readonly states?: RecordStates;
  /** How most records of large dumps are read without being parsed, with the same result. */
  readonly plain?: PlainRecords<Valid>;
}

export interface RecordStates {
  /** Equal for states of one record; undefined for a record that has no key. */
  keyOf(record: SourceRecord, source: SourceContext): string | undefined;
  /** The state that counts is the one with the largest value, and of several such the last one. */
  rankOf(record: SourceRecord, source: SourceContext): string | number | null;
  /** The order of the files and records alone says which state counts: equal ranks are no doubt. */
  readonly isByOrder: boolean;
}

/** Records that are objects of plain members, each of which fills a column or is kept by rule. */
export interface PlainRecords<Valid> extends PlainRules {
  /** Set where records with the same members differ in nothing but the values of these. */
  readonly uniform?: UniformRows | undefined;
  /** What `validate` answers for such a record; nothing where it must be parsed, because something is to be told of it. */
  finish(members: Members, source: SourceContext, account: RecordAccount, place: RecordPlace): Valid | undefined;
}

/**
 * Rows of records with the same members, none of them NULL, have the same in all other columns, refer to rows by the same columns, are
 * nobody's or owned by the same, and count alike: as long as the records lie in one file, in a list or in lines.
 */
export interface UniformRows {
  /** The places of columns that may be NULL as well: nothing else changes. */
  readonly nullable: ReadonlySet<number>;
  /** By place of a column: a text that changes more. */
  readonly exceptions: ReadonlyMap<number, string>;
}

/** A legacy layout and the tables it feeds. A new dataset: one file like this, one line in `built-in.ts`. */
export interface Dataset {
  readonly name: string;
  /** What it was called when files were loaded that the ledger still tells of. */
  readonly formerName?: string;
  /** Another one when the mapping changes a row: files loaded under another version are loaded again. */
  readonly mappingVersion: number | string;
  readonly description: string;
  readonly tables: readonly Table[];
  /** What becomes of its rows that are there and differ. Default: what the run was given. */
  readonly onConflict?: 'update' | 'overwrite' | 'keep' | 'fail';
  /** Files may hold several states of one record. The one that was changed last counts: its column is `touched` of the table. */
  readonly hasStates?: boolean;
  /** Names of constants that may be given another value. */
  readonly parameters?: readonly string[];
  /** Child tables of which rows go that the record no longer has. */
  readonly surplusGoes?: ReadonlySet<string>;
  /** Its records belong to users. */
  readonly isOwned: boolean;
  /** Members that may stand beside the records for all of them, by all their spellings. */
  readonly sharedMembers?: readonly string[];
  /** Pointers to values of the document around the records that they take. */
  readonly asked?: readonly string[];
  /** Such a member is the owner of its records, which cannot hold it: they may be any value. */
  readonly isOwnedBeside?: true;
  /** In a map the name of a record is its owner. */
  readonly keyNamesOwner?: true;
  /** Datasets whose rows its records refer to: their files load before, in whatever order they are found. */
  readonly dependsOn?: readonly string[];
  /**
   * Where each member goes, by pointer (`*` is any index): `table.column`, or the table whose `extra` takes the members
   * below. What is not listed goes to the `extra` of the nearest table.
   */
  readonly destinations: ReadonlyMap<string, string>;
  /** Of a declared dataset: what `export` makes of members, by pointer as above. Members that are not listed are exact. */
  readonly waysBack?: ReadonlyMap<string, WayBack>;
  /** Of a dataset that says by paths which files it takes: these, whatever is in them. */
  takesFile?(path: string): boolean;
  /** The same, pattern by pattern. */
  readonly filePatterns?: readonly { readonly text: string; readonly matches: (path: string) => boolean }[];
  /** A recipe declares it: what of it is not in the data is no mistake of anybody. */
  readonly isShipped?: boolean;
  /** Members that some record should have. */
  readonly watched?: readonly WatchedMember[];
  /** Whether it says this very path: then the file is data, whatever its name looks like. */
  namesFile?(path: string): boolean;
  /** Of a declared dataset that names no files: it takes those whose first records fit its condition. */
  readonly takesByRecords?: true;
  /** Of a declared dataset: why it takes a file, or does not. Nothing is known of the content where that cannot be read. */
  explain?(path: string, candidate: Candidate | undefined): Taking;
  /** True when the path alone says that the file should hold this dataset. */
  expects(candidate: Candidate): boolean;
  /** How the records lie in a file of this shape, or undefined when the shape is not this dataset's. */
  containerOf(candidate: Candidate): Container | undefined;
  /** `inside` are the ways in a record to what other datasets take of the same file. */
  compile(context: MappingContext, inside?: readonly Way[]): RecordMapper;
  /** The way back: how `export` writes its rows. */
  readonly layout: ExportLayout;
}

/** Whether `export` writes an equal value, another spelling that loads to the same rows, or none. */
export type WayBack = 'exact' | 'respelled' | 'one-way';

/** A member that a declaration names. */
export interface WatchedMember {
  /** What it fills: a column as `table.column`, or a child table. Marks that it was there. */
  readonly name: string;
  /** Where it is declared: names from the root of the declarations. */
  readonly at: readonly string[];
  /** What was there where it can be at all; undefined for a member of the record itself. */
  readonly within: string | undefined;
  /** Where it may stand, the best place first; `*` is any index or name. */
  readonly pointers: readonly string[];
  /** It may well be nowhere: told only where another name is near. */
  readonly mayBeNowhere?: true;
}

/** Whether a dataset would take a file, and the first reason for that, in words. */
export interface Taking {
  readonly takes: boolean;
  readonly reason: string;
}

/** A record as the database holds it: its row by column, and the rows that belong to it, by table, in order. */
export interface StoredRecord {
  readonly values: StoredRow;
  readonly children: Readonly<Record<string, readonly StoredRow[]>>;
}

/** Values as in `Row`; a generated key that a column refers to is the natural key of its row. */
export type StoredRow = Readonly<Record<string, Value>>;

/** How the reference layout of a dataset looks. */
export interface ExportLayout {
  /** The table whose rows become records. */
  readonly table: Table;
  /** One file per record, or a list or a map of those that share a path and come one after the other. */
  readonly container: 'document' | 'array' | 'map';
  /** Where the record goes, as path segments without the ending; undefined where another dataset writes the row. */
  path(record: StoredRecord): readonly string[] | undefined;
  /** The name of the record in a map. */
  key?(record: StoredRecord): string;
  write(record: StoredRecord): JsonValue;
  /** Columns that hold hashes or stars in place of what the source said, as `table.column`: they are not written. */
  readonly secrets?: ReadonlySet<string>;
  /** Columns of the row with a value for which the file has no room. */
  leavesOut?(record: StoredRecord): readonly string[];
  /** Whether a load of what was written finds the row again that a load made. */
  isKnownAgain?(written: JsonValue, record: StoredRecord): boolean;
  /**
   * In place of container and path: where in a file, which other datasets may fill as well, the record goes; undefined where
   * another dataset writes the row.
   */
  place?(record: StoredRecord): ExportPlace | undefined;
}

/** Where a record goes in a file that is put together from records of several datasets. */
export interface ExportPlace {
  /** As path segments without the ending. */
  readonly file: readonly string[];
  readonly ending: string;
  /** From the root of the document: names of members, null for an element of a list. */
  readonly way: readonly (string | null)[];
  /** Its place in its list or map, from 0; undefined where nobody knows it. */
  readonly position: number | undefined;
  /** The record may have a member that tells its position, where it is written at another place. */
  readonly tellsPosition: boolean;
  /** The ways in the record to what other datasets write into it. */
  readonly inside: readonly Way[];
  /** The pattern of the file, as it is declared. Other datasets may write into files of the same. */
  readonly pattern: string | undefined;
  /** What the record has of the document around it. */
  readonly around: readonly { readonly way: Way; readonly value: JsonValue }[];
}
