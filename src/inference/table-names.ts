import { singular } from '../declarations/spellings.ts';
import type { FileGroup } from './file-groups.ts';
import { isIdLike } from './map-or-record.ts';
import { snakeCase } from './names.ts';
import type { Place } from './places.ts';

/** How the table may be called, the best first. */
export function namesForTable({ steps, group, isRow }: Place, placesOfGroup: number): readonly string[] {
  const stem = stemOf(group);
  const member = steps.findLast((step) => step.to === 'member');
  if (member === undefined) return isRow && placesOfGroup > 1 ? [`${stem}_info`, stem] : [stem, `${stem}_list`];
  const own = snakeCase([member.name], 'member');
  const prefixed = snakeCase([singular(stem), member.name]);
  const isGeneral = GENERAL.test(own) && own !== stem;
  const outer = steps.filter((step) => step.to === 'member').map(({ name }) => name);
  const long = snakeCase([singular(stem), ...outer]);
  // What a file holds beside one row is what it is called after.
  if (isGeneral) return placesOfGroup <= 2 && !isRow ? [stem, prefixed, long] : [prefixed, long];
  return [own, prefixed, long];
}

/** Names that say nothing of what the records are. */
const GENERAL =
  /^(?:values?|items?|data|records?|entries|list|results?|rows|all|settings|config|meta|metadata|info|content|\d.*)$/;

/** What the files are called, as far as they have it in common: the file, else the nearest directory. */
export function stemOf({ segments }: FileGroup): string {
  const texts = segments.map(({ prefix, suffix, varies }) =>
    varies ? snakeCase([prefix, suffix], '') : snakeCase([prefix], ''),
  );
  // 2024.json in logs/ is a log: a number or an id is no name.
  const isName = (text: string, at: number): boolean => /^[^\d]/.test(text) && !isIdLike(segments[at]?.prefix ?? '');
  const last = segments.at(-1);
  if (last?.varies === true) return texts.slice(0, -1).findLast(isName) ?? (texts.at(-1) || 'files');
  return texts.findLast(isName) ?? texts.findLast((text) => text !== '') ?? 'files';
}
