import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseTarget, targetWarning } from '../../src/settings/target.ts';

const OPTIONS = { allowPlaintext: false };

describe('a SQLite target', () => {
  test.each([
    ['file:./dev.db', 'dev.db'],
    ['file:dev.db?connection_limit=1', 'dev.db'],
    ['file:///srv/my%20app/dev.db', '/srv/my app/dev.db'],
    ['sqlite3:///app.db', 'app.db'],
    ['sqlite3:app.db', 'app.db'],
    ['sqlite:app.db', 'app.db'],
    ['sqlite:///app.db?check_same_thread=false', 'app.db'],
    ['sqlite+aiosqlite:////srv/app.db', '/srv/app.db'],
    ['what?.db', 'what?.db'],
  ])('%s is the file %s', (text, path) => {
    expect(parseTarget(text, OPTIONS)).toMatchObject({ kind: 'sqlite', path: resolve(path) });
  });

  test.each([
    ['libsql://app.turso.io', /libsql: is no scheme/, /sqlite:PATH/],
    ['libsql:./dev.db', /libsql: is no scheme/, /sqlite:PATH/],
    ['mysql://u:s3cret@h/app.db', /not known/, /postgres:\/\//],
    ['s3cret:app.db', /not known/, /sqlite:PATH/],
    ['file:dev.db?mode=memory', /mode/, /sqlite:PATH/],
    ['jdbc:postgresql://h/db', /jdbc:/, /postgres:\/\/user@host/],
    ['prisma+postgres://accelerate/?api_key=s3cret', /prisma/, /postgres:\/\//],
    ['postgres:app.db', /postgres:/, /two slashes/],
  ])('%s is refused, and what to write is said', (text, message, hint) => {
    const refused = refusalOf(text);
    expect(refused).toMatchObject({ code: 'invalid-target', message: expect.stringMatching(message) });
    expect(refused).toMatchObject({ hint: expect.stringMatching(hint) });
    expect(JSON.stringify([refused.message, refused.hint])).not.toContain('s3cret');
  });
});

describe('a PostgreSQL target', () => {
  test.each([
    ['Neon', 'postgres://u:p@ep.neon.tech/db?sslmode=require&channel_binding=require', { bindsChannel: true }],
    [
      'Neon without SNI',
      'postgres://u:p@ep.neon.tech/db?sslmode=require&options=endpoint%3Dep-1',
      { options: 'endpoint=ep-1' },
    ],
    [
      'Prisma',
      'postgresql://u:p@localhost:6543/db?schema=public&pgbouncer=true&connection_limit=1&pool_timeout=0',
      { port: 6543 },
    ],
    [
      'a socket',
      'postgresql:///db?host=/var/run/postgresql&user=me',
      { host: '/var/run/postgresql', user: 'me', database: 'db' },
    ],
    ['Cloud SQL', 'postgresql://u:p@/db?host=/cloudsql/p:r:i', { host: '/cloudsql/p:r:i', user: 'u' }],
    ['ssl=true', 'postgres://u:p@h/db?ssl=true', { ssl: { rejectUnauthorized: false } }],
    ['SQLAlchemy', 'postgresql+asyncpg://u:p@h/db?ssl=require', { host: 'h' }],
    [
      'SQLAlchemy, psycopg2',
      'postgresql+psycopg2://u:p@h/db?sslmode=verify-full&target_session_attrs=read-write',
      { ssl: { checkHostname: true } },
    ],
    [
      'the certificates of the system',
      'postgres://u:p@h/db?sslmode=verify-full&sslrootcert=system',
      { ssl: { rejectUnauthorized: true } },
    ],
  ])('as it is written for %s', (_what, text, config) => {
    expect(parseTarget(text, OPTIONS)).toMatchObject({ kind: 'postgres', config });
  });

  test.each([
    ['postgres://u:s3cret@h1:5432,h2:5432/db?sslmode=require', /several hosts/, /takes writes/],
    ['postgres://u:s3cret@/db?host=h1,h2&sslmode=require', /several hosts/, /takes writes/],
    ['postgres://u:s3cret@h/db?sslmode=require&target_session_attrs=standby', /target_session_attrs/, /read-write/],
    ['postgres://u:s3cret@h/db?sslmode=require&service=live', /service/, /host, port/],
    ['postgres://u:s3cret@h/db?sslmode=require&schema=app', /schema/, /--db-schema/],
    ['postgres://u:s3cret@h/db?sslmode=require&sslcert=c.pem', /sslcert/, /password/],
    ['postgres://u:s3cret@h/db?sslaccept=strict', /sslaccept/, /verify-full/],
    ['postgres://u:s3cret@h/db?sslmode=require&timeout=1', /unknown parameter.*timeout/, /Known/],
  ])('%s is refused, and what to write is said', (text, message, hint) => {
    const refused = refusalOf(text);
    expect(refused).toMatchObject({ code: 'invalid-target', message: expect.stringMatching(message) });
    expect(refused).toMatchObject({ hint: expect.stringMatching(hint) });
    expect(JSON.stringify([refused.message, refused.hint])).not.toContain('s3cret');
  });

  test('the schema of a URL may be that of --db-schema', () => {
    expect(parseTarget('postgres://u@localhost/db?schema=app', { ...OPTIONS, dbSchema: 'app' }).kind).toBe('postgres');
  });
});

describe('variables of libpq that nobody reads', () => {
  test.each([
    [undefined, { PGHOST: 'h' }, /PGHOST/],
    [undefined, { PGDATABASE: 'd' }, /PGDATABASE/],
    [undefined, { PGSERVICE: 's' }, /PGSERVICE/],
    ['postgres://u@localhost/db', { PGSERVICE: 's' }, /PGSERVICE/],
  ])('%s with %j is a warning', (to, environment, message) => {
    const warning = targetWarning(to, undefined, environment);
    expect(warning).toMatchObject({ code: 'environment-not-used', message: expect.stringMatching(message) });
  });

  test.each([
    ['app.db', { PGHOST: 'h', PGSERVICE: 's' }],
    ['postgres:///', { PGHOST: 'h' }],
    [undefined, { PGHOST: '' }],
  ])('%s with %j is none', (to, environment) => {
    expect(targetWarning(to, undefined, environment)).toBeUndefined();
  });
});

function refusalOf(text: string): Error & { readonly hint?: string } {
  try {
    parseTarget(text, OPTIONS);
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error('the target was taken');
}
