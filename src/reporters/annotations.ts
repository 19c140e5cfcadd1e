import type { RejectCount, Report } from '../report/report.ts';
import { formatCount } from '../system/quantities.ts';
import { placeOf } from './place.ts';
import { printable, shorten } from './printable.ts';
import { verdictOf } from './verdict.ts';

/** GitHub shows this many of a level in one step. */
const MOST_OF_LEVEL = 10;
const MOST_CHARACTERS = 1000;

type Level = 'error' | 'warning' | 'notice';

interface Annotation {
  readonly level: Level;
  readonly title: string;
  readonly message: string;
  readonly path?: string | null;
  readonly line?: number | null;
  readonly column?: number | null;
}

/**
 * Workflow commands that GitHub shows beside the files. `pathOf` names a file of the root as the repository does.
 * https://docs.github.com/actions/reference/workflow-commands-for-github-actions
 */
export function* annotations(report: Report, pathOf: (path: string) => string): Generator<string> {
  const { head } = report;
  const { word, sentence } = verdictOf(head);
  yield commandOf({ level: 'notice', title: `migrate-json ${head.command}: ${word}`, message: sentence }, pathOf);
  for (const annotation of [...errors(report), ...warnings(report)]) yield commandOf(annotation, pathOf);
}

function errors({ head }: Report): Annotation[] {
  const { error, reject_codes: codes } = head;
  const ended: Annotation[] = error
    ? [{ level: 'error', title: error.code, message: `${error.message}. ${error.hint}` }]
    : [];
  return [...ended, ...codes.map(ofRejects)].slice(0, MOST_OF_LEVEL);
}

function ofRejects({ code, records, example }: RejectCount): Annotation {
  const count = `${formatCount(records)} ${records === 1 ? 'record' : 'records, first'}`;
  const { path, line, column, message, hint } = example;
  const title = `${code}: ${count}`;
  return { level: 'error', title, path, line, column, message: `${placeOf(example)}: ${message}. ${hint}` };
}

function warnings(report: Report): Annotation[] {
  const shown: Annotation[] = [];
  for (const { code, path, message } of report.warnings()) {
    shown.push({ level: 'warning', title: code, path, message });
    if (shown.length === MOST_OF_LEVEL) break;
  }
  return shown;
}

function commandOf(
  { level, title, message, path, line, column }: Annotation,
  pathOf: (path: string) => string,
): string {
  const file = path === null || path === undefined ? undefined : pathOf(path);
  const given = Object.entries({ file, line, col: column, title }).flatMap(([name, value]) =>
    value === null || value === undefined ? [] : [`${name}=${escapeProperty(String(value))}`],
  );
  return `::${level} ${given.join(',')}::${escapeData(shorten(printable(message), MOST_CHARACTERS))}\n`;
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
