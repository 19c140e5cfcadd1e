import { type FreshPostgres, freshPostgres } from './databases.ts';
import { CANARY, type Prey } from './failing-commands.ts';
import { connectTo } from './targets.ts';

export interface StartedPrey extends Prey {
  readonly database: FreshPostgres;
  remove(): Promise<void>;
}

/** A role that may log in with the canary and do nothing else. */
export async function preyIn(): Promise<StartedPrey> {
  const database = await freshPostgres();
  const admin = await connectTo(database.adminUrl);
  const role = `prey_${process.pid}_${Date.now()}`;
  await admin.query(`CREATE ROLE ${role} LOGIN PASSWORD ${admin.escapeLiteral(CANARY)}`);
  return {
    url: new URL(database.adminUrl),
    role,
    database,
    async remove() {
      await admin.query(`DROP ROLE ${role}`);
      await admin.end();
      await database.drop();
    },
  };
}
