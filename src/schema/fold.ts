// Upper and lower case, the same on every database: character by character, by the tables of this program. What a database does
// by itself depends on its collation, or stops behind ASCII.

/** A text in lower case. A character whose lower case is several is left. */
export function folded(text: string): string {
  const lower = text.toLowerCase();
  return lower.length === text.length && !/[\u0130\u03a3]/.test(text) ? lower : Array.from(text, lowerOf).join('');
}

function lowerOf(character: string): string {
  const lower = character.toLowerCase();
  return [...lower].length === 1 ? lower : character;
}

/** No character behind it has two cases. */
const LAST = 0x1_e943;

let variants: Map<string, string[]> | undefined;

/** The characters whose lower case is this one. */
function variantsOf(lower: string): readonly string[] {
  if (variants === undefined) {
    variants = new Map();
    for (let code = 0; code <= LAST; code++) {
      const character = String.fromCodePoint(code);
      const folds = lowerOf(character);
      if (folds !== character) variants.set(folds, [...(variants.get(folds) ?? []), character]);
    }
  }
  return variants.get(lower) ?? [];
}

/** The characters in which texts may differ from these folded ones, each with what it is in lower case. */
export function caseVariants(texts: Iterable<string>): { readonly from: string; readonly to: string } {
  const characters = new Set<string>();
  for (const text of texts) for (const character of text) characters.add(character);
  let [from, to] = ['', ''];
  for (const lower of characters) {
    for (const character of variantsOf(lower)) {
      from += character;
      to += lower;
    }
  }
  return { from, to };
}
