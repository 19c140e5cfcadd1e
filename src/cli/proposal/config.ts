import { lstatSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, extname, isAbsolute, relative, resolve, sep } from 'node:path';
import { MigrateError } from '../../errors.ts';
import type { ExistingConfig } from '../../inference/infer.ts';
import { CONFIG_FILES, isMap, readConfigFile } from '../config-file.ts';
import { type Configuration, loadConfiguration } from '../configuration.ts';
import { printable } from '../terminal.ts';

const PROPOSED = 'migrate-json.config.yaml';

/** The config file of `init`: where it is, what it says, and whether it may be written. */
export interface ProposalConfig extends Pick<Configuration, 'options' | 'environment' | 'toOrigin'> {
  readonly root: string;
  readonly path: string;
  /** Whether a person named it. */
  readonly isNamed: boolean;
  /** What is in it; undefined where there is none that a proposal can be added to. To check, its text may be in another language: ''. */
  readonly existing: ExistingConfig | undefined;
  /** Why nothing is written. */
  readonly obstacle: string | undefined;
}

export async function proposalConfig(
  given: string | undefined,
  { config, ...flags }: Readonly<Record<string, unknown>>,
): Promise<ProposalConfig> {
  const named = typeof config === 'string' ? config : undefined;
  if (named !== undefined && flags['check'] !== true && !['.yaml', '.yml'].includes(extname(named)))
    throw new MigrateError('usage', 'a proposal is written as YAML: name a file that ends in .yaml');
  const isThere = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  const found = (named === undefined ? CONFIG_FILES : [named]).find(isThere);
  const path = found ?? named ?? PROPOSED;
  const configuration = await loadConfiguration(
    named === undefined ? flags : { ...flags, ...(found !== undefined && { config: named }) },
    { reads: { root: given } },
  );
  const root = given ?? configuration.root;
  const shared = { ...configuration, root, path, isNamed: named !== undefined };
  if (found === undefined) return { ...shared, existing: undefined, obstacle: undefined };
  const { registry, check } = configuration.options;
  const obstacle = await obstacleIn(found, named, root, configuration.root);
  if (obstacle === undefined)
    return { ...shared, existing: { text: readFileSync(found, 'utf8'), registry }, obstacle: undefined };
  // What it declares is known all the same.
  const isToCheck = check && isOf(root, configuration.root);
  return { ...shared, existing: isToCheck ? { text: '', registry } : undefined, obstacle };
}

/** Why a proposal cannot be added to the file. */
async function obstacleIn(
  path: string,
  named: string | undefined,
  root: string,
  configured: string,
): Promise<string | undefined> {
  if (!['.yaml', '.yml'].includes(extname(path))) return 'it is no YAML';
  const { values = {} } = (await readConfigFile(named)) ?? {};
  if (values['datasets'] !== undefined && !isMap(values['datasets'])) return 'its datasets stand in other files';
  if (values['root'] !== undefined && !isOf(root, configured)) return `it is for ${printable(configured)}`;
  return undefined;
}

function isOf(root: string, configured: string): boolean {
  return real(root) === real(configured);
}

function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
}

/** The directory as the config names it: from its folder, where it lies below. */
export function rootName(root: string, config: string): string {
  const below = relative(dirname(resolve(config)), resolve(root));
  if (below === '') return '.';
  if (isAbsolute(below) || below === '..' || below.startsWith(`..${sep}`)) return resolve(root);
  return `./${below.split(sep).join('/')}`;
}

/** Whoever may write there could put another config in its place, which may name functions. */
export function refuseOpenDirectory(config: string): void {
  const directory = dirname(resolve(config));
  const mode = statSync(directory, { throwIfNoEntry: false })?.mode ?? 0;
  if ((mode & 0o002) === 0) return;
  throw new MigrateError('usage', `everybody may write into ${directory}: no config file is written there`, {
    hint: 'Change into a directory of your own, or name a file in one with --config.',
  });
}
