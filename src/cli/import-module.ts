import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

/** The exports of a module of the user's. */
export function importModule(path: string): Promise<{ readonly default?: unknown }> {
  return import(pathToFileURL(resolve(path)).href);
}
