import { existsSync } from 'node:fs';
import type { FoundTable } from '../../databases/found-table.ts';
import { foundTables } from '../../databases/open.ts';
import { parseTarget } from '../../settings/target.ts';
import { printable, printWarning } from '../terminal.ts';
import type { ProposalConfig } from './config.ts';

/** The tables onto which a proposal is mapped: those of the target, where one is named for this. */
export async function tablesThere({
  options,
  environment,
  toOrigin,
}: Pick<ProposalConfig, 'options' | 'environment' | 'toOrigin'>): Promise<readonly FoundTable[]> {
  if (options.to === undefined || toOrigin === 'DATABASE_URL') return [];
  const target = parseTarget(options.to, { ...options, environment });
  if (target.kind === 'sqlite' && !existsSync(target.path)) {
    printWarning(`${printable(target.label)} does not exist: the proposal is for tables that a run makes`, options);
    return [];
  }
  const tables = await foundTables(target, options.dbSchema);
  if (tables.length === 0)
    printWarning(`${printable(target.label)} has no tables: the proposal is for tables that a run makes`, options);
  return tables;
}
