import { readYaml } from '../../declarations/yaml-text.ts';
import { type ConfigContents, placeOfRecord } from '../../inference/config-contents.ts';
import { evidenceFor, isRequired, pathText } from '../../inference/declare.ts';
import { sourceWords, valueWords } from '../../inference/explain.ts';
import type { Inference } from '../../inference/infer.ts';
import { patternOf } from '../../inference/patterns.ts';
import {
  allRecords,
  type ProposedChild,
  type ProposedColumn,
  type ProposedDataset,
  type ProposedRecord,
} from '../../inference/proposed.ts';
import type { PageColumn, PageReference, PageTable, ProposalPage } from '../../reporters/proposal/page.ts';
import type { ProposalConfig } from './config.ts';
import { contentsOf, type ProposalView } from './view.ts';

/** The proposal as the page shows it. */
export function pageOf(found: Inference, view: ProposalView, { root, path }: ProposalConfig): ProposalPage {
  const { placeOf } = readYaml(found.text, '');
  const contents = contentsOf(found);
  const records = allRecords(found.datasets).filter((record) => contents.hasRecord(record));
  const places = new Map(records.map((record, at) => [record, at]));
  return {
    root,
    config: path,
    files: found.files,
    questions: view.questions.map(({ line, about }) => ({ line, ...about })),
    tables: records.map(
      (record): PageTable => ({
        name: record.table,
        line: placeOf(placeOfRecord(record)).line ?? 1,
        parent: record.parent === undefined ? undefined : places.get(record.parent),
        source: sourceOf(record),
        rows: record.draft.rows,
        key: record.key.map(({ name }) => name).join(', '),
        columns: columnsIn(record, contents).map((column) => pageColumn(column, record)),
        references: columnsIn(record, contents).flatMap((column) => referenceOf(column, places)),
      }),
    ),
    left: found.left,
  };
}

function columnsIn(record: ProposedRecord, contents: ConfigContents): readonly ProposedColumn[] {
  return record.columns.filter((column) => contents.hasColumn(record, column));
}

function sourceOf(record: ProposedRecord): string {
  if (record.parent !== undefined) return pathText((record as ProposedChild).steps, []).replaceAll('<>', '*');
  const { group, place } = record as ProposedDataset;
  const { count, first } = group.paths;
  const files = count === 1 ? first : `${count} files ${patternOf(group, []).replaceAll('<>', '*')}`;
  const at = pathText(place.steps, []).replaceAll('<>', '*');
  return at === '' ? files : `${files} at ${at}`;
}

function pageColumn(column: ProposedColumn, record: ProposedRecord): PageColumn {
  const { name, draft, type } = column;
  const notes = [...(isRequired(column, record) ? ['required'] : []), ...evidenceFor(column)];
  const { reference, lookup } = column;
  if (lookup) notes.push(`refers to ${lookup.table.name}.${lookup.column} by ${lookup.by}`);
  if (reference?.isWritten) notes.push(`refers to ${reference.table.table}.${reference.column.name}`);
  return {
    name,
    from: sourceWords(draft.source),
    type: type.type,
    present: draft.source.of === 'position' ? record.draft.rows : draft.stats.present,
    shape: draft.isJson ? '' : valueWords(column),
    notes: notes.join('; '),
  };
}

function referenceOf(
  { name, reference, lookup }: ProposedColumn,
  places: ReadonlyMap<ProposedRecord, number>,
): readonly PageReference[] {
  const named = lookup?.feeds && places.get(lookup.feeds);
  if (named !== undefined) return [{ column: name, to: named, kind: 'enforced' }];
  const to = reference && places.get(reference.table);
  if (reference === undefined || to === undefined) return [];
  if (!reference.isWritten) return [{ column: name, to, kind: 'likely' }];
  return [{ column: name, to, kind: reference.bond === 'keep' ? 'kept' : 'enforced' }];
}
