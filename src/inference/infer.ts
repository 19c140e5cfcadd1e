import { parseRecord, placeOf } from '../checking/validate.ts';
import { singular } from '../declarations/spellings.ts';
import { openScratch } from '../files/scratch.ts';
import type { Container, Step } from '../json/split.ts';
import { OPTIONS } from '../settings/options.ts';
import { bytewise } from '../system/bytewise.ts';
import { bindReferences } from './bind-references.ts';
import { datasetLine } from './declare.ts';
import { DistinctStore } from './distinct.ts';
import { type FileGroup, FileGroups } from './file-groups.ts';
import { nameColumns } from './name-columns.ts';
import { snakeCase } from './names.ts';
import { capturesIn, GroupedFiles, strangersOf } from './patterns.ts';
import { type Place, placesOf } from './places.ts';
import { type PlannedPlace, type ProposedDataset, proposeTables } from './proposed.ts';
import { readShape, recordsOf } from './read-shape.ts';
import { addRecord, RecordPlanner } from './records.ts';
import { findReferences } from './references.ts';
import type { Budget } from './shape.ts';
import { type DataFile, findSources, type LeftFile, type ReadSettings } from './sources.ts';
import { type Line, oneLine, yamlText } from './yaml-text.ts';

/** What `init` found, and what it proposes. */
export interface Inference {
  readonly datasets: readonly ProposedDataset[];
  /** The config file: the same for the same data. */
  readonly text: string;
  /** Files that could not be read, and those that no declaration can take, with reasons in words. */
  readonly left: readonly LeftFile[];
  readonly files: number;
}

/** Reads everything under the root twice: for the shapes, then for the values of what was found. */
export async function infer(root: string, settings: ReadSettings, outputs: readonly string[]): Promise<Inference> {
  const scratch = openScratch(settings.tempDir);
  const { files, left } = await findSources(root, settings, outputs, scratch);
  const budget: Budget = { places: 0 };
  const groups = new FileGroups();
  const grouped = new GroupedFiles(scratch);
  const unread: LeftFile[] = [];
  let count = 0;
  for (const file of files()) {
    const { shape, findings } = await readShape(file, settings, budget);
    for (const reason of findings) unread.push({ path: file.path, reason, isDamaged: true });
    // Of what is damaged from the start there is nothing to declare.
    if (findings.length > 0 && shape.present === shape.empty) continue;
    grouped.add(file.path, groups.add(file, shape));
    count++;
  }
  const { groups: found, groupOf } = groups.finish();
  const planner = new RecordPlanner(new DistinctStore(scratch));
  const planned = new Map<FileGroup, readonly PlannedPlace[]>();
  for (const group of found) {
    const captures = group.segments.flatMap(({ varies }, at) => (varies ? [captureName(group, at)] : []));
    planned.set(
      group,
      placesOf(group, settings.maxRecordBytes / 2).map((place) => ({
        place,
        draft: planner.ofPlace(place, captures, mapNames(place)),
      })),
    );
  }
  const ofFile = (path: string): FileGroup | undefined => groupOf(grouped.draftOf(path) ?? -1, path);
  for (const file of files()) {
    const group = ofFile(file.path);
    if (group === undefined) continue;
    for (const each of planned.get(group) ?? []) await addValues(file, group, each, settings);
  }
  const datasets = proposeTables(found.flatMap((group) => planned.get(group) ?? []));
  findReferences(datasets);
  nameColumns(datasets);
  bindReferences(datasets);
  const excluded = strangersOf(found, files(), ofFile);
  const all = [...left, ...unread].toSorted((a, b) => bytewise(a.path, b.path));
  const lines = datasets.map((dataset) => datasetLine(dataset, [...(excluded.get(dataset.group) ?? [])]));
  const text = `${header(count, all)}${yamlText([...optionLines(settings), { name: 'datasets', value: lines }])}`;
  scratch.close();
  return { datasets, text, left: all, files: count };
}

/** A name for what varies in a path: one of what the directory around it holds. */
function captureName({ segments }: FileGroup, at: number): string {
  const { prefix: around = '', varies = true } = segments[at - 1] ?? {};
  const one = singular(snakeCase([around], ''));
  if (!varies && one !== snakeCase([around], '')) return one;
  return at === segments.length - 1 ? 'name' : 'folder';
}

function mapNames({ steps }: Place): readonly string[] {
  return steps.flatMap(({ to }) => (to === 'names' ? ['key'] : []));
}

async function addValues(
  file: DataFile,
  group: FileGroup,
  { place, draft }: PlannedPlace,
  settings: ReadSettings,
): Promise<void> {
  const inPath = capturesIn(group, file.path);
  for await (const raw of recordsOf(file, containerOf(file, place), settings, new Set())) {
    const parsed = parseRecord(raw, []);
    if ('rejects' in parsed) continue;
    const { captures, index } = placeOf(raw);
    addRecord(draft, parsed.record.value, [...inPath, ...captures], index);
  }
}

function containerOf({ begins }: DataFile, { steps }: Place): Container {
  if (begins === 'lines' || begins === 'sequence')
    return { kind: 'lines', ...(begins === 'sequence' && { isSequence: true as const }) };
  return { kind: 'path', steps: steps as readonly Step[], isPlaced: true };
}

/** What the files were found and read with, where it is no default: a run must do the same. */
function optionLines({ encoding, include, exclude, ignore, maxRecordBytes }: ReadSettings): readonly Line[] {
  const lists = Object.entries({ include, exclude, ignore }).filter(([, globs]) => globs.length > 0);
  return [
    ...(encoding === OPTIONS.encoding.default ? [] : [{ name: 'encoding', value: encoding }]),
    ...lists.map(([name, globs]) => ({ name, value: [...globs] })),
    ...(maxRecordBytes === OPTIONS.maxRecordBytes.default ? [] : [{ name: 'maxRecordBytes', value: maxRecordBytes }]),
  ];
}

function header(files: number, left: readonly LeftFile[]): string {
  const lines = [
    'Proposed by migrate-json init. Straight from here `migrate-json run` loads every record; what it guesses wrongly costs beauty,',
    'never data. The numbers behind the columns say how many records have them. See docs/init.md.',
    `${files} files were read.`,
    ...(left.length > 0 ? ['', 'Not declared:', ...left.map(({ path, reason }) => `  ${path}: ${reason}`)] : []),
  ];
  return lines
    .map((line) => `# ${oneLine(line)}`.trimEnd())
    .join('\n')
    .concat('\n\n');
}
