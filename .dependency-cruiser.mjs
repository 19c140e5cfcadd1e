// Who may import whom. The names of the rules are the sentences that a violation prints.

/**
 * The rooms of src, from the lowest floor to the highest. A room imports itself and rooms of the floors below it: never one
 * beside it, never one above.
 */
const FLOORS = [
  ['errors[.]ts$', 'reject[.]ts$', 'version[.]ts$', 'hash/', 'schema/', 'system/'],
  ['files/', 'json/', 'time/'],
  ['databases/', 'datasets/'],
  ['declarations/', 'ledger/', 'settings/', 'upgrade/'],
  ['recipes/'],
  ['export/', 'inventory/'],
  ['checking/', 'doctor/', 'report/'],
  ['copies/', 'inference/', 'load/', 'reporters/'],
  ['sharding/', 'verification/'],
  ['run/', 'undo/'],
  ['cli/', 'index[.]ts$'],
];

/** Imports of other files of this program only, so that a rule says nothing about packages and Node's own modules. */
const roomsOf = (rooms) => `^src/(${rooms.join('|')})`;

const ownFilesExcept = (allowed) => ({ path: '^src/', pathNot: allowed });

const rule = (name, from, to) => ({ name, severity: 'error', from, to });

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    rule('there are no circles', {}, { circular: true }),
    rule('every import can be resolved', {}, { couldNotResolve: true }),
    rule(
      'what is delivered uses no development dependency',
      { path: '^src/' },
      {
        dependencyTypes: ['npm-dev'],
        dependencyTypesNot: ['type-only'],
        pathNot: 'node_modules/@types/',
      },
    ),
    rule('every file of src lies in a room', { path: '^src/', pathNot: roomsOf(FLOORS.flat()) }, {}),
    ...FLOORS.flatMap((rooms, floor) =>
      rooms.map((room) =>
        rule(
          `src/${room.replace('[.]ts$', '.ts')} imports rooms of the floors below it only`,
          { path: roomsOf([room]) },
          ownFilesExcept(roomsOf([room, ...FLOORS.slice(0, floor).flat()])),
        ),
      ),
    ),
    rule('PostgreSQL does not know SQLite', { path: '^src/databases/postgres/' }, { path: '^src/databases/sqlite/' }),
    rule('SQLite does not know PostgreSQL', { path: '^src/databases/sqlite/' }, { path: '^src/databases/postgres/' }),
    rule(
      'only src/databases/open.ts chooses between the databases',
      { path: '^src/', pathNot: '^src/databases/(open[.]ts$|postgres/|sqlite/)' },
      { path: '^src/databases/(postgres|sqlite)/' },
    ),
    rule(
      'a reporter knows the report and how sizes are written only',
      { path: '^src/reporters/' },
      ownFilesExcept('^src/(reporters/|report/|json/|system/(quantities|quoted)[.]ts$)'),
    ),
    rule(
      'only the command line uses commander, chalk and cli-progress',
      { path: '^src/', pathNot: '^src/cli/' },
      {
        path: 'node_modules/(@types/)?(commander|chalk|cli-progress)/',
      },
    ),
    rule(
      'only src/databases/postgres uses pg',
      { path: '^src/', pathNot: '^src/databases/postgres/' },
      {
        path: 'node_modules/(@types/)?pg[-/]',
      },
    ),
    rule(
      'only src/databases/sqlite and src/files/scratch.ts use better-sqlite3',
      { path: '^src/', pathNot: '^src/(databases/sqlite/|files/scratch[.]ts$)' },
      {
        path: 'node_modules/(@types/)?better-sqlite3/',
      },
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
