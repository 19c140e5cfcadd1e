import type { Shape } from '../json/probe.ts';
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
