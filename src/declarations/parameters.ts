import type { Declarations } from './language.ts';

type Constant = string | number | boolean | null;

/** Texts `name=value`, by name. What is none is told where options are checked. */
export function givenParameters(texts: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    texts.flatMap((text): [string, string][] => {
      const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
      return name === undefined || value === undefined ? [] : [[name.trim(), value]];
    }),
  );
}

/** Declarations in which the given parameters have the given values, wherever a dataset declares them. */
export function withParameters(declarations: Declarations, given: ReadonlyMap<string, string>): Declarations {
  if (given.size === 0) return declarations;
  const datasets = Object.entries(declarations.datasets).map(([name, dataset]) => {
    if (dataset.parameters === undefined) return [name, dataset] as const;
    const parameters = Object.entries(dataset.parameters).map(([parameter, declared]): [string, Constant] => {
      const text = given.get(parameter);
      return [parameter, text === undefined ? declared : constantOf(text, declared)];
    });
    return [name, { ...dataset, parameters: Object.fromEntries(parameters) }] as const;
  });
  return { ...declarations, datasets: Object.fromEntries(datasets) };
}

/** The value that is meant: of the kind that the declaration has, where the text says one. */
function constantOf(text: string, declared: Constant): Constant {
  if (typeof declared === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  // A number that a double does not hold stays the text, which a column reads to its last digit.
  return typeof declared === 'number' && String(Number(text)) === text ? Number(text) : text;
}
