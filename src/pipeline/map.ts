import { hash } from 'node:crypto';
import type { RecordMapper, SourceContext } from '../datasets/dataset.ts';
import type { MappedRecord, ValidRecord } from '../record.ts';
import type { RowGroup } from '../schema/row-group.ts';
import { cell } from '../schema/table.ts';

export function mapRecord(record: ValidRecord, mapper: RecordMapper, source: SourceContext): MappedRecord {
  const group = mapper.map(record.valid, source);
  return { group, key: keyOf(group), content: contentOf(group) };
}

function keyOf({ root, row }: RowGroup): string {
  return `${root.name} ${JSON.stringify(root.naturalKey.map((name) => String(cell(root, row, name))))}`;
}

function contentOf({ row, children }: RowGroup): string {
  return hash('sha256', JSON.stringify([row, ...children.map((child) => child.rows)], bigintAsText), 'base64');
}

function bigintAsText(_name: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}
