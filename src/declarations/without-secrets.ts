import { isSecretName } from '../datasets/secret-names.ts';
import type { ChildDeclaration, ColumnDeclaration, Condition, DatasetDeclaration, Declarations } from './language.ts';
import { isByColumn } from './language-column.ts';

const MASK = '********';

/** Beginnings of keys that services give out, and texts that nobody would remember. */
const SECRET_VALUE =
  /^(?:sk|pk|rk|gh[opsu]|xox[abprs]|glpat)[-_]|^AKIA|^eyJ|^-----BEGIN|^(?=.*\d)(?=.*[A-Za-z])[\w+/=-]{32,}$/;

type Scalar = string | number | boolean | null;

/** Declarations in which constants that look like a secret are stars. They change no table and no key. */
export function withoutSecrets(declarations: Declarations): Declarations {
  return { ...declarations, datasets: mapValues(declarations.datasets, (dataset) => dataset && datasetOf(dataset)) };
}

function datasetOf(dataset: DatasetDeclaration): DatasetDeclaration {
  const { parameters, skip, check } = dataset;
  return {
    ...recordOf(dataset),
    ...(parameters && { parameters: mapValues(parameters, masked) }),
    ...(skip && { skip: mapValues(skip, conditionOf) }),
    ...(check && { check: mapValues(check, conditionOf) }),
  };
}

function recordOf<Record extends DatasetDeclaration | ChildDeclaration>(record: Record): Record {
  const { columns, children, when } = record;
  return {
    ...record,
    columns: mapValues(columns, columnOf),
    ...(children && { children: mapValues(children, recordOf) }),
    ...(when && { when: conditionOf(when) }),
  };
}

const CONSTANTS = ['value', 'default', 'insert_default'] as const;

function columnOf(column: string | ColumnDeclaration, name: string): string | ColumnDeclaration {
  if (typeof column === 'string') return column;
  const own = CONSTANTS.flatMap((key) => {
    const constant = column[key];
    return constant === undefined ? [] : [[key, constantOf(constant, name)]];
  });
  return { ...column, ...Object.fromEntries(own) };
}

function constantOf(constant: NonNullable<ColumnDeclaration['default']> | null, name: string): unknown {
  if (Array.isArray(constant)) return constant.map((each) => masked(each, name));
  if (!isByColumn(constant)) return typeof constant === 'object' ? constant : masked(constant, name);
  return { ...constant, values: mapValues(constant.values, (value) => masked(value, name)) };
}

/** What is compared with a member of such a name. */
function conditionOf(condition: Condition): Condition {
  return mapValues(condition, (value, source) =>
    /^[/$]/.test(source) ? maskedAll(value, source.split('/').at(-1) ?? source) : value,
  );
}

function maskedAll(value: Condition[string], name: string): Condition[string] {
  return Array.isArray(value) ? value.map((each) => masked(each, name)) : masked(value, name);
}

function masked<Value extends Scalar>(value: Value, name: string): Value | string {
  return typeof value === 'string' && (isSecretName(name) || SECRET_VALUE.test(value)) ? MASK : value;
}

function mapValues<Value, Other>(
  map: Readonly<Record<string, Value>>,
  change: (value: Value, name: string) => Other,
): Record<string, Other> {
  return Object.fromEntries(Object.entries(map).map(([name, value]) => [name, change(value, name)]));
}
