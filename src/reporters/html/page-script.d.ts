/** Runs in the browser. */
export function pageScript(): void;
