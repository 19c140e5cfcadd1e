import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';

/** Files by relative path: text as it is, everything else as JSON. */
export type Tree = Readonly<Record<string, unknown>>;

/** A new directory with these files, removed after the test. */
export function plant(tree: Tree = {}): string {
  const root = mkdtempSync(join(tmpdir(), 'migrate-json-tree-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  grow(root, tree);
  return root;
}

/** Adds files to a directory, or replaces them. */
export function grow(root: string, tree: Tree): void {
  for (const [path, content] of Object.entries(tree)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), typeof content === 'string' ? content : JSON.stringify(content));
  }
}

/** Everything below a directory with the times and contents that a write would change. */
export function snapshot(root: string): unknown {
  const entries = readdirSync(root, { recursive: true, withFileTypes: true });
  return entries
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      const { mtimeMs, mode } = statSync(path);
      return [
        path,
        mode,
        mtimeMs,
        entry.isFile() ? createHash('sha256').update(readFileSync(path)).digest('hex') : null,
      ];
    })
    .sort();
}
