import { OPEN_ARRAY, OPEN_OBJECT } from './bytes.ts';
import { isArrayIndex, joinPointer, pointerTokens } from './pointer.ts';
import type { Container, RecordPlace, Step } from './raw-record.ts';

/** Every container that is one document. */
export type DocumentContainer = Exclude<Container, { kind: 'lines' }>;

/** The way from the root to the records, for every container that is one document. */
export function stepsOf(container: DocumentContainer): readonly Step[] {
  switch (container.kind) {
    case 'document':
      return [];
    case 'array':
      return [{ to: 'elements' }];
    case 'map':
      return [{ to: 'names' }];
    case 'member':
      return [{ to: 'member', name: container.name }, ...(container.isRecord ? [] : [{ to: 'entries' } as const])];
    case 'path':
      return container.steps;
  }
}

/** What a value must be to be opened by a step, in words. */
export const WANTED: Readonly<Record<Step['to'], string>> = {
  member: 'an object',
  names: 'an object',
  elements: 'an array',
  entries: 'an array or an object',
};

export function isOpenedBy({ to }: Step, byte: number): boolean {
  return (byte === OPEN_ARRAY && to !== 'member' && to !== 'names') || (byte === OPEN_OBJECT && to !== 'elements');
}

/** The place of a record by the pointer to it, and by its place in its list or object, which the pointer to a member does not tell. */
export function placeAt(container: Container, pointer: string, index: number | undefined): RecordPlace | undefined {
  if (container.kind !== 'path' || !container.isPlaced || pointer === '') return undefined;
  const tokens = pointerTokens(pointer) ?? [];
  const captures = container.steps.flatMap((step, depth) => (step.to === 'names' ? [tokens[depth] ?? ''] : []));
  const last = tokens[container.steps.length - 1] ?? '';
  return { captures, index: index ?? (isArrayIndex(last) ? Number(last) : 0), pointer };
}

/** Whether two ways meet: one leads to the same place as the other, or further below it. */
export function waysMeet(one: string, other: string): boolean {
  const [a, b] = [one.split('/'), other.split('/')];
  return a.every((name, depth) => depth >= b.length || name === '*' || b[depth] === '*' || name === b[depth]);
}

/** The way as a pointer, in which `*` stands for what is data. */
export function pathText(steps: readonly Step[]): string {
  return steps.reduce((pointer, step) => (step.to === 'member' ? joinPointer(pointer, step.name) : `${pointer}/*`), '');
}
