import type { RecordAccount } from '../datasets/account.ts';
import { kindOf } from '../datasets/misfits.ts';
import { mayBeReordered } from '../json/name-order.ts';
import { joinPointer } from '../json/pointer.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../json/value.ts';
import type { Environment } from './environment.ts';
import type { RecordPath } from './source.ts';

/** An element of a child table in its record. */
export interface Element {
  readonly value: JsonValue;
  readonly pointer: string;
  /** The names of members on the way to it that are data. */
  readonly captures: readonly string[];
  /** In its list or map, from 0. */
  readonly position: number;
}

/** The elements at the end of a path, in the order of the source. What is not as the path says goes into the account. */
export function elementsAt(
  value: JsonValue,
  { steps }: RecordPath,
  pointer: string,
  { namesAt }: Pick<Environment, 'namesAt'>,
  account: RecordAccount,
): readonly Element[] {
  const found: Element[] = [];
  const visit = (here: JsonValue, at: string, captures: readonly string[], position: number, depth: number): void => {
    const step = steps[depth];
    if (step === undefined) found.push({ value: here, pointer: at, captures, position });
    // Absent and null are nothing.
    else if (here === null) return;
    else if (step.to === 'member') {
      const inner = isJsonObject(here) && Object.hasOwn(here, step.name) ? (here[step.name] ?? null) : null;
      visit(inner, joinPointer(at, step.name), captures, position, depth + 1);
    } else if (step.to === 'names' && isJsonObject(here)) {
      for (const [index, name] of namesIn(here, at, namesAt).entries())
        visit(here[name] ?? null, joinPointer(at, name), [...captures, name], index, depth + 1);
    } else if (step.to === 'elements' && Array.isArray(here)) {
      for (const [index, item] of here.entries()) visit(item, joinPointer(at, index), captures, index, depth + 1);
    } else {
      const wanted = step.to === 'names' ? 'an object' : 'a list';
      account.reject('wrong-type', at, `${wanted} is expected, not ${kindOf(here)}`);
    }
  };
  visit(value, pointer, NONE, 0, 0);
  return found;
}

const NONE: readonly string[] = [];

function namesIn(object: JsonObject, pointer: string, namesAt: Environment['namesAt']): readonly string[] {
  const names = Object.keys(object);
  if (namesAt === undefined || !mayBeReordered(object)) return names;
  const inOrder = namesAt(pointer).filter((name) => Object.hasOwn(object, name));
  return inOrder.length === names.length ? inOrder : names;
}
