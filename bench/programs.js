// The programs that migrate-json is measured against, each used where it is installed.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';

const onPath =
  (...command) =>
  () => {
    const done = spawnSync(command[0], command.slice(1), { encoding: 'utf8' });
    return done.status === 0 ? done.stdout.match(/\d+\.[\w.~]*/)?.[0] : undefined;
  };

/** Each returns the version, or undefined where the program is missing. */
const PROGRAMS = {
  psql: onPath('psql', '--version'),
  sqlite3: onPath('sqlite3', '--version'),
  sha256sum: onPath('sha256sum', '--version'),
  jq: onPath('jq', '--version'),
  'sqlite-utils': onPath('sqlite-utils', '--version'),
  pgloader: onPath('pgloader', '--version'),
  '@duckdb/node-api': duckdb,
};

const HINTS = {
  '@duckdb/node-api': 'npm install --prefix bench',
  psql: 'package postgresql-client',
  sha256sum: 'package coreutils',
};

function duckdb() {
  try {
    return createRequire(import.meta.url)('@duckdb/node-api').version();
  } catch {
    return undefined;
  }
}

/** Returns the versions of what is installed, and how to get what is not. */
export function findPrograms() {
  const versions = Object.entries(PROGRAMS).map(([name, version]) => [name, version()]);
  return {
    found: Object.fromEntries(versions.filter(([, version]) => version !== undefined)),
    missing: versions
      .filter(([, version]) => version === undefined)
      .map(([name]) => ({ name, hint: HINTS[name] ?? `package ${name}` })),
  };
}
