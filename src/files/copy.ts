import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { MigrateError } from '../errors.ts';
import type { Transform } from './age.ts';
import { onDisk, showPath } from './disk-error.ts';
import { setModificationTime } from './modification-time.ts';
import { createPrivate, discard } from './safe-write.ts';
import { type HashedBytes, hashedChunks, type OpenedSource } from './source-file.ts';

/** How a copy differs from its source. */
export interface CopyTraits {
  readonly transform?: Transform;
  /** Nanoseconds since 1970. */
  readonly mtime?: bigint;
  /** Permission bits. */
  readonly mode?: number;
}

export interface CopiedBytes {
  readonly read: HashedBytes;
  readonly written: HashedBytes;
}

/**
 * Copies an opened source into a new file, 0600 with the modification time of the source, and writes it to the disk.
 * The hash is that of the bytes read; whether the source changed meanwhile is for the caller to ask.
 * @throws MigrateError `disk-full`, `disk-failed`; nothing is left behind then.
 */
export async function copySource(source: OpenedSource, to: string): Promise<HashedBytes> {
  return (await copyTransformed(source, to, {})).read;
}

/** As `copySource`, with the bytes that went through the transform. */
export async function copyTransformed(source: OpenedSource, to: string, traits: CopyTraits): Promise<CopiedBytes> {
  const handle = await createPrivate(to);
  try {
    return await copyInto(handle, source, to, traits);
  } catch (error) {
    return await discard(to, error);
  } finally {
    await handle.close();
  }
}

async function copyInto(
  handle: FileHandle,
  source: OpenedSource,
  to: string,
  traits: CopyTraits,
): Promise<CopiedBytes> {
  const [hash, writtenHash] = [createHash('sha256'), createHash('sha256')];
  const read = hashedChunks(source, hash);
  const chunks = (traits.transform?.(read) ?? read)[Symbol.asyncIterator]();
  let bytes = 0;
  for (;;) {
    const next = await onDisk('read', source.path, () => chunks.next());
    if (next.done === true) break;
    await onDisk('write', to, () => handle.writeFile(next.value));
    if (traits.transform) writtenHash.update(next.value);
    bytes += next.value.length;
  }
  await onDisk('write', to, () => seal(handle, source, traits));
  await assertSize(handle, to, bytes);
  const sha256 = hash.digest('hex');
  if (traits.transform === undefined) return { read: { sha256, bytes }, written: { sha256, bytes } };
  return { read: { sha256, bytes: source.stat.bytes }, written: { sha256: writtenHash.digest('hex'), bytes } };
}

async function seal(handle: FileHandle, source: OpenedSource, { mtime, mode }: CopyTraits): Promise<void> {
  if (mode !== undefined) await handle.chmod(mode);
  await setModificationTime(handle, mtime ?? BigInt(source.stat.mtimeNs));
  await handle.sync();
}

async function assertSize(handle: FileHandle, path: string, bytes: number): Promise<void> {
  const { size } = await onDisk('check', path, () => handle.stat());
  if (size !== bytes)
    throw new MigrateError('disk-failed', `${showPath(path)} is shorter or longer than what was written.`);
}
