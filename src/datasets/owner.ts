import { originalName } from '../files/export-names.ts';

/** Who owns the records of a file that name no owner, and how that is known. */
export interface PathOwner {
  readonly owner: string;
  readonly from: 'path' | 'option' | 'default';
}

/** Directories and file name, and the file name without its endings. */
export interface PathParts {
  readonly segments: readonly string[];
  readonly stem: string;
}

export interface OwnerOptions {
  readonly layout: 'auto' | 'flat' | 'users';
  /** `--user ID` */
  readonly user: string | undefined;
  /** The root itself holds `conversations/`, `usage/` or `settings.json`: then its directories are no users. */
  readonly rootIsApplication: boolean;
  /** It holds a `settings.json`: a user's own lies in the directory of the user. */
  readonly rootHasSettings: boolean;
}

/** Owner of everything that names no owner. */
export const NOBODY = 'system';

/** Names of directories under the root that are never users. */
const NOT_USERS = new Set([
  ...['data', 'storage', 'backend', 'app', 'src', 'json', 'db', 'config', 'conf'],
  ...['backup', 'backups', 'old', 'archive', 'test', 'tests', 'fixtures', 'examples'],
  ...['public', 'static', 'logs', 'tmp'],
]);

const OF_ALL_USERS = ['conversations', 'usage', 'settings'];

/**
 * The owner by path: `conversations/<user>/…`, `usage/<user>/…` and `settings/<user>/…` anywhere, a map in `conversations/<user>.json`,
 * `<user>/…` directly under the root. `--layout flat` knows no owner by path, `users` takes every directory for a user.
 */
export function pathOwner({ segments, stem }: PathParts, isMap: boolean, options: OwnerOptions): PathOwner {
  const user =
    options.layout === 'flat'
      ? undefined
      : (below(segments) ??
        (isMap && segments.at(-2) === 'conversations' ? stem : undefined) ??
        top(segments, options));
  if (user !== undefined) return { owner: user, from: 'path' };
  if (options.user !== undefined) return { owner: options.user, from: 'option' };
  return { owner: NOBODY, from: 'default' };
}

function below(segments: readonly string[]): string | undefined {
  const at = segments.findIndex((segment, index) => OF_ALL_USERS.includes(segment) && index < segments.length - 2);
  if (at === -1) return undefined;
  const name = segments[at + 1] ?? '';
  // A settings file names no owner inside: `export` escapes what cannot be the name of a directory.
  return segments[at] === 'settings' ? originalName(name) : name;
}

function top(segments: readonly string[], options: OwnerOptions): string | undefined {
  const [directory, next, ...rest] = segments;
  if (directory === undefined || next === undefined) return undefined;
  const isUserFile = rest.length === 0 || (next === 'conversations' && rest.length === 1);
  if (!isUserFile || OF_ALL_USERS.includes(directory)) return undefined;
  if (options.layout === 'users') return directory;
  if (NOT_USERS.has(directory) || directory.startsWith('.')) return undefined;
  const isOwnSettings = options.rootHasSettings && rest.length === 0 && /^settings\.json(?:\.\w+)?$/i.test(next);
  return options.rootIsApplication && !isOwnSettings ? undefined : directory;
}
