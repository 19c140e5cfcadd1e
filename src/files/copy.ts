import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { MigrateError } from '../errors.ts';
import { onDisk, showPath } from './disk-error.ts';
import { createPrivate, discard } from './safe-write.ts';
import { type HashedBytes, hashedChunks, type OpenedSource } from './source-file.ts';

/**
 * Copies an opened source into a new file, 0600 with the modification time of the source, and writes it to the disk.
 * The hash is that of the bytes read; whether the source changed meanwhile is for the caller to ask.
 * @throws MigrateError `disk-full`, `disk-failed`; nothing is left behind then.
 */
export async function copySource(source: OpenedSource, to: string): Promise<HashedBytes> {
  const handle = await createPrivate(to);
  try {
    return await copyInto(handle, source, to);
  } catch (error) {
    return await discard(to, error);
  } finally {
    await handle.close();
  }
}

async function copyInto(handle: FileHandle, source: OpenedSource, to: string): Promise<HashedBytes> {
  const hash = createHash('sha256');
  const chunks = hashedChunks(source, hash);
  let bytes = 0;
  for (;;) {
    const next = await onDisk('read', source.path, () => chunks.next());
    if (next.done === true) break;
    await onDisk('write', to, () => handle.writeFile(next.value));
    bytes += next.value.length;
  }
  await onDisk('write', to, () => seal(handle, source));
  await assertSize(handle, to, bytes);
  return { sha256: hash.digest('hex'), bytes };
}

async function seal(handle: FileHandle, source: OpenedSource): Promise<void> {
  const seconds = Number(source.stat.mtimeNs) / 1e9;
  await handle.utimes(seconds, seconds);
  await handle.sync();
}

async function assertSize(handle: FileHandle, path: string, bytes: number): Promise<void> {
  const { size } = await onDisk('check', path, () => handle.stat());
  if (size !== bytes)
    throw new MigrateError('disk-failed', `${showPath(path)} is shorter or longer than what was written.`);
}
