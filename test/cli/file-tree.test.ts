import { expect, test } from 'vitest';
import { FileTree } from '../../src/cli/file-tree.ts';

function treeOf(files: readonly (readonly [path: string, bytes: number])[], hasUnicode: boolean): string[] {
  const tree = new FileTree();
  for (const [path, bytes] of files) tree.add(path, { bytes, label: 'usage' });
  return [...tree.lines('data', hasUnicode)].map((line) => line.replaceAll(/ {2,}/g, '  '));
}

test('a directory has the size and the number of all files below it', () => {
  const files = [
    ['a/b/x.json', 1000],
    ['a/y.json', 500],
    ['z.json', 1],
  ] as const;
  expect(treeOf(files, false)).toEqual([
    'data  1.5 kB  3 files',
    '|-- a  1.5 kB  2 files',
    '|  |-- b  1.0 kB  1 file',
    '|  |  `-- x.json  1.0 kB  usage',
    '|  `-- y.json 500 bytes  usage'.replace(' 500', '  500'),
    '`-- z.json  1 byte  usage',
  ]);
  expect(treeOf(files, true)[3]).toBe('│  │  └── x.json  1.0 kB  usage');
});

test('of many entries the first are shown and all are counted, whether files or directories', () => {
  const files = Array.from({ length: 30 }, (_, index) => [`d/${10 + index}.json`, 10] as const);
  const directories = Array.from({ length: 30 }, (_, index) => [`u${10 + index}/x.json`, 10] as const);
  const shown = treeOf([...files, ...directories], false);
  expect(shown[0]).toBe('data  600 bytes  60 files');
  expect(shown.filter((line) => line.includes('...'))).toEqual([
    '|  `-- ...  200 bytes  20 files more',
    '`-- ...  210 bytes  21 files more',
  ]);
});

test('a line has at most 80 characters, and a long name keeps its beginning and its end', () => {
  const lines = treeOf([[`${'deep/'.repeat(8)}${'long-name-'.repeat(20)}2025.json`, 10]], false);
  expect(lines.at(-1)).toContain('2025.json');
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
});
