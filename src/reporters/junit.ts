import { type FileReport, type FileStatus, isInPart, type Report, type ReportHead } from '../report/report.ts';
import { datasetsOf, reasonOf } from './file-reason.ts';
import { placeOf } from './place.ts';
import { printable, shorten } from './printable.ts';
import { verdictOf } from './verdict.ts';

/** Rejects that the failure of one file quotes, and characters of each. */
const MOST_REJECTS = 20;
const MOST_CHARACTERS = 500;

const OUTCOMES = {
  loaded: 'passed',
  unchanged: 'passed',
  partial: 'failure',
  failed: 'failure',
  'not-reached': 'skipped',
  unrecognised: 'skipped',
} as const satisfies Record<FileStatus, string>;

function outcomeOf(file: FileReport): (typeof OUTCOMES)[FileStatus] {
  return isInPart(file) ? 'passed' : OUTCOMES[file.status];
}

/** JUnit XML, as any CI shows it: a test case per file. What ended the run early is an error of its own. */
export function* junitReport({ head, files }: Report): Generator<string> {
  const counts = { passed: 0, failure: 0, skipped: 0 };
  for (const file of files()) counts[outcomeOf(file)]++;
  const errors = head.error ? 1 : 0;
  const tests = counts.passed + counts.failure + counts.skipped + errors;
  yield '<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n';
  yield `<testsuite${attributes({
    name: `migrate-json ${head.command} ${head.root}`,
    package: 'migrate-json',
    id: 0,
    hostname: 'localhost',
    // The common schemas allow no zone.
    timestamp: head.started_at.slice(0, 19),
    tests,
    failures: counts.failure,
    errors,
    skipped: counts.skipped,
    time: head.duration_ms / 1000,
  })}>\n`;
  yield properties(head);
  if (head.error) yield errorCase(head.error);
  for (const file of files()) yield testCase(file);
  const { word, sentence } = verdictOf(head);
  yield `<system-out>${escapeXml(`${word}: ${sentence}`)}</system-out>\n<system-err/>\n</testsuite>\n</testsuites>\n`;
}

function properties({ run_id, tool_version, target, status, exit_code, dry_run }: ReportHead): string {
  const shown = Object.entries({ run_id, tool_version, target: target ?? '', status, exit_code, dry_run });
  const lines = shown.map(([name, value]) => `<property${attributes({ name, value: String(value) })}/>\n`);
  return `<properties>\n${lines.join('')}</properties>\n`;
}

function errorCase({ code, message, hint }: NonNullable<ReportHead['error']>): string {
  const error = `<error${attributes({ type: code, message })}>${escapeXml(hint)}</error>`;
  return `<testcase${attributes({ classname: 'migrate-json', name: 'the run as a whole', time: 0 })}>${error}</testcase>\n`;
}

function testCase(file: FileReport): string {
  const start = `<testcase${attributes({ classname: datasetsOf(file) || 'no dataset', name: file.path, time: 0 })}`;
  const outcome = outcomeOf(file);
  if (outcome === 'passed') return `${start}/>\n`;
  if (outcome === 'skipped') return `${start}><skipped${attributes({ message: reasonOf(file) })}/></testcase>\n`;
  return `${start}>${failure(file)}</testcase>\n`;
}

function failure(file: FileReport): string {
  const { read, rejected } = file.records;
  const lines: string[] = [];
  let type = 'not-loaded';
  for (const reject of file.rejects) {
    if (lines.length === 0) type = reject.code;
    if (lines.length === MOST_REJECTS) {
      lines.push('… more in the JSON report');
      break;
    }
    lines.push(
      shorten(printable(`${reject.code} ${placeOf(reject)}: ${reject.message} (${reject.hint})`), MOST_CHARACTERS),
    );
  }
  const message =
    rejected > 0
      ? `${rejected} of ${read} ${read === 1 ? 'record' : 'records'} rejected`
      : reasonOf(file) || 'not loaded';
  return `<failure${attributes({ type, message })}>${escapeXml(lines.join('\n'))}</failure>`;
}

function attributes(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(([name, value]) => ` ${name}="${escapeXml(printable(String(value)))}"`)
    .join('');
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Characters that XML 1.0 cannot hold, not even escaped, become U+FFFD. https://www.w3.org/TR/xml/#charsets */
function escapeXml(text: string): string {
  return text
    .replaceAll(/[&<>"]/g, (character) => ENTITIES[character] ?? character)
    .replaceAll(/[^\t\n\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD');
}
