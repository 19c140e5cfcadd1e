import type { Report } from '../report/report.ts';
import { csvReport } from './csv.ts';
import { htmlReport } from './html/html.ts';
import { jsonReport } from './json.ts';
import { junitReport } from './junit.ts';
import { markdownReport } from './markdown.ts';

/** A format of the report: text in pieces, from nothing but the report. */
export type Reporter = (report: Report) => Iterable<string>;

/** By file ending. A new format: one file, one line here. */
const REPORTERS = {
  '.html': htmlReport,
  '.json': jsonReport,
  '.xml': junitReport,
  '.csv': csvReport,
  '.md': markdownReport,
} as const satisfies Record<string, Reporter>;

export function reporterFor(path: string): Reporter | undefined {
  return Object.entries(REPORTERS).find(([ending]) => path.endsWith(ending))?.[1];
}
