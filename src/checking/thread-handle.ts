import { setFlagsFromString } from 'node:v8';
import type { Worker } from 'node:worker_threads';
import { type ErrorCode, MigrateError } from '../errors.ts';
import { startThread } from './start-thread.ts';
import type { Answer, Order, Task, ThreadData } from './thread.ts';

/** Half of what a thread's young objects may take before they are collected, in MB. */
const YOUNG = 4;

type Result = Extract<Answer, { kind: 'chunk' | 'found' }>;

/** A task that a thread has begun. */
export interface Progressing {
  /** What the thread answers next, in order; undefined when it is done. */
  next(): Promise<Result | undefined>;
}

/** A thread with the tasks that it was given. It starts with the first. */
export class Thread {
  private readonly data: ThreadData;
  private readonly begun: Begun[] = [];
  private worker: Worker | undefined;

  constructor(data: ThreadData) {
    this.data = data;
  }

  get tasks(): number {
    return this.begun.length;
  }

  begin(task: Task): Progressing {
    this.worker ??= this.start();
    const begun = new Begun(() => this.tell({ kind: 'taken' }));
    this.begun.push(begun);
    this.tell(task);
    return begun;
  }

  async close(): Promise<void> {
    await this.worker?.terminate();
  }

  private tell(order: Order): void {
    this.worker?.postMessage(order);
  }

  private start(): Worker {
    // Node begins with 1 MB, in which the records at hand never fit: most of a thread's time would go into collecting them.
    setFlagsFromString(`--min-semi-space-size=${YOUNG}`);
    const worker = startThread(this.data);
    worker.on('message', (answer: Answer) => this.take(answer));
    worker.on('error', (error) => this.fail(error));
    return worker;
  }

  private take(answer: Answer): void {
    const current = this.begun[0];
    if (answer.kind === 'failed') this.fail(new MigrateError(answer.code as ErrorCode, answer.message, answer));
    else if (answer.kind === 'done') {
      this.begun.shift();
      current?.add(undefined);
    } else current?.add(answer);
  }

  private fail(error: unknown): void {
    for (const task of this.begun) task.fail(error);
  }
}

/** The answers to a task as they arrive. */
class Begun implements Progressing {
  private readonly onChunk: () => void;
  private readonly arrived: (Result | undefined)[] = [];
  private failure: { readonly error: unknown } | undefined;
  private wake: () => void = () => undefined;

  constructor(onChunk: () => void) {
    this.onChunk = onChunk;
  }

  async next(): Promise<Result | undefined> {
    while (this.arrived.length === 0 && this.failure === undefined) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
    if (this.arrived.length === 0) throw this.failure?.error;
    const answer = this.arrived.shift();
    if (answer?.kind === 'chunk') this.onChunk();
    return answer;
  }

  add(answer: Result | undefined): void {
    this.arrived.push(answer);
    this.wake();
  }

  fail(error: unknown): void {
    this.failure ??= { error };
    this.wake();
  }
}
