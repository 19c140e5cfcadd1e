/** For the options of a test or a `describe`: `npm test` leaves it out, `npm run test:all` and CI do not. */
export const SLOW = { tags: ['slow'] };

/** Every n-th case and the others, which are for `SLOW` tests. */
export function everyNth<Case>(cases: readonly Case[], n: number): { few: readonly Case[]; others: readonly Case[] } {
  return { few: cases.filter((_, index) => index % n === 0), others: cases.filter((_, index) => index % n !== 0) };
}
