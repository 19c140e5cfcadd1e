import { singular } from '../declarations/spellings.ts';
import { isCopy } from '../files/tool-files.ts';
import { isAlike } from './alike.ts';
import type { FileGroup } from './file-groups.ts';
import { isIdLike } from './map-or-record.ts';
import { type Names, snakeCase } from './names.ts';
import type { Place } from './places.ts';
import type { PlannedPlace } from './twins.ts';

/** The tables of places, and how those are called that lie in the groups of a map. */
export function nameTables(
  planned: readonly PlannedPlace[],
  names: Names,
  declaredName: (place: PlannedPlace) => string | undefined,
  isCopied: (place: Place) => boolean,
): { readonly tables: ReadonlyMap<PlannedPlace, string>; readonly inGroups: ReadonlyMap<string, string> } {
  const wanted = planned.map(({ place }) =>
    namesForTable(place, planned.filter((each) => each.place.group === place.group).length),
  );
  const often = counted(wanted.map(([first = '']) => first));
  const inGroups = new Map<string, string>();
  const tables = new Map<PlannedPlace, string>();
  const nameFor = ({ place, draft }: PlannedPlace, [first = '', ...others]: readonly string[]): string => {
    // Where several places have a name, it is that of the file which is called so.
    const isContended = (often.get(first) ?? 0) > 1 && first !== stemOf(place.group) && others.length > 0;
    const ordered = isContended ? [...others, first] : [first, ...others];
    if (isCopied(place)) ordered.splice(1, 0, `${ordered[0]}_copy`);
    if (!draft.children.some(({ member }) => member.length === 0)) return names.take(ordered, standsFor(place));
    // What lies in the groups of a map is called as the map is.
    const groups = names.take(
      ordered.map((name) => `${singular(name)}_groups`),
      standsFor(place),
    );
    inGroups.set(groups, ordered[0] ?? '');
    return groups;
  };
  // What is copied has the name.
  const inTurn = [...planned.entries()].toSorted(([, one], [, two]) => +isCopied(one.place) - +isCopied(two.place));
  for (const [at, each] of inTurn) tables.set(each, declaredName(each) ?? nameFor(each, wanted[at] ?? []));
  return { tables, inGroups };
}

/** Files that hold the same kind of records, where those of the group are copies by their names. */
export function originalOf(group: FileGroup, planned: readonly PlannedPlace[]): FileGroup | undefined {
  if (!isCopy(group.paths.first)) return undefined;
  const others = planned.map(({ place }) => place.group).filter(({ paths }) => !isCopy(paths.first));
  const alike = others.filter(({ begins, shape }) => begins === group.begins && isAlike(shape, group.shape));
  const stem = stemOf(group);
  return alike.find((each) => stem === stemOf(each) || stem.startsWith(`${stemOf(each)}_`)) ?? alike[0];
}

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
function stemOf({ segments }: FileGroup): string {
  const texts = segments.map(({ prefix, suffix, varies }) =>
    varies ? snakeCase([prefix, suffix], '') : snakeCase([prefix], ''),
  );
  // 2024.json in logs/ is a log: a number or an id is no name.
  const isName = (text: string, at: number): boolean => /^[^\d]/.test(text) && !isIdLike(segments[at]?.prefix ?? '');
  const last = segments.at(-1);
  if (last?.varies === true) return texts.slice(0, -1).findLast(isName) ?? (texts.at(-1) || 'files');
  return texts.findLast(isName) ?? texts.findLast((text) => text !== '') ?? 'files';
}

function standsFor({ steps, group }: Place): string {
  return JSON.stringify([group.segments, group.ending, steps]);
}

function counted(texts: readonly string[]): ReadonlyMap<string, number> {
  const times = new Map<string, number>();
  for (const text of texts) times.set(text, (times.get(text) ?? 0) + 1);
  return times;
}
