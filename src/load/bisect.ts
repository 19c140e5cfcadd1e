import { RefusedRow } from '../databases/database.ts';

/**
 * Writes all units at once. When the database refuses, halves are tried until the guilty units are known; the others
 * are written.
 */
export async function writeBisecting<Unit>(
  units: readonly Unit[],
  write: (units: readonly Unit[]) => Promise<void>,
  refuse: (unit: Unit, constraint: string) => void,
): Promise<void> {
  if (units.length === 0) return;
  try {
    await write(units);
  } catch (error) {
    if (!(error instanceof RefusedRow)) throw error;
    const [only] = units;
    if (units.length === 1 && only !== undefined) return refuse(only, error.constraint);
    const middle = Math.ceil(units.length / 2);
    await writeBisecting(units.slice(0, middle), write, refuse);
    await writeBisecting(units.slice(middle), write, refuse);
  }
}
