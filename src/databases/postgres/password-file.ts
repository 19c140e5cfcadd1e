import { readFileSync, statSync } from 'node:fs';
import { platform, userInfo } from 'node:os';
import type { PostgresConfig } from '../target.ts';

const FIELD = /((?:\\.|[^\\:])*)(?::|$)/gy;

/**
 * The password that the password file has for this connection; none where others may read that file.
 * https://www.postgresql.org/docs/current/libpq-pgpass.html
 */
export function filedPassword({ passwordFile, ...given }: PostgresConfig): string | undefined {
  const { host = 'localhost', port = 5432, user = userInfo().username, database = user } = given;
  const wanted = [host.startsWith('/') ? 'localhost' : host, String(port), database, user];
  for (const line of linesOf(passwordFile ?? '')) {
    if (line.startsWith('#')) continue;
    const fields = [...line.matchAll(FIELD)].map(([, field = '']) => field.replaceAll(/\\(.)/g, '$1'));
    if (wanted.every((value, index) => fields[index] === '*' || fields[index] === value)) return fields[4];
  }
  return undefined;
}

function linesOf(path: string): readonly string[] {
  try {
    const { mode } = statSync(path);
    if (platform() !== 'win32' && (mode & 0o077) !== 0) return [];
    return readFileSync(path, 'utf8').split(/\r?\n/);
  } catch {
    return [];
  }
}
