/** What a name of the list stands for. */
interface ToolName {
  /** As the documents show it. */
  readonly name: string;
  readonly kind: 'directory' | 'file' | 'both';
  readonly of: string;
  readonly test: RegExp;
}

/**
 * Names of files and directories that file systems, editors and tools make by themselves: never input, unless --include
 * names them. docs/tool-files.md is this list in words.
 */
export const TOOL_FILES: readonly ToolName[] = [
  { name: '.*', kind: 'both', of: 'hidden files, among them snapshots, trash, versions and AppleDouble', test: /^\./ },
  { name: 'node_modules', kind: 'directory', of: 'npm', test: /^node_modules$/ },
  { name: '__pycache__', kind: 'directory', of: 'Python', test: /^__pycache__$/ },
  { name: '__MACOSX', kind: 'directory', of: 'zip files made on macOS', test: /^__MACOSX$/ },
  { name: '@eaDir', kind: 'directory', of: 'Synology', test: /^@eaDir$/i },
  { name: '@Recycle, @Recently-Snapshot', kind: 'directory', of: 'QNAP', test: /^@(?:Recycle|Recently-Snapshot)$/i },
  { name: '#recycle, #snapshot', kind: 'directory', of: 'network storage', test: /^#(?:recycle|snapshots?)$/i },
  { name: '~snapshot', kind: 'directory', of: 'NetApp', test: /^~snapshot$/i },
  { name: '$RECYCLE.BIN, RECYCLER', kind: 'directory', of: 'Windows', test: /^(?:\$RECYCLE\.BIN|RECYCLER)$/i },
  { name: 'System Volume Information', kind: 'directory', of: 'Windows', test: /^System Volume Information$/i },
  { name: 'lost+found', kind: 'directory', of: 'ext4', test: /^lost\+found$/ },
  { name: '*.sync-conflict-*', kind: 'both', of: 'Syncthing', test: /\.sync-conflict-\d{8}-\d{6}/i },
  { name: '*conflicted copy*', kind: 'both', of: 'Dropbox and Nextcloud', test: /conflicted copy/i },
  { name: '*_conflict-*', kind: 'both', of: 'ownCloud', test: /_conflict-\d{8}-\d{6}/i },
  { name: '~$*', kind: 'file', of: 'office programs', test: /^~\$/ },
  { name: '#*#', kind: 'file', of: 'Emacs', test: /^#.*#$/s },
  { name: '*~', kind: 'file', of: 'editors', test: /~$/ },
];

const OF_DIRECTORIES = TOOL_FILES.filter(({ kind }) => kind !== 'file');
const OF_FILES = TOOL_FILES.filter(({ kind }) => kind !== 'directory');

/** Directories whose own directories are named after users. */
const HOLD_USERS = new Set(['conversations', 'usage', 'settings']);

/** No user is called like this. */
const NEVER_USERS =
  /^(?:\.(?:stversions|stfolder|snapshots?|zfs|trash.*|recycle.*|sync|dropbox.*)|[@#$].*|lost\+found|__MACOSX|System Volume Information|.*(?:sync-conflict|conflicted copy).*)$/is;

/** Whether a tool keeps the directory. `parent` is the name of the directory around it: users may have any name. */
export function isToolDirectory(name: string, parent: string): boolean {
  if (!OF_DIRECTORIES.some(({ test }) => test.test(name))) return false;
  return !HOLD_USERS.has(parent) || NEVER_USERS.test(name);
}

export function isToolFile(name: string): boolean {
  return OF_FILES.some(({ test }) => test.test(name));
}

const OLD_VERSION =
  /^(.+\.(?:json|jsonl|ndjson)(?:\.(?:gz|zst))?)(?:\.(?:bak|backup|old|orig|save|sw[op]|tmp|temp|part|crdownload)|~)$/is;

/** The file of which this one, by its name, is an older or an unfinished version: `users.json` of `users.json.bak`. */
export function liveNameOf(name: string): string | undefined {
  const live = OLD_VERSION.exec(name)?.[1];
  return live === undefined || isToolFile(live) ? undefined : live;
}

/** Whether a pattern names files of tools, which are then input: `**` alone does not mean them. */
export function namesToolFiles(pattern: string): boolean {
  const segments = pattern.split('/').filter((segment) => !/^\*+$/.test(segment));
  return segments.some(
    (segment) => TOOL_FILES.some(({ test }) => test.test(segment)) || /sync-conflict|_conflict-/.test(segment),
  );
}

/** Names that people give to what they keep of older data. */
const OLD = /^(?:backups?|bak|old|archived?|copy|copies|previous)$/i;
const OLD_ENDING =
  /[ ._-](?:backups?|bak|old|orig|copy)(?:[ ._-]?\d[\d ._T-]*)?$|^(?:backups?|bak|old|copy(?: of)?)[ ._-]| \(\d+\)$/i;

/**
 * Whether a file is a copy by its path, such as `backup/`, `old/`, `users.bak.json`, `users (1).json`: it loads after all
 * others, so that it wins against none. What stands where users have their names says nothing.
 */
export function isCopy(path: string): boolean {
  const segments = path.split('/');
  const name = (segments.pop() ?? '').replace(/(?:\.(?:json|jsonl|ndjson|gz|zst))+$/i, '');
  if (OLD_ENDING.test(name)) return true;
  return segments.some((segment, index) => {
    return !HOLD_USERS.has(segments[index - 1] ?? '') && (OLD.test(segment) || OLD_ENDING.test(segment));
  });
}
