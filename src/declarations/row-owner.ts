import type { StoredRecord } from '../datasets/dataset.ts';
import type { JsonValue } from '../json/value.ts';
import { compileCondition, sourcesOf } from './conditions.ts';
import type { Environment } from './environment.ts';
import type { Condition } from './language.ts';
import type { DatasetPlan } from './plan.ts';
import { compileColumnWriter } from './write-value.ts';

type Write = (record: StoredRecord) => JsonValue;

/** Of datasets that feed one table: whether a row is one that this dataset could have made, by its constants and its condition. */
export function compileFits({ columns, when }: DatasetPlan, write: Write): (record: StoredRecord) => boolean {
  const constants = columns.flatMap((column) => {
    const { value } = column.declaration;
    return value === undefined ? [] : [{ name: column.name, value, write: compileColumnWriter(column) }];
  });
  const holds = when && isOfMembers(when) ? compileCondition(when) : undefined;
  return (record) =>
    constants.every((constant) => {
      const stored = record.values[constant.name] ?? null;
      return String(stored === null ? null : constant.write(stored)) === String(constant.value);
    }) &&
    (holds === undefined || holds(write(record), NOWHERE));
}

/** Where a record lay in its file is not known any more. */
function isOfMembers(condition: Condition): boolean {
  return sourcesOf(condition).every((source) => source.startsWith('/') || source === '$value');
}

export const NOWHERE: Environment = {
  captures: new Map(),
  position: 0,
  namesAt: undefined,
  source: { stem: '', container: 'path', member: undefined, owner: '', path: '', occurrenceOf: () => 1 },
  options: {},
  document: new Map(),
  parent: undefined,
  mapKey: undefined,
};
