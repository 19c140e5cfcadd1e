import { ddlFor } from '../../databases/open.ts';
import { MigrateError } from '../../errors.ts';
import { parseTarget } from '../../settings/target.ts';
import type { Action } from '../action.ts';
import { loadConfiguration } from '../configuration.ts';
import { writeResult } from '../terminal.ts';

const print: Action = async (_args, { database, distribute, ...flags }) => {
  const { options, environment } = await loadConfiguration(flags);
  if (distribute !== undefined && database === 'sqlite')
    throw new MigrateError('usage', '--distribute is for PostgreSQL, not for SQLite');
  const kind = database ?? parseTarget(options.to ?? 'migrate-json.db', { ...options, environment }).kind;
  const product = kind === 'postgres' ? 'postgres' : 'sqlite';
  const statements = await ddlFor(
    distribute === 'citus' ? 'citus' : product,
    options,
    options.registry.tables,
    options.registry.chosenTables(options.only).filter(({ isApplications }) => !isApplications),
  );
  await writeResult(statements.map((statement) => `${statement};\n`));
  return 0;
};

export default print;
