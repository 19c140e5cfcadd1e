import { RefusedRow } from '../databases/refused-row.ts';

/**
 * Writes all units at once. When the database refuses, halves are tried until the guilty units are known; the others
 * are written. `refused`: it is known already that all at once are refused.
 */
export async function writeBisecting<Unit>(
  units: readonly Unit[],
  write: (units: readonly Unit[]) => Promise<void>,
  refuse: (unit: Unit, constraint: string) => void,
  refused?: RefusedRow,
): Promise<void> {
  const [only] = units;
  if (only === undefined) return;
  const error = refused ?? (await refusalOf(write(units)));
  if (error === undefined) return;
  if (units.length === 1) return refuse(only, error.constraint);
  const middle = Math.ceil(units.length / 2);
  await writeBisecting(units.slice(0, middle), write, refuse);
  await writeBisecting(units.slice(middle), write, refuse);
}

/** Nothing where the database takes everything. */
export async function refusalOf(work: Promise<void>): Promise<RefusedRow | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    if (error instanceof RefusedRow) return error;
    throw error;
  }
}
