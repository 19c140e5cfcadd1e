const MOST_NAMES = 5;

/** What a warning says of members beside the records, which a dataset lets fall. */
export function besideWords(members: readonly string[]): string {
  const names = [...new Set(members)];
  const named = names.slice(0, MOST_NAMES).map((name) => JSON.stringify(name));
  const others = names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more` : '';
  return `members beside the records are dropped: ${named.join(', ')}${others}`;
}
