import { collectionsOf } from '../datasets/collections.ts';
import type { Candidate, Dataset } from '../datasets/dataset.ts';
import type { PathParts } from '../datasets/owner.ts';
import { type Recognition, recognise } from '../datasets/recognise.ts';
import type { SourcePlace } from '../files/source-place.ts';
import { blanksBefore, probe, probeLines, type Shape } from '../json/probe.ts';
import type { Container } from '../json/split.ts';
import { type Finding, type Place, WHOLE_FILE } from '../reject.ts';
import { isByContent, isExplained } from './explained-content.ts';
import { HEADS, readHead } from './file-head.ts';
import { type Compression, fileType, type NamedCollection, stemOf, type Verdict } from './source.ts';

/** What a file is, before anything is known of who owns it. */
export interface FoundFile {
  readonly kind: 'found';
  readonly dataset: string;
  readonly container: Container;
  readonly reason: string;
  readonly compression: Compression;
  readonly parts: PathParts;
  /** Where the file holds records of several datasets: the others, and members that hold no records. */
  readonly others?: readonly NamedCollection[];
  readonly elsewhere?: readonly string[];
}

/** A file by its place. */
export interface FilePlace {
  readonly path: string;
  readonly place: SourcePlace;
}

/** Looks at the beginning of a file, and further where that tells nothing. */
export function recogniseFile(
  { path, place }: FilePlace,
  encoding: string,
  all: readonly Dataset[],
): FoundFile | NotData {
  const segments = segmentsOf(path);
  const taking = all.filter((dataset) => dataset.takesFile?.(path));
  // A dataset that says which files it takes takes no others.
  const byRecords = all.filter(({ takesByRecords }) => takesByRecords);
  const datasets = all.filter(({ takesFile, takesByRecords }) => takesFile === undefined && !takesByRecords);
  const type = fileType(segments.at(-1) ?? '') ?? (taking.length > 0 ? anyName(segments.at(-1) ?? '') : undefined);
  if (type === undefined) return { kind: 'unrecognised', reason: 'not-json', skippedBy: null };
  const { stem } = type;
  const parts = { segments, stem };
  let verdict = failed('empty-file', 'the file is empty');
  // A large member may stand before those that tell what the file is, so an unknown shape deserves a longer look.
  for (const bytes of HEADS) {
    const head = readHead(place, encoding, bytes);
    if (head.finding !== undefined) return { kind: 'failed', finding: head.finding, place: WHOLE_FILE };
    const { packing: compression } = head;
    if (compression === 'zip') return ZIP_FILE;
    if (compression === 'other') return UNREAD;
    if (!head.atEnd && isMostlyBlank(head.text, bytes)) {
      verdict = UNKNOWN;
      continue;
    }
    const { lines, isSequence, shape } = shapeOf(head, type.lines);
    // Brotli, for one, has no signature.
    if (type.isPacked && compression === 'none' && shape.root === 'invalid' && shape.begins === undefined)
      return UNREAD;
    const candidate = { ...parts, lines, shape };
    const declared =
      takenBy(taking, candidate, isSequence, 'path') ??
      takenBy(byRecords, candidate, isSequence, 'content') ??
      // A document with its records deep in it, and something behind its end: no records are such documents.
      (isSequence &&
        !type.lines &&
        takenBy(taking, { ...parts, lines: false, shape: probe(head.text, head.atEnd) }, false, 'path'));
    if (declared) return { kind: 'found', ...declared, compression, parts };
    const recognised = withSequence(recogniseHead(candidate, head, datasets), isSequence);
    const found = holdsItsKind(candidate, recognised, datasets) ? DATABASE : recognised;
    // What else there is comes after the records, however many there are.
    const mayHoldMore = found.dataset ? found.container.kind === 'member' : found.reason === 'unknown-shape';
    const holdsMore = mayHoldMore ? severalIn(candidate, found, datasets) : undefined;
    if (mayHoldMore && shape.begins === 'object' && !head.atEnd && !head.damage && bytes < MOST) {
      verdict = UNKNOWN;
      continue;
    }
    if (holdsMore) return { kind: 'found', ...holdsMore, compression, parts };
    if (found.dataset) return { kind: 'found', ...found, compression, parts };
    if (head.damage) return { kind: 'failed', finding: head.damage, place: WHOLE_FILE };
    verdict = unrecognisedShape(shape, found.reason, head.text);
    if (verdict.kind === 'unrecognised' && isByContent(found.reason)) {
      if (head.atEnd) return isExplained(found.reason, head.text) ? verdict : UNKNOWN;
      verdict = UNKNOWN;
      continue;
    }
    if (head.atEnd || verdict.kind === 'failed' || found.reason !== 'unknown-shape') break;
  }
  return verdict;
}

/** Whether too little of a value is seen to tell what it is, because blanks come before it. */
function isMostlyBlank(text: string, bytes: number): boolean {
  const blanks = blanksBefore(text);
  return bytes < MOST ? 2 * blanks >= text.length : blanks === text.length;
}

/** A file that a declaration names, whatever its ending. */
function anyName(name: string): NonNullable<ReturnType<typeof fileType>> {
  return { stem: stemOf(name), lines: false, isPacked: false };
}

/** A file as recognition sees it after its longest look, or one at so many bytes; undefined where it cannot be read. */
export function candidateOf({ path, place }: FilePlace, encoding: string, bytes: number = MOST): Candidate | undefined {
  const segments = segmentsOf(path);
  const name = segments.at(-1) ?? '';
  const head = readHead(place, encoding, bytes);
  if (head.finding !== undefined || head.packing === 'other' || head.packing === 'zip') return undefined;
  const { stem, lines: byName } = fileType(name) ?? anyName(name);
  const { lines, shape } = shapeOf(head, byName);
  return { segments, stem, lines, shape };
}

/** The datasets that take the file by its path or content, and where in it their records lie. */
function takenBy(
  taking: readonly Dataset[],
  candidate: Candidate,
  isSequence: boolean,
  by: 'path' | 'content',
): Several | undefined {
  const all = taking.flatMap(({ name, containerOf }) => {
    const container = containerOf(candidate);
    if (container === undefined) return [];
    const isDocuments = container.kind === 'lines' && isSequence;
    return [
      { dataset: name, container: isDocuments ? { kind: 'lines' as const, isSequence: true as const } : container },
    ];
  });
  const [first, ...others] = all.toSorted((a, b) => (a.dataset < b.dataset ? -1 : 1));
  if (first === undefined) return undefined;
  const reason = `${by}: declared for ${all.map(({ dataset }) => dataset).join(', ')}`;
  return { ...first, reason, ...(others.length > 0 && { others }) };
}

/** Directories below which the names of files are ids. */
const KNOWN = ['conversations', 'usage', 'settings'];

/** A zip file of Windows, unpacked elsewhere, leaves paths as names of files: `conversations\\ann\\c.json`. */
function segmentsOf(path: string): readonly string[] {
  const segments = path.split('/');
  const name = segments.at(-1) ?? '';
  if (!name.includes('\\') || segments.slice(0, -1).some((segment) => KNOWN.includes(segment))) return segments;
  return [...segments.slice(0, -1), ...name.split('\\').filter((part) => part !== '')];
}

interface HeadShape {
  readonly lines: boolean;
  /** Documents follow one another, over several lines each. */
  readonly isSequence: boolean;
  readonly shape: Shape;
}

/** A `.jsonl` may be one JSON list, a `.json` may have a document on each line: what is in it decides. */
function shapeOf({ text, atEnd }: { readonly text: string; readonly atEnd: boolean }, byName: boolean): HeadShape {
  if (byName && !['[', SEPARATOR].includes(text.replace('\ufeff', '').trimStart()[0] ?? '')) {
    const shape = probeLines(text, atEnd);
    if (shape.root !== 'invalid') return { lines: true, isSequence: false, shape };
    const document = documents(text, atEnd);
    return document.isSequence ? document : { lines: true, isSequence: false, shape };
  }
  const found = documents(text, atEnd);
  // No record is a list: the first line is a bad one.
  const isBadLine = byName && found.shape.problem?.code === 'trailing-garbage';
  return isBadLine ? { lines: true, isSequence: false, shape: probeLines(text, atEnd) } : found;
}

const SEPARATOR = '\u001e';

function documents(text: string, atEnd: boolean): HeadShape {
  if (text.replace('\ufeff', '').trimStart().startsWith(SEPARATOR)) {
    return { lines: true, isSequence: true, shape: probeLines(text.replaceAll(SEPARATOR, ''), atEnd) };
  }
  const shape = probe(text, atEnd);
  const { problem } = shape;
  // No record is a list: what follows one is no other record.
  const mayFollow = problem?.code === 'trailing-garbage' && shape.begins !== 'array';
  const follows = mayFollow ? text[problem.offset] : undefined;
  if (problem === undefined || (follows !== '{' && follows !== SEPARATOR))
    return { lines: false, isSequence: false, shape };
  const first = text.slice(0, problem.offset);
  const isSequence = follows === SEPARATOR || !/^[^\n]*\n\s*$/.test(first.replace(/^\ufeff?\s*/, ''));
  return { lines: true, isSequence, shape: isSequence ? probe(first, true) : probeLines(text, atEnd) };
}

function withSequence(found: Recognition, isSequence: boolean): Recognition {
  if (!isSequence || found.dataset === undefined || found.container.kind !== 'lines') return found;
  return { ...found, container: { kind: 'lines', isSequence } };
}

/** A file whose lines are nothing may be one document, such as an object around a list of records. */
function recogniseHead(
  candidate: Candidate,
  head: { readonly text: string; readonly atEnd: boolean },
  datasets: readonly Dataset[],
): Recognition {
  const found = recognise(candidate, datasets);
  if (found.dataset || !candidate.lines || !head.atEnd) return found;
  const shape = probe(head.text, true);
  const document = shape.problem === undefined ? recognise({ ...candidate, lines: false, shape }, datasets) : found;
  return document.dataset ? document : found;
}

const UNREAD: NotData = { kind: 'unrecognised', reason: 'unknown-compression', skippedBy: null };

const ZIP_FILE: NotData = { kind: 'unrecognised', reason: 'zip-file', skippedBy: null };

const UNKNOWN: NotData = { kind: 'unrecognised', reason: 'unknown-shape', skippedBy: null };

/** Of a file that may hold records of several datasets so much is looked at. */
const MOST = Math.max(...HEADS);

type Several = Pick<FoundFile, 'dataset' | 'container' | 'reason' | 'others' | 'elsewhere'>;

const DATABASE: Recognition = { dataset: undefined, reason: 'unknown-shape' };

/** What holds records of its own dataset is none of them: a file of conversations beside a list of all messages. */
function holdsItsKind(candidate: Candidate, recognition: Recognition, datasets: readonly Dataset[]): boolean {
  if (recognition.dataset === undefined || recognition.container.kind !== 'document') return false;
  const { dataset: name } = recognition;
  return collectionsOf(candidate, datasets).found.some(
    ({ dataset, container }) => dataset === name && container.name === name,
  );
}

/** The datasets of a file that is a whole database, by name. */
function severalIn(candidate: Candidate, recognition: Recognition, datasets: readonly Dataset[]): Several | undefined {
  const { found, indexes } = collectionsOf(candidate, datasets);
  const known = recognition.dataset && recognition.container.kind === 'member' ? [recognition] : [];
  const all = [
    ...known.filter(({ container }) => !found.some((each) => isSame(each.container, container))),
    ...found,
  ].toSorted((a, b) => (a.dataset < b.dataset ? -1 : 1));
  const [first, ...others] = all;
  if (first === undefined) return undefined;
  const reason = `content: records of ${all.map(({ dataset }) => dataset).join(', ')}`;
  return {
    dataset: first.dataset,
    container: first.container,
    reason: others.length === 0 && recognition.dataset ? recognition.reason : reason,
    ...(others.length > 0 && {
      others: others.map(({ dataset, container }) => ({ dataset, container })),
    }),
    ...(indexes.length > 0 && { elsewhere: indexes }),
  };
}

function isSame(one: Container, other: Container): boolean {
  return one.kind === 'member' && other.kind === 'member' && one.name === other.name;
}

export type NotData = Exclude<Verdict, { kind: 'recognised' }>;

/** A JSON file that is empty or broken is bad data, whatever it was meant to be. */
function unrecognisedShape(shape: Shape, reason: string, text: string): NotData {
  if (shape.root === 'empty') return failed('empty-file', 'the file is empty');
  if (shape.problem === undefined) return { kind: 'unrecognised', reason, skippedBy: null };
  const { code, message, offset } = shape.problem;
  return { kind: 'failed', finding: { code, message, pointer: '' }, place: placeIn(text, offset) };
}

function placeIn(text: string, offset: number): Place {
  const lines = text.slice(0, offset).split('\n');
  const column = [...(lines.at(-1) ?? '').replace('\ufeff', '')].length + 1;
  return { record: null, line: lines.length, column, byte: Buffer.byteLength(text.slice(0, offset)) };
}

export function failed(code: Finding['code'], message: string): NotData {
  return { kind: 'failed', finding: { code, message, pointer: '' }, place: WHOLE_FILE };
}

export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
