import type { Shape } from '../json/probe.ts';
import { type Container, pathText } from '../json/split.ts';
import type { Candidate, Dataset } from './dataset.ts';
import { isIndexList } from './index-list.ts';
import { models } from './models.ts';
import { fallbackContainer, hasAny, inDirectory } from './shapes.ts';

/** Why a file is not read, by stable code. */
export const UNRECOGNISED = {
  'not-json': 'not a JSON file',
  'unknown-shape': 'JSON that no dataset knows',
  'unknown-compression': 'compressed in a way that is not read; gzip and zstd are',
  'zip-file':
    'a zip file, which is not opened where it lies among other files; run it by itself: `migrate-json run FILE.zip`',
  'unknown-ending': 'JSON by its name, but not .json, .jsonl or .ndjson',
  nedb: 'lines of NeDB that no dataset is declared for; init proposes one',
  'empty-list': 'a list or an object with nothing in it',
  'index-file': 'an index of conversations, rebuilt by the application; the conversations themselves are loaded',
  'counter-file': 'a counter of the application, not data',
  sidecar: 'describes the dump beside it, holds no rows',
  'aggregate-not-rows': 'totals that an application computed from its rows; the rows themselves are loaded',
  'own-output': 'written by migrate-json',
  'tool-files': 'kept by a file system, an editor or another tool; --include can name it',
  'old-version': 'by its name an older or unfinished version of the file beside it',
  'config-file': 'the configuration of migrate-json',
  symlink: 'a symbolic link; links are not followed',
  'not-a-regular-file': 'a pipe, socket or device',
  'no-reason': 'lies in a directory of rejects without the reason that tells what it is',
  excluded: 'left out by --only, --include, --exclude or ignore',
} as const;

const UNEXPLAINED: readonly string[] = [
  'unknown-shape',
  'unknown-compression',
  'zip-file',
  'unknown-ending',
  'nedb',
  'symlink',
  'no-reason',
] satisfies readonly UnrecognisedReason[];

/** Whether a file with this reason looks like data that was not read. All others are explained: a run is complete without them. */
export function isUnexplained(reason: string): reason is UnrecognisedReason {
  return UNEXPLAINED.includes(reason);
}

export type UnrecognisedReason = keyof typeof UNRECOGNISED;

export type Recognition =
  | { readonly dataset: string; readonly container: Container; readonly reason: string }
  | { readonly dataset: undefined; readonly reason: UnrecognisedReason };

/** Takes a file for a dataset: by path and shape, else by shape alone, else by path alone if the file is damaged. */
export function recognise(candidate: Candidate, datasets: readonly Dataset[]): Recognition {
  const notData = besideConversations(candidate);
  if (notData) return { dataset: undefined, reason: notData };
  if (isOwnReport(candidate)) return { dataset: undefined, reason: 'own-output' };
  if (isEmpty(candidate.shape)) return { dataset: undefined, reason: 'empty-list' };
  const expected = datasets.filter((dataset) => dataset.expects(candidate));
  return (
    firstFit(expected, candidate, 'path and content') ??
    sidecar(candidate) ??
    aggregate(candidate) ??
    firstFit(datasets, candidate, 'content') ??
    damaged(expected[0], candidate) ?? { dataset: undefined, reason: unknownReason(candidate) }
  );
}

/** A list or an object with nothing in it. */
function isEmpty({ root, complete, first, members }: Shape): boolean {
  return complete && first === undefined && members.size === 0 && (root === 'array' || root === 'object');
}

/** Why JSON is no data of any dataset: an empty list of rows and an index are explained. */
function unknownReason({ shape }: Candidate): UnrecognisedReason {
  const members = [...shape.members.values()];
  if (isIndexList(shape) || members.some(isIndexList)) return 'index-file';
  const isNested = ({ root }: Shape): boolean => root === 'array' || root === 'object';
  const nested = members.filter(isNested);
  return shape.complete && nested.length > 0 && nested.every(isEmpty) ? 'empty-list' : 'unknown-shape';
}

function firstFit(datasets: readonly Dataset[], candidate: Candidate, how: string): Recognition | undefined {
  for (const dataset of datasets) {
    const container = dataset.containerOf(candidate);
    if (container) return { dataset: dataset.name, container, reason: `${how}: ${wordsFor(container)}` };
  }
  return undefined;
}

function damaged(dataset: Dataset | undefined, candidate: Candidate): Recognition | undefined {
  const { root } = candidate.shape;
  if (dataset === undefined || (root !== 'invalid' && root !== 'empty')) return undefined;
  return {
    dataset: dataset.name,
    container: fallbackContainer(candidate),
    reason: 'path alone: the content is damaged',
  };
}

/** The metadata of a model is named like the description of a dump. */
function sidecar(candidate: Candidate): Recognition | undefined {
  const { stem, shape } = candidate;
  const isSidecar = stem.endsWith('_metadata') && shape.root === 'object' && !models.containerOf(candidate);
  return isSidecar ? { dataset: undefined, reason: 'sidecar' } : undefined;
}

/** What an LLM proxy answers to `GET /metrics`. */
const TOTALS = [
  'total_requests',
  'successful_requests',
  'failed_requests',
  'streaming_requests',
  'avg_response_time_ms',
];

function aggregate({ shape }: Candidate): Recognition | undefined {
  const isAggregate = shape.root === 'object' && TOTALS.filter((name) => shape.members.has(name)).length >= 2;
  return isAggregate ? { dataset: undefined, reason: 'aggregate-not-rows' } : undefined;
}

/** A report that an earlier run left among the sources. */
function isOwnReport({ shape }: Candidate): boolean {
  return ['report_version', 'tool_version', 'run_id', 'root'].every((name) => shape.members.has(name));
}

/** The application keeps an index and a counter between its conversations. */
function besideConversations(candidate: Candidate): UnrecognisedReason | undefined {
  const { stem, lines, shape } = candidate;
  if (!inDirectory(candidate, 'conversations') || hasAny(shape, ['messages'])) return undefined;
  if (stem === 'index' && shape.root !== 'invalid' && shape.root !== 'empty') return 'index-file';
  if (!lines && isListOfTitles(shape)) return 'index-file';
  return stem === 'meta' && shape.root === 'object' ? 'counter-file' : undefined;
}

/** Conversations without messages, several in one file. */
function isListOfTitles(shape: Shape): boolean {
  const entry = shape.begins === 'array' ? shape.first : undefined;
  return (
    isIndexList(shape) ||
    (entry !== undefined &&
      hasAny(entry, ['title']) &&
      !hasAny(entry, ['messages', 'council_deliberation', 'data', 'role', 'isBot', 'content']))
  );
}

/** How records lie in a file. */
export function wordsFor(container: Container): string {
  switch (container.kind) {
    case 'document':
      return 'one record';
    case 'array':
      return 'a list of records';
    case 'member':
      return `a list of records under "${container.name}"`;
    case 'map':
      return 'a map of records';
    case 'path':
      return `records at ${pathText(container.steps)}`;
    case 'lines':
      return 'one record per line';
  }
}
