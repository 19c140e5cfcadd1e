import { createHash } from 'node:crypto';
import type { Report } from '../../report/report.ts';
import { verdictOf } from '../verdict.ts';
import { filesSection } from './files-section.ts';
import { html, Markup } from './markup.ts';
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

/** Nothing but our own style and script: whatever a name or message held, the browser would load and run nothing else. */
const POLICY = `default-src 'none'; img-src data:; style-src ${hashOf(STYLE)}; script-src ${hashOf(SCRIPT)}`;

/** The report as one page that needs no network, and no JavaScript to be read. */
export function* htmlReport(report: Report): Generator<string> {
  const { head } = report;
  const survey = surveyOf(report);
  yield html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${new Markup(POLICY)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<link rel="icon" href="data:,">
<title>${verdictOf(head).word}: migrate-json ${head.command} ${head.run_id}</title>
<style>${new Markup(STYLE)}</style>
</head>
<body>
<a class="skip" href="#files">To the files</a>
<main>
`.text;
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
function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}
