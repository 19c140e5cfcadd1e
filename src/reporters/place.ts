import type { Reject } from '../report/report.ts';

/** Where in its file a reject is: `12:5 record 3 /messages/0`; empty for the file as a whole. */
export function placeOf({ line, column, record, pointer }: Reject): string {
  const parts: string[] = [];
  if (line !== null && column !== null) parts.push(`${line}:${column}`);
  if (record !== null) parts.push(`record ${record}`);
  if (pointer !== '') parts.push(pointer);
  return parts.join(' ');
}
