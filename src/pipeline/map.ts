import { hash } from 'node:crypto';
import type { RecordMapper, SourceContext } from '../datasets/dataset.ts';
import type { MappedRecord, ValidRecord } from '../record.ts';
import { lookupName, type RowGroup } from '../schema/row-group.ts';
import { cell } from '../schema/table.ts';

export function mapRecord(record: ValidRecord, mapper: RecordMapper, source: SourceContext): MappedRecord {
  return describe(mapper.map(record.valid, source, record.account));
}

function describe(group: RowGroup): MappedRecord {
  const described = { group, key: keyOf(group), content: contentOf(group) };
  return group.lead === undefined ? described : { ...described, lead: describe(group.lead) };
}

/** Generated keys are not known yet: the lookups that find them stand for them. */
function keyOf({ root, row, references }: RowGroup): string {
  const parts = root.naturalKey.map((name) => {
    const reference = references?.find(({ column }) => column === name);
    return reference === undefined ? String(cell(root, row, name)) : reference.lookups.map(lookupName).join();
  });
  return `${root.name} ${JSON.stringify(parts)}`;
}

function contentOf({ row, children, references }: RowGroup): string {
  const lookups = references?.flatMap((reference) => reference.lookups.map(lookupName));
  const rows = [row, ...children.map((child) => child.rows), ...(lookups ? [lookups] : [])];
  return hash('sha256', JSON.stringify(rows, bigintAsText), 'base64');
}

function bigintAsText(_name: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}
