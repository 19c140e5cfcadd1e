import { parseRecord, placeOf } from '../checking/validate.ts';
import type { Container, Step } from '../json/split.ts';
import type { JsonValue } from '../json/value.ts';
import type { FileGroup } from './file-groups.ts';
import { withPoints } from './number-spelling.ts';
import { capturesIn } from './patterns.ts';
import type { Place } from './places.ts';
import { recordsOf, rejectWords } from './read-shape.ts';
import type { DataFile, ReadSettings } from './sources.ts';
import { isDocument, isLog } from './state-log.ts';

/** A record of a place, with the names in the path of its file and in the maps around it. */
export interface PlacedValue {
  readonly value: JsonValue;
  readonly captures: readonly string[];
  readonly index: number;
}

/** The records of a place in one file, and the reasons why some cannot be read. */
export async function* valuesIn(
  file: DataFile,
  group: FileGroup,
  place: Place,
  settings: ReadSettings,
  rejects = new Set<string>(),
): AsyncGenerator<PlacedValue> {
  const inPath = capturesIn(group, file.path);
  const hasStates = isLog(group);
  for await (const raw of recordsOf(file, containerOf(file, place), settings, new Set())) {
    const parsed = parseRecord(raw, []);
    if ('rejects' in parsed) {
      for (const { code } of parsed.rejects) rejects.add(rejectWords(code));
      continue;
    }
    if (hasStates && !isDocument(parsed.record.value)) continue;
    const { captures, index } = placeOf(raw);
    yield { value: withPoints(parsed.record), captures: [...inPath, ...captures], index };
  }
}

function containerOf({ begins }: DataFile, { steps }: Place): Container {
  if (begins === 'lines' || begins === 'sequence')
    return { kind: 'lines', ...(begins === 'sequence' && { isSequence: true as const }) };
  return { kind: 'path', steps: steps as readonly Step[], isPlaced: true };
}
