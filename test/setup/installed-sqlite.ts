import { spawnSync } from 'node:child_process';

/** A SQLite that an application may bring: the oldest that is installed. */
export interface InstalledSqlite {
  readonly version: string;
  /** Runs statements, one a line; rows of the queries among them with `|` between values. Throws what the program says. */
  run(path: string, statements: readonly string[]): string;
  /** The statements that make the database again. */
  dump(path: string): string;
}

const PYTHON = `import sqlite3, sys
c = sqlite3.connect(sys.argv[1], isolation_level=None)
if sys.argv[2] == 'dump':
    print('\\n'.join(c.iterdump()))
else:
    for line in sys.stdin:
        for row in c.execute(line).fetchall(): print('|'.join(map(str, row)))
`;

function call(command: string, args: readonly string[], input = ''): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { input, encoding: 'utf8', maxBuffer: 2 ** 28 });
  if (error) throw error;
  if (status !== 0 || stderr !== '') throw new Error(stderr);
  return stdout;
}

const lines = (statements: readonly string[]): string => statements.map((sql) => `${sql};\n`).join('');

const PROGRAMS: readonly Omit<InstalledSqlite, 'version'>[] = [
  {
    run: (path, statements) => call('sqlite3', ['-bail', path], lines(statements)),
    dump: (path) => call('sqlite3', [path, '.dump']),
  },
  {
    run: (path, statements) => call('python3', ['-c', PYTHON, path, 'run'], lines(statements)),
    dump: (path) => call('python3', ['-c', PYTHON, path, 'dump']),
  },
];

/** Undefined where neither a `sqlite3` nor a `python3` with SQLite is installed. */
export function installedSqlite(): InstalledSqlite | undefined {
  const found = PROGRAMS.flatMap((program) => {
    try {
      return [{ ...program, version: program.run(':memory:', ['SELECT sqlite_version()']).trim() }];
    } catch {
      return [];
    }
  });
  return found.toSorted((one, other) => numberOf(one.version) - numberOf(other.version))[0];
}

/** 3.40.1 as 3040. */
function numberOf(version: string): number {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major * 1000 + minor;
}
