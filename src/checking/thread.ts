import { parentPort, workerData } from 'node:worker_threads';
import type { RegistryOrigin } from '../datasets/registry.ts';
import { MigrateError } from '../errors.ts';
import { type FilePlace, type FoundFile, type NotData, recogniseFile } from '../inventory/recognise-file.ts';
import { makeRegistry } from '../recipes/registry.ts';
import { Checker, type CheckSettings } from './checker.ts';
import type { Chunk, FileToCheck } from './chunk.ts';
import { buffersOf } from './packed-records.ts';
import type { StateFiles } from './state-files.ts';

/** What a thread works with. */
export interface ThreadData {
  readonly settings: CheckSettings;
  readonly registry: RegistryOrigin;
}

/** What there is to do, one after the other. */
export type Task =
  | { readonly kind: 'check'; readonly files: readonly FileToCheck[]; readonly states: StateFiles }
  | { readonly kind: 'recognise'; readonly files: readonly FilePlace[] };

/** What the thread is told: a task, or that one of its chunks was taken. */
export type Order = Task | { readonly kind: 'taken' };

/** What it answers: the chunks of the files or what they are, then that the task is done; or why it cannot go on. */
export type Answer =
  | { readonly kind: 'found'; readonly found: readonly (FoundFile | NotData)[] }
  | { readonly kind: 'chunk'; readonly chunk: Chunk }
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string; readonly hint: string };

if (parentPort === null) throw new TypeError('this module runs in a thread of its own');
const port = parentPort;
const { settings, registry: origin } = workerData as ThreadData;
const made = makeRegistry(origin).then((registry) => ({ registry, checker: new Checker(settings, registry) }));
// It is awaited with the first task, whose answer then says what is wrong.
made.catch(() => undefined);
const waiting: Task[] = [];
let isBusy = false;
/** What the chunks weigh, in bytes, that wait for the other side, in their order. */
const ahead: number[] = [];
let goOn: () => void = () => undefined;

port.on('message', (order: Order) => {
  if (order.kind === 'taken') {
    ahead.shift();
    goOn();
  } else {
    waiting.push(order);
    if (!isBusy) void work();
  }
});

async function work(): Promise<void> {
  isBusy = true;
  try {
    for (let task = waiting.shift(); task !== undefined; task = waiting.shift()) {
      if (task.kind === 'check') await check(task);
      else await recognise(task.files);
      answer({ kind: 'done' });
    }
  } catch (error) {
    if (!(error instanceof MigrateError)) throw error;
    const { code, message, hint } = error;
    answer({ kind: 'failed', code, message, hint });
  }
  isBusy = false;
}

async function check({ files, states }: Extract<Task, { kind: 'check' }>): Promise<void> {
  const { checker } = await made;
  for await (const chunk of checker.check(files, states)) {
    while (isFarAhead()) {
      await new Promise<void>((resolve) => {
        goOn = resolve;
      });
    }
    // Linked records are checked many times faster than they are loaded: few need to wait.
    ahead.push(chunk.bytes + 4 * chunk.packed.linked.length);
    answer({ kind: 'chunk', chunk }, buffersOf(chunk.packed));
  }
}

/** What waits makes a batch. With less, a thread would stand still while a batch is written; with more, fill the memory. */
function isFarAhead(): boolean {
  return ahead.reduce((sum, bytes) => sum + bytes, 0) >= settings.batchBytes;
}

async function recognise(files: readonly FilePlace[]): Promise<void> {
  const { datasets } = (await made).registry;
  answer({ kind: 'found', found: files.map((file) => recogniseFile(file, settings.encoding, datasets)) });
}

function answer(message: Answer, moved: ArrayBuffer[] = []): void {
  port.postMessage(message, moved);
}
