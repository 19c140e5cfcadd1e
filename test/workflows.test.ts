import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { parse } from 'yaml';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const WORKFLOWS = join(ROOT, '.github', 'workflows');

interface Workflow {
  readonly permissions: unknown;
  readonly jobs: Readonly<Record<string, Job>>;
}

interface Job {
  readonly uses?: string;
  readonly needs?: string;
  readonly steps?: readonly { readonly uses?: string; readonly run?: string }[];
  readonly strategy?: { readonly matrix: Readonly<Record<string, readonly (string | number)[]>> };
}

const read = (name: string): Workflow => parse(readFileSync(join(WORKFLOWS, name), 'utf8'), { strict: true });

test.each(readdirSync(WORKFLOWS))('%s runs what is there, with no more rights than it needs', (name) => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const { permissions, jobs } = read(name);
  expect(permissions).toEqual({ contents: 'read' });
  for (const job of Object.values(jobs)) {
    if (job.needs !== undefined) expect(Object.keys(jobs)).toContain(job.needs);
    const text = (job.steps ?? []).map(({ run }) => run ?? '').join('\n');
    const named = [...text.matchAll(/npm run (?:--silent )?([a-z:]+)/g)].map((match) => match[1]);
    expect(Object.keys(scripts)).toEqual(expect.arrayContaining(named));
    expect(
      job.steps === undefined ? job.uses : job.steps.every(({ uses, run }) => Boolean(uses) !== Boolean(run)),
    ).toBeTruthy();
  }
});

test('each supported system, Node and PostgreSQL has a job', () => {
  const { everything, postgres } = read('ci.yml').jobs;
  expect(everything?.strategy?.matrix).toEqual({ os: ['ubuntu-24.04', 'macos-15'], node: [22, 24, 26] });
  expect(everything?.steps?.at(-1)).toEqual({ run: '.ci/run' });
  expect(postgres?.strategy?.matrix).toEqual({ postgres: [14, 15, 16, 17, 18] });
});
