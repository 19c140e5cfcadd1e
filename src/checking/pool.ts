import type { Registry } from '../datasets/registry.ts';
import type { FilePlace, FoundFile, NotData } from '../inventory/recognise-file.ts';
import { Checker, type CheckSettings } from './checker.ts';
import type { Chunk, FileToCheck } from './chunk.ts';
import type { StateFiles } from './state-files.ts';
import { type Progressing, Thread } from './thread-handle.ts';

/** Tasks that each thread has, so that it need not wait while this thread is busy with a batch. */
const TASKS_PER_THREAD = 4;

/** Source bytes from which on threads are worth their start. */
const BYTES_FOR_THREADS = 4 * 1024 * 1024;

type Jobs = AsyncIterable<readonly FileToCheck[]>;

/** Recognises and checks files, in this thread or in others, which start when there is something for them to do. */
export class CheckingPool {
  private readonly settings: CheckSettings;
  private readonly registry: Registry;
  private readonly threads: readonly Thread[];

  constructor(settings: CheckSettings, registry: Registry, threads: number) {
    this.settings = settings;
    this.registry = registry;
    this.threads = Array.from({ length: threads }, () => new Thread({ settings, registry: registry.origin }));
  }

  /** The chunks of the jobs, each a few files, in the order of the jobs. `bytes` is what their root has to check. */
  chunks(jobs: Jobs, bytes: number, states: StateFiles): AsyncGenerator<Chunk> {
    return bytes < BYTES_FOR_THREADS ? this.chunksHere(jobs, states) : this.chunksOfThreads(jobs, states);
  }

  private async *chunksHere(jobs: Jobs, states: StateFiles): AsyncGenerator<Chunk> {
    const checker = new Checker(this.settings, this.registry);
    for await (const files of jobs) yield* checker.check(files, states);
  }

  /** By several threads at once, whoever is faster. */
  private async *chunksOfThreads(jobs: Jobs, states: StateFiles): AsyncGenerator<Chunk> {
    const source = jobs[Symbol.asyncIterator]();
    const begun: Progressing[] = [];
    let atEnd = false;
    for (;;) {
      while (!atEnd && begun.length < TASKS_PER_THREAD * this.threads.length) {
        const next = await source.next();
        if (next.done) atEnd = true;
        else begun.push(this.idlest.begin({ kind: 'check', files: next.value, states }));
      }
      const answer = await begun[0]?.next();
      if (answer?.kind === 'chunk') yield answer.chunk;
      else if (begun.shift() === undefined) return;
    }
  }

  readonly recognise = async (files: readonly FilePlace[]): Promise<readonly (FoundFile | NotData)[]> => {
    const answer = await this.idlest.begin({ kind: 'recognise', files }).next();
    return answer?.kind === 'found' ? answer.found : [];
  };

  async close(): Promise<void> {
    await Promise.all(this.threads.map((thread) => thread.close()));
  }

  private get idlest(): Thread {
    return this.threads.reduce((idlest, thread) => (thread.tasks < idlest.tasks ? thread : idlest));
  }
}
