import { readYaml } from '../../declarations/yaml-text.ts';
import { ConfigContents, placeOfRecord } from '../../inference/config-contents.ts';
import type { Inference } from '../../inference/infer.ts';
import type { Addition } from '../../inference/merge.ts';
import type { ProposedDataset, ProposedRecord } from '../../inference/proposed.ts';
import { type Question, questionsOf } from '../../inference/questions.ts';
import { isMap } from '../config-file.ts';

/** A dataset as the table and the page show it. */
export interface DatasetView {
  readonly name: string;
  readonly line: number;
  readonly files: string;
  readonly fileCount: number;
  readonly records: number;
  readonly key: string;
  readonly columns: number;
  readonly children: readonly string[];
  readonly references: readonly string[];
  readonly questions: number;
}

export interface Placed<T> {
  readonly line: number;
  readonly about: T;
}

export interface ProposalView {
  readonly datasets: readonly DatasetView[];
  readonly questions: readonly Placed<{ readonly of: string; readonly text: string }>[];
  readonly additions: readonly Placed<Addition>[];
}

/** What of the proposal the config has. */
export function contentsOf({ additions, isMerged }: Inference): ConfigContents {
  return new ConfigContents(isMerged ? additions : undefined);
}

/** What was found, with the lines of the config that say it. */
export function viewOf(found: Inference, text: string): ProposalView {
  const { datasets, additions } = found;
  const contents = contentsOf(found);
  const { placeOf, value } = readYaml(text, '');
  const lineOf = (at: readonly string[]): number => placeOf(at).line ?? 1;
  const all = questionsOf(datasets, contents);
  const asked = isMap(value) && 'naiveTime' in value ? all.filter(({ isZone }) => !isZone) : oneForZones(all);
  const questions = asked.map(({ at, text: words }) => ({
    line: lineOf(at),
    at,
    about: { of: nameOf(at), text: words },
  }));
  return {
    datasets: datasets
      .filter((each) => contents.hasRecord(each))
      .map((dataset) => {
        const at = placeOfRecord(dataset);
        return {
          ...datasetView(dataset),
          line: lineOf(at),
          questions: questions.filter((each) => at.every((name, index) => each.at[index] === name)).length,
        };
      }),
    questions: questions.toSorted((a, b) => a.line - b.line),
    additions: additions.map((about) => ({ line: lineOf([...about.at, about.name]), about })),
  };
}

const MOST_ZONES = 3;

/** Where many columns have times without a zone, one question is asked of them. */
function oneForZones(questions: readonly Question[]): readonly Question[] {
  const zones = questions.filter(({ isZone }) => isZone);
  if (zones.length <= MOST_ZONES) return questions;
  const names = zones.slice(0, MOST_ZONES).map(({ at }) => nameOf(at));
  const text = `${zones.length} columns hold times that name no zone: which one is it? Write \`naiveTime\` above, or \`zone\` where it is another: ${names.join(', ')}, …`;
  return [{ at: ['datasets'], text }, ...questions.filter(({ isZone }) => !isZone)];
}

/** `orders.user_id`, `order_items` */
function nameOf(at: readonly string[]): string {
  if (at.length === 1) return 'times';
  return at
    .filter((name, index) => index > 0 && !['children', 'columns'].includes(name))
    .slice(-2)
    .join('.');
}

function datasetView(dataset: ProposedDataset): Omit<DatasetView, 'line' | 'questions'> {
  const { table, group, draft, key, isOne, columns, children, declared } = dataset;
  return {
    name: declared[0]?.plan.name ?? table,
    files: group.paths.count === 1 ? group.paths.first : '',
    fileCount: group.paths.count,
    records: draft.rows,
    key: isOne ? 'one row' : (declared[0]?.plan.table.naturalKey ?? key.map(({ name }) => name)).join(', '),
    columns: columns.length,
    children: children.map((child) => child.table),
    references: [...new Set(referencesOf(dataset))],
  };
}

function referencesOf({ columns, children }: ProposedRecord): readonly string[] {
  const own = columns.flatMap(({ reference, lookup }) => {
    if (lookup !== undefined) return [lookup.table.name];
    return reference?.isWritten === true ? [reference.table.table] : [];
  });
  return [...own, ...children.flatMap(referencesOf)];
}
