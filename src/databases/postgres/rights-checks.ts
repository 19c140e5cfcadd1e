import { type Finding, ok, problem, warning } from '../inspection.ts';
import type { Inspected } from './inspected.ts';
import { excessRights, missingRights } from './rights.ts';

const GRANTS = 'docs/grants.sql holds the statements for a role that can do what a run needs, and nothing else.';

export async function checkRights({ session, ledger, needed: tables }: Inspected): Promise<Finding> {
  const { needed, sometimes } = await missingRights(session, ledger, tables);
  if (needed.length > 0) return problem(`the role lacks ${needed.join('; ')}`, GRANTS);
  if (sometimes.length > 0)
    return warning(`only for --shard and surplus: delete the role lacks ${sometimes.join('; ')}`, GRANTS);
  return ok('the role has what a run needs');
}

export async function checkExcess({ session }: Inspected): Promise<Finding> {
  const rights = await excessRights(session);
  return rights.length === 0 ? ok('none') : warning(`no run needs ${rights.join(', ')}`, GRANTS);
}
