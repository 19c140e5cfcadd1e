import type { Dataset } from '../../src/datasets/dataset.ts';
import { openScratch } from '../../src/files/scratch.ts';
import { Inventory, restoreFile } from '../../src/inventory/inventory.ts';
import { SourceRoot } from '../../src/inventory/source-root.ts';
import { canonicalJson } from '../../src/json/canonical.ts';
import type { JsonValue } from '../../src/json/value.ts';
import { FieldCounts } from '../../src/run/fields.ts';
import type { RunSettings } from '../../src/settings/settings.ts';
import { compileTimeReader } from '../../src/time/time.ts';

/** Every value that `scan --fields` meets, by dataset and member. */
class FieldValues extends FieldCounts {
  readonly values = new Map<string, string[]>();

  protected override count(dataset: Dataset, pointer: string, value: JsonValue): void {
    super.count(dataset, pointer, value);
    const name = `${dataset.name} ${pointer}`;
    if (value !== null) this.values.set(name, [...(this.values.get(name) ?? []), comparable(value)]);
  }
}

const readTime = compileTimeReader('UTC');

/** Numbers by their value, times as instants. */
function comparable(value: JsonValue): string {
  const time = typeof value === 'string' ? readTime(value) : undefined;
  return time && 'ok' in time ? time.ok : canonicalJson(value);
}

/** Values by member, and which of the members an export has as they were. */
export interface ScannedValues {
  readonly values: ReadonlyMap<string, readonly string[]>;
  readonly exact: readonly string[];
}

/** Values that `scan --fields` calls exact and the other files do not have, by member. */
export function missingIn({ values: written }: ScannedValues, { values, exact }: ScannedValues): readonly string[] {
  return exact.flatMap((member) => {
    const left = [...(written.get(member) ?? [])];
    return (values.get(member) ?? []).flatMap((value) => {
      const place = left.indexOf(value);
      if (place === -1) return [`${member}: ${value}`];
      left.splice(place, 1);
      return [];
    });
  });
}

/** The values of all members below a root. */
export async function scannedValues(settings: RunSettings): Promise<ScannedValues> {
  const scratch = openScratch(settings.tempDir);
  try {
    const inventory = new Inventory(scratch);
    const ignore = (): void => undefined;
    const { root } = settings;
    const sources = new SourceRoot(root, {
      settings,
      databaseFiles: [],
      outputs: [],
      throwIfStopped: ignore,
    });
    await sources.examine({ inventory, isOwn: () => true });
    const fields = new FieldValues(settings.registry);
    for (const stored of inventory.files()) {
      const file = restoreFile(stored, root);
      if (file.verdict.kind === 'recognised') await fields.addFile(file, file.verdict, settings);
    }
    const exact = fields.list().filter(({ way_back }) => way_back === 'exact');
    return { values: fields.values, exact: exact.map(({ dataset, pointer }) => `${dataset} ${pointer}`) };
  } finally {
    scratch.close();
  }
}
