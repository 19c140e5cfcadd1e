import type { Candidate } from '../datasets/dataset.ts';
import { findContainer, findRows } from '../datasets/shapes.ts';
import type { Way } from '../json/pointer.ts';
import type { Shape } from '../json/probe.ts';
import type { Container } from '../json/split.ts';
import type { Look, RecogniseDeclaration } from './language-recognise.ts';
import type { RecognisePlan } from './plan.ts';
import type { Problems } from './problem.ts';
import type { Place } from './record-draft.ts';
import { Misspelt, readSource } from './source.ts';
import { patternProblem } from './text-pattern.ts';

/** The signature of a dataset in its normal form, with what is wrong with it. */
export function recognisePlan(declared: RecogniseDeclaration, at: Place, problems: Problems): RecognisePlan {
  const { records = [], expected = [], under = [], named = [], map_key, written, by_name } = declared;
  if (records.length + expected.length === 0)
    problems.add(at, 'say what its records look like: write `records:` or `expected:`');
  if (
    expected.length > 0 &&
    [declared.called, declared.below, declared.inside, declared.named].every((each) => each === undefined)
  )
    problems.add(
      [...at, 'expected'],
      'say which files are expected to be its own: write `called:`, `below:`, `inside:` or `named:`',
    );
  const pattern = (name: 'called' | 'below' | 'inside'): RegExp | undefined => {
    const text = declared[name];
    const problem = text === undefined ? undefined : patternProblem(text);
    if (problem !== undefined) problems.add([...at, name], problem);
    return text === undefined || problem !== undefined ? undefined : new RegExp(text, 'iu');
  };
  const looksOf = (name: 'records' | 'expected'): RecognisePlan['records'] =>
    (declared[name] ?? []).map((look, place) => {
      for (const text of pointersOf(look)) {
        const source = readSource(text);
        if (source instanceof Misspelt || source.of !== 'record')
          problems.add([...at, name, String(place)], `name members by pointer, such as /${text.replace(/^\W+/, '')}`);
      }
      return { fits: compileLook(look), isOfLists: look.only === 'lists' };
    });
  return {
    records: looksOf('records'),
    expected: looksOf('expected'),
    called: pattern('called'),
    below: pattern('below'),
    inside: pattern('inside'),
    under,
    mapKey: map_key,
    named,
    byName: by_name && {
      like: new RegExp(by_name.like, 'iu'),
      lacks: { fits: compileLook(by_name), isOfLists: false },
    },
    written,
  };
}

/** Whether the path alone says that a file should hold the dataset. */
export function isExpected({ called, below, inside }: RecognisePlan, { stem, segments }: Candidate): boolean {
  return (
    called?.test(stem) === true ||
    inside?.test(segments.at(-2) ?? '') === true ||
    segments.slice(0, -1).some((folder) => below?.test(folder) === true)
  );
}

/** How records of this look lie in a file; undefined where it has none. */
export function recognisedContainer(plan: RecognisePlan, candidate: Candidate): Container | undefined {
  const expected = isExpected(plan, candidate);
  const looks = expected ? [...plan.records, ...plan.expected] : plan.records;
  const fits = (shape: Shape): boolean => looks.some((look) => !look.isOfLists && look.fits(shape));
  const under = [...plan.named, ...plan.under];
  const map = mapByName(plan, candidate, fits);
  if (map) return map;
  const found =
    plan.records.length === 0 ? findContainer(candidate, fits, under) : findRows(candidate, expected, fits, under);
  if (found) return found;
  const name = plan.named.find((each) => isNamed(candidate.shape.members.get(each)?.first, plan));
  if (name !== undefined) return { kind: 'member', name };
  if (looks.every(({ isOfLists }) => !isOfLists)) return undefined;
  const rows = findContainer(candidate, (shape) => looks.some((look) => look.isOfLists && look.fits(shape)));
  return rows?.kind === 'array' || rows?.kind === 'lines' ? rows : undefined;
}

/** A map that is known by the names in it, alone in a file or under a name. */
function mapByName(
  { byName, under }: RecognisePlan,
  { lines, shape }: Candidate,
  fits: (shape: Shape) => boolean,
): Container | undefined {
  if (byName === undefined || lines || shape.begins !== 'object' || fits(shape)) return undefined;
  const { like, lacks } = byName;
  const isMap = (map: Shape | undefined): boolean =>
    map?.begins === 'object' &&
    [...map.members].some(([name, each]) => fits(each) || (like.test(name) && lacks.fits(each)));
  const name = under.find((each) => isMap(shape.members.get(each)));
  if (name !== undefined) return { kind: 'member', name };
  return isMap(shape) ? { kind: 'map' } : undefined;
}

function isNamed(first: Shape | undefined, { expected }: RecognisePlan): boolean {
  return first !== undefined && expected.some((look) => look.fits(first));
}

function pointersOf({ has = [], any = [], two = [], lacks = [] }: Look): readonly string[] {
  return [...has, ...any.flat(), ...two.flat(), ...lacks];
}

function compileLook({ has = [], any = [], two = [], lacks = [] }: Look): (shape: Shape) => boolean {
  const [all, some, pair, none] = [waysIn(has), waysIn(groupsOf(any)), waysIn(two), waysIn(lacks)];
  return (shape) => {
    const isThere = (ways: readonly Way[]): boolean => ways.some((way) => isIn(shape, way));
    return (
      shape.begins === 'object' &&
      all.every(isThere) &&
      some.every(isThere) &&
      (pair.length === 0 || pair.filter(isThere).length >= 2) &&
      !none.some(isThere)
    );
  };
}

/** One list of members, or several of which one of each is there. */
function groupsOf(any: NonNullable<Look['any']>): readonly (readonly string[])[] {
  const groups = any.filter((each) => typeof each !== 'string');
  const single = any.filter((each) => typeof each === 'string');
  return single.length === 0 ? groups : [single, ...groups];
}

function waysIn(members: readonly (string | readonly string[])[]): readonly (readonly Way[])[] {
  return members.map((each) => [each].flat().map(wayOf));
}

function wayOf(text: string): Way {
  const source = readSource(text);
  return source instanceof Misspelt || source.of !== 'record' ? [] : source.way;
}

function isIn(shape: Shape, way: Way): boolean {
  let found: Shape | undefined = shape;
  for (const name of way) found = found?.members.get(name);
  return found !== undefined;
}
