import { Worker } from 'node:worker_threads';
import type { ThreadData } from './thread.ts';

/**
 * Starts `thread.ts`. In dist all entries lie side by side. Tests of the sources start the built thread too: Node can crash
 * when a thread ends that has stripped types (https://github.com/nodejs/node/issues/64500).
 */
export function startThread(workerData: ThreadData): Worker {
  const module = import.meta.url.endsWith('.ts') ? '../../dist/thread.js' : './thread.js';
  return new Worker(new URL(module, import.meta.url), { workerData });
}
