import { dirname } from 'node:path';
import { ddlFor } from '../../databases/open.ts';
import type { Registry } from '../../datasets/registry.ts';
import { MOST_BYTES, readYaml } from '../../declarations/yaml-text.ts';
import { MigrateError } from '../../errors.ts';
import type { Inference } from '../../inference/infer.ts';
import { registryOfRecipes, registryWithFunctions } from '../../recipes/declare.ts';
import { declarationOptions } from '../../run/run-settings.ts';
import { DEFAULT_TARGET, parseTarget } from '../../settings/target.ts';
import { isMap } from '../config-file.ts';
import { formatBytes } from '../format.ts';
import type { ProposalConfig } from './config.ts';

/** The statements that make the proposed tables: for the database that is named, else for the target, else for SQLite. */
export async function proposedStatements(
  found: Inference,
  config: ProposalConfig,
  database: unknown,
): Promise<readonly string[]> {
  const { options, environment } = config;
  const { tables: declared } = await proposedRegistry(found, config);
  const kind = database ?? parseTarget(options.to ?? DEFAULT_TARGET, { ...options, environment }).kind;
  return await ddlFor(kind === 'postgres' ? 'postgres' : 'sqlite', options, declared);
}

/** The datasets and tables of a proposal. Throws what is wrong with it. */
async function proposedRegistry({ text }: Inference, { path }: Pick<ProposalConfig, 'path'>): Promise<Registry> {
  const read = readYaml(text, path);
  const { datasets, tables, recipes } = isMap(read.value) ? read.value : {};
  const options = declarationOptions({ recipe: recipes });
  const named = datasets === undefined && tables === undefined ? registryOfRecipes(options) : undefined;
  return (
    named ?? (await registryWithFunctions({ datasets, tables }, dirname(path), { ...read, isWhole: true }, options))
  );
}

/** Why a run would refuse the proposal: what is new may contradict what a person wrote. */
export async function misfitOf(found: Inference, config: ProposalConfig): Promise<string | undefined> {
  const bytes = Buffer.byteLength(found.text);
  if (bytes > MOST_BYTES && !config.options.print)
    throw new MigrateError('usage', `the proposal has ${formatBytes(bytes)}, and a config file at most 1 MiB`, {
      hint: 'Propose a config for one part of the files after the other: --include GLOB --config PART.yaml.',
    });
  try {
    await proposedRegistry(found, config);
    return undefined;
  } catch (error) {
    if (!(error instanceof MigrateError)) throw error;
    return `what is new does not go with it (${error.message})`;
  }
}
