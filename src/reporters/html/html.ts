import type { Report } from '../../report/report.ts';
import { verdictOf } from '../verdict.ts';
import { filesSection } from './files-section.ts';
import { pageHead } from './page-head.ts';
import { pageScript } from './page-script.js';
import {
  countsSection,
  factsSection,
  rejectsSection,
  throughputSection,
  unmappedSection,
  verdictSection,
  warningsSection,
} from './sections.ts';
import { STYLE } from './style.ts';
import { surveyOf } from './survey.ts';

const SCRIPT = `(${pageScript.toString()})();`;

/** The report as one page that needs no network, and no JavaScript to be read. */
export function* htmlReport(report: Report): Generator<string> {
  const { head } = report;
  const survey = surveyOf(report);
  yield pageHead({
    title: `${verdictOf(head).word}: migrate-json ${head.command} ${head.run_id}`,
    style: STYLE,
    script: SCRIPT,
    start: { id: 'files', label: 'To the files' },
  });
  yield verdictSection(head).text;
  yield factsSection(head).text;
  yield rejectsSection(head).text;
  yield countsSection(head, survey).text;
  yield throughputSection(head).text;
  yield unmappedSection(survey).text;
  yield warningsSection(report).text;
  yield* filesSection(report, survey.files);
  yield `</main>\n<script>${SCRIPT}</script>\n</body>\n</html>\n`;
}

/** As a content security policy names an inline script. https://www.w3.org/TR/CSP3/#grammardef-hash-source */
