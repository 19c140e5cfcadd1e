import type { Column, ColumnType } from '../../schema/table.ts';
import { AS_IT_IS, asItIs, type Form, type FormOf, type StoredType } from './form.ts';
import { jsonInJson, listInArray } from './json-forms.ts';
import {
  booleanInInteger,
  decimalInNumeric,
  inNumeric,
  integerInFloat8,
  larger,
  realInFloat4,
  realInInteger,
  textInInteger,
  textInNumeric,
} from './number-forms.ts';
import { limitedText, paddedText, textInAddress, textInEnum, textInUuid, uuidInText } from './text-forms.ts';
import { timeInInteger, timeOfFewerDigits, timeWithoutZone } from './time-forms.ts';

/** Each declared type in each type that can hold it. What is not here cannot. */
const FORMS: Readonly<Record<ColumnType, Readonly<Record<string, FormOf>>>> = {
  text: {
    text: asItIs,
    varchar: limitedText,
    citext: () => ({ note: 'texts that differ in case only are equal' }),
    bpchar: paddedText,
    uuid: textInUuid,
    enum: textInEnum,
    inet: textInAddress,
    int2: textInInteger,
    int4: textInInteger,
    int8: textInInteger,
    numeric: textInNumeric,
  },
  integer: { int8: asItIs, int4: larger, int2: larger, numeric: inNumeric, float8: integerInFloat8 },
  identity: { int8: asItIs, int4: asItIs, int2: asItIs },
  real: {
    float8: asItIs,
    float4: realInFloat4,
    numeric: inNumeric,
    int8: realInInteger,
    int4: realInInteger,
    int2: realInInteger,
  },
  decimal: { numeric: decimalInNumeric },
  boolean: { bool: asItIs, int2: booleanInInteger, int4: booleanInInteger, int8: booleanInInteger },
  timestamp: {
    timestamptz: timeOfFewerDigits,
    timestamp: timeWithoutZone,
    int8: timeInInteger,
    int4: timeInInteger,
  },
  date: { date: asItIs },
  time: { time: timeOfFewerDigits },
  uuid: { uuid: asItIs, text: uuidInText, varchar: uuidInText, bpchar: uuidInText },
  json: {
    jsonb: asItIs,
    json: jsonInJson,
    text: asItIs,
    varchar: (stored) => (stored.limit === undefined ? AS_IT_IS : undefined),
    array: listInArray,
  },
  bytes: { bytea: asItIs },
};

/** How a column of this type holds the values of the declared one; undefined where it cannot. */
export function formOf(declared: Column, stored: StoredType): Form | undefined {
  return FORMS[declared.type][stored.base]?.(stored, declared);
}
