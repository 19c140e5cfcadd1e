import { accessSync, constants, readdirSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ERRORS, errorCode, MigrateError } from '../errors.ts';
import { isZip, isZipName } from './open-tree.ts';
import { MARKERS } from './output-directory.ts';
import { headOfDirectory } from './run-of-directory.ts';

/** The root as it is on disk, a directory or a zip file. Nothing outside of it is opened. `hint` says what to name otherwise. */
export function realRoot(root: string, hint: string = ERRORS['root-missing'].hint): string {
  try {
    const real = realpathSync(root);
    const isDirectory = statSync(real).isDirectory();
    if (isDirectory) readdirSync(real);
    else accessSync(real, constants.R_OK);
    if (isDirectory || isZip(real)) return real;
  } catch (error) {
    const reason = errorCode(error) === 'ENOENT' ? 'does not exist' : `cannot be read (${errorCode(error)})`;
    const what = isZipName(root) ? 'zip file' : 'directory';
    throw new MigrateError('root-missing', `the ${what} ${root} ${reason}`, { hint });
  }
  throw new MigrateError('root-not-directory', `${root} is a file, neither a directory nor a zip file`);
}

/** A root, or a backup or an archive of one; of a zip file that is the file in it. */
export function verifiedRoot(given: string): string {
  const root = realRoot(given);
  if (headOfDirectory(root) === undefined) return root;
  const [only = '', ...others] = readdirSync(root).filter((name) => !MARKERS.includes(name));
  const file = join(root, only);
  return others.length === 0 && isZip(file) ? file : root;
}
