import type pg from 'pg';
import type { InspectionOptions } from '../inspection.ts';
import type { LocatedLedger } from './ledger.ts';
import type { Session } from './session.ts';

/** What a check looks at: a transaction that only reads, and the connection that it runs on. */
export interface Inspected {
  readonly session: Session;
  readonly client: pg.Client;
  readonly ledger: LocatedLedger;
  readonly needed: InspectionOptions['needed'];
}

export async function settingOf(session: Session, name: string): Promise<string> {
  const [row] = await session.rows<{ value: string | null }>('SELECT current_setting($1, true) AS value', name);
  return row?.value ?? '';
}
