import type { JsonObject } from '../json/value.ts';
import type { RowGroup } from '../schema/row-group.ts';
import { rowLayout, type Table } from '../schema/table.ts';
import type { RecordAccount } from './account.ts';
import type { MappingContext, PlainRecords, RecordMapper, SourceContext } from './dataset.ts';
import { plainSlots } from './member-slots.ts';
import { compileMembers, type MemberSpecs, type Members } from './members.ts';
import { objectOf } from './misfits.ts';

/** Records that are objects of one table: each member fills a column, or goes to `extra`. */
export interface FlatRecords<Valid> {
  readonly table: Table;
  readonly specs: MemberSpecs;
  /** Members that `extra` keeps by rule. */
  readonly kept: readonly string[];
  /** What a record is called: "an event". */
  readonly what: string;
  /** Rejects records by what they are as a whole, before their members are read. Such records are always parsed. */
  inspect?(record: JsonObject, account: RecordAccount): void;
  /** What follows from the members as a whole; `key` is the name of the record in a map. */
  finish(members: Members, key: string | undefined, source: SourceContext, account: RecordAccount): Valid | undefined;
  map(valid: Valid, source: SourceContext, account: RecordAccount): RowGroup;
}

/** Compiles the mapper of such records, and what reads most of them straight from their bytes. */
export function compileFlat<Valid>(records: FlatRecords<Valid>, context: MappingContext): RecordMapper<Valid> {
  const { table, specs, kept, what } = records;
  const read = compileMembers(table, specs, context, { kept });
  return {
    validate({ value, key }, source, account) {
      const record = objectOf(value, what, account);
      if (record === undefined) return undefined;
      records.inspect?.(record, account);
      const members = account.rejected ? undefined : read(record, '', account);
      return members && records.finish(members, key, source, account);
    },
    map: (valid, source, account) => records.map(valid, source, account),
    ...(records.inspect === undefined && { plain: compilePlain(records, context) }),
  };
}

function compilePlain<Valid>(records: FlatRecords<Valid>, context: MappingContext): PlainRecords<Valid> {
  const { table, specs, kept } = records;
  const layout = rowLayout(table);
  const required = layout.names.flatMap((name, place) => (specs[name]?.required ? [place] : []));
  return {
    slots: plainSlots(table, specs, context, { kept }),
    layout,
    isEnough: (row) => required.every((place) => row[place] !== null),
    finish: (members, source, account) => records.finish(members, undefined, source, account),
  };
}
