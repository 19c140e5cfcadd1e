import type { FileReport, Report } from '../report/report.ts';

/** The report as one JSON document, in pieces: a file a line, so that a report of a million files streams. */
export function* jsonReport({ head, files, warnings }: Report): Generator<string> {
  const { notes: _notes, ...shown } = head;
  yield `${JSON.stringify(shown, null, 2).slice(0, -2)},\n  "warnings": [`;
  yield* separated(warnings(), (warning) => [JSON.stringify(warning)]);
  yield ',\n  "files": [';
  yield* separated(files(), fileChunks);
  yield '\n}\n';
}

function* separated<T>(items: Iterable<T>, write: (item: T) => Iterable<string>): Generator<string> {
  let between = '\n    ';
  for (const item of items) {
    yield between;
    yield* write(item);
    between = ',\n    ';
  }
  yield between === '\n    ' ? ']' : '\n  ]';
}

function* fileChunks({ rejects, ...entry }: FileReport): Generator<string> {
  yield `${JSON.stringify(entry).slice(0, -1)},"rejects":[`;
  let between = '';
  for (const reject of rejects) {
    yield `${between}${JSON.stringify(reject)}`;
    between = ',';
  }
  yield ']}';
}
