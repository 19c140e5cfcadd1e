import { openDatabase } from '../../databases/open.ts';
import { parseTarget } from '../../target.ts';
import type { Action } from '../action.ts';
import { loadConfiguration } from '../configuration.ts';
import { writeResult } from '../terminal.ts';

const upgrade: Action = async (_args, flags) => {
  const { options, environment } = await loadConfiguration(flags);
  const target = parseTarget(options.to ?? 'migrate-json.db', { ...options, environment });
  const database = await openDatabase(target, { dbSchema: options.dbSchema, dryRun: false });
  try {
    const created = await database.createTables();
    if (options.json) await writeResult([`${JSON.stringify({ created })}\n`]);
    else
      await writeResult([created.length === 0 ? 'every table is there already\n' : `created ${created.join(', ')}\n`]);
    return 0;
  } finally {
    await database.close();
  }
};

export default upgrade;
