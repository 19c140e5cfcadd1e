const SURROGATES = 0xd800;
const BEHIND_SURROGATES = 0xe000;

/** Compares texts by the bytes of their UTF-8, as both databases sort paths. JavaScript's order is that of UTF-16. */
export function bytewise(a: string, b: string): number {
  if (a === b) return 0;
  let at = 0;
  while (at < a.length && a.charCodeAt(at) === b.charCodeAt(at)) at++;
  if (at === a.length || at === b.length) return a.length - b.length;
  return rank(a.charCodeAt(at)) - rank(b.charCodeAt(at));
}

/** Surrogates stand for the characters behind all others. https://www.unicode.org/versions/Unicode16.0.0/core-spec/chapter-5/#G19206 */
function rank(unit: number): number {
  if (unit < SURROGATES) return unit;
  return unit < BEHIND_SURROGATES ? unit + 0x2000 : unit - 0x800;
}
