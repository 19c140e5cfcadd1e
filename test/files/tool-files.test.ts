import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import {
  isCopy,
  isToolDirectory,
  isToolFile,
  liveNameOf,
  namesToolFiles,
  TOOL_FILES,
} from '../../src/files/tool-files.ts';

test.each([
  '.git',
  '.stversions',
  '.snapshot',
  '.Trash-1000',
  'node_modules',
  '@eaDir',
  '#recycle',
  '$RECYCLE.BIN',
  'lost+found',
  '__MACOSX',
])('a directory of a tool: %s', (name) => expect(isToolDirectory(name, 'data')).toBe(true));

test.each(['alice', 'backup', 'git', 'trash', 'recycle', '@alice', '#1', 'snapshot'])(
  'no directory of a tool: %s',
  (name) => expect(isToolDirectory(name, 'data')).toBe(false),
);

test.each(['.git', 'node_modules', '.alice'])('a user may be called %s', (name) => {
  for (const parent of ['conversations', 'usage', 'settings']) expect(isToolDirectory(name, parent)).toBe(false);
});

test.each(['.stversions', '.Trash-1000', '.snapshot', '@eaDir', '#recycle', '__MACOSX'])(
  'no user is called %s',
  (name) => expect(isToolDirectory(name, 'conversations')).toBe(true),
);

test.each([
  '._c1.json',
  '.DS_Store',
  'c1.sync-conflict-20250110-101010-ABCDEFG.json',
  "c1 (Ann's conflicted copy 2025-01-10).json",
  'c1 (conflicted copy 2025-01-10 101010).json',
  'c1_conflict-20250110-101010.json',
  '~$c1.json',
  '#c1.json#',
  'c1.txt~',
])('a file of a tool: %s', (name) => expect(isToolFile(name)).toBe(true));

test.each(['c1.json', 'sync-conflict.json', 'a conflict.json', '#1.json', '~c1.json', 'c1.json.gz', 'c1.json.bak'])(
  'no file of a tool: %s',
  (name) => expect(isToolFile(name)).toBe(false),
);

test('a version of another file says by its name of which', () => {
  const versions = {
    'users.json.bak': 'users.json',
    'users.json~': 'users.json',
    'a.b.jsonl.gz.OLD': 'a.b.jsonl.gz',
    'users.json': undefined,
    'events.jsonl.1': undefined,
    '.users.json.swp': undefined,
    'notes.txt.bak': undefined,
  };
  for (const [name, live] of Object.entries(versions)) expect(liveNameOf(name), name).toBe(live);
});

test.each([
  'backup/users.json',
  'old/conversations/ann/c1.json',
  'data/Backups/c.json',
  'backup-2025-01-01/users.json',
  'conversations.old/ann/c1.json',
  'users.bak.json',
  'users.old.json.gz',
  'users_backup.json',
  'users copy.json',
  'users (1).json',
  'Copy of users.json',
])('a copy: %s', (path) => expect(isCopy(path)).toBe(true));

test.each([
  'users.json',
  'conversations/old/c1.json',
  'conversations/ann/folder.json',
  'threshold.json',
  'gold/users.json',
  'photocopy.json',
])('no copy: %s', (path) => expect(isCopy(path)).toBe(false));

test('a pattern names files of tools only where it says so', () => {
  for (const pattern of [
    '.stversions/**',
    '**/.git/*.json',
    '**/.*',
    '*.sync-conflict-*.json',
    'node_modules/**/*.json',
  ])
    expect(namesToolFiles(pattern), pattern).toBe(true);
  for (const pattern of ['**', '**/*.json', 'conversations/**']) expect(namesToolFiles(pattern), pattern).toBe(false);
});

test('docs/tool-files.md names every entry of the list', () => {
  const page = readFileSync(fileURLToPath(new URL('../../docs/tool-files.md', import.meta.url)), 'utf8');
  for (const { name, of } of TOOL_FILES) expect(page).toContain(`| \`${name}\` | ${of} |`);
});
