import type { Adoption } from './compare.ts';

/** What an upgrade does to a table that is there, in words: what it loosens first. */
export function describeAdoption(adoption: Adoption): string {
  const { table, relaxes, converts, drops, adds, generates, addsKey, buildsEvents } = adoption;
  const listed = (what: string, names: readonly string[]): string[] =>
    names.length === 0 ? [] : [`${what} ${names.join(', ')}`];
  return [
    ...listed('allows NULL in', relaxes),
    ...listed('changes the type of', converts),
    ...listed('drops', drops),
    ...listed(
      'adds',
      adds.map(({ name }) => name),
    ),
    ...listed('numbers', generates),
    ...(addsKey ? [`makes (${table.naturalKey.join(', ')}) unique`] : []),
    ...(buildsEvents ? ['makes events for rows'] : []),
  ].join('; ');
}
