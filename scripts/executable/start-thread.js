// In the executable: the program of a thread is an asset, no file.
import { getAsset } from 'node:sea';
import { Worker } from 'node:worker_threads';

export function startThread(settings) {
  return new Worker(getAsset('thread.js', 'utf8'), { eval: true, workerData: settings });
}
