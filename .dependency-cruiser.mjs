// Who may import whom. The names of the rules are the sentences that a violation prints.

const FOUNDATION = '^src/(json/|schema/|time/|reject[.]ts$|errors[.]ts$|urls[.]ts$|quantities[.]ts$)';

/** Imports of other files of this program only, so that a rule says nothing about packages and Node's own modules. */
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
    rule(
      'json, schema, time, reject, errors and quantities know nothing above them',
      { path: FOUNDATION },
      ownFilesExcept(FOUNDATION),
    ),
    rule(
      'a dataset knows json, schema, time, reject, key-hash and the names of exported files only',
      { path: '^src/datasets/' },
      ownFilesExcept('^src/(datasets/|json/|schema/|time/|reject[.]ts$|key-hash[.]ts$|files/export-names[.]ts$)'),
    ),
    rule(
      'files on disk are read without knowing what is in them',
      { path: '^src/files/' },
      {
        path: '^src/(pipeline|datasets|databases|reporters|cli)/',
      },
    ),
    rule(
      'a database knows no stage, dataset, reporter or command',
      { path: '^src/databases/' },
      {
        path: '^src/(pipeline|datasets|reporters|cli)/',
      },
    ),
    rule('PostgreSQL does not know SQLite', { path: '^src/databases/postgres/' }, { path: '^src/databases/sqlite/' }),
    rule('SQLite does not know PostgreSQL', { path: '^src/databases/sqlite/' }, { path: '^src/databases/postgres/' }),
    rule(
      'only src/databases/open.ts chooses between the databases',
      { path: '^src/', pathNot: '^src/databases/(open[.]ts$|postgres/|sqlite/)' },
      { path: '^src/databases/(postgres|sqlite)/' },
    ),
    rule('a stage calls no other stage', { path: '^src/pipeline/' }, { path: '^src/pipeline/' }),
    rule(
      'a reporter knows the report, json and quantities only',
      { path: '^src/reporters/' },
      ownFilesExcept('^src/(reporters/|report/report[.]ts$|json/|quantities[.]ts$)'),
    ),
    rule('a batch knows no stage and no reporter', { path: '^src/batch/' }, { path: '^src/(pipeline|reporters)/' }),
    rule('nothing imports the command line', { path: '^src/', pathNot: '^src/cli/' }, { path: '^src/cli/' }),
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
      'only src/databases/sqlite and src/scratch.ts use better-sqlite3',
      { path: '^src/', pathNot: '^src/(databases/sqlite/|scratch[.]ts$)' },
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
