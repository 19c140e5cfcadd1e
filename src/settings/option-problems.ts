import type { z } from 'zod';
import { MigrateError } from '../errors.ts';
import { similarName } from '../system/similar-name.ts';
import { environmentName, OPTION_KEYS, OPTIONS, type OptionKey, type OptionSpec } from './options.ts';

/** One error that names every problem. `nameOf` says where an option was given. */
export function problemsOf(issues: readonly z.core.$ZodIssue[], nameOf: (key: string) => string): MigrateError {
  const problems = issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys') return unknownKeys(issue.keys, nameOf);
    const key = String(issue.path[0]);
    return [`${nameOf(key)} ${requirement(key, issue)}`];
  });
  return new MigrateError('invalid-option', problems.join('; '));
}

/** What stands beside the options of a config file. */
const KEYS_BESIDE = ['datasets', 'tables', 'recipes', 'root'];
/** So many unknown keys are most likely one mistake: of indentation. */
const MANY = 3;

function unknownKeys(keys: readonly string[], nameOf: (key: string) => string): readonly string[] {
  const strange = keys.filter((key) => !key.startsWith('MIGRATE_JSON_') && meantBy(key) === undefined);
  const [first, ...others] = strange;
  if (first === undefined || strange.length < MANY) return keys.map((key) => unknownKey(key, nameOf));
  const words = `${nameOf(first)} and ${others.length} more keys are no options; are they datasets? Indent them below \`datasets:\``;
  return [words, ...keys.filter((key) => !strange.includes(key)).map((key) => unknownKey(key, nameOf))];
}

function unknownKey(key: string, nameOf: (key: string) => string): string {
  if (key.startsWith('MIGRATE_JSON_')) {
    const meant = similarName(key, OPTION_KEYS.map(environmentName));
    return `${nameOf(key)} is not an option${meant ? `; did you mean ${meant}?` : ''}`;
  }
  const meant = meantBy(key);
  return `${nameOf(key)} is not an option${meant ? `; did you mean ${meant}?` : ''}`;
}

function meantBy(key: string): string | undefined {
  return similarName(key.replaceAll(/[-_]/g, ''), [...OPTION_KEYS, ...KEYS_BESIDE]);
}

function requirement(key: string, issue: z.core.$ZodIssue): string {
  const spec: OptionSpec | undefined = OPTIONS[key as OptionKey];
  if (issue.code === 'custom' && issue.message.startsWith('must ')) return issue.message;
  if (spec?.choices) return `must be one of ${spec.choices.join(', ')}`;
  if (spec?.kind === 'flag' || spec?.kind === 'negated-flag') return 'must be true or false';
  if (issue.message.startsWith('must ')) return issue.message;
  if (issue.code === 'too_small' && spec?.kind === 'integer') return 'must be at least 1';
  if (issue.code === 'too_big') return `must be at most ${issue.maximum}${spec?.kind === 'text' ? ' characters' : ''}`;
  if (spec?.kind === 'integer') return 'must be a whole number of at least 1';
  if (spec?.kind === 'max-errors') return 'must be a number, or a percentage such as 5%';
  return spec?.kind === 'list' ? 'must be a list of texts' : 'must be text';
}
