import { availableParallelism } from 'node:os';
import type pg from 'pg';
import type { BatchesAtOnce } from '../target.ts';
import type { PostgresWork } from './work.ts';

/** Sessions that may be opened yet: on the server, where who is no superuser has not what is reserved, by the role, and of the database. -1 is no limit. */
const FREE_SLOTS = `SELECT least(
    current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int - count(*),
    (SELECT nullif(rolconnlimit, -1) FROM pg_roles WHERE rolname = current_user) - count(*) FILTER (WHERE usename = current_user),
    (SELECT nullif(datconnlimit, -1) FROM pg_database WHERE datname = current_database()) - count(*) FILTER (WHERE datname = current_database())
  ) AS free FROM pg_stat_activity WHERE backend_type = 'client backend'`;

/** Connections for transactions beside each other, each opened when it is first needed. */
export class BesideConnections {
  /** How many transactions may run at the same time. */
  size = 1;
  private readonly make: () => PostgresWork;
  private readonly asked: BatchesAtOnce | undefined;
  private readonly all: PostgresWork[] = [];
  private readonly idle: PostgresWork[] = [];

  constructor(make: () => PostgresWork, asked: BatchesAtOnce | undefined) {
    this.make = make;
    this.asked = asked;
  }

  /** As many as are wanted, and not more than the server has free; of itself at most half of these, and none behind a pooler. */
  async ask(client: pg.Client): Promise<void> {
    if (this.asked === undefined) return;
    const { wanted, workers } = this.asked;
    const most = wanted ?? Math.min(workers, Math.floor(availableParallelism() / 2));
    if (most <= 1) return;
    const { rows } = await client.query<{ free: string }>(FREE_SLOTS);
    const free = Number(rows[0]?.free ?? 0);
    if (wanted === undefined && (await isPooled(client))) return;
    this.size = Math.max(1, Math.min(most, wanted === undefined ? Math.floor(free / 2) : free));
  }

  async use<T>(work: (on: PostgresWork) => Promise<T>): Promise<T> {
    const on = this.idle.pop() ?? this.add();
    try {
      return await work(on);
    } finally {
      this.idle.push(on);
    }
  }

  private add(): PostgresWork {
    const work = this.make();
    this.all.push(work);
    return work;
  }

  async close(): Promise<void> {
    await Promise.all(this.all.map(({ connection }) => connection.close()));
  }
}

/** A pooler gives a process id of its own. */
export async function isPooled(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ pid: string }>('SELECT pg_backend_pid() AS pid');
  const given: unknown = Reflect.get(client, 'processID');
  return Number(rows[0]?.pid) !== given;
}
