import { createHash } from 'node:crypto';
import { join } from 'node:path';

/** One of the processes that share a run: `shard` of `shards`, from 1. */
export interface Shard {
  readonly shard: number;
  readonly shards: number;
}

/** `2/4` */
export function shardName({ shard, shards }: Shard): string {
  return `${shard}/${shards}`;
}

/** Whose file it is: the first four bytes of the SHA-256 of its path relative to the root, with `/`, modulo N, plus 1. */
export function shardOf(path: string, shards: number): number {
  return 1 + (createHash('sha256').update(path).digest().readUInt32BE() % shards);
}

export function isOfShard(path: string, { shard, shards }: Shard): boolean {
  return shardOf(path, shards) === shard;
}

/** Batches of one run that a shard may number: enough for every record to be a batch of its own. */
const BATCHES = 2 ** 32;

/** The number before the first batch of a shard. Ranges, so that the batches of all shards have different numbers. */
export function firstBatch(shard: number): number {
  return (shard - 1) * BATCHES;
}

/** The shard that committed a batch. */
export function shardOfBatch(batch: number): number {
  return 1 + Math.floor(batch / BATCHES);
}

/** `out/report.json` → `out/report.2-of-4.json` */
export function reportOfShard(path: string, { shard, shards }: Shard): string {
  return path.replace(/(\.\w+)?$/, (ending) => `.${shard}-of-${shards}${ending}`);
}

/** A directory below one that all shards name. A shard that is run again does not find what it left there before. */
export function directoryOfShard(directory: string, { shard, shards }: Shard, attempt: string): string {
  return join(directory, `${shard}-of-${shards}-${attempt}`);
}
