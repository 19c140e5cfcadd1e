import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

const CHUNK = 1 << 20;

/** Writes text in pieces of a megabyte, so that generating 2 GB takes no memory. */
export function chunkedFile(path) {
  mkdirSync(dirname(path), { recursive: true });
  const file = openSync(path, 'w');
  let pending = '';
  let bytes = 0;
  const flush = () => {
    bytes += writeFully(file, Buffer.from(pending));
    pending = '';
  };
  return {
    write(text) {
      pending += text;
      if (pending.length >= CHUNK) flush();
    },
    /** Returns the size of the file. */
    close() {
      flush();
      closeSync(file);
      return bytes;
    },
  };
}

function writeFully(file, buffer) {
  let written = 0;
  while (written < buffer.length) written += writeSync(file, buffer, written);
  return written;
}
