import { readFaithfully } from '../../json/parse.ts';
import type { FormOf } from './form.ts';
import { isWithin } from './number-forms.ts';

export const jsonInJson: FormOf = () => ({ compared: (value) => `${value}::jsonb`, staged: 'jsonb' });

/** A list of JSON as the array that PostgreSQL reads. https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO */
export const listInArray: FormOf = ({ element = '' }) => {
  const isElement = ELEMENTS[element];
  if (isElement === undefined) return undefined;
  return {
    note: 'only lists of such values are held',
    refuses: (value) => {
      const list = readFaithfully(String(value));
      return Array.isArray(list) && list.every(isElement) ? undefined : 'it is no list of such values';
    },
    write: (value) => {
      const list = readFaithfully(String(value)) as readonly unknown[];
      const written = list.map((each) => (each === null ? 'NULL' : `"${String(each).replace(/["\\]/g, '\\$&')}"`));
      return `{${written.join(',')}}`;
    },
    read: (value) => `to_jsonb(${value})`,
  };
};

const isText = (value: unknown): boolean => value === null || typeof value === 'string';

const isInteger =
  (base: string) =>
  (value: unknown): boolean =>
    value === null ||
    ((typeof value === 'bigint' || Number.isSafeInteger(value)) && isWithin(BigInt(value as number | bigint), base));

const ELEMENTS: Readonly<Record<string, (value: unknown) => boolean>> = {
  text: isText,
  varchar: isText,
  int2: isInteger('int2'),
  int4: isInteger('int4'),
  int8: isInteger('int8'),
  bool: (value) => value === null || typeof value === 'boolean',
};
