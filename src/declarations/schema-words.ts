import type { z } from 'zod';

type Schema = z.core.$ZodType;
type Def = z.core.$ZodTypes['_zod']['def'];

/** What may stand in a place, in words. */
export function allowedAt(schema: Schema, at: readonly PropertyKey[]): string {
  const words = schemasAt(schema, at).flatMap(formsOf);
  return [...new Set(words)].join(' or ');
}

/** The keys that may stand in a place. */
export function keysAt(schema: Schema, at: readonly PropertyKey[]): readonly string[] {
  const shapes = schemasAt(schema, at).flatMap((each) => {
    const def = defOf(each);
    return def.type === 'object' ? Object.keys(def.shape) : [];
  });
  return [...new Set(shapes)];
}

/** All that a place may be, every form for itself. */
function schemasAt(schema: Schema, at: readonly PropertyKey[]): readonly Schema[] {
  return at.reduce<readonly Schema[]>(
    (found, name) => found.flatMap((each) => innerOf(each, name)).flatMap(forms),
    [...forms(schema)],
  );
}

function innerOf(schema: Schema, name: PropertyKey): readonly Schema[] {
  const def = defOf(schema);
  if (def.type === 'object') {
    const inner = def.shape[String(name)];
    return inner === undefined ? [] : [inner];
  }
  if (def.type === 'record') return [def.valueType];
  return def.type === 'array' ? [def.element] : [];
}

/** The choices of a union, and what is in an optional. */
function forms(schema: Schema): readonly Schema[] {
  const def = defOf(schema);
  if (def.type === 'union') return def.options.flatMap(forms);
  return def.type === 'optional' ? forms(def.innerType) : [schema];
}

function formsOf(schema: Schema): readonly string[] {
  const def = defOf(schema);
  if (def.type === 'string') return ['a text'];
  if (def.type === 'number') return ['a number'];
  if (def.type === 'boolean') return ['true or false'];
  if (def.type === 'null') return [];
  if (def.type === 'enum') return [Object.values(def.entries).join(', ')];
  if (def.type === 'literal') return [def.values.map(String).join(', ')];
  if (def.type !== 'array') return ['a map'];
  return [`a list of ${listed(forms(def.element).flatMap(formsOf))}`];
}

function listed(words: readonly string[]): string {
  return words.every((word) => word === 'a text') ? 'texts' : 'values';
}

function defOf(schema: Schema): Def {
  return (schema as z.core.$ZodTypes)._zod.def;
}
