import { OPTIONS } from '../settings/options.ts';
import { datasetLine } from './declare.ts';
import { memoryOf } from './descriptions.ts';
import type { ProposedDataset } from './proposed.ts';
import type { LeftFile, ReadSettings } from './sources.ts';
import { type Line, oneLine, yamlText } from './yaml-text.ts';

interface Found {
  readonly settings: ReadSettings;
  readonly files: number;
  readonly left: readonly LeftFile[];
  readonly rootName: string | undefined;
}

/** A config file that was not there before. */
export function proposalText(
  datasets: readonly ProposedDataset[],
  excludedFrom: (dataset: ProposedDataset) => readonly string[],
  { settings, files, left, rootName }: Found,
): string {
  const lines: readonly Line[] = [
    ...(rootName === undefined ? [] : [{ name: 'root', value: rootName }]),
    ...optionLines(settings),
    { name: 'datasets', value: datasets.map((dataset) => datasetLine(dataset, excludedFrom(dataset))) },
  ];
  return `${header(files, left)}${yamlText(lines)}${memoryOf(datasets).text}`;
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
    `${files} ${files === 1 ? 'file was' : 'files were'} read.`,
    ...(left.length > 0 ? ['', 'Not declared:', ...left.map(({ path, reason }) => `  ${path}: ${reason}`)] : []),
  ];
  return lines
    .map((line) => `# ${oneLine(line)}`.trimEnd())
    .join('\n')
    .concat('\n\n');
}
