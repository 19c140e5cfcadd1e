import type { Way } from '../json/pointer.ts';

/** Between the parts of a path: it sorts before every character. */
export const BETWEEN = '\0';

/** A way as a text: before each step, which may be empty. What lies in a value follows it at once in the order of texts. */
export function wayText(way: Way): string {
  return way.map((step) => BETWEEN + step).join('');
}

export function wayIn(text: string): readonly string[] {
  return text.split(BETWEEN).slice(1);
}
