import type { Table } from '../schema/table.ts';
import { compileCheckedReader } from './checked-members.ts';
import type { MappingContext } from './dataset.ts';
import type { MemberReader, MemberSpecs } from './member-specs.ts';
import { compileUsualReader } from './usual-members.ts';

export {
  destinations,
  type MemberReader,
  type MemberSpec,
  type MemberSpecs,
  type Members,
  spellings,
} from './member-specs.ts';

/**
 * Compiles a reader of objects whose members fill columns of a table. Members without a column go to `extra`; those that
 * are `kept` there by rule, such as the id of the old database, do not count as unmapped.
 */
export function compileMembers(
  table: Table,
  specs: MemberSpecs,
  context: MappingContext,
  kept: readonly string[] = [],
): MemberReader {
  const readUsual = compileUsualReader(table, specs, context, new Set(kept));
  const readChecked = compileCheckedReader(table, specs, context, new Set(kept));
  return (object, pointer, account) => readUsual(object, pointer, account) ?? readChecked(object, pointer, account);
}
