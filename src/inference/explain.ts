import { pathText, pointerText } from './declare.ts';
import { patternOf } from './patterns.ts';
import { allRecords, type Lookup, type ProposedColumn, type ProposedDataset, type ProposedRecord } from './proposed.ts';

/** What the evidence is about, and the evidence in words; it quotes no value. */
export type Evidence = readonly (readonly [about: string, evidence: string])[];

/** The evidence for a table, or for a column: `orders`, `orders.user_id`; undefined where there is no such. */
export function explain(datasets: readonly ProposedDataset[], name: string): Evidence | undefined {
  const records = allRecords(datasets);
  for (const record of records) {
    if (record.table === name) return tableEvidence(record);
    const column = record.columns.find((each) => `${record.table}.${each.name}` === name);
    if (column !== undefined) return columnEvidence(record, column);
  }
  return undefined;
}

/** Every name that can be explained. */
export function explainedNames(datasets: readonly ProposedDataset[]): readonly string[] {
  return allRecords(datasets).flatMap(({ table, columns }) => [
    table,
    ...columns.map(({ name }) => `${table}.${name}`),
  ]);
}

function tableEvidence(record: ProposedRecord): Evidence {
  const { parent, draft, key, isOne, children } = record;
  return [
    ...('group' in record ? placeEvidence(record as ProposedDataset) : []),
    ...(parent === undefined ? [] : [['rows', `${draft.rows}, in ${parent.draft.rows} of ${parent.table}`] as const]),
    ['key', keyWords(key, isOne, parent !== undefined)],
    ['columns', String(record.columns.length)],
    ['tables in it', children.map(({ table }) => table).join(', ') || 'none'],
  ];
}

function placeEvidence({ group, place, draft, version }: ProposedDataset): Evidence {
  const { paths } = group;
  const pattern = patternOf(group, []).replaceAll('<>', '*');
  return [
    ['files', `${pattern}: ${paths.count}, the first is ${paths.first}`],
    ['records', `${draft.rows}, at ${pathText(place.steps, []).replaceAll('<>', '*') || 'the document itself'}`],
    ...(version === undefined ? [] : [['which', JSON.stringify(version)] as const]),
  ];
}

function keyWords(key: readonly ProposedColumn[], isOne: boolean, isChild: boolean): string {
  if (key.length > 0) {
    const names = key.map(({ name }) => name).join(', ');
    return `${names}: every record has another value${key.length > 1 ? ' of them together' : ''}`;
  }
  if (isOne) return 'a constant: there is one row';
  return isChild
    ? 'that of the row around it, and the place in the list'
    : 'none is unique and complete: a hash of the record';
}

function columnEvidence({ draft: { rows } }: ProposedRecord, column: ProposedColumn): Evidence {
  const { draft, twin, type, candidates, lookup } = column;
  const { stats, source } = draft;
  const kinds = Object.entries(stats.counts).filter(([, count]) => count > 0);
  return [
    ['from', sourceWords(source) + (twin === undefined ? '' : ', which repeats a name in the path or the map')],
    ['there in', `${stats.present} of ${rows}`],
    ['kinds', kinds.map(([kind, count]) => `${kind} ${count}`).join(', ') || 'none'],
    ...(draft.isJson || valueWords(column) === '' ? [] : [['values', valueWords(column)] as const]),
    ['type', `${type.type}${type.epoch === undefined ? '' : `, in ${type.epoch} since 1970`}`],
    ...(lookup === undefined ? [] : [['refers to', lookupWords(lookup)] as const]),
    ...candidates.map(
      ({ table, column: target, score, found, of, isWritten }) =>
        [
          isWritten ? 'refers to' : 'may refer to',
          `${table.table}.${target.name}: ${found} of ${of} values are there, certainty ${score.toFixed(2)}`,
        ] as const,
    ),
  ];
}

function lookupWords({ table, column, by, found, of }: Lookup): string {
  return `${table.name}.${column}, by ${by}: ${found} of ${of} values are there`;
}

export function sourceWords(source: ProposedColumn['draft']['source']): string {
  if (source.of === 'member') return pointerText(source.way);
  if (source.of === 'capture') return source.from === 'path' ? 'the path of the file' : 'the name in the map';
  return source.of === 'position' ? 'the place in the list' : 'the element itself';
}

export function valueWords({ draft: { stats } }: ProposedColumn): string {
  if (stats.counts.text + stats.counts.number === 0) return '';
  const words = [`${stats.distinct.count} different`];
  if (stats.distinct.isUnique) words.push('unique');
  if (stats.counts.text > 0) words.push(`texts of at most ${stats.longest} bytes`);
  if (stats.counts.number > 0) {
    const digits = stats.fraction > 0 ? `${stats.whole} and ${stats.fraction} after the point` : String(stats.whole);
    words.push(`numbers of at most ${digits} digits`);
  }
  if (stats.naive > 0) words.push(`${stats.naive} times without a zone`);
  return words.join(', ');
}
