import type { RejectedRecord } from '../checking/chunk.ts';
import type { RejectsWriter } from '../files/rejects-writer.ts';
import { type NamedCollection, originOf, type ReasonSource, type SourceFile } from '../inventory/source.ts';
import { placeAt } from '../json/split.ts';
import type { ReportStore } from '../report/report-store.ts';

/** What of a file a rejected record is from. */
export interface RejectedFrom {
  readonly collection?: NamedCollection | undefined;
  readonly shared?: Readonly<Record<string, string>> | undefined;
}

/** What `retry` must know of what is rejected. A record that lies in a file of its own stays one. */
function reasonSource(
  { path, verdict }: SourceFile,
  record: number | null,
  { key, pointer = '', index }: RejectedRecord,
  { shared, collection }: RejectedFrom,
): ReasonSource {
  if (verdict.kind !== 'recognised') return { path: (verdict.kind === 'failed' && verdict.originalPath) || path };
  const { container = verdict.container, dataset = verdict.dataset } = collection ?? {};
  const origin = originOf(path, { ...verdict, container });
  if (record === null && origin.record === null) return { path: origin.path };
  const { owner, from } = verdict.owner;
  const place = placeAt(container, pointer, index);
  const own = { ...origin, record, key: key ?? null, ...(shared && { shared }), ...(place && { place }) };
  return { ...(origin.record === null ? own : origin), dataset, owner, owner_from: from };
}

/** Tells the report and the rejects directory what was not loaded. */
export class ToldRejects {
  private readonly reports: ReportStore;
  private readonly directory: RejectsWriter | undefined;

  constructor(reports: ReportStore, directory: RejectsWriter | undefined) {
    this.reports = reports;
    this.directory = directory;
  }

  async beginFile(path: string): Promise<void> {
    await this.directory?.beginFile(path);
  }

  /** One record, or with `record: null` the file as a whole. */
  async add(file: SourceFile, rejected: RejectedRecord, from: RejectedFrom): Promise<void> {
    const { path, place } = file;
    const { rejects, bytes } = rejected;
    for (const each of rejects) this.reports.addReject(path, each);
    const record = rejects[0]?.record ?? null;
    const reason = { path, record, rejects, source: reasonSource(file, record, rejected, from) };
    if (record === null) await this.directory?.addFile({ ...reason, place });
    else await this.directory?.add({ ...reason, bytes: bytes ?? new Uint8Array() });
  }
}
