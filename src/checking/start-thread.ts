import { Worker } from 'node:worker_threads';
import type { ThreadData } from './thread.ts';

/** Starts `thread.ts`. In dist all entries lie beside each other; tests run the sources themselves. */
export function startThread(workerData: ThreadData): Worker {
  const module = import.meta.url.endsWith('.ts') ? './thread.ts' : './thread.js';
  return new Worker(new URL(module, import.meta.url), { workerData });
}
