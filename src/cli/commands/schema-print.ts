import { ddlFor } from '../../databases/open.ts';
import { parseTarget } from '../../target.ts';
import type { Action } from '../action.ts';
import { loadConfiguration } from '../configuration.ts';
import { writeResult } from '../terminal.ts';

const print: Action = async (_args, { database, ...flags }) => {
  const { options, environment } = await loadConfiguration(flags);
  const kind = database ?? parseTarget(options.to ?? 'migrate-json.db', { ...options, environment }).kind;
  const statements = await ddlFor(kind === 'postgres' ? 'postgres' : 'sqlite', options.dbSchema);
  await writeResult(statements.map((statement) => `${statement};\n`));
  return 0;
};

export default print;
