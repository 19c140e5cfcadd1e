import { z } from 'zod';
import type { HashedBytes } from './source-file.ts';

/** What the name of an encrypted copy ends with. https://age-encryption.org/v1 */
export const AGE_ENDING = '.age';

/** What the first line of a manifest and of a journal says. */
export interface ManifestHead {
  readonly manifest_version: 1;
  readonly kind: 'backup' | 'archive';
  readonly run_id: string;
  readonly tool_version: string;
  readonly created_at: string;
  readonly root: string;
  /** The copies are age files, under their names and `.age`. */
  readonly encryption?: 'age';
}

/** One file: `mode` are octal permission bits as text, `mtime` is ISO in UTC with nanoseconds, both of the source. */
export interface ManifestFile {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly mode: string;
  readonly mtime: string;
  /** What lies in the directory where the copy is encrypted: it can be verified without the key. */
  readonly encrypted?: HashedBytes;
}

const CONTENT = { bytes: z.int().min(0), sha256: z.string().regex(/^[0-9a-f]{64}$/) };

/** What is read is checked: anybody may have written it. */
export const HEAD = z.object({
  manifest_version: z.literal(1),
  kind: z.enum(['backup', 'archive']),
  run_id: z.string(),
  tool_version: z.string(),
  created_at: z.string(),
  root: z.string(),
  encryption: z.literal('age').exactOptional(),
}) satisfies z.ZodType<ManifestHead>;

export const FILE = z.object({
  path: z.string(),
  ...CONTENT,
  mode: z.string().regex(/^[0-7]{4}$/),
  mtime: z.string().regex(/^[+-]?\d{4,6}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/),
  encrypted: z.object(CONTENT).exactOptional(),
}) satisfies z.ZodType<ManifestFile>;

export const VERSION = z.object({ manifest_version: z.int() });
