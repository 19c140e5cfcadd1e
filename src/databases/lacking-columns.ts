import { MigrateError } from '../errors.ts';
import type { DifferenceCode } from '../schema/adoption/differences.ts';
import { describeObstacles, obstaclesToLoad } from '../schema/adoption/plan.ts';
import type { Shape } from '../schema/adoption/shape.ts';
import type { Table } from '../schema/table.ts';

const UNREADABLE: ReadonlySet<DifferenceCode> = new Set([
  'missing-column',
  'cannot-be-filled',
  'impossible-type',
  'other-type',
]);

/** Refuses tables that are there and lack a column, or have one of another kind: their rows cannot be read. */
export function refuseLacking(shape: Shape, tables: readonly Table[]): void {
  const lacking = obstaclesToLoad(shape, tables).filter(({ code }) => UNREADABLE.has(code));
  if (lacking.length === 0) return;
  throw new MigrateError('schema-drift', `these tables cannot be read: ${describeObstacles(lacking)}`);
}
