import { nameIn } from '../../schema/table-place.ts';
import { tableNames } from './catalog.ts';
import type { LocatedLedger } from './ledger.ts';
import { Session } from './session.ts';

/** A table that a snapshot copies. */
export interface StoredTable {
  /** Its name, with the schema if that is another one. */
  readonly title: string;
  readonly schema: string;
  readonly name: string;
}

/** The tables of the schemas, and those of the ledger. */
export async function storedTables(
  session: Session,
  { place, isThere }: LocatedLedger,
  otherSchemas: readonly string[],
): Promise<readonly StoredTable[]> {
  const { schema } = session;
  const own: StoredTable[] = [];
  for (const each of [schema, ...otherSchemas]) {
    const names = await tableNames(new Session(session.client, each, session.declared));
    own.push(
      ...names.toSorted().map((name) => ({ title: nameIn(schema, { schema: each, name }), schema: each, name })),
    );
  }
  if (!isThere || place.naming !== 'own' || place.schema === undefined) return own;
  const inLedger = new Session(session.client, place.schema, session.declared);
  const there = await tableNames(inLedger);
  const ofLedger = Object.values(place.tables).filter(({ name }) => there.includes(name));
  const ledger = ofLedger.map((table) => ({ title: place.title(table), schema: inLedger.schema, name: table.name }));
  return [...own, ...ledger];
}

/** The schema of the ledger, where it has one of its own. */
export function ownSchema({ place, isThere }: LocatedLedger): string | null {
  return isThere && place.naming === 'own' ? (place.schema ?? null) : null;
}
