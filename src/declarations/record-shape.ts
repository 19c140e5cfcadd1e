import { MAX_LEVEL, MAX_MEMBERS, type Shape } from '../json/probe.ts';
import type { RecordPath } from './source.ts';

/** The shape of the first record at the end of a path; undefined where the beginning of the file has none. */
export function recordShape(steps: RecordPath['steps'], shape: Shape): Shape | undefined {
  let found: Shape | undefined = shape;
  for (const step of steps) {
    if (step.to === 'member') found = found?.members.get(step.name);
    else if (step.to === 'elements') found = found?.first;
    else found = found?.members.values().next().value;
  }
  return found;
}

/** Whether all of a document was seen, and members on the way to its records are nowhere: an empty list is there. */
export function isNowhere(steps: RecordPath['steps'], document: Shape): boolean {
  return document.complete && isAbsent(steps, document, 0);
}

function isAbsent(steps: RecordPath['steps'], { root, members, first }: Shape, level: number): boolean {
  const [step, ...further] = steps;
  if (step === undefined || level === MAX_LEVEL || members.size === MAX_MEMBERS) return false;
  if (step.to === 'elements') return first !== undefined && isAbsent(further, first, level + 1);
  if (root !== 'object') return false;
  const inner = step.to === 'member' ? members.get(step.name) : undefined;
  if (step.to === 'member') return inner === undefined || isAbsent(further, inner, level + 1);
  return members.size > 0 && [...members.values()].every((each) => isAbsent(further, each, level + 1));
}
