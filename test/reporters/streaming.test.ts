import { describe, expect, test } from 'vitest';
import type { FileReport, Report } from '../../src/report/report.ts';
import { reporterFor } from '../../src/reporters/index.ts';
import { FORMATS } from '../../src/settings/options.ts';
import { sampleReport } from '../setup/sample-report.ts';

const FILES = 20_000;

/** Tells how many files were read since the last piece was written. */
function watched(report: Report): { report: Report; sinceLast: () => number } {
  let read = 0;
  const files = function* (): Generator<FileReport> {
    for (const file of report.files()) {
      read++;
      yield file;
    }
  };
  const sinceLast = (): number => {
    const since = read;
    read = 0;
    return since;
  };
  return { report: { ...report, files }, sinceLast };
}

describe('a large report', () => {
  test.each(FORMATS)('is written as %s while its files are read', (format) => {
    const { report, sinceLast } = watched(sampleReport({ files: FILES }));
    let longest = 0;
    let piecesWithOneFile = 0;
    for (const piece of reporterFor(`report.${format}`)?.(report) ?? []) {
      longest = Math.max(longest, piece.length);
      if (sinceLast() <= 1) piecesWithOneFile++;
    }
    expect(longest).toBeLessThan(50_000);
    // Markdown tells of few files.
    expect(piecesWithOneFile).toBeGreaterThan(format === 'md' ? 20 : FILES / 2);
  });
});
