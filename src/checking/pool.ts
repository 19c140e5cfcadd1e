import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import { type ErrorCode, MigrateError } from '../errors.ts';
import { Checker, type CheckSettings } from './checker.ts';
import type { Chunk, FileToCheck } from './chunk.ts';
import type { Answer, Order } from './thread.ts';

/** Jobs that each thread has, so that it need not wait for the next. */
const JOBS_PER_THREAD = 2;

/** Half of what a thread's young objects may take before they are collected. */
const YOUNG_MEGABYTES = 4;

/** Checks jobs, each a few files, and hands out their chunks in the order of the jobs, whoever was faster. */
export interface Checking {
  chunks(jobs: AsyncIterable<readonly FileToCheck[]>): AsyncGenerator<Chunk>;
  close(): Promise<void>;
}

/** In this thread: for so little that it is done before a thread has started. */
export class CheckingHere implements Checking {
  private readonly checker: Checker;

  constructor(settings: CheckSettings) {
    this.checker = new Checker(settings);
  }

  async *chunks(jobs: AsyncIterable<readonly FileToCheck[]>): AsyncGenerator<Chunk> {
    for await (const files of jobs) yield* this.checker.check(files);
  }

  async close(): Promise<void> {}
}

/** In threads of their own. They start with the first job. */
export class CheckingThreads implements Checking {
  private readonly threads: Thread[];

  constructor(settings: CheckSettings, count: number) {
    this.threads = Array.from({ length: count }, () => new Thread(settings));
  }

  async *chunks(jobs: AsyncIterable<readonly FileToCheck[]>): AsyncGenerator<Chunk> {
    const source = jobs[Symbol.asyncIterator]();
    const begun: Job[] = [];
    let atEnd = false;
    for (;;) {
      while (!atEnd && begun.length < JOBS_PER_THREAD * this.threads.length) {
        const next = await source.next();
        if (next.done) atEnd = true;
        else begun.push(this.idlest().begin(next.value));
      }
      const job = begun[0];
      if (job === undefined) return;
      const chunk = await job.next();
      if (chunk === undefined) begun.shift();
      else yield chunk;
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.threads.map((thread) => thread.close()));
  }

  private idlest(): Thread {
    return this.threads.reduce((idlest, thread) => (thread.jobs < idlest.jobs ? thread : idlest));
  }
}

/** A thread with the jobs that it was given. */
class Thread {
  private readonly settings: CheckSettings;
  private readonly begun: Job[] = [];
  private worker: Worker | undefined;

  constructor(settings: CheckSettings) {
    this.settings = settings;
  }

  get jobs(): number {
    return this.begun.length;
  }

  begin(files: readonly FileToCheck[]): Job {
    this.worker ??= this.start();
    const job = new Job(() => this.tell({ kind: 'taken' }));
    this.begun.push(job);
    this.tell({ kind: 'check', files });
    return job;
  }

  async close(): Promise<void> {
    await this.worker?.terminate();
  }

  private tell(order: Order): void {
    this.worker?.postMessage(order);
  }

  private start(): Worker {
    // Node begins with 1 MB, in which the records at hand never fit: most of a thread's time would go into collecting them.
    setFlagsFromString(`--min-semi-space-size=${YOUNG_MEGABYTES}`);
    // In dist all entries lie beside each other; tests run the sources themselves.
    const module = import.meta.url.endsWith('.ts') ? './thread.ts' : './thread.js';
    const worker = new Worker(new URL(module, import.meta.url), { workerData: this.settings });
    worker.on('message', (answer: Answer) => this.take(answer));
    worker.on('error', (error) => this.fail(error));
    return worker;
  }

  private take(answer: Answer): void {
    const job = this.begun[0];
    if (answer.kind === 'chunk') job?.add(answer.chunk);
    else if (answer.kind === 'done') {
      this.begun.shift();
      job?.add(undefined);
    } else {
      const { code, message, hint } = answer;
      this.fail(new MigrateError(code as ErrorCode, message, { hint }));
    }
  }

  private fail(error: unknown): void {
    for (const job of this.begun) job.fail(error);
  }
}

/** The chunks of a job as they arrive. */
class Job {
  private readonly onTaken: () => void;
  private readonly arrived: (Chunk | undefined)[] = [];
  private failure: { readonly error: unknown } | undefined;
  private wake: () => void = () => undefined;

  constructor(onTaken: () => void) {
    this.onTaken = onTaken;
  }

  /** Undefined when there are no more. */
  async next(): Promise<Chunk | undefined> {
    while (this.arrived.length === 0 && this.failure === undefined) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
    if (this.arrived.length === 0) throw this.failure?.error;
    const chunk = this.arrived.shift();
    if (chunk) this.onTaken();
    return chunk;
  }

  add(chunk: Chunk | undefined): void {
    this.arrived.push(chunk);
    this.wake();
  }

  fail(error: unknown): void {
    this.failure ??= { error };
    this.wake();
  }
}
