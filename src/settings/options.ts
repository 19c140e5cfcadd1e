import { ACTION_OPTIONS } from './action-options.ts';
import { LIMIT_OPTIONS } from './limit-options.ts';
import type { OptionSpec } from './option-spec.ts';
import { OUTPUT_OPTIONS } from './output-options.ts';
import { SOURCE_OPTIONS } from './source-options.ts';
import { TARGET_OPTIONS } from './target-options.ts';

export { CONFLICT_MODES } from './action-options.ts';
export type { CommandName, OptionSpec } from './option-spec.ts';
export { FORMATS } from './output-options.ts';
export { LAYOUTS } from './source-options.ts';

/** By their headings in the help. */
export const OPTION_GROUPS: Readonly<Record<string, Readonly<Record<string, OptionSpec>>>> = {
  target: TARGET_OPTIONS,
  sources: SOURCE_OPTIONS,
  'what is done': ACTION_OPTIONS,
  output: OUTPUT_OPTIONS,
  limits: LIMIT_OPTIONS,
};

/**
 * Every option, declared once: flags, environment variables, config keys, help and README all come from here. The key is
 * the one of settings and config files (camelCase); the flag is the same in kebab-case.
 */
export const OPTIONS = {
  ...TARGET_OPTIONS,
  ...SOURCE_OPTIONS,
  ...ACTION_OPTIONS,
  ...OUTPUT_OPTIONS,
  ...LIMIT_OPTIONS,
};

export type OptionKey = keyof typeof OPTIONS;

export const OPTION_KEYS = Object.keys(OPTIONS) as readonly OptionKey[];

/** `maxErrors` → `max-errors` */
export function kebab(key: string): string {
  return key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** `maxErrors` → `MIGRATE_JSON_MAX_ERRORS` */
export function environmentName(key: string): string {
  return `MIGRATE_JSON_${kebab(key).replaceAll('-', '_').toUpperCase()}`;
}
