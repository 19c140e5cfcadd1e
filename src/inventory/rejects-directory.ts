import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import type { Registry } from '../datasets/registry.ts';
import { MigrateError } from '../errors.ts';
import { REJECTS_NAME } from '../files/output-directory.ts';
import { REASON_ENDING } from '../files/rejects-writer.ts';
import type { Entry } from '../files/walk.ts';
import type { FilePlace } from './recognise-file.ts';
import type { RecordSource, Verdict } from './source.ts';

/** What the reason beside a file tells: what it is, or the path at which it was to be recognised. */
export type Told = { readonly verdict: Verdict } | { readonly path: string };

/** A directory that `--rejects` wrote. What its files are is in the reasons beside them, not in their shape and place. */
export class RejectsDirectory {
  /** Of the root that the files came from: see `OwnerOptions`. */
  readonly rootIsApplication: boolean;
  readonly rootHasSettings: boolean;

  private readonly registry: Registry;

  constructor(root: string, registry: Registry) {
    this.registry = registry;
    const marker = readJson(join(root, REJECTS_NAME));
    if (typeof marker?.['root_is_application'] !== 'boolean')
      throw new MigrateError('not-rejects', `${root} was not written by --rejects`);
    this.rootIsApplication = marker['root_is_application'];
    this.rootHasSettings = marker['root_has_settings'] === true;
  }

  /** False for what only tells of other files. */
  readonly isSource = ({ path }: Pick<FilePlace, 'path'>): boolean => {
    return path !== REJECTS_NAME && !path.endsWith(REASON_ENDING);
  };

  /** Throws `unknown-dataset` where it was rejected by a program that knows more. */
  lookUp({ absolutePath }: Pick<Entry, 'absolutePath'>): Told {
    const [name = ''] = basename(absolutePath).split('.');
    const reason = REASON.safeParse(readJson(join(dirname(absolutePath), `${name}${REASON_ENDING}`)));
    if (!reason.success) return NO_REASON;
    const { source } = reason.data;
    if (!('dataset' in source)) return { path: source.path };
    const { dataset, owner, owner_from: from, ...origin } = source;
    this.registry.get(dataset);
    const owned = { owner: { owner, from }, origin };
    return { verdict: { kind: 'recognised', dataset, ...RECORD, reason: 'the reason beside it', ...owned } };
  }
}

/** A record in a file of its own. */
const RECORD = { container: { kind: 'document' }, compression: 'none' } as const;

/** What is read of a `Reason`. */
const REASON = z.object({
  source: z.union([
    z.object({
      path: z.string(),
      container: z.enum(['document', 'array', 'member', 'map', 'path', 'lines']),
      member: z.string().nullable(),
      record: z.int().min(1).nullable(),
      key: z.string().nullable(),
      dataset: z.string(),
      owner: z.string(),
      owner_from: z.enum(['path', 'option', 'default']),
      place: z.object({ captures: z.array(z.string()), index: z.int().min(0), pointer: z.string() }).exactOptional(),
      shared: z.record(z.string(), z.string()).exactOptional(),
    } satisfies Record<keyof RecordSource, z.ZodType>),
    z.object({ path: z.string() }),
  ]),
});

const NO_REASON: Told = { verdict: { kind: 'unrecognised', reason: 'no-reason', skippedBy: null } };

function readJson(path: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
