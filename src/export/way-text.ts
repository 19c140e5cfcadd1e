/** Between the names of a way: it sorts before every character, so that what lies in a value follows it at once. */
export const BETWEEN = '\0';
