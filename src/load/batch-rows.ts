import { storedKeyPrint } from '../checking/prints.ts';
import type { LedgerRow } from '../databases/ledger-query.ts';
import { MigrateError } from '../errors.ts';
import { PRINT_LENGTH, printText } from '../hash/fingerprint.ts';
import type { DeclaredTables } from '../schema/declared-tables.ts';
import type { Table } from '../schema/table.ts';
import {
  ClaimList,
  type Claims,
  claimsByFile,
  isFormer,
  type KeyedClaim,
  type KeyPlace,
  keyPlacesByFile,
  unpackClaims,
} from './claim-list.ts';
import {
  type BatchMemory,
  type PackedGroup,
  type RememberedLookup,
  type RememberedRow,
  unpackMemory,
} from './memory.ts';

/** What a batch made of a row, by one of the records that claim it. */
export interface BatchRow {
  /** The print of its key, as it is stored. */
  readonly key: string;
  /** The print of its key, as the batch claims it: another one where the key holds generated keys. */
  readonly claim: string;
  /** Of several records that have one row, the first made it. The others met it, as all do where it was there before. */
  readonly fate: 'created' | 'updated' | 'met';
  /** The print of the row as the batch left it: null for the placeholder of an owner, undefined where another batch tells. */
  readonly content: string | null | undefined;
  /** The same without child rows of the application, where it has some. */
  readonly withoutSurplus?: string | undefined;
  readonly childKeys?: string | undefined;
  /** What stood in a row that was updated. */
  readonly before: PackedGroup | undefined;
  /** Null where no record claims it: a placeholder, or a row whose claim another file has taken over. */
  readonly record: number | null;
}

const NO_CLAIMS = new ClaimList(0).claims;

const NO_MEMORY: BatchMemory = { owners: [], rows: [] };

type ClaimedFile = readonly [path: string, claims: Iterable<KeyedClaim>];

/** A file of a batch; null for rows that no record claims. */
type FileRows = readonly [path: string | null, rows: readonly BatchRow[]];

/**
 * What the ledger knows of the rows of a batch, file by file. The claims say it all of a row that was created, but for
 * what is remembered beside them; of a batch with --no-undo that is nothing.
 */
export function* batchRows(
  { run_id: runId, claims: packed, undo }: LedgerRow,
  { owners }: DeclaredTables,
): Generator<FileRows> {
  const claims = packed instanceof Uint8Array ? unpackClaims(packed) : NO_CLAIMS;
  if (isFormer(claims)) throw formerRun(String(runId));
  const memory = undo instanceof Uint8Array ? unpackMemory(undo) : NO_MEMORY;
  const files = () => claimsByFile(claims);
  const known = knownRows(memory.rows, files);
  // A record may fill what was made in the same batch.
  yield [null, (memory.made ?? []).map(({ key, content }) => ({ ...CREATED, key, claim: key, content }))];
  if (owners) yield [null, memory.owners.map((owner) => placeholder(owner, owners))];
  for (const [path, entries] of files()) yield [path, Array.from(entries, (claim) => rowOf(claim, known, memory))];
  yield [null, [...known.values()].filter(({ fate }) => fate !== 'met')];
}

/** The claims of a batch whose rows were all created or met by these records alone: they say all that the ledger knows. */
export function claimsAlone({ claims: packed, undo }: LedgerRow): Claims | undefined {
  if (!(packed instanceof Uint8Array) || !(undo instanceof Uint8Array)) return undefined;
  const { owners, rows, made = [] } = unpackMemory(undo);
  const claims = owners.length + rows.length + made.length > 0 ? undefined : unpackClaims(packed);
  return claims && isFormer(claims) ? undefined : claims;
}

/** Whether an older version loaded the batch, whose prints of rows are others. */
export function isOfFormerVersion({ claims }: LedgerRow): boolean {
  return claims instanceof Uint8Array && isFormer(unpackClaims(claims));
}

function formerRun(runId: string): MigrateError {
  const message = `run ${runId} was loaded by an older version, whose ledger does not show every change of a row`;
  return new MigrateError('not-remembered', message, {
    hint: 'Load its files again with --reload: from then on they can be verified with --ledger and undone.',
  });
}

/** The prints of the keys of owners whose placeholders a batch made. */
export function madeOwners({ undo }: LedgerRow, { owners }: DeclaredTables): readonly string[] {
  if (owners === undefined || !(undo instanceof Uint8Array)) return [];
  return unpackMemory(undo).owners.map((owner) => storedKeyPrint(owners, () => owner).text);
}

/** Rows that a batch made because others name them. */
export function madeLookups({ undo }: LedgerRow): readonly RememberedLookup[] {
  return undo instanceof Uint8Array ? (unpackMemory(undo).made ?? []) : [];
}

/** The files whose records a batch loaded. */
export function pathsOf({ claims }: LedgerRow): readonly string[] {
  return claims instanceof Uint8Array ? unpackClaims(claims).paths.map(([path]) => path) : [];
}

/** The keys that a batch claims, as they are stored, file by file. Nothing of batches of older versions: their prints are others. */
export function* claimedKeys({
  claims,
  undo,
}: LedgerRow): Generator<readonly [path: string, keys: readonly KeyPlace[]]> {
  const list = claims instanceof Uint8Array ? unpackClaims(claims) : NO_CLAIMS;
  if (isFormer(list)) return;
  const memory = undo instanceof Uint8Array ? unpackMemory(undo).rows : [];
  // Those that repeat another record do not know the key of its row.
  const told = [...memory.filter((each) => !tells(each)), ...memory.filter(tells)];
  const storedKeys = new Map(told.flatMap(({ key, storedKey }) => (storedKey === undefined ? [] : [[key, storedKey]])));
  for (const [path, places] of keyPlacesByFile(list)) {
    yield [path, storedKeys.size === 0 ? places : places.flatMap((place) => asStored(place, storedKeys) ?? [])];
  }
}

function asStored(place: KeyPlace, storedKeys: ReadonlyMap<string, string>): KeyPlace | undefined {
  const stored = storedKeys.get(printText(place.words, place.at));
  if (stored === undefined) return place;
  if (stored === '') return undefined;
  const words = new Int32Array(2 * PRINT_LENGTH);
  words.set(stored.split(' ').map(Number));
  return { record: place.record, words, at: 0 };
}

function rowOf(
  { key, content, record }: KeyedClaim,
  known: Map<string, BatchRow>,
  { werePresent = false }: BatchMemory,
): BatchRow {
  const row = known.get(key);
  const fate = werePresent ? 'met' : 'created';
  if (row === undefined) return { ...CREATED, fate, key, claim: key, content, record };
  known.set(key, { ...row, fate: 'met' });
  return { ...row, record };
}

/** By the print of the key, as it is claimed. */
function knownRows(memories: readonly RememberedRow[], files: () => Iterable<ClaimedFile>): Map<string, BatchRow> {
  // One of the records with a key tells what is in the row, or none does: those that repeat another never do.
  const [silent, telling] = [memories.filter((each) => !tells(each)), memories.filter(tells)];
  const known = new Map([...silent, ...telling].map((memory) => [memory.key, rememberedRow(memory)]));
  const silentByKey = Map.groupBy(silent, ({ key }) => key);
  for (const [key, { content, times }] of silent.length === 0 ? [] : claimsTo(silentByKey, files())) {
    // Each memory is of one claim. Nothing is remembered of the first where it created the row and its claim says it all.
    const isUntold = known.get(key)?.content === undefined;
    if (isUntold && times > (silentByKey.get(key)?.length ?? 0))
      known.set(key, { ...CREATED, key, claim: key, content });
  }
  return known;
}

function tells({ content }: RememberedRow): boolean {
  return content !== undefined;
}

function rememberedRow({ key, storedKey, fate, before, ...said }: RememberedRow): BatchRow {
  const { content, withoutSurplus, childKeys } = said;
  return {
    key: storedKey || key,
    claim: key,
    fate: FATES[fate],
    content,
    withoutSurplus,
    childKeys,
    before,
    record: null,
  };
}

const CREATED = { fate: 'created', before: undefined, record: null } as const;

const FATES = { inserted: 'created', updated: 'updated', present: 'met' } as const;

/** The content of the first claim to each key, and how many there are. */
function claimsTo(keys: ReadonlyMap<string, unknown>, files: Iterable<ClaimedFile>) {
  const claims = new Map<string, { readonly content: string; times: number }>();
  for (const [, entries] of files) {
    for (const { key, content } of entries) {
      if (!keys.has(key)) continue;
      const claim = claims.get(key);
      if (claim) claim.times++;
      else claims.set(key, { content, times: 1 });
    }
  }
  return claims;
}

function placeholder(owner: string, owners: Table): BatchRow {
  const key = storedKeyPrint(owners, () => owner).text;
  return { ...CREATED, key, claim: key, content: null };
}
