import { dirname } from 'node:path';
import { ddlFor } from '../../databases/open.ts';
import { registryWithFunctions } from '../../declarations/declare.ts';
import { readYaml } from '../../declarations/yaml-text.ts';
import type { Inference } from '../../inference/infer.ts';
import { DEFAULT_TARGET } from '../../run/preconditions.ts';
import { parseTarget } from '../../settings/target.ts';
import { isMap } from '../config-file.ts';
import type { ProposalConfig } from './config.ts';

/** The statements that make the proposed tables: for the database that is named, else for the target, else for SQLite. */
export async function proposedStatements(
  { text }: Inference,
  { path, options, environment }: ProposalConfig,
  database: unknown,
): Promise<readonly string[]> {
  const read = readYaml(text, path);
  const { datasets, tables } = isMap(read.value) ? read.value : {};
  const { tables: declared } = await registryWithFunctions({ datasets, tables }, dirname(path), {
    ...read,
    isWhole: true,
  });
  const kind = database ?? parseTarget(options.to ?? DEFAULT_TARGET, { ...options, environment }).kind;
  return await ddlFor(kind === 'postgres' ? 'postgres' : 'sqlite', options, declared);
}
