import { type ReadOptions, RecordReader } from '../checking/read.ts';
import { parseRecord } from '../checking/validate.ts';
import type { Container, RawRecord, Step } from '../json/split.ts';
import { type Budget, Shape } from './shape.ts';
import type { DataFile, ReadSettings } from './sources.ts';

/** What a file holds, and what of it cannot be read. */
export interface ReadFile {
  readonly shape: Shape;
  readonly findings: readonly string[];
  /** It can be read to its end, and some of its records are right. */
  readonly isSound: boolean;
}

/** The shape of a whole file, in memory that does not grow with it: what is too large for one piece is read member by member. */
export async function readShape(file: DataFile, settings: ReadSettings, budget: Budget): Promise<ReadFile> {
  const shape = new Shape(budget);
  const reader = new ShapeReader(file, settings);
  await reader.read([], shape);
  const isSound = reader.damage.size === 0 && (reader.rejects.size === 0 || reader.hasRecords);
  return { shape, findings: [...reader.damage, ...reader.rejects], isSound };
}

class ShapeReader {
  private readonly file: DataFile;
  private readonly settings: ReadSettings;
  /** What is wrong with the file as a whole. */
  readonly damage = new Set<string>();
  readonly rejects = new Set<string>();
  hasRecords = false;

  constructor(file: DataFile, settings: ReadSettings) {
    this.file = file;
    this.settings = settings;
  }

  /** Reads what lies at the end of the steps: its members or elements one by one. */
  async read(steps: readonly Step[], shape: Shape, isObject = this.file.begins === 'object'): Promise<void> {
    const isWhole = this.file.begins === 'scalar' && steps.length === 0;
    if (!isWhole) shape.addOutside(isObject ? 'object' : 'list');
    const large: string[] = [];
    let count = 0;
    const container = containerAt(this.file, steps, isObject);
    for await (const raw of recordsOf(this.file, container, this.settings, this.damage)) {
      count++;
      const name = isObject ? raw.key : undefined;
      if (raw.finding?.code === 'record-too-large' && name !== undefined && steps.length < DEEPEST) {
        large.push(name);
        continue;
      }
      const parsed = parseRecord(raw, []);
      if ('rejects' in parsed) {
        for (const { code } of parsed.rejects) this.rejects.add(rejectWords(code));
        continue;
      }
      this.hasRecords = true;
      if (isWhole) shape.add(parsed.record.value);
      else if (name === undefined) shape.element().add(parsed.record.value);
      else shape.member(name).add(parsed.record.value, name);
    }
    if (count === 0 && !isWhole) shape.empty++;
    for (const name of large) {
      const inner: readonly Step[] = [...steps, { to: 'member', name }];
      await this.read(inner, shape.member(name), await this.isObject(inner));
    }
  }

  /** Whether it is an object or a list, its first entry tells. */
  private async isObject(steps: readonly Step[]): Promise<boolean> {
    const container: Container = { kind: 'path', steps: [...steps, { to: 'entries' }] };
    for await (const raw of recordsOf(this.file, container, this.settings, new Set())) return raw.key !== undefined;
    return false;
  }
}

/** Why a file is not read as a whole. */
export function rejectWords(code: string): string {
  return `a record of it is ${code}`;
}

const DEEPEST = 8;

function containerAt({ begins }: DataFile, steps: readonly Step[], isObject: boolean): Container {
  if (steps.length === 0 && begins === 'lines') return { kind: 'lines' };
  if (steps.length === 0 && begins === 'sequence') return { kind: 'lines', isSequence: true };
  if (steps.length === 0 && begins === 'scalar') return { kind: 'path', steps: [] };
  return { kind: 'path', steps: [...steps, { to: isObject ? 'names' : 'elements' }] };
}

/** The records of a file one by one; what is wrong with the file as a whole goes to the findings. */
export async function* recordsOf(
  file: DataFile,
  container: Container,
  settings: ReadSettings,
  findings: Set<string>,
): AsyncGenerator<RawRecord> {
  const options: ReadOptions = {
    container,
    compression: file.compression,
    encoding: settings.encoding,
    maxRecordBytes: settings.maxRecordBytes,
  };
  const reader = new RecordReader(file.place, options);
  for await (const group of reader.records()) yield* group;
  // What lies beside these records is read another time.
  if (reader.finding !== undefined && reader.finding.code !== 'second-collection') findings.add(reader.finding.message);
}
