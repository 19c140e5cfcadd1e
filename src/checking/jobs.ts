import type { RecognisedFile, SourceFile } from '../inventory/source.ts';
import type { FileToCheck } from './chunk.ts';

/** Small files are checked together, up to this many and this many bytes: a message for each would cost more than its check. */
const FILES_PER_JOB = 200;
const BYTES_PER_JOB = 2 * 1024 * 1024;

export function fileToCheck(number: number, file: SourceFile, { dataset, ...recognised }: RecognisedFile): FileToCheck {
  const { path, place, stamp } = file;
  return { number, path, place, bytes: file.bytes ?? 0, mtimeNs: stamp?.mtimeNs, dataset, recognised };
}

/** The files in their order, a few at a time. */
export async function* inJobs(
  files: Iterable<FileToCheck> | AsyncIterable<FileToCheck>,
): AsyncGenerator<readonly FileToCheck[]> {
  let job: FileToCheck[] = [];
  let bytes = 0;
  for await (const file of files) {
    job.push(file);
    bytes += file.bytes;
    if (job.length < FILES_PER_JOB && bytes < BYTES_PER_JOB) continue;
    yield job;
    job = [];
    bytes = 0;
  }
  if (job.length > 0) yield job;
}
