import type { z } from 'zod';
import { MigrateError } from '../errors.ts';
import { similarName } from '../system/similar-name.ts';
import { environmentName, OPTION_KEYS, OPTIONS, type OptionKey, type OptionSpec } from './options.ts';

/** One error that names every problem. `nameOf` says where an option was given. */
export function problemsOf(issues: readonly z.core.$ZodIssue[], nameOf: (key: string) => string): MigrateError {
  const problems = issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(key, nameOf));
    const key = String(issue.path[0]);
    return [`${nameOf(key)} ${requirement(key, issue)}`];
  });
  return new MigrateError('invalid-option', problems.join('; '));
}

function unknownKey(key: string, nameOf: (key: string) => string): string {
  if (key.startsWith('MIGRATE_JSON_')) {
    const meant = similarName(key, OPTION_KEYS.map(environmentName));
    return `${nameOf(key)} is not an option${meant ? `; did you mean ${meant}?` : ''}`;
  }
  const meant = similarName(key.replaceAll(/[-_]/g, ''), OPTION_KEYS);
  return `${nameOf(key)} is not an option${meant ? `; did you mean ${meant}?` : ''}`;
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
