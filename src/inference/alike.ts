import { isMap } from './map-or-record.ts';
import { overlap, requiredNames, SAME_KIND, type Shape } from './shape.ts';

/** Of what it holds nothing is known. */
export function isHollow(shape: Shape): boolean {
  if (shape.present === shape.empty) return true;
  if (shape.isAll('list')) return shape.elements === undefined || shape.elements.total === 0;
  return shape.isAll('object') && shape.members.size === 0 && shape.entries === undefined;
}

/** Whether two places hold the same kind of thing. */
export function isAlike(one: Shape, other: Shape, depth = 0): boolean {
  if (one.present === one.empty || other.present === other.empty || depth > 3) return true;
  const kinds = new Set([...one.kinds, ...other.kinds]);
  if (one.kinds.length === 1 && other.kinds.length === 1 && kinds.size === 2) return false;
  if (one.isAll('list') && other.isAll('list'))
    return (
      one.elements === undefined || other.elements === undefined || isAlike(one.elements, other.elements, depth + 1)
    );
  if (!one.isAll('object') || !other.isAll('object')) return true;
  if (isMap(one) && isMap(other)) return isAlike(one.together(), other.together(), depth + 1);
  if (overlap(requiredNames(one), requiredNames(other)) < SAME_KIND) return false;
  const pairs = [...one.members].flatMap(([name, member]) => {
    const twin = other.members.get(name);
    return twin === undefined ? [] : [[member, twin] as const];
  });
  // A member may be a value here and an object there; where most are, it is something else.
  const clashes = pairs.filter(([member, twin]) => isClash(member, twin));
  if (clashes.length > 0 && clashes.length >= pairs.length / 2) return false;
  return pairs.every(
    ([member, twin]) => !isContainer(member) || !isContainer(twin) || isAlike(member, twin, depth + 1),
  );
}

function isClash(one: Shape, other: Shape): boolean {
  return (one.isScalar && isContainer(other)) || (other.isScalar && isContainer(one));
}

function isContainer(shape: Shape): boolean {
  return shape.isAll('list') || shape.isAll('object');
}
