import { canonicalJson } from '../json/canonical.ts';
import type { Cells } from '../schema/cells.ts';
import type { Members } from './members.ts';

/** The values with what no column holds in the column `extra`. */
export function withExtra({ values, extra }: Members): Cells {
  return extra === undefined ? values : values.with({ extra: canonicalJson(extra) });
}
