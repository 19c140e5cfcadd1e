import { readFile } from 'node:fs/promises';
import { Decrypter, Encrypter } from 'age-encryption';
import { errorCode, MigrateError } from '../errors.ts';
import { onDisk, showPath } from './disk-error.ts';

/** Bytes on their way to another file. */
export type Transform = (bytes: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>;

/** @throws MigrateError `invalid-option`: messages never repeat what was given, which may be a private key. */
export function encryptionTo(recipients: readonly string[]): Transform {
  const encrypter = new Encrypter();
  for (const recipient of recipients) {
    try {
      encrypter.addRecipient(recipient);
    } catch {
      throw new MigrateError('invalid-option', '--encrypt-to must be an age public key, which begins with age1', {
        hint: 'age-keygen makes a key; its public half is the recipient, and the other half belongs on another machine.',
      });
    }
  }
  return async function* (plain) {
    yield* await encrypter.encrypt(streamOf(plain));
  };
}

/**
 * Decrypts with the private keys of a file as age-keygen writes it.
 * @throws MigrateError `wrong-identity`; the transform throws it where no key fits, and `copy-damaged`
 */
export async function decryptionBy(path: string): Promise<Transform> {
  const text = await onDisk('read', path, () => readFile(path, 'utf8'));
  const keys = text.split('\n').map((line) => line.trim());
  const decrypter = new Decrypter();
  try {
    const given = keys.filter((line) => line !== '' && !line.startsWith('#'));
    if (given.length === 0) throw new Error('no key');
    for (const key of given) decrypter.addIdentity(key);
  } catch {
    throw new MigrateError('wrong-identity', `${showPath(path)} holds no age private key`);
  }
  return (encrypted) => decrypted(decrypter, encrypted, path);
}

async function* decrypted(
  decrypter: Decrypter,
  encrypted: AsyncIterable<Uint8Array>,
  identity: string,
): AsyncGenerator<Uint8Array> {
  const plain = await decrypter.decrypt(streamOf(encrypted)).catch((error: unknown) => {
    if (errorCode(error) !== undefined) throw error;
    throw new MigrateError('wrong-identity', `no key in ${showPath(identity)} opens the copies`);
  });
  try {
    yield* plain;
  } catch (error) {
    if (errorCode(error) !== undefined) throw error;
    throw new MigrateError('copy-damaged', 'an encrypted copy cannot be decrypted to its end', { cause: error });
  }
}

/** Copies each block: the producer may fill the same buffer again while the stream still holds it. */
function streamOf(bytes: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> {
  return ReadableStream.from(copies(bytes));
}

async function* copies(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const block of bytes) yield Uint8Array.from(block);
}
