import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { REASON_ENDING } from './rejects-writer.ts';

/** A rejected record or file below this directory that was changed after its reason was written: somebody has corrected it. */
export function correctedIn(directory: string): string | undefined {
  const entries = readdirSync(directory, { withFileTypes: true });
  const names = new Set(entries.map(({ name }) => name));
  for (const entry of entries) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) {
      const found = correctedIn(path);
      if (found !== undefined) return found;
    } else if (names.has(`${stemOf(entry.name)}${REASON_ENDING}`) && !entry.name.endsWith(REASON_ENDING)) {
      const reason = join(directory, `${stemOf(entry.name)}${REASON_ENDING}`);
      if (statSync(path).mtimeMs > statSync(reason).mtimeMs) return path;
    }
  }
  return undefined;
}

/** `00000002` of `00000002.json`, `file` of `file.json.gz`. */
function stemOf(name: string): string {
  return name.split('.', 1)[0] ?? name;
}
