import { join } from 'node:path';
import { expect, test } from 'vitest';
import { declarationProblems } from '../../src/declarations/checks/all.ts';
import { APPLICATION_DECLARATIONS, applicationDatasets, FORMER_VERSIONS } from '../../src/recipes/applications.ts';
import { runSettings } from '../../src/run/run-settings.ts';
import { explain } from '../../src/run/scan.ts';
import { plant } from '../setup/trees.ts';

const names = Object.keys(APPLICATION_DECLARATIONS.datasets);

test.each(names)('files that were loaded before %s was declared stay loaded', (name) => {
  expect(applicationDatasets().get(name).mappingVersion).toBe(FORMER_VERSIONS[name]?.version);
});

test('what the applications declare has no problem but for tables that are not declared yet', () => {
  const { tables } = applicationDatasets();
  const problems = declarationProblems(APPLICATION_DECLARATIONS, tables.list);
  expect(problems).toEqual([]);
});

test('scan --explain says of datasets that know files by their looks what path and content say', async () => {
  const root = plant({ 'log.json': [{ id: 1, action: 'a', resource: 'r', details: {} }] });
  const { datasets } = await explain(runSettings({ root }), join(root, 'log.json'));
  const reasonOf = (name: string) => datasets.find(({ dataset }) => dataset === name);
  expect([reasonOf('audit_logs'), reasonOf('metrics')]).toEqual([
    {
      dataset: 'audit_logs',
      takes: true,
      reason: 'the path says nothing of it, and the content fits: a list of records',
    },
    {
      dataset: 'metrics',
      takes: false,
      reason: 'the path says nothing of it, and the content lacks its members',
    },
  ]);
});
