import type { FoundColumn } from '../databases/found-table.ts';
import { type ConfigContents, placeOfColumn, placeOfRecord } from './config-contents.ts';
import { declaredColumn } from './declared-columns.ts';
import { likelyKey } from './key-pairs.ts';
import { inColumn, isHeld, meaningOfTexts, unfilled } from './onto-tables.ts';
import { patternOf } from './patterns.ts';
import type { ProposedColumn, ProposedDataset, ProposedRecord } from './proposed.ts';
import { flow } from './yaml-text.ts';

/** What only a person can know. */
export interface Question {
  /** Where in the config the answer belongs. */
  readonly at: readonly string[];
  readonly text: string;
  /** Times without a zone: most often all have the same. */
  readonly isZone?: boolean;
}

/** The questions of a proposal, in the order of the config. None quotes a value. */
export function questionsOf(datasets: readonly ProposedDataset[], config: ConfigContents): readonly Question[] {
  return datasets.flatMap((dataset) => questionsIn(dataset, config));
}

function questionsIn(record: ProposedRecord, config: ConfigContents): readonly Question[] {
  if (!config.hasRecord(record)) return [];
  const own = [...copyQuestion(record as ProposedDataset), ...keyQuestion(record), ...tableQuestions(record)].map(
    (text): Question => ({ at: placeOfRecord(record), text }),
  );
  const columns = record.columns.flatMap((column) => {
    if (!config.hasColumn(record, column)) return [];
    const at = placeOfColumn(record, column);
    const zone = zoneQuestion(record, column).map((text): Question => ({ at, text, isZone: true }));
    return [...zone, ...columnQuestions(record, column).map((text): Question => ({ at, text }))];
  });
  return [...own, ...columns, ...record.children.flatMap((child) => questionsIn(child, config))];
}

function copyQuestion({ copyOf, group, parent, declared }: ProposedDataset): readonly string[] {
  if (parent !== undefined || copyOf === undefined || declared.length > 0) return [];
  const [own, other] = [group, copyOf].map((each) => patternOf(each, []).replaceAll('<>', '*'));
  return [
    `its files are called like copies of \`${other}\`: are they? Then take the dataset out, and write \`ignore: [${flow(own ?? '')}]\` beside \`datasets\``,
  ];
}

function keyQuestion(record: ProposedRecord): readonly string[] {
  const { key, isOne, parent, declared, draft } = record;
  const isAnswered = declared[0] !== undefined && declared[0].plan.table.recordKey === undefined;
  if (key.length > 0 || isOne || parent !== undefined || draft.rows === 0 || isAnswered) return [];
  const { pair } = record as ProposedDataset;
  const alone = likelyKey(record as ProposedDataset);
  if (alone !== undefined) {
    const name = declaredColumn(record, alone)?.name ?? alone.name;
    return [`\`${name}\` tells its records apart: is it their \`key\`?`];
  }
  if (pair !== undefined) {
    const [one, other] = pair.map((column) => declaredColumn(record, column)?.name ?? column.name);
    return [`\`${one}\` and \`${other}\` together tell its records apart: are they its \`key\`?`];
  }
  return ['no member is a key by its name, so that each record is known by all that it holds: is there a `key`?'];
}

/** What a table that is there wants, or that there is none. */
function tableQuestions({ onto, isNowhere, table, declared }: ProposedRecord): readonly string[] {
  if (declared.length > 0) return [];
  if (isNowhere)
    return [
      `no table that is there holds these records, a run makes \`${table}\`: is one of them meant? Write \`table\``,
    ];
  const open = onto === undefined ? [] : unfilled(onto);
  return open.map(
    ({ name, words }) =>
      `\`${name}\` (${words}) must have a value, and no member gives one: which one is it? Write it with \`value\`, \`default\` or \`derive\``,
  );
}

function zoneQuestion(record: ProposedRecord, column: ProposedColumn): readonly string[] {
  const { draft, type } = column;
  const declared = declaredColumn(record, column)?.declaration;
  const isAsProposed = declared === undefined || declared.type === type.type;
  if (type.naive === undefined || declared?.zone !== undefined || declared?.format !== undefined || !isAsProposed)
    return [];
  return [`${type.naive} of ${draft.stats.present} times name no zone: which one is it? Write \`zone\``];
}

/** SQLite holds texts in columns of any type; an application that finds them there may not. */
function typeQuestion(column: ProposedColumn, stored: FoundColumn): readonly string[] {
  if (column.lookup !== undefined) return [];
  const advice = column.type.type === 'text' ? meaningOfTexts(stored) : undefined;
  // What they mean is asked for already.
  if (column.type.spelled !== undefined && advice !== undefined) return [];
  const holds = isHeld(column, stored);
  if (holds && advice === undefined) return [];
  const why = holds ? 'which is for no texts' : 'which does not hold all such values';
  const write = advice === undefined ? '' : ` Write ${advice}`;
  return [`the column is of the type ${stored.words}, ${why}: what do they mean?${write}`];
}

/** Texts stay as they are until somebody says what they mean. A column of an application that is for texts says it. */
function spellingQuestion(
  { draft: { stats }, type: { spelled } }: ProposedColumn,
  stored?: FoundColumn,
): readonly string[] {
  const isLikely = stored === undefined ? spelled?.isLikely : meaningOfTexts(stored) !== undefined;
  if (spelled === undefined || isLikely !== true) return [];
  const lines = spelled.meant.map((line) => `\`${flow(stored ? inColumn(line, stored) : line).slice(2, -2)}\``);
  const zone = spelled.is === 'times' ? ', with their `zone`' : '';
  return [`all ${stats.present} texts look like ${spelled.is}: are they? Write ${lines.join(' or ')}${zone}`];
}

function columnQuestions(record: ProposedRecord, column: ProposedColumn): readonly string[] {
  const { draft, type, reference } = column;
  const { stats } = draft;
  const declared = declaredColumn(record, column)?.declaration;
  const questions: string[] = [];
  const isAsProposed = declared === undefined || declared.type === type.type;
  const { onto } = record;
  if (onto !== undefined && draft.source.of !== 'position' && declared === undefined) {
    const stored = onto.columns.get(column);
    if (stored === undefined)
      questions.push(
        `\`${onto.table.name}\` has no such column, so that records which have the member are rejected: which column holds it? Or ignore it: \`rest: { ignore: [...] }\``,
      );
    else questions.push(...typeQuestion(column, stored));
  }
  const { lookup } = column;
  if (lookup !== undefined && lookup.found < lookup.of && declared === undefined)
    questions.push(
      `${lookup.of - lookup.found} of ${lookup.of} values are the \`${lookup.by}\` of no row of ${lookup.table.name}, and their records are rejected: shall a run make these rows? Write \`make: true\`, or \`orphans: set_null\``,
    );
  if (reference !== undefined && declared?.references === undefined) {
    const target = `${reference.table.table}.${reference.column.name}`;
    if (!reference.isWritten)
      questions.push(
        `${reference.found} of ${reference.of} values are in ${target}: does it refer to it? Write \`references\``,
      );
  }
  if (reference?.isWritten && reference.found < reference.of && (declared === undefined || declared.orphans === 'keep'))
    questions.push(
      `${reference.of - reference.found} of ${reference.of} values refer to no row of ${reference.table.table}: is that so?`,
    );
  if (type.misfits !== undefined && isAsProposed)
    questions.push(
      `all but ${type.misfits.count} of ${stats.present} values are of the type ${type.misfits.type}: are these wrong?`,
    );
  if (declared === undefined || declared.type === 'text')
    questions.push(...spellingQuestion(column, onto?.columns.get(column)));
  if (type.type === 'literal' && isAsProposed) questions.push('its values are of several kinds: which one is meant?');
  if (column.isSecret && reference?.isWritten !== true && declared?.secret === undefined)
    questions.push('it may hold secrets: `secret: sha256` stores their hashes, which no export can undo');
  return questions;
}
