import { createHash } from 'node:crypto';
import { appendFileSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Report } from '../report/report.ts';
import { annotations } from '../reporters/annotations.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** In the directory that GitHub empties before and after each job. */
const SHOWN = 'migrate-json-annotations';

/**
 * Writes what GitHub shows beside the files. A job that validates, loads and loads again would else show everything three
 * times. On stderr, which GitHub reads as well: stdout may be one JSON document.
 */
export function annotate(report: Report, quiet: boolean, environment: Environment): void {
  const { GITHUB_WORKSPACE: workspace, RUNNER_TEMP: directory } = environment;
  const place = directory === undefined ? undefined : join(directory, SHOWN);
  const shown = new Set(place === undefined ? [] : shownBefore(place));
  const pathOf = (path: string): string => relative(workspace ?? process.cwd(), join(report.head.root, path));
  for (const line of annotations(report, pathOf)) {
    if (quiet && !line.startsWith('::error ')) continue;
    const print = createHash('sha256').update(line).digest('hex');
    if (shown.has(print)) continue;
    process.stderr.write(line);
    if (place !== undefined) remember(place, print);
  }
}

function shownBefore(place: string): readonly string[] {
  try {
    return readFileSync(place, 'utf8').split('\n');
  } catch {
    return [];
  }
}

/** An annotation that comes twice is better than a run that fails for it. */
function remember(place: string, print: string): void {
  try {
    appendFileSync(place, `${print}\n`, { mode: 0o600 });
  } catch {}
}
