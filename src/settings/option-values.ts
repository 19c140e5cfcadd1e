import { z } from 'zod';
import type { Shard } from '../system/shard.ts';
import { similarName } from '../system/similar-name.ts';
import { isUrl } from './is-url.ts';

/** Flags arrive as text, the environment too; config files and callers give real booleans and numbers. */
export const flag = z.union([
  z.boolean(),
  z.enum(['true', '1', 'false', '0']).transform((text) => text === 'true' || text === '1'),
]);
export const text = z.string().min(1, 'must not be empty');
export const path = text.refine((given) => !isUrl(given), 'must be a path, not a URL');
export const integer = z
  .union([z.number(), z.string().regex(/^\d+$/, 'must be a whole number').transform(Number)])
  .pipe(z.int().min(1));
const separated = (separator: string | RegExp) =>
  z.union([z.array(text), text.transform((joined) => [joined])]).transform((items) =>
    items
      .flatMap((item) => item.split(separator))
      .map((item) => item.trim())
      .filter((item) => item !== ''),
  );
export const list = separated(',');
/** Commas separate globs, but not those inside of `{a,b}`. */
export const globs = separated(/,(?![^{]*\})/);

/** A text alone, such as that of the environment, may hold several. */
const namedValues = z.union([z.array(text), text.transform((joined) => joined.split(/,(?=\w+=)/))]);

/** A list before the options are checked. */
export function listTexts(given: unknown): readonly string[] {
  const read = list.safeParse(given ?? []);
  return read.success ? read.data : [];
}

/** Texts `name=value`. */
export const parameters = (names: readonly string[]) =>
  namedValues.superRefine((items, check) => {
    const known = names.length === 0 ? 'no dataset declares `parameters:`' : `there is ${names.join(', ')}`;
    for (const item of items) {
      const [name = '', value] = item.split('=').map((part) => part.trim());
      const meant = similarName(name, names);
      const question = meant === undefined || names.includes(name) ? '' : `; did you mean ${meant}?`;
      if (value === undefined || !names.includes(name))
        check.addIssue({
          code: 'custom',
          message: `must be NAME=VALUE with a name that is declared: ${known}${question}`,
        });
    }
  });

/** Names of what nobody should read in a report. */
const SECRET = /secret|token|passw|pwd|key|credential/i;

/** The same for people: what may be a secret is masked. */
export function shownParameters(texts: readonly string[]): readonly string[] {
  return texts.map((given) =>
    given.replace(/^([^=]*)=.*$/s, (all, name) => (SECRET.test(name) ? `${name}=********` : all)),
  );
}

/** The same before the options are checked. */
export function parameterTexts(given: unknown): readonly string[] {
  const read = namedValues.safeParse(given ?? []);
  return read.success ? read.data : [];
}

/** A list of some of these names. `explain` says why it is not a name that somebody may well write. */
export const oneOf = (names: readonly string[], explain: (name: string) => string | undefined = () => undefined) =>
  list.superRefine((items, check) => {
    const unknown = items.filter((item) => !names.includes(item));
    if (unknown.length === 0) return;
    const [explained] = unknown.flatMap((item) => explain(item) ?? []);
    if (explained !== undefined) return check.addIssue({ code: 'custom', message: explained });
    const meant = unknown.flatMap((item) => similarName(item, names) ?? []);
    const question = meant.length === 0 ? '' : `; did you mean ${meant.join(', ')}?`;
    check.addIssue({ code: 'custom', message: `must be of ${names.join(', ')}${question}` });
  });

/** `--max-errors N` or `N%` */
export interface MaxErrors {
  readonly limit: number;
  readonly unit: 'records' | 'percent';
}

export const maxErrors = z.union([
  z
    .int()
    .min(0)
    .transform((limit): MaxErrors => ({ limit, unit: 'records' })),
  z
    .string()
    .regex(/^\d+(?:\.\d+)?%?$/, 'must be a number, or a percentage such as 5%')
    .transform(
      (given): MaxErrors => ({ limit: Number.parseFloat(given), unit: given.endsWith('%') ? 'percent' : 'records' }),
    ),
]);

/** More would only be a mistyped number. */
const MOST_SHARDS = 10_000;

export const shard = z
  .string()
  .refine((given) => !/^auto\b/.test(given), {
    error:
      'must be K/N here, because the environment says no JOB_COMPLETION_INDEX (and for auto alone JOB_COMPLETIONS)',
    abort: true,
  })
  .regex(/^\d+\/\d+$/, 'must be K/N such as 2/4, or auto/N')
  .transform((given): Shard => {
    const [number = 0, shards = 0] = given.split('/').map(Number);
    return { shard: number, shards };
  })
  .refine(({ shard: number, shards }) => number >= 1 && number <= shards && shards <= MOST_SHARDS, {
    error: `must be K/N with K from 1 to N, and N at most ${MOST_SHARDS}`,
  });

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * `auto/4` by the index, from 0, that Kubernetes gives to a pod of an Indexed Job. It does not tell how many there are;
 * for `auto` alone JOB_COMPLETIONS must. https://kubernetes.io/docs/concepts/workloads/controllers/job/#completion-mode
 */
export function numberedShard(given: string, environment: Environment): string {
  const match = /^auto(?:\/(\d+))?$/.exec(given);
  const shards = match?.[1] ?? environment['JOB_COMPLETIONS'];
  const index = environment['JOB_COMPLETION_INDEX'];
  if (match === null || shards === undefined || !/^\d+$/.test(index ?? '')) return given;
  return `${Number(index) + 1}/${shards}`;
}
