import { canonicalJson } from '../json/canonical.ts';
import { isPlain, type JsonValue } from '../json/value.ts';
import type { Column, Value } from '../schema/table.ts';
import { readDate, type TimeResult } from '../time/time.ts';
import { countPlainKeys } from './plain-keys.ts';

/** What a column stores for a value that is good beyond doubt; undefined for any other, which zod then judges. */
export type Accept = (value: JsonValue) => Value | undefined;

/** The short way of `columnSchema`: for every value that it accepts, it answers what the schema would. */
export function acceptColumn(declared: Column, readTime: (text: string) => TimeResult): Accept {
  switch (declared.type) {
    case 'text':
    case 'uuid':
      return declared.oneOf ? acceptOneOf(declared.oneOf) : acceptText(declared.max);
    case 'integer':
      return acceptInteger(declared);
    case 'real':
      return acceptReal(declared);
    case 'boolean':
      return acceptBoolean;
    case 'timestamp':
      return (value) => (typeof value === 'string' ? certain(readTime(value)) : undefined);
    case 'date':
      return (value) => (typeof value === 'string' ? certain(readDate(value)) : undefined);
    case 'json':
      return (value) => (isPlain(value) && countPlainKeys('', value) === 0 ? canonicalJson(value) : undefined);
    default:
      return () => undefined;
  }
}

/** UTF-16 units are never fewer than characters. */
export function acceptText(max = Number.POSITIVE_INFINITY): Accept {
  return (value) => (typeof value === 'string' && value.length <= max ? value : undefined);
}

/** Of text or whole numbers. */
export function acceptIdentifier(max: number | undefined): Accept {
  const accept = acceptText(max);
  return (value) => accept(Number.isSafeInteger(value) ? String(value) : value);
}

function acceptOneOf(words: readonly string[]): Accept {
  return (value) => words.find((word) => word === value);
}

/** A zero without its sign, as a bigint has none. */
function acceptInteger({ min = Number.MIN_SAFE_INTEGER, most = Number.MAX_SAFE_INTEGER }: Column): Accept {
  return (value) =>
    typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= most ? value + 0 : undefined;
}

function acceptReal({ min = -Number.MAX_VALUE, most = Number.MAX_VALUE }: Column): Accept {
  return (value) => (typeof value === 'number' && value >= min && value <= most ? value : undefined);
}

function acceptBoolean(value: JsonValue): boolean | undefined {
  if (typeof value === 'boolean') return value;
  if (value === 1) return true;
  return value === 0 ? false : undefined;
}

/** A local time that occurs twice is counted as a repair. */
function certain(result: TimeResult): string | undefined {
  return 'ok' in result && !result.ambiguous ? result.ok : undefined;
}
