import type { GivenDeclarations } from '../../src/recipes/declare.ts';
import type { Reject } from '../../src/reject.ts';
import type { FileEntry, Report, ReportHead, RowCounts, Warning } from '../../src/report/report.ts';
import { migrate } from '../../src/run/migrate.ts';
import { runSettings } from '../../src/run/run-settings.ts';
import type { GivenOptions } from '../../src/settings/settings.ts';

/** What a run said, as plain data. */
export interface Loaded {
  readonly head: ReportHead;
  readonly exitCode: number;
  readonly tables: Readonly<Record<string, RowCounts>>;
  readonly files: readonly (FileEntry & { readonly rejects: readonly Reject[] })[];
  readonly rejects: readonly (Reject & { readonly path: string })[];
  readonly warnings: readonly Warning[];
  readonly error: string | undefined;
}

/** `migrate-json run ROOT --to URL` in this process. */
export async function load(
  root: string,
  url: string,
  options: GivenOptions & Partial<GivenDeclarations> = {},
): Promise<Loaded> {
  return loaded(await migrate(runSettings({ root, to: url, ...options })));
}

export function loaded(report: Report): Loaded {
  const files = [...report.files()].map((file) => ({ ...file, rejects: [...file.rejects] }));
  return {
    head: report.head,
    exitCode: report.head.exit_code,
    tables: report.head.tables,
    files,
    rejects: files.flatMap(({ path, rejects }) => rejects.map((reject) => ({ ...reject, path }))),
    warnings: [...report.warnings()],
    error: report.error?.message,
  };
}

/** The parts of a report that a dry run forecasts; how it words its messages is another matter. */
export function forecast({ exitCode, tables, files, head }: Loaded): unknown {
  return {
    exitCode,
    tables,
    totals: head.totals,
    files: files.map(({ path, status, records, rows, rejects }) => {
      return { path, status, records, rows, rejects: rejects.map(({ message: _message, ...place }) => place) };
    }),
  };
}
