/** What a command does: resolves with the exit code. Loaded only when it is called, so that --help stays fast. */
export type Action = (args: readonly string[], flags: Readonly<Record<string, unknown>>) => Promise<number>;
