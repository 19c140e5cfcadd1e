import { MigrateError } from '../errors.ts';
import { describeObstacles, obstaclesToLoad } from '../schema/adoption/plan.ts';
import type { Shape } from '../schema/adoption/shape.ts';
import type { Table } from '../schema/table.ts';

/** Refuses tables that are there and lack a column: their rows cannot be read. */
export function refuseLacking(shape: Shape, tables: readonly Table[]): void {
  const lacking = obstaclesToLoad(shape, tables).filter(({ code }) => code === 'missing-column');
  if (lacking.length === 0) return;
  throw new MigrateError('schema-drift', `these tables cannot be read: ${describeObstacles(lacking)}`);
}
