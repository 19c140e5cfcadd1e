import { parentPort, workerData } from 'node:worker_threads';
import { MigrateError } from '../errors.ts';
import { Checker, type CheckSettings } from './checker.ts';
import { buffersOf, type Chunk, type FileToCheck } from './chunk.ts';

/** Chunks that may wait for the other side, so that a thread which is ahead does not fill the memory. */
const AHEAD = 4;

/** What the thread is told: files to check, or that one of its chunks was taken. */
export type Order = { readonly kind: 'check'; readonly files: readonly FileToCheck[] } | { readonly kind: 'taken' };

/** What it answers: the chunks of the files, then that they are done; or why it cannot go on. */
export type Answer =
  | { readonly kind: 'chunk'; readonly chunk: Chunk }
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string; readonly hint: string };

if (parentPort === null) throw new TypeError('this module runs in a thread of its own');
const port = parentPort;
const checker = new Checker(workerData as CheckSettings);
const waiting: (readonly FileToCheck[])[] = [];
let isBusy = false;
let ahead = 0;
let goOn: () => void = () => undefined;

port.on('message', (order: Order) => {
  if (order.kind === 'taken') {
    ahead--;
    goOn();
  } else {
    waiting.push(order.files);
    if (!isBusy) void work();
  }
});

async function work(): Promise<void> {
  isBusy = true;
  try {
    for (let files = waiting.shift(); files !== undefined; files = waiting.shift()) await check(files);
  } catch (error) {
    if (!(error instanceof MigrateError)) throw error;
    const { code, message, hint } = error;
    port.postMessage({ kind: 'failed', code, message, hint } satisfies Answer);
  }
  isBusy = false;
}

async function check(files: readonly FileToCheck[]): Promise<void> {
  for await (const chunk of checker.check(files)) {
    while (ahead >= AHEAD) {
      await new Promise<void>((resolve) => {
        goOn = resolve;
      });
    }
    ahead++;
    port.postMessage({ kind: 'chunk', chunk } satisfies Answer, buffersOf(chunk));
  }
  port.postMessage({ kind: 'done' } satisfies Answer);
}
