import type { Dataset } from '../datasets/dataset.ts';
import { isUnexplained, UNRECOGNISED, type UnrecognisedReason } from '../datasets/recognise.ts';
import { Registry } from '../datasets/registry.ts';
import type { Scratch } from '../files/scratch.ts';
import type { SourcePlace } from '../files/source-place.ts';
import { Inventory, restoreFile } from '../inventory/inventory.ts';
import { listFiles } from '../inventory/list.ts';
import { isNedb } from '../inventory/nedb.ts';
import { nameOf, recogniseFile } from '../inventory/recognise-file.ts';
import { scanFiles } from '../inventory/scan.ts';
import { fileType, type RecognisedFile, type SourceFile } from '../inventory/source.ts';
import type { Container } from '../json/split.ts';
import { DeclaredTables } from '../schema/declared-tables.ts';
import type { RunSettings } from '../settings/settings.ts';

/** What reading the files needs of the options. */
export type ReadSettings = Pick<
  RunSettings,
  'include' | 'exclude' | 'ignore' | 'encoding' | 'tempDir' | 'maxRecordBytes'
>;

/** A JSON file that `init` reads. */
export interface DataFile {
  readonly path: string;
  readonly place: SourcePlace;
  readonly bytes: number;
  readonly compression: RecognisedFile['compression'];
  /** Lines or a sequence of documents; else how the one document begins. */
  readonly begins: 'lines' | 'sequence' | 'list' | 'object' | 'scalar';
}

/** A file that cannot be read, or that no declaration may take, with the reason in words. */
export interface LeftFile {
  readonly path: string;
  readonly reason: string;
  /** It is JSON by its name, and cannot be read. */
  readonly isDamaged: boolean;
}

/** A dataset that takes every file that is JSON by its name, and those of NeDB, as it is: what lies in it is not known yet. */
const ANYTHING: Omit<Dataset, 'takesFile'> = {
  name: 'anything',
  mappingVersion: 0,
  description: '',
  tables: [],
  isOwned: false,
  destinations: new Map(),
  expects: () => false,
  containerOf: ({ lines, shape }): Container => {
    if (lines) return { kind: 'lines' };
    if (shape.begins === 'array') return { kind: 'path', steps: [{ to: 'elements' }] };
    if (shape.begins === 'object') return { kind: 'path', steps: [{ to: 'names' }] };
    return { kind: 'path', steps: [] };
  },
  compile() {
    throw new TypeError('nothing is loaded into it');
  },
  layout: { container: 'array', path: () => undefined, write: () => null } as never,
};

export interface FoundSources {
  readonly files: () => Iterable<DataFile>;
  readonly left: readonly LeftFile[];
  /** Files that recipes take, or know as no data: nobody has to declare them. */
  readonly taken: ReadonlySet<string>;
}

async function* nothing(): AsyncGenerator<never> {}

/** Finds what is JSON under the root, as a run would: what is not the application's is never input. */
export async function findSources(
  root: string,
  settings: ReadSettings,
  outputs: readonly string[],
  scratch: Scratch,
  recipes: readonly Dataset[] = [],
): Promise<FoundSources> {
  const inventory = new Inventory(scratch);
  const selection = { ...settings, never: [], outputs, isOwnInput: false };
  const { tree, entries, leftOutBy, isNamed } = await listFiles(root, selection, inventory);
  const takesFile = (path: string): boolean =>
    fileType(nameOf(path)) !== undefined || isNedb(path, tree.leafAt(path).place);
  const registry = new Registry([{ ...ANYTHING, takesFile }], new DeclaredTables([]), 'built-in');
  const left: LeftFile[] = [];
  await scanFiles(
    entries,
    inventory,
    nothing(),
    {
      root,
      registry,
      only: [],
      encoding: settings.encoding,
      owner: { layout: 'flat', user: undefined, rootIsApplication: false, rootHasSettings: false },
      reload: false,
      rehash: false,
      leftOutBy,
      isNamed,
      fingerprintOf: () => '',
    },
    { onFile: (file) => left.push(...leftOf(file)), onUnchanged: () => undefined },
  );
  const taken = new Set<string>();
  for (const stored of recipes.length === 0 ? [] : inventory.files()) {
    const { path, place } = restoreFile(stored, root);
    const found = recogniseFile({ path, place }, settings.encoding, recipes);
    if (found.kind === 'found' || (found.kind === 'unrecognised' && !isUnexplained(found.reason))) taken.add(path);
  }
  const files = function* (): Generator<DataFile> {
    for (const stored of inventory.files()) {
      const { path, place, bytes, verdict } = restoreFile(stored, root);
      if (verdict.kind !== 'recognised' || taken.has(path)) continue;
      const { container, compression } = verdict;
      yield { path, place, bytes: bytes ?? 0, compression, begins: beginningOf(container) };
    }
  };
  return { files, left: left.filter(({ path }) => !taken.has(path)), taken };
}

function beginningOf(container: Container): DataFile['begins'] {
  if (container.kind === 'lines') return container.isSequence ? 'sequence' : 'lines';
  const [step] = container.kind === 'path' ? container.steps : [];
  if (step === undefined) return 'scalar';
  return step.to === 'elements' ? 'list' : 'object';
}

/** What holds data that a run would not load. */
const TELLING = ['unknown-ending', 'unknown-compression', 'zip-file', 'not-a-regular-file', 'symlink'];

function leftOf({ path, verdict }: SourceFile): LeftFile[] {
  if (verdict.kind === 'failed') return [{ path, reason: verdict.finding.message, isDamaged: true }];
  if (verdict.kind === 'unrecognised' && TELLING.includes(verdict.reason))
    return [{ path, reason: UNRECOGNISED[verdict.reason as UnrecognisedReason], isDamaged: false }];
  return [];
}
