import { errorCode, MigrateError } from '../errors.ts';

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EROFS: 'the file system is read-only',
  ENOENT: 'no such file or directory',
  ENOTDIR: 'a part of the path is no directory',
  EISDIR: 'it is a directory',
  EEXIST: 'it exists already',
  ENAMETOOLONG: 'the path is too long',
  EIO: 'the disk reports a read or write error',
  EMFILE: 'too many files are open',
};

/** A failed disk operation as `disk-full` or `disk-failed` that names operation and path. A MigrateError stays. */
export function diskError(operation: string, path: string, cause: unknown): MigrateError {
  if (cause instanceof MigrateError) return cause;
  const errno = errorCode(cause) ?? 'unknown error';
  const reason = REASONS[errno] === undefined ? errno : `${REASONS[errno]} (${errno})`;
  const full = errno === 'ENOSPC' || errno === 'EDQUOT';
  return new MigrateError(full ? 'disk-full' : 'disk-failed', `Cannot ${operation} ${showPath(path)}: ${reason}.`, {
    cause,
  });
}

/** Runs disk operations; what they throw becomes a `disk-full` or `disk-failed`. */
export async function onDisk<T>(operation: string, path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw diskError(operation, path, error);
  }
}

/** A path for one line of a terminal: names may hold newlines, escape sequences and text that changes direction. */
export function showPath(path: string): string {
  return path.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu,
    (char) => `\\u{${char.codePointAt(0)?.toString(16) ?? ''}}`,
  );
}
