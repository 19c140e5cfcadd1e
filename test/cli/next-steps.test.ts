import { expect, test } from 'vitest';
import { nextSteps } from '../../src/cli/next-steps.ts';
import type { ReportHead } from '../../src/report/report.ts';
import { runSettings } from '../../src/run/run-settings.ts';

/** The commands that follow a run of this command line which ended so. */
function commandsAfter(typed: string, ending: Partial<ReportHead>, rejected = 0): (string | undefined)[] {
  const words = typed.split(' ');
  const to = words[words.indexOf('--to') + 1];
  const isTo = words.includes('--to');
  const root = 'old data';
  const options = runSettings({
    root,
    ...(isTo && { to }),
    ...(typed.includes('--rejects') && { rejects: 'bad' }),
    ...(typed.includes('--config') && { config: 'a config.yaml' }),
  });
  const head = {
    run_id: 'this',
    command: 'run',
    status: 'complete',
    exit_code: 0,
    dry_run: false,
    backup: null,
    archive: null,
    ...ending,
  };
  const totals = { files: 3, files_unrecognised: 1, records_rejected: rejected };
  const steps = nextSteps({ ...head, totals } as ReportHead, {
    root,
    options,
    typed: words,
  });
  return steps.flatMap(({ command }) => command ?? []);
}

test.each([
  [
    'after a dry run the same command without it',
    'run d --dry-run --to a.db',
    { dry_run: true },
    'migrate-json run d --to a.db',
  ],
  ['after a load the comparison', 'run d --to a.db', {}, "migrate-json verify 'old data' --to a.db"],
  ['what the environment says is not repeated', 'run d', {}, "migrate-json verify 'old data'"],
  ['what was archived is compared there', 'run d', { archive: '/arc' }, 'migrate-json verify --sources /arc'],
  [
    'what was interrupted goes on',
    'run d -t a.db',
    { status: 'interrupted' },
    'migrate-json run d -t a.db --run-id this',
  ],
  [
    'what was interrupted goes on by its name',
    'run d --run-id this -t a.db --rejects bad',
    { status: 'interrupted' },
    'migrate-json run d -t a.db --rejects bad --run-id this',
  ],
  ['another run has another id', 'run d --run-id=this -t a.db -n', { dry_run: true }, 'migrate-json run d -t a.db'],
  [
    'what failed goes on',
    'run d -t a.db',
    { status: 'failed', exit_code: 4 },
    'migrate-json run d -t a.db --run-id this',
  ],
  [
    'what shapes rows is said again, and nothing else',
    'run d --to a.db --naive-time Europe/Warsaw --report r.json --only=usage --run-id x --on-conflict keep --quiet',
    {},
    "migrate-json verify 'old data' --to a.db --naive-time Europe/Warsaw --only=usage",
  ],
  ['after a validation the dry run', 'validate d', { command: 'validate' }, "migrate-json run 'old data' --dry-run"],
  [
    'a config file that was named is named again',
    'run d --config c.yaml',
    {},
    "migrate-json verify 'old data' --config c.yaml",
  ],
  [
    'a config file that was named is named again, where no target is',
    'validate d --config c.yaml',
    { command: 'validate' },
    "migrate-json run 'old data' --dry-run --config c.yaml",
  ],
] as const)('%s', (_title, typed, ending, command) => {
  expect(commandsAfter(typed, ending)).toEqual([command]);
});

test('what was rejected is asked for, or loaded from where it is', () => {
  const partial = { status: 'partial', exit_code: 1 } as const;
  const again = 'migrate-json run d --to a.db --report report.json --rejects rejects';
  expect(commandsAfter('run d --to a.db', partial, 2)).toEqual([again]);
  expect(commandsAfter('run d --to a.db --rejects bad', partial, 2)).toEqual(['migrate-json retry bad --to a.db']);
});

test('no password is repeated, however the target was given', () => {
  const url = 'postgres://me:pass@word@h/d';
  for (const typed of [`run d --to ${url}`, `run d --to=${url}`, `run d -t${url}`]) {
    for (const ending of [{}, { dry_run: true }, { status: 'interrupted' }] as const)
      expect(commandsAfter(typed, ending).join(' ')).not.toMatch(/pass|word/);
  }
});
