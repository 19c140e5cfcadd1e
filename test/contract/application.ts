import { cpSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parse } from 'yaml';
import type { Registry } from '../../src/datasets/registry.ts';
import type { GivenDeclarations } from '../../src/recipes/declare.ts';
import { runSettings } from '../../src/run/run-settings.ts';
import type { GivenOptions } from '../../src/settings/settings.ts';
import { CASES } from '../setup/any-json-scores.ts';
import { fixtureCases } from '../setup/fixtures.ts';
import { plant } from '../setup/trees.ts';

/** Files with what declares them: what the contract is held for. */
export interface Application {
  readonly name: string;
  /** The directory with its files; undefined where they are not on this machine. */
  readonly data: string | undefined;
  readonly options: GivenOptions & Partial<GivenDeclarations>;
  /** Everything in it is taken, and nothing is doubtful. */
  readonly isWhole: boolean;
}

const DECLARED = join(import.meta.dirname, 'any-json');

/** Data of public applications, each with what a careful person declares for it. */
export function declaredApplications(): readonly Application[] {
  return readdirSync(DECLARED).map((file) => {
    const name = basename(file, '.yaml');
    const folder = existsSync(CASES)
      ? readdirSync(CASES).find((each) => each.startsWith(`${name.slice(0, 2)}-`))
      : undefined;
    return {
      name,
      data: folder === undefined ? undefined : join(CASES, folder, 'data'),
      options: parse(readFileSync(join(DECLARED, file), 'utf8')),
      isWhole: true,
    };
  });
}

/** The fixtures of the datasets that come with the program. */
export function builtInApplications(): readonly Application[] {
  return fixtureCases().map(({ name, input, expected }) => ({
    name,
    data: input,
    options: { allowEmpty: true, ...expected.options },
    isWhole: false,
  }));
}

/** A copy of its files. */
export function rootOf({ data }: Application): string {
  const root = plant();
  if (data !== undefined) cpSync(data, root, { recursive: true });
  return root;
}

export function registryOf({ options }: Application): Registry {
  return runSettings({ root: '', ...options }).registry;
}
