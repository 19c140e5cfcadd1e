import { MigrateError } from '../errors.ts';
import type { DifferenceCode } from '../schema/comparison/differences.ts';
import { describeObstacles, obstaclesToLoad } from '../schema/comparison/plan.ts';
import type { Shape } from '../schema/comparison/shape.ts';
import type { Table } from '../schema/table.ts';

const UNREADABLE: ReadonlySet<DifferenceCode> = new Set([
  'missing-column',
  'cannot-be-filled',
  'missing-event',
  'impossible-type',
]);

/** Refuses tables that are there and lack a column, or have one of another kind: their rows cannot be read. */
export function refuseLacking(shape: Shape, tables: readonly Table[]): void {
  const lacking = obstaclesToLoad(shape, tables).filter(({ code }) => UNREADABLE.has(code));
  if (lacking.length === 0) return;
  throw new MigrateError('schema-drift', `these tables cannot be read: ${describeObstacles(lacking)}`);
}
